from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("stepline", "0004_dispatch"),
    ]

    operations = [
        migrations.AddField(
            model_name="offer",
            name="standby",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="offer",
            name="joined_at",
            field=models.DateTimeField(null=True),
        ),
    ]
