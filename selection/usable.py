"""Which trained models can score a corpus's clips: of its own, and of others."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Case, IntegerField, Prefetch, Value, When

from annotation.models import Emotion
from collection.models import Corpus
from jobs.errors import Refusal
from training.models import FeatureSet, RunFeature, RunResult, TrainedModel

MOST_MODELS = 100


def classes_of(corpus: Corpus) -> list[Emotion]:
    """The corpus's labels, special ones aside, in its order."""
    return list(Emotion.objects.filter(corpus=corpus, special=False).order_by("position"))


def usable_models(corpus: Corpus, codes: Iterable[str]) -> list[dict[str, Any]]:
    """The newest models, the corpus's own first, each with why it cannot be used here."""
    found = _models(corpus)
    ready = _ready_sets(corpus)
    return [_told(model, _why(model, corpus, set(codes), ready)) for model in found]


def check_usable(model: TrainedModel, corpus: Corpus) -> dict[str, FeatureSet]:
    """The feature sets, by modality, of the corpus's clips that fit the model.

    Raises Refusal `model_has_other_labels`, `no_features_for_the_model`.
    """
    check_classes(model.run.classes, corpus)
    return _fitting(model, corpus, _ready_sets(corpus))


def check_classes(classes: Iterable[str], corpus: Corpus) -> None:
    """Raises Refusal `model_has_other_labels`."""
    _check_codes(classes, corpus, {each.code for each in classes_of(corpus)})


def _models(corpus: Corpus) -> list[TrainedModel]:
    features = RunFeature.objects.select_related("feature_set")
    best = RunResult.objects.filter(best=True)
    own = Case(When(run__corpus=corpus, then=0), default=Value(1), output_field=IntegerField())
    found = TrainedModel.objects.select_related("run__corpus").prefetch_related(
        Prefetch("run__features", features), Prefetch("run__results", best)
    )
    return list(found.filter(run__corpus__deletions=None).order_by(own, "-pk")[:MOST_MODELS])


def _ready_sets(corpus: Corpus) -> dict[tuple[str, str], FeatureSet]:
    """By modality and recipe; of several the one with most rows, then the oldest."""
    sets = corpus.feature_sets.exclude(ready_at=None).order_by("rows", "-pk")
    return {(each.modality, each.recipe): each for each in sets}


def _why(
    model: TrainedModel,
    corpus: Corpus,
    codes: set[str],
    ready: Mapping[tuple[str, str], FeatureSet],
) -> Refusal | None:
    try:
        _check_codes(model.run.classes, corpus, codes)
        _fitting(model, corpus, ready)
    except Refusal as refusal:
        return refusal
    return None


def _check_codes(classes: Iterable[str], corpus: Corpus, codes: set[str]) -> None:
    unknown = [code for code in classes if code not in codes]
    if unknown:
        raise Refusal(
            "model_has_other_labels",
            f"Every class of a classifier must be a label of the corpus, and corpus {corpus.slug} "
            f"has none of the code {', '.join(unknown)}. Add such labels, or take another "
            "classifier.",
            corpus=corpus.slug,
            codes=", ".join(unknown),
        )


def _fitting(
    model: TrainedModel, corpus: Corpus, ready: Mapping[tuple[str, str], FeatureSet]
) -> dict[str, FeatureSet]:
    trained_on = {each.modality: each.feature_set for each in model.run.features.all()}
    if model.run.corpus_id == corpus.pk:
        return trained_on
    fitting = {}
    for modality, other in trained_on.items():
        own = ready.get((modality, other.recipe))
        if own is None:
            raise _no_features(corpus, modality, other)
        fitting[modality] = own
    return fitting


def _no_features(corpus: Corpus, modality: str, other: FeatureSet) -> Refusal:
    made = other.extractor or f"imported, {other.name}"
    return Refusal(
        "no_features_for_the_model",
        f"The model knows {modality} features made as {other.name} was ({made}), and corpus "
        f"{corpus.slug} has no such feature set that is ready. Extract or import one there.",
        modality=modality,
        features=other.name,
        extractor=made,
        corpus=corpus.slug,
    )


def _told(model: TrainedModel, why: Refusal | None) -> dict[str, Any]:
    run = model.run
    (best,) = run.results.all()
    features = run.features.all()
    return {
        "run": run.pk,
        "corpus": run.corpus,
        "modalities": [each.modality for each in features],
        "features": [each.feature_set.name for each in features],
        "hidden": best.hidden_size,
        "learning_rate": best.learning_rate,
        "classes": run.classes,
        "labeled": run.clips,
        "discrete": model.discrete,
        "combined": model.combined,
        "digest": model.digest,
        "made_at": model.made_at,
        "why": why,
    }
