"""Deleting a corpus, votes and all, once somebody has typed its slug.

From the request on the corpus is archived and to everybody it does not exist any more
(`Corpus.objects.there()`), so nobody works in it. A job then removes rows, files and at last
the corpus itself; killed or cancelled anywhere, it is gone on with by deleting again. The
CorpusDeletion row stays as the record, people and their accounts stay.
"""

import time
from datetime import datetime

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from collection import storage
from collection.models import Clip, Corpus, CorpusCopy, CorpusDeletion
from jobs.actions import cancel, start_job
from jobs.errors import Refusal
from jobs.models import STALE_AFTER, Job
from jobs.progress import Progress
from jobs.sentences import Said
from jobs.transactions import retried

CLIPS_AT_ONCE = 500
LOOK_EVERY = 0.5  # s

# Each list in the order in which rows refer to one another; a test finds what is missing here.
OF_SEATS = (
    "annotation_note",
    "annotation_emotionvote",
    "annotation_reliabilityvote",
    "annotation_valencerating",
)
OF_LABELINGS = ("annotation_seat", "annotation_labelpair", "annotation_settingaside")
OF_CLIPS = (
    "annotation_labeling",
    "annotation_skip",
    "annotation_example",
    "annotation_practiceclip",
    "annotation_openingclip",
    "annotation_clipsactionclip",
    "selection_runclip",
    "collection_importedfile",
)
OF_IMPORTS = ("collection_importedfile",)
OF_SELECTIONS = ("selection_selectionclass", "selection_selectionbatch")
OF_MODELS = ("training_prediction",)
OF_RUNS = ("training_runfeature", "training_runresult", "training_trainedmodel")
MODELS = """SELECT m.id FROM training_trainedmodel m
    JOIN training_trainingrun r ON r.id = m.run_id WHERE r.corpus_id = %s"""
OF_THE_CORPUS = (
    "selection_selectionrun",
    "selection_scoring",
    "training_trainingrun",
    "training_featureset",
    "annotation_void",
    "annotation_desk",
    "annotation_seatqueue",
    "annotation_opening",
    "annotation_clipsaction",
    "annotation_export",
    "annotation_simulationrun",
    "annotation_voteimport",
    "collection_clipimport",
    "collection_video",
    "annotation_emotion",
    "accounts_membership",
    "accounts_invitation",
    "collection_corpuscopy",
    "jobs_job",
)


@transaction.atomic
def start_deletion(*, corpus: Corpus, typed: str, by: User, at: datetime) -> CorpusDeletion:
    """Hide the corpus and have a job remove it; one that stopped half-way is gone on with."""
    corpus = Corpus.objects.select_for_update().get(pk=corpus.pk)
    if typed != corpus.slug:
        raise Refusal(
            "typed_name_differs",
            f'Corpus {corpus.slug} was not deleted: "{typed[:60]}" was typed. Type its short '
            "name, letter by letter.",
            status=400,
            corpus=corpus.slug,
            typed=typed[:60],
        )
    _check_nobody_copies(corpus)
    deletion = corpus.deletions.select_related("job").first()
    if deletion is None:
        corpus.archived_at = corpus.archived_at or at
        corpus.save(update_fields=["archived_at"])
        deletion = CorpusDeletion(corpus=corpus, slug=corpus.slug, name=corpus.name, by=by, at=at)
    elif deletion.job is not None and deletion.job.ended_at is None:
        return deletion
    # The job outlives the corpus, so it is not one of it.
    deletion.job = start_job(
        kind="delete_corpus",
        task="annotation.tasks.delete_corpus",
        corpus=None,
        created_by=by,
        total=corpus.clips.count(),
    )
    deletion.save()
    return deletion


def _check_nobody_copies(corpus: Corpus) -> None:
    copies = CorpusCopy.objects.filter(source=corpus, job__in=Job.objects.unfinished())
    copy = copies.select_related("corpus").first()
    if copy is not None:
        raise Refusal(
            "corpus_is_copied_now",
            f"Corpus {corpus.slug} is just being copied to {copy.corpus.slug}. Wait until that is "
            "done, or cancel it.",
            corpus=corpus.slug,
            copy=copy.corpus.slug,
        )


def run_deletion(deletion: CorpusDeletion, progress: Progress) -> Said:
    """Remove everything of the corpus; safe to run twice, whatever stopped it before."""
    corpus = deletion.corpus
    if corpus is not None:
        _end_its_jobs(corpus, progress)
        storage.clear_sent(corpus.pk, corpus.clip_imports.values_list("pk", flat=True))
        total, done = corpus.clips.count(), 0
        progress.report(done, total)
        while removed := remove_clips(corpus):
            done += removed
            progress.report(done, total)
            progress.check()
        remove_paperwork(corpus)
        progress.check()
        storage.clear_corpus(corpus.pk, keep=_files_of_others(corpus), check=progress.check)
        remove_corpus(corpus)
    return Said("corpus_deleted", f"Corpus {deletion.slug} was deleted.", corpus=deletion.slug)


def _end_its_jobs(corpus: Corpus, progress: Progress) -> None:
    """Work under way is cancelled and waited for; what a dead worker left is not."""
    while True:
        for job in Job.objects.filter(corpus=corpus).unfinished():
            _cancel(job)
        fresh = timezone.now() - STALE_AFTER
        running = Job.objects.filter(corpus=corpus, state=Job.State.RUNNING)
        if not running.filter(heartbeat_at__gt=fresh).exists():
            return
        progress.check()
        time.sleep(LOOK_EVERY)


def _cancel(job: Job) -> None:
    try:
        cancel(job_id=job.pk)
    except Refusal as refusal:
        if refusal.code != "job_has_ended":  # while it was being looked at
            raise


@retried
def remove_clips(corpus: Corpus) -> int:
    """Remove the next clips with all that hangs on them; how many. What was sent before the
    corpus was gone is waited for, and goes with the rest."""
    with connection.cursor() as cursor:
        _allow(cursor)
        cursor.execute(
            """SELECT id FROM collection_clip WHERE corpus_id = %s ORDER BY id LIMIT %s
            FOR UPDATE""",
            [corpus.pk, CLIPS_AT_ONCE],
        )
        clips = [id for (id,) in cursor.fetchall()]
        labelings = _locked_ids(cursor, "annotation_labeling", "clip_id", clips)
        seats = _locked_ids(cursor, "annotation_seat", "labeling_id", labelings)
        for tables, column, ids in (
            (OF_SEATS, "seat_id", seats),
            (OF_LABELINGS, "labeling_id", labelings),
            (OF_CLIPS, "clip_id", clips),
            (("collection_clip",), "id", clips),
        ):
            for table in tables:
                cursor.execute(f"DELETE FROM {table} WHERE {column} = ANY(%s)", [ids])
    return len(clips)


@retried
def remove_paperwork(corpus: Corpus) -> None:
    """Remove what belongs to the corpus as a whole: people's roles, label set, imports, what was
    trained on it, jobs."""
    with connection.cursor() as cursor:
        _allow(cursor)
        for table in OF_SELECTIONS:
            cursor.execute(
                f"""DELETE FROM {table} WHERE run_id IN
                    (SELECT id FROM selection_selectionrun WHERE corpus_id = %s)""",
                [corpus.pk],
            )
        # Another corpus may have been scored by a model of this one.
        cursor.execute(
            f"UPDATE selection_scoring SET model_id = NULL WHERE model_id IN ({MODELS})",
            [corpus.pk],
        )
        for table in OF_MODELS:
            cursor.execute(
                f"DELETE FROM {table} WHERE model_id IN ({MODELS})",
                [corpus.pk],
            )
        for table in OF_RUNS:
            cursor.execute(
                f"""DELETE FROM {table} WHERE run_id IN
                    (SELECT id FROM training_trainingrun WHERE corpus_id = %s)""",
                [corpus.pk],
            )
        for table in OF_IMPORTS:
            cursor.execute(
                f"""DELETE FROM {table} WHERE clip_import_id IN
                    (SELECT id FROM collection_clipimport WHERE corpus_id = %s)""",
                [corpus.pk],
            )
        for table in OF_THE_CORPUS:
            cursor.execute(f"DELETE FROM {table} WHERE corpus_id = %s", [corpus.pk])


@retried
def remove_corpus(corpus: Corpus) -> None:
    """The corpus itself goes last: until then its deletion can be gone on with."""
    CorpusCopy.objects.filter(source=corpus).update(source=None)
    CorpusDeletion.objects.filter(corpus=corpus).update(corpus=None)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM collection_corpus WHERE id = %s", [corpus.pk])


def _files_of_others(corpus: Corpus) -> set[str]:
    """Files in the corpus's folder that clips of other corpora play."""
    folder = f"{corpus.pk}/"
    clips = Clip.objects.filter(Q(file__startswith=folder) | Q(playable__startswith=folder))
    return {path for both in clips.values_list("file", "playable") for path in both}


def _allow(cursor: CursorWrapper) -> None:
    """Until commit, votes may be removed (`annotation/sql/rules.sql`)."""
    cursor.execute("SET LOCAL concord.deleting_a_corpus = 'on'")


def _locked_ids(cursor: CursorWrapper, table: str, column: str, of: list[int]) -> list[int]:
    cursor.execute(f"SELECT id FROM {table} WHERE {column} = ANY(%s) ORDER BY id FOR UPDATE", [of])
    return [id for (id,) in cursor.fetchall()]
