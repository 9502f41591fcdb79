"""A corpus made from another one: its settings, labels, guidelines and clips, without the votes.

A copy that was cancelled or failed stays as it is, takes no work (`collection.readiness`), and
is finished by copying again under the same slug. Its clips have files of their own (hard links
to the source's where the disk can do that), so that either corpus may be deleted.
"""

from django.db import connection, transaction

from accounts.models import User
from annotation.corpora import check_slug_is_free, validate
from annotation.models import Emotion
from collection import storage
from collection.models import Clip, Corpus, CorpusCopy
from collection.readiness import check_is_complete, unfinished_copy
from jobs.actions import start_job
from jobs.errors import Refusal
from jobs.progress import Progress
from jobs.sentences import Said, counted
from jobs.transactions import retried

CLIPS_AT_ONCE = 1000
NOT_COPIED = {"id", "slug", "name", "paused_at", "archived_at", "created_at"}
OWN_TO_A_CLIP = {"id", "corpus", "video", "file", "playable", "imported_at"}


@transaction.atomic
def start_copy(*, source: Corpus, slug: str, name: str, by: User) -> CorpusCopy:
    """Make the new corpus with its label set, and have a job bring the clips."""
    source = Corpus.objects.there().select_for_update(no_key=True, of=("self",)).get(pk=source.pk)
    check_is_complete(source)
    copy = _begun(source, slug)
    if copy is None:
        check_slug_is_free(slug)
        copy = CorpusCopy(corpus=_make(source, slug, name), source=source, created_by=by)
    elif copy.job is not None and copy.job.ended_at is None:
        return copy
    copy.job = start_job(
        kind="copy_corpus",
        task="annotation.tasks.copy_corpus",
        corpus=copy.corpus,
        created_by=by,
        total=source.clips.count(),
    )
    copy.save()
    return copy


def _begun(source: Corpus, slug: str) -> CorpusCopy | None:
    """The copy of this source that has the slug already and is not complete."""
    corpus = Corpus.objects.there().filter(slug=slug, copied__source=source).first()
    return unfinished_copy(corpus) if corpus else None


def _make(source: Corpus, slug: str, name: str) -> Corpus:
    fields = [field.name for field in Corpus._meta.concrete_fields if field.name not in NOT_COPIED]
    corpus = Corpus(slug=slug, name=name, **{field: getattr(source, field) for field in fields})
    validate(corpus)
    corpus.save()
    labels = list(Emotion.objects.filter(corpus=source))
    for label in labels:
        label.pk, label.corpus = None, corpus
    Emotion.objects.bulk_create(labels)
    return corpus


def run_copy(copy: CorpusCopy, progress: Progress) -> Said:
    """Copy the clips batch by batch, then what the guidelines show; safe to run twice."""
    source, corpus = copy.source, copy.corpus
    if source is None:
        raise Refusal(
            "copied_corpus_is_gone",
            f"The corpus that {corpus.slug} is a copy of was deleted meanwhile. Delete "
            f"{corpus.slug}, too.",
            corpus=corpus.slug,
        )
    total, done = source.clips.count(), corpus.clips.count()
    _copy_videos(source, corpus)
    while clips := _next_clips(source, corpus):
        progress.report(done, total)
        progress.check()
        for clip in clips:
            progress.check()  # a bucket takes its time for each
            _link_files(clip, corpus)
        _copy_clips(copy, [clip.pk for clip in clips])
        done += len(clips)
    progress.report(done, max(total, done))
    progress.check()
    _copy_guides(source, corpus)
    return Said("corpus_copied", f"{counted(done, 'clip')} copied.", count=done)


def _next_clips(source: Corpus, corpus: Corpus) -> list[Clip]:
    """The next clips that the copy has not got. They come in the order of their ids, so a copy
    that goes on begins after the last one that has come."""
    last = Clip.objects.filter(corpus=corpus).order_by("-pk").first()
    clips = Clip.objects.filter(corpus=source).order_by("pk")
    if last is not None:
        clips = clips.filter(pk__gt=clips.filter(name=last.name).values("pk"))
    return list(clips.only("name", "file", "playable", "sha256")[:CLIPS_AT_ONCE])


def _link_files(clip: Clip, corpus: Corpus) -> None:
    for path in {clip.file, clip.playable} - {""}:
        try:
            storage.link(path, corpus_id=corpus.pk)
        except FileNotFoundError as error:
            raise Refusal(
                "media_is_missing",
                f'the file of clip "{clip.name}" is not on the server any more, so it cannot be '
                "copied. Restore the media, then copy again under the same short name.",
                clip=clip.name,
            ) from error


@retried
def _copy_videos(source: Corpus, corpus: Corpus) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO collection_video (corpus_id, name)
            SELECT %s, name FROM collection_video WHERE corpus_id = %s
            ON CONFLICT (corpus_id, name) DO NOTHING""",
            [corpus.pk, source.pk],
        )


@retried
def _copy_clips(copy: CorpusCopy, clips: list[int]) -> None:
    """All that is known of them. `ORDER BY` keeps the order of ids that `_next_clips` relies on;
    a run that was taken for dead and comes back waits for the lock and finds them there."""
    CorpusCopy.objects.select_for_update().get(pk=copy.pk)
    facts = [
        connection.ops.quote_name(str(field.column))
        for field in Clip._meta.concrete_fields
        if field.name not in OWN_TO_A_CLIP
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO collection_clip
                (corpus_id, video_id, file, playable, imported_at, {", ".join(facts)})
            SELECT %(corpus)s, w.id,
                regexp_replace(c.file, '^[^/]+', %(folder)s),
                regexp_replace(c.playable, '^[^/]+', %(folder)s),
                now(), {", ".join(f"c.{fact}" for fact in facts)}
            FROM collection_clip c
            LEFT JOIN collection_video v ON v.id = c.video_id
            LEFT JOIN collection_video w ON w.corpus_id = %(corpus)s AND w.name = v.name
            WHERE c.id = ANY(%(clips)s) AND NOT EXISTS (SELECT FROM collection_clip d
                WHERE d.corpus_id = %(corpus)s AND d.name = c.name)
            ORDER BY c.id""",
            {"corpus": copy.corpus_id, "folder": str(copy.corpus_id), "clips": clips},
        )


@retried
def _copy_guides(source: Corpus, corpus: Corpus) -> None:
    """Examples and practice clips, which name the copy's own labels and clips."""
    both = {"source": source.pk, "corpus": corpus.pk}
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO annotation_example (emotion_id, clip_id, position)
            SELECT f.id, d.id, x.position FROM annotation_example x
            JOIN annotation_emotion e ON e.id = x.emotion_id AND e.corpus_id = %(source)s
            JOIN collection_clip c ON c.id = x.clip_id
            JOIN annotation_emotion f ON f.corpus_id = %(corpus)s AND f.code = e.code
            JOIN collection_clip d ON d.corpus_id = %(corpus)s AND d.name = c.name
            ORDER BY x.id ON CONFLICT DO NOTHING""",
            both,
        )
        cursor.execute(
            """INSERT INTO annotation_practiceclip (corpus_id, clip_id, position, stage,
                emotion_id, reliability, valence_from, valence_to, explanation_en, explanation_zh)
            SELECT %(corpus)s, d.id, p.position, p.stage, f.id, p.reliability, p.valence_from,
                p.valence_to, p.explanation_en, p.explanation_zh
            FROM annotation_practiceclip p
            JOIN collection_clip c ON c.id = p.clip_id
            JOIN collection_clip d ON d.corpus_id = %(corpus)s AND d.name = c.name
            LEFT JOIN annotation_emotion e ON e.id = p.emotion_id
            LEFT JOIN annotation_emotion f ON f.corpus_id = %(corpus)s AND f.code = e.code
            WHERE p.corpus_id = %(source)s ORDER BY p.id ON CONFLICT DO NOTHING""",
            both,
        )
