"""The rules that look beyond one row, as triggers and composite foreign keys."""

from pathlib import Path

from django.db import migrations

RULES = Path(__file__).resolve().parent.parent / "sql" / "rules.sql"


class Migration(migrations.Migration):
    dependencies = [("annotation", "0001_initial"), ("accounts", "0002_initial")]
    operations = [migrations.RunSQL(RULES.read_text(encoding="utf-8"), migrations.RunSQL.noop)]
