import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import stepline.models.lines
import stepline.models.people


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Call",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("caller_index", models.BinaryField(null=True)),
                ("state", models.CharField(default="ringing", max_length=12)),
                ("asked_at", models.DateTimeField()),
                ("limit_at", models.DateTimeField()),
                ("until_at", models.DateTimeField(null=True)),
                ("look_again_at", models.DateTimeField(null=True)),
                ("deadline_at", models.DateTimeField(null=True)),
                ("wish", models.CharField(default="anyone", max_length=8)),
                ("language", models.CharField(default="en", max_length=8)),
                ("for_whom", models.CharField(blank=True, max_length=8)),
                ("name_sealed", models.BinaryField(null=True)),
                ("answered", models.CharField(blank=True, max_length=40)),
                ("reason", models.CharField(blank=True, max_length=12)),
                ("closed_by", models.CharField(blank=True, max_length=12)),
                ("closed_at", models.DateTimeField(null=True)),
                ("left_by", models.CharField(blank=True, max_length=8)),
                ("caller_here", models.BooleanField(default=True)),
                ("missing", models.CharField(blank=True, max_length=10)),
                ("conversation", models.UUIDField(null=True)),
                ("caller_step", models.CharField(default="none", max_length=12)),
                ("responder_step", models.CharField(default="none", max_length=12)),
                ("connected_at", models.DateTimeField(null=True)),
                ("failures", models.PositiveSmallIntegerField(default=0)),
                ("help", models.CharField(default="none", max_length=8)),
                ("help_until_at", models.DateTimeField(null=True)),
                ("safety", models.CharField(blank=True, max_length=10)),
                ("pulse", models.CharField(blank=True, max_length=10)),
                ("debrief", models.CharField(blank=True, max_length=12)),
                ("danger", models.BooleanField(default=False)),
                ("set_aside_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Volunteer",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name_sealed", models.BinaryField(null=True)),
                ("email_sealed", models.BinaryField(null=True)),
                ("email_index", models.BinaryField(null=True, unique=True)),
                (
                    "gender",
                    models.CharField(
                        choices=[
                            ("woman", "Woman"),
                            ("man", "Man"),
                            ("nonbinary", "Non-binary"),
                            ("unstated", "Not said"),
                        ],
                        default="unstated",
                        max_length=12,
                    ),
                ),
                (
                    "takes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=8),
                        default=stepline.models.people.both_wishes,
                        size=None,
                    ),
                ),
                (
                    "languages",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=8),
                        default=stepline.models.lines.english,
                        size=None,
                    ),
                ),
                ("sober_on", models.DateField(null=True)),
                ("takes_calls", models.BooleanField(default=True)),
                ("is_captain", models.BooleanField(default=False)),
                ("is_back_up", models.BooleanField(default=False)),
                ("is_coordinator", models.BooleanField(default=False)),
                ("pretend", models.JSONField(null=True)),
                ("stepped_back_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Line",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("slug", models.SlugField(max_length=40, unique=True)),
                ("name", models.CharField(max_length=80)),
                ("phone_shown", models.CharField(blank=True, max_length=40)),
                ("country", models.CharField(max_length=2)),
                ("time_zone", models.CharField(default="UTC", max_length=60)),
                (
                    "languages",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=8),
                        default=stepline.models.lines.english,
                        size=None,
                    ),
                ),
                (
                    "gender_policy",
                    models.CharField(
                        choices=[
                            ("wish", "The caller's wish, anyone unless they say"),
                            ("same", "The caller chooses a woman, a man or anyone before the ring"),
                        ],
                        default="wish",
                        max_length=8,
                    ),
                ),
                ("min_sober_days", models.PositiveIntegerField(default=365)),
                ("limit_seconds", models.PositiveIntegerField(default=120)),
                ("ring_seconds", models.PositiveIntegerField(default=25)),
                ("at_once", models.PositiveSmallIntegerField(default=2)),
                ("open_calls_cap", models.PositiveIntegerField(default=200)),
                ("exit_url", models.URLField(default="https://en.wikipedia.org/wiki/Main_Page")),
                ("takes_numbers", models.BooleanField(default=False)),
                ("is_demo", models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name="LogLine",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("event", models.CharField(max_length=24)),
                ("offer_id", models.UUIDField(null=True)),
                ("from_state", models.CharField(max_length=12)),
                ("to_state", models.CharField(max_length=12)),
                ("detail", models.JSONField(default=dict)),
            ],
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
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
                            ("set_aside", "A row was set aside"),
                        ],
                        max_length=20,
                    ),
                ),
                ("call_id", models.UUIDField(null=True)),
                ("at", models.DateTimeField()),
                ("seen_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Offer",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("seat", models.CharField(max_length=10)),
                ("state", models.CharField(max_length=10)),
                ("placed_at", models.DateTimeField()),
                ("reach_by_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("reached_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("outcome", models.CharField(blank=True, max_length=10)),
                ("device", models.UUIDField(null=True)),
                ("leg", models.CharField(max_length=64, null=True, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name="Presence",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Process",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(max_length=12)),
                ("started_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
            ],
            options={
                "verbose_name_plural": "processes",
            },
        ),
        migrations.CreateModel(
            name="PushSubscription",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("endpoint_sealed", models.BinaryField(null=True)),
                ("endpoint_index", models.BinaryField(unique=True)),
                ("keys_sealed", models.BinaryField(null=True)),
                ("created_at", models.DateTimeField()),
                ("gone_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Signal",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("call_id", models.UUIDField()),
                ("from_seat", models.CharField(max_length=10)),
                ("to_seat", models.CharField(max_length=10)),
                ("session", models.CharField(max_length=40)),
                ("body", models.TextField()),
                ("created_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Duty",
            fields=[
                (
                    "volunteer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="duty",
                        serialize=False,
                        to="stepline.volunteer",
                    ),
                ),
                ("on_since_at", models.DateTimeField(null=True)),
                ("until_at", models.DateTimeField(null=True)),
                ("test_rung_at", models.DateTimeField(null=True)),
                ("test_confirmed_at", models.DateTimeField(null=True)),
                ("test_until_at", models.DateTimeField(null=True)),
                ("proved_at", models.DateTimeField(null=True)),
                ("push_allowed", models.BooleanField(default=False)),
                ("rested_since_at", models.DateTimeField(null=True)),
                ("silent_rings", models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                "verbose_name_plural": "duties",
            },
        ),
        migrations.CreateModel(
            name="Device",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[("volunteer", "Volunteer"), ("coordinator", "Coordinator")],
                        max_length=12,
                    ),
                ),
                ("key_index", models.BinaryField(unique=True)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "volunteer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="devices",
                        to="stepline.volunteer",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CallBack",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("code_index", models.BinaryField(null=True, unique=True)),
                ("code_sealed", models.BinaryField(null=True)),
                ("due_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("unowned_told_at", models.DateTimeField(null=True)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("kept", "The two talked"),
                            ("stopped", "The caller said stop"),
                            ("not_come", "The caller did not come back"),
                            ("handed", "The coordinator took it"),
                        ],
                        max_length=10,
                    ),
                ),
                ("ended_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField()),
                (
                    "call",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="call_back",
                        to="stepline.call",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="stepline.volunteer",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="EarlyEvent",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("leg", models.CharField(max_length=64)),
                ("news", models.CharField(max_length=16)),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["leg", "id"], name="early_of_leg")],
            },
        ),
        migrations.CreateModel(
            name="Effect",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("key", models.CharField(max_length=80, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("push", "Wake the volunteer's devices by web push"),
                            ("ring", "Place a telephone leg to the volunteer"),
                            ("cancel", "Stop ringing that leg"),
                            ("tell", "Wake the coordinators' devices by web push"),
                        ],
                        max_length=10,
                    ),
                ),
                ("leg", models.UUIDField()),
                ("due_at", models.DateTimeField()),
                ("leased_until_at", models.DateTimeField(null=True)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("done_at", models.DateTimeField(null=True)),
                ("gave_up_at", models.DateTimeField(null=True)),
                (
                    "call",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="effects",
                        to="stepline.call",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[("volunteer", "Volunteer"), ("coordinator", "Coordinator")],
                        max_length=12,
                    ),
                ),
                ("code_index", models.BinaryField(unique=True)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                (
                    "volunteer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invitations",
                        to="stepline.volunteer",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="volunteer",
            name="line",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="volunteers",
                to="stepline.line",
            ),
        ),
        migrations.AddConstraint(
            model_name="line",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("limit_seconds__range", (15, 900)),
                    ("ring_seconds__range", (5, 120)),
                    ("at_once__range", (1, 20)),
                ),
                name="line_waits_are_sane",
            ),
        ),
        migrations.AddField(
            model_name="call",
            name="line",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="calls",
                to="stepline.line",
            ),
        ),
        migrations.AddField(
            model_name="logline",
            name="call",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="log", to="stepline.call"
            ),
        ),
        migrations.AddField(
            model_name="notice",
            name="line",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="notices",
                to="stepline.line",
            ),
        ),
        migrations.AddField(
            model_name="offer",
            name="call",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="offers",
                to="stepline.call",
            ),
        ),
        migrations.AddField(
            model_name="offer",
            name="volunteer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="offers",
                to="stepline.volunteer",
            ),
        ),
        migrations.AddField(
            model_name="effect",
            name="offer",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="effects",
                to="stepline.offer",
            ),
        ),
        migrations.AddField(
            model_name="presence",
            name="device",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="stepline.device"
            ),
        ),
        migrations.AddField(
            model_name="presence",
            name="volunteer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="presences",
                to="stepline.volunteer",
            ),
        ),
        migrations.AddField(
            model_name="presence",
            name="process",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="presences",
                to="stepline.process",
            ),
        ),
        migrations.AddField(
            model_name="pushsubscription",
            name="device",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="subscriptions",
                to="stepline.device",
            ),
        ),
        migrations.AddIndex(
            model_name="signal",
            index=models.Index(fields=["call_id", "to_seat", "id"], name="signal_inbox"),
        ),
        migrations.AddIndex(
            model_name="signal",
            index=models.Index(fields=["created_at"], name="signal_age"),
        ),
        migrations.AddField(
            model_name="duty",
            name="line",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="stepline.line"
            ),
        ),
        migrations.AddIndex(
            model_name="call",
            index=models.Index(
                condition=models.Q(("deadline_at__isnull", False), ("set_aside_at__isnull", True)),
                fields=["deadline_at"],
                name="call_due",
            ),
        ),
        migrations.AddIndex(
            model_name="call",
            index=models.Index(
                condition=models.Q(("state", "closed"), _negated=True),
                fields=["line", "asked_at"],
                name="call_open",
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
                    ("state", "closed"), ("deadline_at__isnull", False), _connector="OR"
                ),
                name="open_call_has_deadline",
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
                            "closing",
                            "promised",
                            "closed",
                        ],
                    )
                ),
                name="call_state_known",
            ),
        ),
        migrations.AddIndex(
            model_name="logline",
            index=models.Index(fields=["call", "id"], name="log_of_call"),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(fields=["line", "-at"], name="notice_newest"),
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(fields=["call", "-placed_at"], name="offer_of_call"),
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(fields=["volunteer", "-ended_at"], name="offer_of_volunteer"),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("volunteer",),
                name="one_live_offer_per_volunteer",
            ),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True), ("state", "accepted")),
                fields=("call", "seat"),
                name="one_accepted_offer_per_seat",
            ),
        ),
        migrations.AddIndex(
            model_name="effect",
            index=models.Index(
                condition=models.Q(("done_at__isnull", True), ("gave_up_at__isnull", True)),
                fields=["due_at"],
                name="effect_unsent",
            ),
        ),
        migrations.AddIndex(
            model_name="effect",
            index=models.Index(fields=["leg", "id"], name="effect_in_order"),
        ),
        migrations.AddIndex(
            model_name="pushsubscription",
            index=models.Index(
                condition=models.Q(("gone_at", None)), fields=["device"], name="push_alive"
            ),
        ),
        migrations.AddIndex(
            model_name="duty",
            index=models.Index(
                models.F("line"),
                models.OrderBy(models.F("rested_since_at"), nulls_first=True),
                condition=models.Q(("on_since_at__isnull", False)),
                name="duty_in_order",
            ),
        ),
        # Signals hold network addresses: they must not reach the write-ahead log.
        migrations.RunSQL(
            "ALTER TABLE stepline_signal SET UNLOGGED",
            "ALTER TABLE stepline_signal SET LOGGED",
        ),
    ]
