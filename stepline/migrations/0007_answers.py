from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("stepline", "0006_ringing"),
    ]

    operations = [
        migrations.AlterField(
            model_name="call",
            name="answered",
            field=models.CharField(blank=True, max_length=80),
        ),
    ]
