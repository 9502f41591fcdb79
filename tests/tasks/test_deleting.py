"""A corpus is deleted whole, whatever stops the deletion in between, and nothing else is."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from annotation import (
    coordination,
    copying,
    deleting,
    guidelines,
    opening,
    practice,
    simulation,
    tasks,
    vote_import,
)
from annotation.exporting import write_export
from annotation.labelsets import preset
from annotation.protocol import Stage
from collection.models import Clip, Corpus, CorpusDeletion
from collection.storage import media_path
from jobs.actions import cancel, start_job
from jobs.errors import Refusal
from jobs.models import Job
from jobs.progress import Silent
from selection.models import Scoring
from tests import factories, selected
from tests.api.world import World, build
from tests.films import film
from tests.tasks.belongings import belonging, rows
from tests.tasks.test_simulate import simulate_on


@pytest.fixture
def world(transactional_db: None, tmp_path: Path) -> World:
    (tmp_path / "films").mkdir()
    made = build(tmp_path / "films")
    made.more["films"] = furnish(made, tmp_path)
    return made


def furnish(world: World, folder: Path) -> Corpus:
    """What the world has not got: a void, example and practice clips, imports and simulations."""
    films = Corpus.objects.get(slug="films")
    root = world.people["site administrator"]
    clip = Clip.objects.get(corpus=films, name=world.ids["name"])
    coordination.void_votes(
        clip=clip,
        votes=[(Stage.EMOTION, world.more["vote"])],
        reason="Not careful",
        by=root,
        at=timezone.now(),
    )
    factories.clips(films, ["shown", "practiced"], videos={"shown": "a film"})
    show(films)
    opening.choose_clips(corpus=films, by=root, names=[clip.name])
    vote_import.start_vote_import(
        corpus=films,
        name="votes.csv",
        chunks=[b"clip"],
        allowed=vote_import.Allowed(),
        created_by=root,
    )
    simulation.start_simulation(corpus=films, annotators=8, seed=1, created_by=root)
    others = factories.corpus(labels=preset("mer2023"))
    simulate_on(others, clips=20)
    file = folder / "votes.csv"
    write_export(corpus=others, what="votes", to=file, progress=Silent())
    allowed = vote_import.Allowed(create_clips=True, create_annotators=True)
    vote_import.import_votes(
        corpus=films, path=file, name=file.name, allowed=allowed, progress=Silent()
    )
    copy = copying.start_copy(source=films, slug="again", name="Again", by=root)
    assert copy.job
    cancel(job_id=copy.job.pk)
    selected.one_of_everything(films, others)
    return films


def show(corpus: Corpus) -> None:
    guidelines.choose_examples(corpus=corpus, examples=[("anger", "shown")])
    lesson = practice.Lesson(clip="practiced", stage="emotion", emotion="anger")
    practice.choose(corpus=corpus, lessons=[lesson])


def test_every_table_that_hangs_on_a_corpus_is_emptied() -> None:
    inside = (deleting.OF_SEATS, deleting.OF_LABELINGS, deleting.OF_CLIPS)
    trained = (deleting.OF_MODELS, deleting.OF_RUNS)
    lists = (*inside, *trained, deleting.OF_SELECTIONS, deleting.OF_THE_CORPUS)
    emptied = {table for tables in lists for table in tables}
    tables = {model._meta.db_table for model in belonging()}
    assert emptied | {"collection_clip", "collection_corpus"} == tables


def start(world: World) -> CorpusDeletion:
    root = world.people["site administrator"]
    films = Corpus.objects.get(slug="films")
    return deleting.start_deletion(corpus=films, typed="films", by=root, at=timezone.now())


def run(deletion: CorpusDeletion) -> Job:
    assert deletion.job
    tasks.delete_corpus(deletion.job.pk)
    deletion.job.refresh_from_db()
    return deletion.job


def files_below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_nothing_is_left_of_a_corpus_and_everything_of_the_others(
    world: World, media_root: Path, settings: Any
) -> None:
    mine = world.more["films"]
    lacking = [label for label, count in rows(of="films").items() if count == 0]
    assert lacking == ["collection.CorpusCopy"], "films is no copy; another test deletes one"
    people, others = User.objects.count(), rows(but="films")
    assert any(path.startswith(f"{mine.pk}/") for path in files_below(media_root))
    trained_on = Path(settings.TRAINING_ROOT) / str(mine.pk)
    folders = {"features", "runs", "predictions", "scorings", "selections"}
    assert folders == {path.name for path in trained_on.iterdir()}
    by_its_model = Scoring.objects.exclude(corpus=mine).get(model__run__corpus=mine)

    job = run(start(world))

    assert (job.state, job.code, job.params) == ("done", "corpus_deleted", {"corpus": "films"})
    assert set(rows(of="films").values()) == {0}
    assert rows() == others | {"jobs.Job": others["jobs.Job"] + 1}
    assert User.objects.count() == people
    of_media = {path.partition("/")[0] for path in files_below(media_root)}
    assert str(mine.pk) not in of_media and "exports" not in of_media
    assert not trained_on.exists()
    by_its_model.refresh_from_db()
    assert (by_its_model.model, by_its_model.model_digest) == (None, "a model's")
    record = CorpusDeletion.objects.get()
    assert (record.slug, record.corpus, record.by.username) == ("films", None, "root")


class Killed(BaseException):
    """The process is gone."""


class KilledAt(Silent):
    """Lets so many checks pass."""

    def __init__(self, checks: int) -> None:
        self.left = checks

    def check(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Killed


def test_killed_at_every_step_it_is_gone_on_with(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deleting, "CLIPS_AT_ONCE", 2)
    deletion = start(world)
    assert deletion.job
    kills, gone = 0, False
    while not gone:
        deletion.refresh_from_db()
        try:
            deleting.run_deletion(deletion, KilledAt(kills // 8))
            gone = True
        except Killed:
            kills += 1
    assert kills >= 5
    assert run(deletion).state == "done"
    assert not Corpus.objects.filter(slug="films").exists()


def test_deleting_twice_changes_nothing(world: World) -> None:
    deletion = start(world)
    assert start(world).job == deletion.job
    run(deletion)
    before = rows()
    deletion.refresh_from_db()
    assert deleting.run_deletion(deletion, Silent()).code == "corpus_deleted"
    assert rows() == before


def test_a_cancelled_deletion_is_taken_up_by_deleting_again(world: World) -> None:
    first = start(world).job
    assert first
    cancel(job_id=first.pk)
    again = start(world)
    assert again.job and again.job.pk != first.pk
    assert run(again).state == "done"
    assert CorpusDeletion.objects.count() == 1


def test_from_the_request_on_the_corpus_is_gone_for_everybody(world: World) -> None:
    start(world)
    for role in ("annotator", "coordinator", "site administrator"):
        client = world.client(role)
        assert client.get("/api/corpora/films").status_code == 404, role
        assert "films" not in {c["slug"] for c in client.get("/api/corpora").json()}
        assert client.get(f"/api/clips/{world.ids['clip_id']}/media").status_code == 404, role
    annotator = world.client("annotator")
    assert annotator.post("/api/corpora/films/desk/claim").status_code == 404
    invitation = f"/api/invitations/{world.ids['token']}"
    assert annotator.get(invitation).status_code == 404
    elsewhere = world.client("annotator elsewhere")
    joining = elsewhere.post(f"{invitation}/accept", {}, content_type="application/json")
    assert joining.status_code == 404
    again = world.client("site administrator").post(
        "/api/corpora/films/deletion", {"slug": "films"}, content_type="application/json"
    )
    assert again.status_code == 202


def test_the_job_and_the_record_are_seen_afterwards(
    world: World, django_assert_num_queries: Any
) -> None:
    run(start(world))
    root = world.client("site administrator")
    with django_assert_num_queries(
        6
    ):  # session, person, how many, rows, whether workers are there (2)
        (listed,) = root.get("/api/deletions").json()["results"]
    assert (listed["slug"], listed["by"], listed["gone"]) == ("films", "root", True)
    assert listed["job"]["state"] == "done"
    assert root.get(f"/api/jobs/{listed['job']['id']}").status_code == 200


def test_another_name_deletes_nothing(world: World) -> None:
    films = Corpus.objects.get(slug="films")
    root = world.people["site administrator"]
    for typed in ("", "Films", "film", "other"):
        with pytest.raises(Refusal, match="letter by letter"):
            deleting.start_deletion(corpus=films, typed=typed, by=root, at=timezone.now())
    assert not CorpusDeletion.objects.exists()


def test_work_under_way_is_cancelled_first(world: World) -> None:
    films = Corpus.objects.get(slug="films")
    waiting = start_job(kind="recheck", task="none", corpus=films, created_by=None)
    deletion = start(world)
    stopped: list[str] = []

    class Looking(Silent):
        def report(self, *args: Any, **more: Any) -> None:
            stopped.extend(Job.objects.filter(pk=waiting.pk).values_list("state", flat=True))

    deleting.run_deletion(deletion, Looking())
    assert stopped[0] == "cancelled"
    assert not Job.objects.filter(pk=waiting.pk).exists()


def test_a_corpus_that_is_being_copied_waits(world: World) -> None:
    films = Corpus.objects.get(slug="films")
    root = world.people["site administrator"]
    copying.start_copy(source=films, slug="again", name="Again", by=root)
    with pytest.raises(Refusal, match="just being copied to again"):
        start(world)


@pytest.mark.parametrize("gone", ["films", "twin"])
def test_either_of_two_that_share_files_may_go(world: World, media_root: Path, gone: str) -> None:
    films = Corpus.objects.get(slug="films")
    root = world.people["site administrator"]
    copy = copying.start_copy(source=films, slug="twin", name="Twin", by=root)
    assert copy.job
    tasks.copy_corpus(copy.job.pk)
    shared = {
        corpus.slug: Clip.objects.get(corpus=corpus, name="with a film")
        for corpus in (films, copy.corpus)
    }
    content = media_path(shared["films"].playable).read_bytes()
    corpus = Corpus.objects.get(slug=gone)
    run(deleting.start_deletion(corpus=corpus, typed=gone, by=root, at=timezone.now()))
    kept = shared["twin" if gone == "films" else "films"]
    assert media_path(kept.playable).read_bytes() == content
    assert not media_path(shared[gone].playable).exists()
    client: Client = world.client("site administrator")
    assert client.get(f"/api/clips/{kept.pk}/media").status_code == 200


def test_a_file_that_a_clip_of_another_corpus_plays_is_kept(world: World, media_root: Path) -> None:
    films = Corpus.objects.get(slug="films")
    other = Corpus.objects.get(slug="other")
    clip = Clip.objects.get(corpus=films, name="with a film")
    Clip.objects.create(
        corpus=other, name="borrowed", file=clip.file, playable=clip.playable, sha256=clip.sha256
    )
    film(media_path(clip.file).with_name("left over.mp4"), seconds=0.1, size="32x32")
    run(start(world))
    inside = {path for path in files_below(media_root) if path.startswith(f"{films.pk}/")}
    assert inside == {clip.file, clip.playable}
