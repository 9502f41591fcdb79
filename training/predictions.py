"""What a trained model says of the corpus's clips: asked for."""

from django.db import transaction

from accounts.models import User
from baseline.labels import Labels
from collection.models import Corpus
from collection.readiness import check_takes_work
from jobs.actions import start_job
from jobs.errors import Refusal
from training import labeled
from training.models import Prediction, TrainingRun


@transaction.atomic
def start_prediction(
    *, run: TrainingRun, clips: str, missing: str = Prediction.Missing.REFUSE, by: User
) -> Prediction:
    """Have a job predict emotion and valence of the corpus's clips."""
    check_takes_work(run.corpus)
    model = getattr(run, "model", None)
    if model is None:
        raise no_model(run)
    counts = _counts(run.corpus)
    if not counts[clips]:
        raise Refusal(
            "no_such_clips_to_predict",
            f"Corpus {run.corpus.slug} has no clip of those asked for ({clips}). Choose others.",
            corpus=run.corpus.slug,
            clips=clips,
        )
    return Prediction.objects.create(
        model=model,
        clips=clips,
        missing=missing,
        created_by=by,
        job=start_job(
            kind="predict",
            task="training.tasks.predict",
            corpus=run.corpus,
            created_by=by,
            total=counts[clips],
        ),
    )


def no_model(run: TrainingRun) -> Refusal:
    return Refusal(
        "run_has_no_model",
        f"Training run {run.pk} has no trained model yet. Wait for its job, or resume it.",
        run=run.pk,
    )


def _counts(corpus: Corpus) -> dict[str, int]:
    """How many clips each choice has; `labeled` is D_l, `unlabeled` all the others."""
    in_all, of_labels = corpus.clips.count(), labeled.summary(corpus).clips
    return {"all": in_all, "labeled": of_labels, "unlabeled": in_all - of_labels}


def names(corpus: Corpus, clips: str) -> list[str]:
    """The clips of a choice, by name."""
    every = list(corpus.clips.order_by("name").values_list("name", flat=True))
    if clips == Prediction.Clips.ALL:
        return every
    d_l: Labels = labeled.labeled_clips(corpus, {c.code for c in labeled.summary(corpus).classes})
    known = set(d_l.names)
    return [name for name in every if (name in known) == (clips == Prediction.Clips.LABELED)]
