from typing import ClassVar

from django.db import migrations, models
from django.db.models import Q

STANDS = Q(answered_at__isnull=False, closed=None)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("annotation", "0007_files")]

    operations: ClassVar = [
        migrations.AddIndex(
            model_name="labeling",
            index=models.Index(
                fields=["clip", "number"], name="labeling_again", condition=Q(number__gt=1)
            ),
        ),
        migrations.AddIndex(
            model_name="seat",
            index=models.Index(
                fields=["corpus", "stage", "answered_at"], name="seat_answered", condition=STANDS
            ),
        ),
        migrations.AddIndex(
            model_name="seat",
            index=models.Index(
                fields=["corpus", "labeling"], name="seat_votes_of_clip", condition=STANDS
            ),
        ),
    ]
