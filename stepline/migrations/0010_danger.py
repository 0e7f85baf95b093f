import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("stepline", "0009_meetings"),
    ]

    operations = [
        migrations.CreateModel(
            name="Danger",
            fields=[
                (
                    "call",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="stepline.call",
                    ),
                ),
                ("state", models.CharField(max_length=12)),
                ("raised_by", models.CharField(max_length=12)),
                ("raised_at", models.DateTimeField()),
                (
                    "sights",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=12), default=list, size=None
                    ),
                ),
                ("dialled_by", models.CharField(blank=True, max_length=12)),
                ("dialled_at", models.DateTimeField(null=True)),
                ("taken_over_by", models.CharField(blank=True, max_length=12)),
                ("taken_over_at", models.DateTimeField(null=True)),
                ("place_sealed", models.BinaryField(null=True)),
                ("place_given_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="call",
            name="one_open_call_per_browser",
        ),
        migrations.RemoveConstraint(
            model_name="call",
            name="call_state_known",
        ),
        migrations.AddField(
            model_name="line",
            name="rescue",
            field=models.CharField(
                blank=True,
                choices=[
                    ("never", "Nobody is sent without the caller's word"),
                    ("agreed", "Help is sent when two persons agree that it must be"),
                ],
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="call",
            name="state",
            field=models.CharField(default="ringing", max_length=16),
        ),
        migrations.AlterField(
            model_name="logline",
            name="from_state",
            field=models.CharField(max_length=16),
        ),
        migrations.AlterField(
            model_name="logline",
            name="to_state",
            field=models.CharField(max_length=16),
        ),
        migrations.AlterField(
            model_name="notice",
            name="kind",
            field=models.CharField(
                choices=[
                    ("unanswered", "A call reached the limit unanswered"),
                    ("nobody", "Nobody suitable could be reached"),
                    ("no_voice", "The voices of a call could not join"),
                    ("safety_unknown", "Nobody said whether a caller is safe"),
                    ("safety_worry", "A volunteer is worried about a caller"),
                    ("help_wanted", "A volunteer asks for somebody to join"),
                    ("help_nobody", "Nobody could be brought in"),
                    ("call_back_unowned", "A call back has nobody to keep it"),
                    ("call_back_missed", "A call back was not kept"),
                    ("danger", "Somebody is in danger"),
                    ("help_unconfirmed", "Nobody said whether emergency help took over"),
                    ("standby", "Nobody on duty suited: standby was rung"),
                    ("still_there", "Somebody on duty was silent three times"),
                    ("set_aside", "A row was set aside"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="call",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "ringing",
                            "choosing",
                            "away",
                            "kept",
                            "connecting",
                            "talking",
                            "cut_off",
                            "dialling_help",
                            "promised",
                        ],
                    ),
                    ("caller_index__isnull", False),
                ),
                fields=("caller_index",),
                name="one_open_call_per_browser",
            ),
        ),
        migrations.AddConstraint(
            model_name="call",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "ringing",
                            "choosing",
                            "away",
                            "kept",
                            "connecting",
                            "talking",
                            "cut_off",
                            "dialling_help",
                            "closing",
                            "promised",
                            "closed",
                        ],
                    )
                ),
                name="call_state_known",
            ),
        ),
        migrations.AddField(
            model_name="danger",
            name="rescue_agreed_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="stepline.volunteer",
            ),
        ),
        migrations.AddField(
            model_name="danger",
            name="rescue_proposed_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="stepline.volunteer",
            ),
        ),
        migrations.AddIndex(
            model_name="danger",
            index=models.Index(
                condition=models.Q(("place_sealed__isnull", False)),
                fields=["place_given_at"],
                name="places_kept",
            ),
        ),
        migrations.AddConstraint(
            model_name="danger",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        ["raised", "card_open", "dialling", "back", "taken_over", "closed"],
                    )
                ),
                name="danger_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="danger",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["taken_over", "closed"]), _negated=True),
                    ("place_sealed", None),
                    _connector="OR",
                ),
                name="place_goes_when_help_has_taken_over",
            ),
        ),
        migrations.AddConstraint(
            model_name="danger",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("place_sealed", None), ("place_given_at__isnull", False), _connector="OR"
                ),
                name="place_has_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="danger",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("rescue_agreed_by", None),
                    models.Q(("rescue_agreed_by", models.F("rescue_proposed_by")), _negated=True),
                    _connector="OR",
                ),
                name="two_persons_agree_on_rescue",
            ),
        ),
    ]
