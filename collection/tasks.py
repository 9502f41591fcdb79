from celery import shared_task

from collection.models import ClipImport
from collection.sent import import_sent_files
from jobs.runs import Run, perform


@shared_task
def import_clips(job_id: int) -> None:
    def work(run: Run) -> str:
        clip_import = ClipImport.objects.select_related("corpus").get(job=job_id)
        return import_sent_files(clip_import=clip_import, progress=run)

    perform(job_id, work)
