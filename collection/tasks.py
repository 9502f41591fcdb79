from celery import shared_task

from collection.models import ClipImport
from collection.practice import missing
from collection.sent import import_sent_files
from jobs.runs import Run, perform
from jobs.sentences import Said


@shared_task
def import_clips(job_id: int) -> None:
    def work(run: Run) -> Said:
        clip_import = ClipImport.objects.select_related("corpus").get(job=job_id)
        return import_sent_files(clip_import=clip_import, progress=run)

    perform(job_id, work)


@shared_task
def draw_practice_clips(job_id: int) -> None:
    # Once in an installation's life: no worker carries what draws pictures for it.
    from collection.cartoon.practice import draw_missing

    def work(run: Run) -> Said:
        left = len(missing())
        for done, _ in enumerate(draw_missing(), start=1):
            run.check()
            run.report(done, left)
        return Said("practice_clips_drawn", "The practice clips are drawn.")

    perform(job_id, work)
