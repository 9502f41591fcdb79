"""Clips that are opened again: the rules that look beyond one row."""

from pathlib import Path

from django.db import migrations

RULES = Path(__file__).resolve().parent.parent / "sql" / "again.sql"


class Migration(migrations.Migration):
    dependencies = [("annotation", "0005_again")]
    operations = [migrations.RunSQL(RULES.read_text(encoding="utf-8"), migrations.RunSQL.noop)]
