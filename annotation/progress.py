"""How far a corpus is, in a fixed number of queries."""

from typing import Any

from django.db.models import Count
from django.utils import timezone

from accounts.models import Membership
from annotation.models import Labeling, Seat
from annotation.protocol import SEAT_STAGES
from collection.models import Clip, Corpus


def of_corpus(corpus: Corpus) -> dict[str, Any]:
    """Clips per stage and round, reasons of the unlabeled, votes that count."""
    latest = Labeling.objects.filter(corpus=corpus)
    stages = list(
        latest.values("stage", "round").annotate(count=Count("pk")).order_by("stage", "round")
    )
    reasons = list(
        latest.exclude(reason="").values("reason").annotate(count=Count("pk")).order_by("-count")
    )
    clips = Clip.objects.filter(corpus=corpus).count()
    answered = Seat.objects.filter(
        corpus=corpus, voted=True, answered_at__isnull=False, closed=None
    )
    votes = {stage.value: 0 for stage in SEAT_STAGES}
    votes |= dict(answered.values_list("stage").annotate(n=Count("pk")))
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    opened = latest.values("clip").distinct().count()
    return {
        "clips": clips,
        "unopened": clips - opened,
        "stages": stages,
        "reasons": reasons,
        "votes": votes,
        "votes_today": answered.filter(answered_at__gte=midnight).count(),
    }


def votes_by_annotator(corpus: Corpus) -> dict[int, dict[str, int]]:
    """How many votes that stand each annotator has cast, by stage."""
    rows = (
        Seat.objects.filter(corpus=corpus, voted=True, answered_at__isnull=False, closed=None)
        .values_list("annotator_id", "stage")
        .annotate(n=Count("pk"))
    )
    votes: dict[int, dict[str, int]] = {}
    for annotator, stage, count in rows:
        votes.setdefault(annotator, {})[stage] = count
    return votes


def seats_held(membership: Membership) -> int:
    """How many seats the person has ever had in the corpus."""
    seats = Seat.objects.filter(corpus_id=membership.corpus_id, annotator_id=membership.user_id)
    return seats.count()
