"""The rules of scorings and selection runs that look beyond one row."""

from pathlib import Path

from django.db import migrations

RULES = Path(__file__).resolve().parent.parent / "sql" / "rules.sql"


class Migration(migrations.Migration):
    dependencies = [
        ("selection", "0001_scorings_and_runs"),
        ("annotation", "0004_rules_of_guides"),
    ]
    operations = [migrations.RunSQL(RULES.read_text(encoding="utf-8"), migrations.RunSQL.noop)]
