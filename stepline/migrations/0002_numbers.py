from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("stepline", "0001_first_call"),
    ]

    operations = [
        migrations.AddField(
            model_name="callback",
            name="number_sealed",
            field=models.BinaryField(null=True),
        ),
        migrations.AddField(
            model_name="callback",
            name="tries",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name="effect",
            name="kind",
            field=models.CharField(
                choices=[
                    ("push", "Wake the volunteer's devices by web push"),
                    ("ring", "Place a telephone leg to the volunteer"),
                    ("cancel", "Stop ringing that leg"),
                    ("dial", "Ring the caller's own telephone, masked"),
                    ("hang_up", "End the caller's telephone leg"),
                    ("tell", "Wake the coordinators' devices by web push"),
                ],
                max_length=10,
            ),
        ),
    ]
