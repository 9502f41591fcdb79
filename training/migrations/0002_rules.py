"""The rules of trainings that look into lists and beyond one row."""

from pathlib import Path

from django.db import migrations

RULES = Path(__file__).resolve().parent.parent / "sql" / "rules.sql"


class Migration(migrations.Migration):
    dependencies = [("training", "0001_features_and_runs")]
    operations = [migrations.RunSQL(RULES.read_text(encoding="utf-8"), migrations.RunSQL.noop)]
