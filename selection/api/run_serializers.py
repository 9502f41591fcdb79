"""Selection runs: what they chose, what was opened of it, what came of that."""

from typing import Any

from rest_framework import serializers

from annotation.api.opening_serializers import WarningSerializer
from annotation.protocol import Stage
from jobs.pages import PageQuerySerializer
from jobs.serializers import JobSerializer
from selection.models import Confidences, SelectionBatch, SelectionClass, SelectionRun
from selection.opened import STATES
from selection.run_clips import ORDERS

LARGEST = 2**31 - 1


class SelectionRequestSerializer(serializers.Serializer[Any]):
    scoring = serializers.IntegerField(min_value=1, max_value=LARGEST)
    eta = serializers.FloatField(help_text="The quantile of Algorithm 1, line 10, from 0 to 1.")
    confidences = serializers.ChoiceField(
        Confidences.choices, required=False, default=Confidences.IN_SAMPLE
    )


class SelectionClassSerializer(serializers.ModelSerializer[SelectionClass]):
    """One class of a run; `correct` and `thresholds` have one entry, or one for each fold."""

    name_en = serializers.CharField()
    name_zh = serializers.CharField()
    correct = serializers.ListField(child=serializers.IntegerField())
    thresholds = serializers.ListField(
        child=serializers.FloatField(allow_null=True),
        help_text="Null where no labeled clip of the class was predicted right.",
    )

    class Meta:
        model = SelectionClass
        fields = (
            "code",
            "name_en",
            "name_zh",
            "labeled",
            "correct",
            "thresholds",
            "predicted",
            "selected",
        )
        read_only_fields = fields


class SelectionRunSerializer(serializers.ModelSerializer[SelectionRun]):
    """Of the rows that `runs.listed` gives."""

    source = serializers.SerializerMethodField()  # type: ignore[assignment]
    run = serializers.SerializerMethodField(help_text="The training run; null if it is gone.")
    run_corpus = serializers.SerializerMethodField(help_text="Whose training run that is.")
    model_digest = serializers.CharField(source="scoring.model_digest")
    file_name = serializers.CharField(source="scoring.file_name")
    portion = serializers.FloatField(help_text="The highest portion of §2.3: 1 − eta.")
    batched = serializers.IntegerField(help_text="Of the chosen clips, those in batches.")
    classes = SelectionClassSerializer(many=True)
    ready = serializers.SerializerMethodField()
    job = JobSerializer(allow_null=True)
    created_by = serializers.SerializerMethodField()

    class Meta:
        model = SelectionRun
        fields = (
            "id",
            "scoring",
            "source",
            "run",
            "run_corpus",
            "model_digest",
            "file_name",
            "scoring_digest",
            "eta",
            "portion",
            "confidences",
            "labeled",
            "pool",
            "selected",
            "digest",
            "batched",
            "classes",
            "ready",
            "job",
            "created_at",
            "created_by",
        )
        read_only_fields = fields

    def get_source(self, run: SelectionRun) -> str:
        return "file" if run.scoring.file_name else "model"

    def get_run(self, run: SelectionRun) -> int | None:
        return run.scoring.model.run_id if run.scoring.model else None

    def get_run_corpus(self, run: SelectionRun) -> str | None:
        return run.scoring.model.run.corpus.slug if run.scoring.model else None

    def get_ready(self, run: SelectionRun) -> bool:
        return run.ready_at is not None

    def get_created_by(self, run: SelectionRun) -> str | None:
        return str(run.created_by) if run.created_by else None


class SelectionBatchSerializer(serializers.ModelSerializer[SelectionBatch]):
    """Of the rows that `batches.listed` gives."""

    clips = serializers.IntegerField(source="clip_count")
    opened = serializers.IntegerField(help_text="Labelings that its opening has made so far.")
    created_at = serializers.DateTimeField(source="opening.created_at")
    created_by = serializers.SerializerMethodField()
    job = JobSerializer(source="opening.job", allow_null=True)

    class Meta:
        model = SelectionBatch
        fields = ("number", "clips", "opened", "created_at", "created_by", "job")
        read_only_fields = fields

    def get_created_by(self, batch: SelectionBatch) -> str | None:
        return str(batch.opening.created_by) if batch.opening.created_by else None


class BatchRequestSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField(
        required=False,
        default=None,
        allow_null=True,
        min_value=1,
        max_value=LARGEST,
        help_text="How many of the chosen clips that are left; without it, all of them.",
    )


class SelectionGatesSerializer(serializers.Serializer[Any]):
    """How many opened clips stand where."""

    emotion = serializers.IntegerField()
    reliability = serializers.IntegerField()
    valence = serializers.IntegerField()
    labeled = serializers.IntegerField()
    unlabeled = serializers.IntegerField()
    set_aside = serializers.IntegerField()


class UnlabeledReasonSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField()
    clips = serializers.IntegerField()


class BecameSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="The first final label.")
    clips = serializers.IntegerField()


class OutcomeOfClassSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="As predicted.")
    opened = serializers.IntegerField()
    agreed = serializers.IntegerField()
    reliable = serializers.IntegerField()
    labeled = serializers.IntegerField()
    unlabeled = serializers.IntegerField()
    right = serializers.IntegerField()
    became = BecameSerializer(many=True, help_text="Of the labeled ones; most clips first.")


class ConfidenceBinSerializer(serializers.Serializer[Any]):
    """Labeled clips of like confidence, and how many of them were predicted right."""

    low = serializers.FloatField()
    high = serializers.FloatField()
    clips = serializers.IntegerField()
    confidence = serializers.FloatField(allow_null=True, help_text="Mean; null without clips.")
    right = serializers.IntegerField()
    accuracy = serializers.FloatField(allow_null=True)
    lowest = serializers.FloatField(allow_null=True, help_text="Wilson's interval, 95 %.")
    highest = serializers.FloatField(allow_null=True)


class SelectionOutcomeSerializer(serializers.Serializer[Any]):
    """What the labelings that the run's batches have opened came to."""

    opened = serializers.IntegerField()
    gates = SelectionGatesSerializer()
    agreed = serializers.IntegerField(help_text="Have ever agreed on a label.")
    reliable = serializers.IntegerField(help_text="Have ever passed the reliability check.")
    labeled = serializers.IntegerField()
    unlabeled_reasons = UnlabeledReasonSerializer(many=True)
    right = serializers.IntegerField(help_text="Labeled with the predicted class.")
    judged = serializers.IntegerField(help_text="Labeled: of how many `right` is.")
    by_class = OutcomeOfClassSerializer(many=True)
    calibration = ConfidenceBinSerializer(many=True)


class SelectionRunDetailSerializer(SelectionRunSerializer):
    """With `left`, `passed_over`, `warnings`, `batches` and `outcome` in the context."""

    left = serializers.SerializerMethodField(
        help_text="Chosen, not in a batch, and can be opened now."
    )
    passed_over = serializers.SerializerMethodField(
        help_text="Chosen, not in a batch, and no longer in the pool."
    )
    warnings = serializers.SerializerMethodField(help_text="Of opening what is left.")
    batches = serializers.SerializerMethodField()
    outcome = serializers.SerializerMethodField()

    class Meta(SelectionRunSerializer.Meta):
        fields = (  # type: ignore[assignment]
            *SelectionRunSerializer.Meta.fields,
            "left",
            "passed_over",
            "warnings",
            "batches",
            "outcome",
        )
        read_only_fields = fields  # type: ignore[assignment]

    def get_left(self, run: SelectionRun) -> int:
        return int(self.context["left"])

    def get_passed_over(self, run: SelectionRun) -> int:
        return int(self.context["passed_over"])

    def get_warnings(self, run: SelectionRun) -> WarningSerializer(many=True):  # type: ignore[valid-type]
        return WarningSerializer(self.context["warnings"], many=True).data

    def get_batches(self, run: SelectionRun) -> SelectionBatchSerializer(many=True):  # type: ignore[valid-type]
        return SelectionBatchSerializer(self.context["batches"], many=True).data

    def get_outcome(self, run: SelectionRun) -> SelectionOutcomeSerializer:
        return SelectionOutcomeSerializer(self.context["outcome"]).data  # type: ignore[return-value]


class RunClipsQuerySerializer(PageQuerySerializer):
    vars()["class"] = serializers.CharField(
        required=False, allow_blank=True, max_length=60, help_text="A code."
    )
    state = serializers.ChoiceField(
        STATES,
        required=False,
        default="any",
        help_text="Where its labeling by this run stands; waiting: not opened by it yet.",
    )
    right = serializers.BooleanField(
        required=False, allow_null=True, default=None, help_text="Of labeled clips."
    )
    chosen = serializers.BooleanField(required=False, default=True)
    search = serializers.CharField(
        required=False, allow_blank=True, max_length=255, help_text="In the name."
    )
    order = serializers.ChoiceField(list(ORDERS), required=False, default="-confidence")


class SelectionRunClipSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    predicted = serializers.CharField(help_text="A code.")
    confidence = serializers.FloatField()
    folds = serializers.IntegerField(
        allow_null=True, help_text="How many networks select it, where each has thresholds."
    )
    duration = serializers.FloatField(allow_null=True)
    has_media = serializers.BooleanField()
    transcript = serializers.CharField(help_text="Its beginning.")
    chosen = serializers.BooleanField()
    batch = serializers.IntegerField(allow_null=True, help_text="The batch's number.")
    stage = serializers.ChoiceField(
        [each.value for each in Stage], allow_null=True, help_text="Of the labeling by this run."
    )
    reason = serializers.CharField(allow_null=True, help_text="Why it ended unlabeled.")
    labels = serializers.ListField(
        child=serializers.CharField(), allow_null=True, help_text="Final ones; of labeled clips."
    )
    right = serializers.BooleanField(allow_null=True, help_text="Of labeled clips.")


class SelectionRunClipsSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    page_size = serializers.IntegerField()
    results = SelectionRunClipSerializer(many=True)
