from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("annotation", "0005_practice_ranges")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="clipsactionclip",
            name="params",
            field=models.JSONField(null=True),
        ),
    ]
