"""What belongs to a corpus, as Django's own cascade would find it."""

from django.apps import apps
from django.db import models

from collection.models import Corpus


def belonging() -> dict[type[models.Model], str]:
    """Every table that Django itself would empty with a corpus, and the way from it there."""
    found: dict[type[models.Model], str] = {Corpus: ""}
    ahead: list[type[models.Model]] = [Corpus]
    while ahead:
        known = ahead.pop(0)
        for model in apps.get_models():
            for field in model._meta.concrete_fields:
                way = field.remote_field
                cascades = way and way.on_delete is models.CASCADE and field.related_model is known
                if cascades and model not in found:
                    found[model] = f"{field.name}__{found[known]}"
                    ahead.append(model)
    return found


def rows(*, of: str = "", but: str = "") -> dict[str, int]:
    """How many there are of each in a corpus, or in all but one."""
    counts = {}
    for model, way in belonging().items():
        all_rows = model._default_manager.all()
        corpus = all_rows.filter(**{f"{way}slug": of}) if of else all_rows
        counts[model._meta.label] = (
            corpus.exclude(**{f"{way}slug": but}) if but else corpus
        ).count()
    return counts
