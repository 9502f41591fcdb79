"""Feature sets, runs, models and predictions, to be looked at."""

from typing import ClassVar

from django.contrib import admin

from jobs.admin import ForLooking
from training.models import FeatureSet, Prediction, RunResult, TrainedModel, TrainingRun


@admin.register(FeatureSet)
class FeatureSetAdmin(ForLooking):
    list_display = ("name", "corpus", "modality", "origin", "extractor", "dimension", "rows")
    list_filter = ("corpus", "modality", "origin")
    list_select_related: ClassVar = ["corpus"]


class ResultInline(admin.TabularInline):
    model = RunResult
    extra = 0
    can_delete = False


@admin.register(TrainingRun)
class TrainingRunAdmin(ForLooking):
    list_display = ("id", "corpus", "variant", "folds", "runs", "epochs", "clips", "ready_at")
    list_filter = ("corpus", "variant")
    list_select_related: ClassVar = ["corpus"]
    inlines: ClassVar = [ResultInline]


@admin.register(TrainedModel)
class TrainedModelAdmin(ForLooking):
    list_display = ("id", "run", "discrete", "dimensional", "combined", "accuracy", "made_at")
    list_select_related: ClassVar = ["run"]


@admin.register(Prediction)
class PredictionAdmin(ForLooking):
    list_display = ("id", "model", "clips", "missing", "rows", "masked", "ready_at")
    list_select_related: ClassVar = ["model"]
