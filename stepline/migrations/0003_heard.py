from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("stepline", "0002_numbers"),
    ]

    operations = [
        migrations.AddField(
            model_name="call",
            name="heard_until_at",
            field=models.DateTimeField(null=True),
        ),
    ]
