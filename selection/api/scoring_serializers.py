"""What could be selected from: the pool, models, scorings, and a scoring looked into."""

from typing import Any

from rest_framework import serializers

from jobs.pages import MOST_PAGES, ROWS
from jobs.serializers import JobSerializer
from selection.api.run_serializers import SelectionRunSerializer
from selection.models import Confidences, Scoring
from selection.preview import MOST_OF_A_CLASS, ORDERS
from training.api.feature_serializers import ReasonSerializer
from training.models import Modality, Prediction

LARGEST = 2**31 - 1


class LeftOutSerializer(serializers.Serializer[Any]):
    open = serializers.IntegerField(help_text="Being labeled.")
    labeled = serializers.IntegerField()
    set_aside = serializers.IntegerField()
    guides = serializers.IntegerField(help_text="Examples and practice clips.")


class PoolSerializer(serializers.Serializer[Any]):
    """The unlabeled clips D̃_u as they are now."""

    clips = serializers.IntegerField()
    never_opened = serializers.IntegerField()
    ended_unlabeled = serializers.IntegerField()
    left_out = LeftOutSerializer()


class NamedClassSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name_en = serializers.CharField()
    name_zh = serializers.CharField(allow_blank=True)


class CorpusOfModelSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()


class UsableModelSerializer(serializers.Serializer[Any]):
    """A trained model, and whether its clips can be scored here."""

    run = serializers.IntegerField(help_text="Its training run.")
    corpus = CorpusOfModelSerializer()
    modalities = serializers.ListField(child=serializers.ChoiceField(Modality.choices))
    features = serializers.ListField(
        child=serializers.CharField(), help_text="Names of the feature sets, one per modality."
    )
    hidden = serializers.IntegerField()
    learning_rate = serializers.FloatField()
    classes = serializers.ListField(child=serializers.CharField())
    labeled = serializers.IntegerField(help_text="Clips of D_l that it was trained on.")
    discrete = serializers.FloatField(help_text="Eq. 10, on unseen clips.")
    combined = serializers.FloatField(help_text="Eq. 12, on unseen clips.")
    digest = serializers.CharField()
    made_at = serializers.DateTimeField()
    why = ReasonSerializer(allow_null=True, help_text="Why it cannot be used, if so.")


class ScoringSerializer(serializers.ModelSerializer[Scoring]):
    source = serializers.SerializerMethodField()  # type: ignore[assignment]
    run = serializers.SerializerMethodField(
        help_text="The model's training run; none of a file, or once the model is deleted."
    )
    run_corpus = serializers.SerializerMethodField(help_text="Short name of that run's corpus.")
    ready = serializers.SerializerMethodField()
    runs = serializers.SerializerMethodField(help_text="Selection runs from it.")
    job = JobSerializer(allow_null=True)
    created_by = serializers.SerializerMethodField()

    class Meta:
        model = Scoring
        fields = (
            "id",
            "source",
            "run",
            "run_corpus",
            "model_digest",
            "file_name",
            "classes",
            "missing",
            "folds",
            "labeled",
            "unlabeled",
            "left_out",
            "digest",
            "ready",
            "runs",
            "job",
            "created_at",
            "created_by",
        )
        read_only_fields = fields

    def get_source(self, scoring: Scoring) -> str:
        return "file" if scoring.file_name else "model"

    def get_run(self, scoring: Scoring) -> int | None:
        return scoring.model.run_id if scoring.model else None

    def get_run_corpus(self, scoring: Scoring) -> str | None:
        return scoring.model.run.corpus.slug if scoring.model else None

    def get_ready(self, scoring: Scoring) -> bool:
        return scoring.ready_at is not None

    def get_runs(self, scoring: Scoring) -> list[int]:
        return sorted(run.pk for run in scoring.runs.all())

    def get_created_by(self, scoring: Scoring) -> str | None:
        return str(scoring.created_by) if scoring.created_by else None


class ScoringRequestSerializer(serializers.Serializer[Any]):
    run = serializers.IntegerField(
        min_value=1, max_value=LARGEST, help_text="A training run with a model, of any corpus."
    )
    missing = serializers.ChoiceField(
        Prediction.Missing.choices, required=False, default=Prediction.Missing.REFUSE,
        help_text="Clips that lack a modality: refuse, or mask what is missing.",
    )  # fmt: skip


class ScoringImportRequestSerializer(serializers.Serializer[Any]):
    file = serializers.FileField(
        allow_empty_file=True,
        help_text="A column name and one per class, p_<code> or <code>; of an .npz: names, "
        "classes, probabilities.",
    )


class ExplorerClassSerializer(NamedClassSerializer):
    labeled = serializers.IntegerField(help_text="Of D_l.")
    correct = serializers.IntegerField(help_text="|G_j|: of these, predicted right.")
    predicted = serializers.IntegerField(help_text="Of the pool.")


class SelectionSerializer(serializers.Serializer[Any]):
    """Coordinators are told of no models and no scorings."""

    pool = PoolSerializer()
    classes = NamedClassSerializer(many=True, help_text="The corpus's labels but special ones.")
    models = UsableModelSerializer(many=True, help_text="Of this corpus first; at most 100.")
    scorings = ScoringSerializer(many=True, help_text="Newest first.")
    runs = SelectionRunSerializer(many=True, help_text="Newest first.")


def _list(of: Any, **options: Any) -> serializers.ListField:
    return serializers.ListField(child=of, **options)


class InSampleSerializer(serializers.Serializer[Any]):
    """Index k of the lists is η = k/1000; in each of them an entry per class."""

    thresholds = _list(_list(serializers.FloatField(allow_null=True)))
    selected = _list(_list(serializers.IntegerField()))


class OutOfFoldSerializer(InSampleSerializer):
    """`thresholds` is the median over the folds."""

    lowest = _list(_list(serializers.FloatField(allow_null=True)))
    highest = _list(_list(serializers.FloatField(allow_null=True)))


class WaysSerializer(serializers.Serializer[Any]):
    in_sample = InSampleSerializer(help_text="As in the paper.")
    out_of_fold = OutOfFoldSerializer(allow_null=True, help_text="From unseen clips.")


class ChangedSerializer(serializers.Serializer[Any]):
    """Clips of the scoring's pool that are no longer in the pool."""

    count = serializers.IntegerField()
    first = serializers.CharField(allow_null=True)


class ExplorerSerializer(serializers.Serializer[Any]):
    classes = ExplorerClassSerializer(many=True)
    edges = _list(serializers.FloatField(), help_text="41 of confidences, from 1/C to 1.")
    correct = _list(
        _list(serializers.IntegerField()), help_text="Per class the confidences in G_j, in 40 bins."
    )
    unseen = _list(
        _list(serializers.IntegerField()), allow_null=True,
        help_text="The same by networks that have not seen the clip; none of a file.",
    )  # fmt: skip
    unlabeled = _list(_list(serializers.IntegerField()), help_text="Of the pool, by prediction.")
    ways = WaysSerializer()
    warnings = ReasonSerializer(many=True)
    changed = ChangedSerializer()


class PreviewQuerySerializer(serializers.Serializer[Any]):
    eta = serializers.FloatField(min_value=0, max_value=1)
    confidences = serializers.ChoiceField(
        Confidences.choices, required=False, default=Confidences.IN_SAMPLE
    )
    vars()["class"] = serializers.CharField(
        max_length=60, required=False, help_text="A code: only clips predicted to be of it."
    )
    order = serializers.ChoiceField(ORDERS, required=False, default="-confidence")
    page = serializers.IntegerField(min_value=1, max_value=MOST_PAGES, required=False, default=1)
    sample = serializers.IntegerField(
        min_value=1, max_value=MOST_OF_A_CLASS, required=False,
        help_text="So many of each class by chance, instead of a page.",
    )  # fmt: skip
    seed = serializers.IntegerField(min_value=0, max_value=LARGEST, required=False, default=0)


class PreviewClipSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    predicted = serializers.CharField(help_text="A class's code.")
    confidence = serializers.FloatField()
    folds = serializers.IntegerField(
        allow_null=True, help_text="How many folds select it; none of the paper's way."
    )
    duration = serializers.FloatField(allow_null=True, help_text="Seconds.")
    has_media = serializers.BooleanField()
    transcript = serializers.CharField(allow_blank=True, help_text="Its first 200 characters.")


class PreviewSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField(help_text="How many are selected in all.")
    page_size = serializers.IntegerField(default=ROWS)
    results = PreviewClipSerializer(many=True)
