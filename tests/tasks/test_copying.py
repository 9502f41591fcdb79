"""A corpus is copied with all that is known of it, without votes, and goes on after a death."""

import errno
import os
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.models import Membership, User
from annotation import copying, guidelines, opening, practice, tasks
from annotation.corpora import change_corpus
from annotation.models import Emotion, Example, Labeling, PracticeClip
from collection.actions import create_import
from collection.models import Clip, Corpus, CorpusCopy, Video
from collection.storage import media_path
from jobs.actions import cancel
from jobs.errors import Refusal
from jobs.models import Job
from jobs.progress import Cancelled, Silent
from tests import factories, selected
from tests.tasks.belongings import rows

NAMES = [f"clip-{number:02}" for number in range(25)]
CONTENT = b"a film"


@pytest.fixture
def source(transactional_db: None, media_root: Path) -> Corpus:
    """Open clips, one labeled film, a video, guides, texts."""
    corpus = factories.corpus("films", emotion_votes=4, max_emotion_votes=5, valence_min=-3)
    videos = dict.fromkeys(NAMES[:10], "a film")
    factories.clips(corpus, [*NAMES, "shown", "practiced"], videos=videos)
    clip = Clip.objects.get(corpus=corpus, name=NAMES[3])
    path = f"{corpus.pk}/ab/abc.mp4"
    media_path(path).parent.mkdir(parents=True)
    media_path(path).write_bytes(CONTENT)
    Clip.objects.filter(pk=clip.pk).update(
        file=path, playable=path, sha256="abc", duration=2.5, width=64, height=48, has_audio=True,
        content_warning="blood", transcript="No!", speaker="Anna", start=1.0, end=3.5,
    )  # fmt: skip
    guidelines.choose_examples(corpus=corpus, examples=[("anger", "shown"), ("worry", "shown")])
    lesson = practice.Lesson(
        clip="practiced", stage="reliability", emotion="anger", reliability="reliable"
    )
    practice.choose(corpus=corpus, lessons=[lesson])
    texts = {"guidelines_en": "Look twice.", "content_warning_zh": "血", "show_transcript": True}
    changed = change_corpus(corpus=corpus, changes=texts, paused=True, at=timezone.now())
    factories.open_clips(changed, at=timezone.now(), names=NAMES[:2])
    return changed


def start(source: Corpus, by: User, slug: str = "twin") -> CorpusCopy:
    return copying.start_copy(source=source, slug=slug, name="Twin", by=by)


def run(copy: CorpusCopy) -> Job:
    assert copy.job
    tasks.copy_corpus(copy.job.pk)
    copy.job.refresh_from_db()
    return copy.job


def facts(corpus: Corpus) -> list[dict[str, object]]:
    """What is known of the clips, in their order; files by what they hold."""
    rows = []
    for clip in Clip.objects.filter(corpus=corpus).order_by("name").select_related("video"):
        row = {
            field.name: getattr(clip, field.name)
            for field in Clip._meta.concrete_fields
            if field.name not in ("id", "corpus", "imported_at", "video", "file", "playable")
        }
        row["video"] = clip.video.name if clip.video else None
        for name in ("file", "playable"):
            path = getattr(clip, name)
            row[name] = media_path(path).read_bytes() if path else None
            assert not path or path.startswith(f"{corpus.pk}/")
        rows.append(row)
    return rows


def labels(corpus: Corpus) -> list[dict[str, object]]:
    rows = Emotion.objects.filter(corpus=corpus).order_by("position").values()
    return [{k: v for k, v in row.items() if k not in ("id", "corpus_id")} for row in rows]


def guides(corpus: Corpus) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    examples = Example.objects.filter(emotion__corpus=corpus, clip__corpus=corpus)
    lessons = PracticeClip.objects.filter(corpus=corpus, clip__corpus=corpus)
    return (
        list(examples.values_list("emotion__code", "clip__name", "position")),
        list(lessons.values_list("clip__name", "stage", "emotion__code", "reliability")),
    )


def test_everything_but_votes_and_people_is_copied(source: Corpus, coordinator: User) -> None:
    job = run(start(source, coordinator))
    assert (job.state, job.code, job.done, job.total) == ("done", "corpus_copied", 27, 27)
    twin = Corpus.objects.get(slug="twin")
    assert facts(twin) == facts(source)
    assert [row["content_warning"] for row in facts(twin) if row["file"]] == ["blood"]
    assert labels(twin) == labels(source)
    assert guides(twin) == guides(source)
    assert [len(part) for part in guides(twin)] == [2, 1]
    own = {"id", "slug", "name", "paused_at", "created_at"}
    for field in Corpus._meta.concrete_fields:
        same = getattr(twin, field.name) == getattr(source, field.name)
        assert same == (field.name not in own), field.name
    assert not Labeling.objects.filter(corpus=twin).exists()
    assert not Membership.objects.filter(corpus=twin).exists()
    assert Video.objects.filter(corpus=twin).count() == 1


def test_nothing_that_was_selected_is_copied(source: Corpus, coordinator: User) -> None:
    clips = [factories.clip_of(source, name) for name in NAMES[5:9]]
    selected.batch(selected.selected(selected.scored(source), clips, eta=0.8))
    run(start(source, coordinator))
    copied = {label for label, count in rows(of="twin").items() if count}
    clips_and_guides = {"collection.Clip", "collection.Video", "annotation.Emotion"}
    clips_and_guides |= {"annotation.Example", "annotation.PracticeClip"}
    assert copied == clips_and_guides | {"collection.Corpus", "collection.CorpusCopy", "jobs.Job"}


def test_a_copy_takes_no_room_for_its_files(source: Corpus, coordinator: User) -> None:
    run(start(source, coordinator))
    twins = Clip.objects.exclude(file="").values_list("file", flat=True)
    assert len({media_path(file).stat().st_ino for file in twins}) == 1
    assert len(set(twins)) == 2


class Stop(Silent):
    def __init__(self, checks: int) -> None:
        self.left = checks

    def check(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Cancelled


@pytest.mark.parametrize("checks", range(5))
def test_stopped_after_any_batch_it_is_finished_by_copying_again(
    source: Corpus, coordinator: User, checks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "CLIPS_AT_ONCE", 7)
    copy = start(source, coordinator)
    with pytest.raises(Cancelled):
        copying.run_copy(copy, Stop(checks))
    assert copy.job
    cancel(job_id=copy.job.pk)
    again = start(source, coordinator)
    assert again.pk == copy.pk and again.job and again.job.pk != copy.job.pk
    assert run(again).state == "done"
    assert facts(again.corpus) == facts(source)
    assert guides(again.corpus) == guides(source)


def test_a_copy_that_is_run_twice_is_the_same(source: Corpus, coordinator: User) -> None:
    copy = start(source, coordinator)
    run(copy)
    before = Clip.objects.count()
    copying.run_copy(copy, Silent())
    assert Clip.objects.count() == before
    assert guides(copy.corpus) == guides(source)


def test_asking_twice_starts_one_copy(source: Corpus, coordinator: User) -> None:
    first, second = start(source, coordinator), start(source, coordinator)
    assert (first.pk, first.job) == (second.pk, second.job)
    run(first)
    with pytest.raises(Refusal, match="exists already"):
        start(source, coordinator)
    with pytest.raises(Refusal, match="exists already"):
        start(source, coordinator, slug="films")


def test_a_copy_takes_no_work_until_it_is_complete(source: Corpus, coordinator: User) -> None:
    copy = start(source, coordinator)
    with pytest.raises(Refusal, match="not complete yet"):
        create_import(corpus=copy.corpus, created_by=coordinator)
    with pytest.raises(Refusal, match="not complete yet"):
        opening.start_opening(corpus=copy.corpus, by=coordinator)
    run(copy)
    create_import(corpus=copy.corpus, created_by=coordinator)
    opening.start_opening(corpus=copy.corpus, by=coordinator)


def test_what_is_not_complete_is_not_copied(source: Corpus, coordinator: User) -> None:
    copy = start(source, coordinator)
    with pytest.raises(Refusal, match="not complete yet"):
        start(copy.corpus, coordinator, slug="triplet")
    run(copy)
    assert run(start(copy.corpus, coordinator, slug="triplet")).state == "done"


def test_a_missing_file_is_named_and_nothing_is_lost(source: Corpus, coordinator: User) -> None:
    path = media_path(Clip.objects.exclude(file="").get().file)
    path.rename(path.with_suffix(".away"))
    copy = start(source, coordinator)
    job = run(copy)
    assert (job.state, job.code, job.params) == ("failed", "media_is_missing", {"clip": NAMES[3]})
    path.with_suffix(".away").rename(path)
    assert run(start(source, coordinator)).state == "done"
    assert facts(copy.corpus) == facts(source)


def test_an_archived_corpus_can_be_copied_and_the_copy_is_not_archived(
    source: Corpus, coordinator: User
) -> None:
    change_corpus(corpus=source, changes={}, archived=True, at=timezone.now())
    copy = start(source, coordinator)
    assert copy.corpus.archived_at is None
    assert run(copy).state == "done"


def test_where_the_disk_has_no_links_files_are_copied(
    source: Corpus, coordinator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_link(*paths: object) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", no_link)
    copy = start(source, coordinator)
    assert run(copy).state == "done"
    assert facts(copy.corpus) == facts(source)
    twins = Clip.objects.exclude(file="").values_list("file", flat=True)
    assert len({media_path(file).stat().st_ino for file in twins}) == 2
