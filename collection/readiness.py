"""Whether a corpus takes new work: clips, openings, votes from elsewhere."""

from collection.models import Corpus, CorpusCopy
from jobs.errors import Refusal
from jobs.models import Job


def check_takes_work(corpus: Corpus) -> None:
    """Refuse for a corpus that is archived, or whose clips are still being copied."""
    if Corpus.objects.filter(pk=corpus.pk, archived_at__isnull=False).exists():
        raise Refusal(
            "corpus_archived",
            f"Corpus {corpus.slug} is archived: it can be read and exported, but takes no clips, "
            "openings or votes. A coordinator can bring it back in its settings.",
            corpus=corpus.slug,
        )
    check_is_complete(corpus)


def check_is_complete(corpus: Corpus) -> None:
    """Refuse for a corpus whose clips are still being copied."""
    if unfinished_copy(corpus) is not None:
        raise Refusal(
            "corpus_is_being_copied",
            f"Corpus {corpus.slug} is a copy that is not complete yet. Wait for its job; if that "
            "was cancelled or failed, copy the corpus again under the same short name to finish "
            "it, or delete this one.",
            corpus=corpus.slug,
        )


def unfinished_copy(corpus: Corpus) -> CorpusCopy | None:
    """The copying that made this corpus, unless all its clips have come."""
    copies = CorpusCopy.objects.filter(corpus=corpus).select_related("job")
    return copies.exclude(job__state=Job.State.DONE).exclude(job=None).first()
