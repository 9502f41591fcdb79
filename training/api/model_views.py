"""Trained models: how good they are, as a file, and what they predict."""

from functools import cached_property

from django.http import Http404, StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.views import parsed, signed_in
from baseline.evaluation import evaluation
from collection.sending import give_connection_back, send_file
from jobs.errors import Refusal
from training import folders, predictions, zips
from training.api.model_serializers import (
    EvaluationSerializer,
    PredictionRequestSerializer,
    PredictionSerializer,
)
from training.api.run_views import OneRunView
from training.models import Prediction, TrainedModel


class OneModelView(OneRunView):
    """A view below /api/corpora/{slug}/training/{run_id} of a run that has a model."""

    @cached_property
    def model(self) -> TrainedModel:
        model = getattr(self.run, "model", None)
        if model is None:
            raise predictions.no_model(self.run)
        return model


class EvaluationView(OneModelView):
    @extend_schema(operation_id="training_evaluation", responses=EvaluationSerializer)
    def get(self, request: Request, slug: str, run_id: int) -> Response:
        """How good the model is on clips that its folds' networks have not seen."""
        return Response(EvaluationSerializer(evaluation(folders.model_of(self.model.run))).data)


class ModelFileView(OneModelView):
    @extend_schema(
        operation_id="training_model_file",
        responses={200: OpenApiResponse(OpenApiTypes.BINARY, "A zip of the model's folder.")},
    )
    def get(self, request: Request, slug: str, run_id: int) -> StreamingHttpResponse:
        """The trained model's folder: weights, configuration, metrics, the clips it saw."""
        name, model = f"{slug}-model-{self.model.run.pk}", folders.model_of(self.model.run)
        give_connection_back()
        return StreamingHttpResponse(
            zips.stored(model, below=name),
            content_type="application/zip",
            headers={"Content-Disposition": f'attachment; filename="{name}.zip"'},
        )


class PredictionsView(OneRunView):
    @extend_schema(operation_id="predictions_list", responses=PredictionSerializer(many=True))
    def get(self, request: Request, slug: str, run_id: int) -> Response:
        """What the run's model was asked to predict, newest first."""
        found = Prediction.objects.filter(model__run=self.run).select_related("job")
        return Response(PredictionSerializer(found, many=True).data)

    @extend_schema(
        operation_id="prediction_start",
        request=PredictionRequestSerializer,
        responses={201: PredictionSerializer},
    )
    def post(self, request: Request, slug: str, run_id: int) -> Response:
        """Predict emotion and valence of the corpus's clips."""
        given = parsed(PredictionRequestSerializer(data=request.data))
        made = predictions.start_prediction(run=self.run, by=signed_in(request), **given)
        return Response(PredictionSerializer(made).data, status=201)


class PredictionFileView(OneRunView):
    @extend_schema(
        operation_id="prediction_file",
        responses={200: OpenApiResponse(OpenApiTypes.BINARY, "A CSV.")},
    )
    def get(self, request: Request, slug: str, run_id: int, prediction_id: int) -> HttpResponseBase:
        """Clip by clip: the emotion, the valence, the probability of each class."""
        found = Prediction.objects.select_related("model__run").filter(model__run=self.run)
        prediction = found.filter(pk=prediction_id).first()
        if prediction is None:
            raise Http404(f"There is no prediction {prediction_id} of this training run.")
        if prediction.ready_at is None:
            raise Refusal(
                "prediction_not_ready",
                f"Prediction {prediction_id} has no file yet. Wait for its job; if that failed, "
                "its message says why.",
                status=404,
                prediction=prediction_id,
            )
        try:
            return send_file(
                request,
                folders.relative(folders.of_prediction(prediction)),
                below="training",
                content_type="text/csv; charset=utf-8",
                save_as=f"{slug}-predictions-{prediction_id}.csv",
            )
        except FileNotFoundError as error:
            raise Refusal(
                "prediction_file_missing",
                f"The file of prediction {prediction_id} is not there any more. Bring it back from "
                "a backup of the folder TRAINING_ROOT, or predict again.",
                status=404,
                prediction=prediction_id,
            ) from error
