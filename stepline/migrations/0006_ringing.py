from typing import Any

from django.db import migrations, models

WAS_USUAL, IS_USUAL = 2, 8


def ring_as_many_as_it_is_worth(apps: Any, _schema: Any) -> None:
    """Two at once was the way of ringing; now it is the most, and the price decides."""
    lines = apps.get_model("stepline", "Line").objects.filter(at_once=WAS_USUAL)
    lines.update(at_once=IS_USUAL)


class Migration(migrations.Migration):
    dependencies = [
        ("stepline", "0005_standby"),
    ]

    operations = [
        migrations.AlterField(
            model_name="line",
            name="at_once",
            field=models.PositiveSmallIntegerField(default=8),
        ),
        migrations.RunPython(ring_as_many_as_it_is_worth, migrations.RunPython.noop),
    ]
