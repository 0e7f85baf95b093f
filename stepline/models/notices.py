"""What a coordinator has to know."""

import uuid

from django.db import models

from stepline.models.lines import Line


class Notice(models.Model):
    """One line on the coordinator's board; ids only, words are chosen by kind when shown."""

    class Kind(models.TextChoices):
        """What happened."""

        UNANSWERED = "unanswered", "A call reached the limit unanswered"
        NOBODY = "nobody", "Nobody suitable could be reached"
        NO_VOICE = "no_voice", "The voices of a call could not join"
        SAFETY_UNKNOWN = "safety_unknown", "Nobody said whether a caller is safe"
        SAFETY_WORRY = "safety_worry", "A volunteer is worried about a caller"
        HELP_WANTED = "help_wanted", "A volunteer asks for somebody to join"
        HELP_NOBODY = "help_nobody", "Nobody could be brought in"
        CALL_BACK_UNOWNED = "call_back_unowned", "A call back has nobody to keep it"
        CALL_BACK_MISSED = "call_back_missed", "A call back was not kept"
        DANGER = "danger", "Somebody is in danger"
        HELP_UNCONFIRMED = "help_unconfirmed", "Nobody said whether emergency help took over"
        STANDBY = "standby", "Nobody on duty suited: standby was rung"
        STILL_THERE = "still_there", "Somebody on duty was silent three times"
        SET_ASIDE = "set_aside", "A row was set aside"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    line = models.ForeignKey(Line, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    call_id = models.UUIDField(null=True)
    at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=("line", "-at"), name="notice_newest"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"
