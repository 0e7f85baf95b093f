from typing import Any

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import stepline.models.lines


def trust_who_serves(apps: Any, _schema: Any) -> None:
    """Whoever served before training was written down was trusted: from the day they came."""
    for volunteer in apps.get_model("stepline", "Volunteer").objects.filter(takes_calls=True):
        volunteer.trained_on = volunteer.created_at.date()
        volunteer.save(update_fields=["trained_on"])


class Migration(migrations.Migration):
    dependencies = [
        ("stepline", "0003_heard"),
    ]

    operations = [
        migrations.CreateModel(
            name="DutySpan",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("on_at", models.DateTimeField()),
                ("off_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Look",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("facts", models.JSONField(default=dict)),
                ("looked", models.JSONField(default=list)),
                ("rung", models.JSONField(default=list)),
            ],
        ),
        migrations.CreateModel(
            name="StandbyHours",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("weekday", models.PositiveSmallIntegerField()),
                ("from_minute", models.PositiveSmallIntegerField()),
                ("to_minute", models.PositiveSmallIntegerField()),
            ],
            options={
                "verbose_name_plural": "standby hours",
            },
        ),
        migrations.RemoveConstraint(
            model_name="line",
            name="line_waits_are_sane",
        ),
        migrations.AddField(
            model_name="call",
            name="relaxed",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=12), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="call",
            name="wish_fellowship",
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name="call",
            name="wish_group",
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name="call",
            name="wish_place",
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name="duty",
            name="habits",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="duty",
            name="resting_until_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="duty",
            name="still_there_asked_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="line",
            name="fellowships",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="line",
            name="groups",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="line",
            name="places",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="line",
            name="relax_order",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=12),
                default=stepline.models.lines.usual_order,
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="line",
            name="rest_minutes",
            field=models.PositiveSmallIntegerField(default=10),
        ),
        migrations.AddField(
            model_name="line",
            name="ring_price_seconds",
            field=models.PositiveSmallIntegerField(default=5),
        ),
        migrations.AddField(
            model_name="offer",
            name="chance",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="offer",
            name="ring_seconds",
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="volunteer",
            name="blocked_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="volunteer",
            name="fellowships",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="volunteer",
            name="groups",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="volunteer",
            name="most_calls_a_week",
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="volunteer",
            name="places",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="volunteer",
            name="ring_seconds",
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="volunteer",
            name="takes_nights",
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name="volunteer",
            name="trained_on",
            field=models.DateField(null=True),
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
                    ("standby", "Nobody on duty suited: standby was rung"),
                    ("still_there", "Somebody on duty was silent three times"),
                    ("set_aside", "A row was set aside"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="line",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("limit_seconds__range", (15, 900)),
                    ("ring_seconds__range", (5, 120)),
                    ("at_once__range", (1, 20)),
                    ("ring_price_seconds__lte", 120),
                    ("rest_minutes__lte", 240),
                ),
                name="line_waits_are_sane",
            ),
        ),
        migrations.AddField(
            model_name="dutyspan",
            name="line",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="stepline.line"
            ),
        ),
        migrations.AddField(
            model_name="dutyspan",
            name="volunteer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="duty_spans",
                to="stepline.volunteer",
            ),
        ),
        migrations.AddField(
            model_name="look",
            name="call",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="looks",
                to="stepline.call",
            ),
        ),
        migrations.AddField(
            model_name="standbyhours",
            name="line",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="stepline.line"
            ),
        ),
        migrations.AddField(
            model_name="standbyhours",
            name="volunteer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="standby_hours",
                to="stepline.volunteer",
            ),
        ),
        migrations.AddIndex(
            model_name="dutyspan",
            index=models.Index(fields=["line", "on_at"], name="spans_of_line"),
        ),
        migrations.AddConstraint(
            model_name="dutyspan",
            constraint=models.UniqueConstraint(
                condition=models.Q(("off_at__isnull", True)),
                fields=("volunteer",),
                name="one_open_span_per_volunteer",
            ),
        ),
        migrations.AddIndex(
            model_name="look",
            index=models.Index(fields=["call", "id"], name="looks_of_call"),
        ),
        migrations.AddIndex(
            model_name="standbyhours",
            index=models.Index(fields=["line", "weekday", "from_minute"], name="standby_of_line"),
        ),
        migrations.AddConstraint(
            model_name="standbyhours",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("weekday__lte", 6),
                    ("to_minute__lte", 1440),
                    ("from_minute__lt", models.F("to_minute")),
                ),
                name="standby_hours_are_sane",
            ),
        ),
        migrations.RunPython(trust_who_serves, migrations.RunPython.noop),
    ]
