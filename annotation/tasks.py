"""Celery's side of annotation: each takes a job's id, calls one action, may run twice."""

from celery import shared_task
from django.utils import timezone

from annotation import exporting, rechecking, simulation, vote_import
from annotation.coordination import labelings_to_void, void_in_labeling
from annotation.models import Export, Opening, SimulationRun, Void, VoteImport
from annotation.opening import run_opening
from collection.models import Corpus
from jobs.runs import Run, perform


@shared_task
def export(job_id: int) -> None:
    def work(run: Run) -> str:
        wanted = Export.objects.select_related("corpus").get(job=job_id)
        return exporting.run_export(wanted, run)

    perform(job_id, work)


@shared_task
def import_votes(job_id: int) -> None:
    def work(run: Run) -> str:
        sent = VoteImport.objects.select_related("corpus").get(job=job_id)
        return vote_import.run_vote_import(sent, run)

    perform(job_id, work)


@shared_task
def open_clips(job_id: int) -> None:
    def work(run: Run) -> str:
        opening = Opening.objects.select_related("corpus").get(job=job_id)
        return f"{run_opening(opening, run)} clips opened."

    perform(job_id, work)


@shared_task
def void_of_annotator(job_id: int) -> None:
    def work(run: Run) -> str:
        void = Void.objects.select_related("corpus").get(job=job_id)
        left = labelings_to_void(void)
        for done, (labeling, votes) in enumerate(left.items()):
            run.check()
            run.report(done, len(left))
            void_in_labeling(void=void, labeling=labeling, votes=votes, at=timezone.now())
        run.report(len(left), len(left))
        return f"Votes on {len(left)} clips voided."

    perform(job_id, work)


@shared_task
def simulate(job_id: int) -> None:
    def work(run: Run) -> str:
        wanted = SimulationRun.objects.select_related("corpus").get(job=job_id)
        return simulation.simulate(
            corpus=wanted.corpus,
            annotators=wanted.annotators,
            seed=wanted.seed,
            clips=wanted.clips,
            at=wanted.created_at,
            progress=run,
        )

    perform(job_id, work)


@shared_task
def recheck(job_id: int) -> None:
    def work(run: Run) -> str:
        corpus = Corpus.objects.get(jobs=job_id)
        return rechecking.summary(corpus, run)

    perform(job_id, work)
