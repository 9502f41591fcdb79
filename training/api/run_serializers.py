"""Training runs: what is trained, how far it is, what came of it."""

from typing import Any

from rest_framework import serializers

from jobs.serializers import JobSerializer
from training.models import Modality, RunResult, TrainedModel, TrainingRun

LARGEST = 2**31 - 1
LARGEST_SMALL = 2**15 - 1


class RunFeatureSerializer(serializers.Serializer[Any]):
    modality = serializers.ChoiceField(Modality.choices)
    id = serializers.IntegerField(source="feature_set_id")
    name = serializers.CharField(source="feature_set.name")
    dimension = serializers.IntegerField(source="feature_set.dimension", allow_null=True)


class RunResultSerializer(serializers.ModelSerializer[RunResult]):
    class Meta:
        model = RunResult
        fields = (
            "hidden_size",
            "learning_rate",
            "discrete",
            "discrete_sd",
            "dimensional",
            "dimensional_sd",
            "combined",
            "combined_sd",
            "best",
        )
        read_only_fields = fields


class TrainedModelSerializer(serializers.ModelSerializer[TrainedModel]):
    class Meta:
        model = TrainedModel
        fields = (
            "id",
            "discrete",
            "dimensional",
            "combined",
            "accuracy",
            "calibration_error",
            "digest",
        )
        read_only_fields = fields


class TrainingRunSerializer(serializers.ModelSerializer[TrainingRun]):
    features = RunFeatureSerializer(many=True)
    job = JobSerializer(allow_null=True)
    ready = serializers.SerializerMethodField()
    results = RunResultSerializer(many=True, help_text="By point of the grid, once it is done.")
    model = TrainedModelSerializer(allow_null=True)
    created_by = serializers.SerializerMethodField()

    class Meta:
        model = TrainingRun
        fields = (
            "id",
            "features",
            "variant",
            "classes",
            "hidden_sizes",
            "learning_rates",
            "folds",
            "runs",
            "epochs",
            "batch_size",
            "dropout",
            "weight_decay",
            "seed",
            "group_by",
            "standardise",
            "device",
            "clips",
            "clips_with_valence",
            "job",
            "ready",
            "results",
            "model",
            "created_at",
            "created_by",
        )
        read_only_fields = fields

    def get_ready(self, run: TrainingRun) -> bool:
        return run.ready_at is not None

    def get_created_by(self, run: TrainingRun) -> str | None:
        return str(run.created_by) if run.created_by else None


class LabeledClassSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name_en = serializers.CharField()
    name_zh = serializers.CharField()
    clips = serializers.IntegerField()


class GroupCountsSerializer(serializers.Serializer[Any]):
    video = serializers.IntegerField(help_text="How many videos the clips are of.")
    speaker = serializers.IntegerField(help_text="How many speakers speak in them.")


class LabeledSerializer(serializers.Serializer[Any]):
    """D_l as it is now."""

    clips = serializers.IntegerField(help_text="Labeled clips with one final label.")
    with_valence = serializers.IntegerField()
    several_labels = serializers.IntegerField(
        help_text="Labeled clips with several final labels, which are not trained on."
    )
    classes = LabeledClassSerializer(many=True, help_text="In the corpus's order; all of them.")
    groups = GroupCountsSerializer()


class TrainingNumbersSerializer(serializers.Serializer[Any]):
    """The numbers of §3.6."""

    hidden_sizes = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=4096), min_length=1, max_length=20
    )
    learning_rates = serializers.ListField(
        child=serializers.FloatField(), min_length=1, max_length=20
    )
    folds = serializers.IntegerField(min_value=2, max_value=1000)
    runs = serializers.IntegerField(min_value=1, max_value=100)
    epochs = serializers.IntegerField(min_value=1, max_value=10_000)
    batch_size = serializers.IntegerField(min_value=2, max_value=LARGEST_SMALL)
    dropout = serializers.FloatField()
    weight_decay = serializers.FloatField()
    seed = serializers.IntegerField(min_value=0, max_value=LARGEST)
    group_by = serializers.ChoiceField(TrainingRun.GroupBy.choices, allow_blank=True)
    standardise = serializers.BooleanField()
    variant = serializers.ChoiceField(TrainingRun.Variant.choices)
    device = serializers.ChoiceField(TrainingRun.Device.choices)


class TrainingSerializer(serializers.Serializer[Any]):
    labeled = LabeledSerializer()
    defaults = TrainingNumbersSerializer(help_text="The paper's numbers (§3.6).")
    devices = serializers.ListField(child=serializers.ChoiceField(TrainingRun.Device.choices))
    runs = TrainingRunSerializer(many=True)


class TrainingRequestSerializer(TrainingNumbersSerializer):
    """Numbers that are left out are the paper's."""

    feature_sets = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST), min_length=1, max_length=60
    )
    combinations = serializers.ChoiceField(
        ["together", "each", "every"], required=False, default="together",
        help_text="One run with one set per modality; a run for each set alone; a run for every "
        "combination with at most one set per modality.",
    )  # fmt: skip
    classes = serializers.ListField(
        child=serializers.CharField(max_length=60), required=False, min_length=2, max_length=60,
        help_text="Codes. Without it, all classes that have clips, special labels left out.",
    )  # fmt: skip

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        for name in TrainingNumbersSerializer().get_fields():
            fields[name].required = False
        return fields


class UnderWaySerializer(serializers.Serializer[Any]):
    """A training that runs now."""

    hidden = serializers.IntegerField()
    learning_rate = serializers.FloatField()
    run = serializers.IntegerField()
    fold = serializers.IntegerField()
    epoch = serializers.IntegerField()


class OneTrainingSerializer(serializers.Serializer[Any]):
    """One training of the grid: a hidden size, a learning rate, a run and a fold."""

    hidden = serializers.IntegerField()
    learning_rate = serializers.FloatField()
    run = serializers.IntegerField(help_text="From 1.")
    fold = serializers.IntegerField(help_text="From 1.")
    state = serializers.ChoiceField(["waiting", "running", "done"])
    epoch = serializers.IntegerField(help_text="How many are done.")
    epochs = serializers.IntegerField()
    best_epoch = serializers.IntegerField(allow_null=True)
    discrete = serializers.FloatField(allow_null=True)
    dimensional = serializers.FloatField(allow_null=True)
    combined = serializers.FloatField(allow_null=True)


class RunProgressSerializer(serializers.Serializer[Any]):
    state = serializers.CharField()
    done = serializers.IntegerField()
    total = serializers.IntegerField()
    seconds_left = serializers.FloatField(allow_null=True)
    running = UnderWaySerializer(many=True)
    trainings = OneTrainingSerializer(many=True)


class TrainingRunDetailSerializer(TrainingRunSerializer):
    progress = serializers.SerializerMethodField()

    class Meta(TrainingRunSerializer.Meta):
        fields = (*TrainingRunSerializer.Meta.fields, "progress")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]

    def get_progress(self, run: TrainingRun) -> RunProgressSerializer:
        return RunProgressSerializer(self.context["progress"]).data  # type: ignore[return-value]


class CurveQuerySerializer(serializers.Serializer[Any]):
    hidden = serializers.IntegerField(min_value=1, max_value=LARGEST)
    learning_rate = serializers.FloatField()
    run = serializers.IntegerField(min_value=1, max_value=LARGEST)
    fold = serializers.IntegerField(min_value=1, max_value=LARGEST)


class EpochSerializer(serializers.Serializer[Any]):
    epoch = serializers.IntegerField(help_text="From 1.")
    loss = serializers.FloatField(help_text="Mean training loss (Eq. 8).")
    discrete = serializers.FloatField(help_text="Of the validation (Eq. 10).")
    dimensional = serializers.FloatField(allow_null=True, help_text="Eq. 11.")
    combined = serializers.FloatField(help_text="Eq. 12.")


class CurveSerializer(serializers.Serializer[Any]):
    epochs = EpochSerializer(many=True)


class TableQuerySerializer(serializers.Serializer[Any]):
    format = serializers.ChoiceField(
        ["csv", "markdown", "latex"], required=False, default="markdown"
    )
    runs = serializers.RegexField(
        r"^\d{1,9}(,\d{1,9})*\Z", required=False, help_text="Ids with commas between them; or all."
    )
