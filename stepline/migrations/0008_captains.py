from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("stepline", "0007_answers"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="volunteer",
            index=models.Index(
                condition=models.Q(("is_captain", True)),
                fields=["line"],
                name="captains_of_line",
            ),
        ),
    ]
