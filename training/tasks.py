"""Celery's side of this room, on its own queue: each takes a job's id, and may run twice."""

from celery import shared_task

from jobs.runs import Run, perform
from jobs.sentences import Said
from training import feature_jobs, training_jobs
from training.models import FeatureSet, Prediction, TrainingRun


@shared_task
def extract_features(job_id: int) -> None:
    def work(run: Run) -> Said:
        features = FeatureSet.objects.select_related("corpus").get(job=job_id)
        return feature_jobs.run_extraction(features, run)

    perform(job_id, work)


@shared_task
def import_features(job_id: int) -> None:
    def work(run: Run) -> Said:
        features = FeatureSet.objects.select_related("corpus").get(job=job_id)
        return feature_jobs.run_import(features, run)

    perform(job_id, work)


@shared_task
def train(job_id: int) -> None:
    def work(run: Run) -> Said:
        wanted = TrainingRun.objects.select_related("corpus").get(job=job_id)
        return training_jobs.run_training(wanted, run)

    perform(job_id, work)


@shared_task
def predict(job_id: int) -> None:
    def work(run: Run) -> Said:
        wanted = Prediction.objects.select_related("model__run__corpus").get(job=job_id)
        return training_jobs.run_prediction(wanted, run)

    perform(job_id, work)
