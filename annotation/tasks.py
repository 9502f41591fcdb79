"""Celery's side of annotation: each takes a job's id, calls one action, may run twice."""

from celery import shared_task
from django.utils import timezone

from annotation import (
    clips_actions,
    copying,
    deleting,
    exporting,
    rechecking,
    simulation,
    vote_import,
)
from annotation.coordination import labelings_to_void, void_in_labeling
from annotation.models import ClipsAction, Export, Opening, SimulationRun, Void, VoteImport
from annotation.opening import run_opening
from collection.models import Corpus, CorpusCopy, CorpusDeletion
from jobs.runs import Run, perform
from jobs.sentences import Said, counted


@shared_task
def export(job_id: int) -> None:
    def work(run: Run) -> Said:
        wanted = Export.objects.select_related("corpus").get(job=job_id)
        return exporting.run_export(wanted, run)

    perform(job_id, work)


@shared_task
def remove_old_exports() -> None:
    exporting.remove_old_files()


@shared_task
def import_votes(job_id: int) -> None:
    def work(run: Run) -> Said:
        sent = VoteImport.objects.select_related("corpus").get(job=job_id)
        return vote_import.run_vote_import(sent, run)

    perform(job_id, work)


@shared_task
def open_clips(job_id: int) -> None:
    def work(run: Run) -> Said:
        opening = Opening.objects.select_related("corpus").get(job=job_id)
        opened = run_opening(opening, run)
        return Said("clips_opened", f"{counted(opened, 'clip')} opened.", count=opened)

    perform(job_id, work)


@shared_task
def act_on_clips(job_id: int) -> None:
    def work(run: Run) -> Said:
        action = ClipsAction.objects.select_related("corpus", "created_by").get(job=job_id)
        return clips_actions.carry_out(action, run)

    perform(job_id, work)


@shared_task
def void_of_annotator(job_id: int) -> None:
    def work(run: Run) -> Said:
        void = Void.objects.select_related("corpus").get(job=job_id)
        left = labelings_to_void(void)
        clips = 0
        for done, (labeling, votes) in enumerate(left.items()):
            run.check()
            run.report(done, len(left))
            clips += void_in_labeling(void=void, labeling=labeling, votes=votes, at=timezone.now())
        run.report(len(left), len(left))
        told = f"Votes on {counted(clips, 'clip')} voided."
        return Said("votes_voided", told, count=clips)

    perform(job_id, work)


@shared_task
def simulate(job_id: int) -> None:
    def work(run: Run) -> Said:
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
    def work(run: Run) -> Said:
        corpus = Corpus.objects.get(jobs=job_id)
        return rechecking.summary(corpus, run)

    perform(job_id, work)


@shared_task
def copy_corpus(job_id: int) -> None:
    def work(run: Run) -> Said:
        copy = CorpusCopy.objects.select_related("corpus", "source").get(job=job_id)
        return copying.run_copy(copy, run)

    perform(job_id, work)


@shared_task
def delete_corpus(job_id: int) -> None:
    def work(run: Run) -> Said:
        deletion = CorpusDeletion.objects.select_related("corpus").get(job=job_id)
        return deleting.run_deletion(deletion, run)

    perform(job_id, work)
