"""Scoring by a file of somebody else's classifier: what it must hold, and what becomes of it."""

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pytest
from pyarrow import parquet

from accounts.models import User
from collection.manifest_rows import LONGEST_NAME
from collection.models import Clip, Corpus
from jobs.errors import Refusal
from jobs.models import Job
from jobs.progress import Silent
from selection import places, scoring_jobs, scorings, tasks
from selection.models import Scoring
from selection.scored import Scored, selected
from tests import factories
from tests.trained import CLIPS
from tests.unit.selection import listing

POOL = ("pool a", "pool b", "pool c", "pool d")
CODES = ("sadness", "happiness", "anger")  # not in the corpus's order
NAMES = (*reversed(CLIPS), *POOL)
LABELS = [1, 0] * 4  # of CLIPS, in CODES
Rows = dict[str, list[float]]


@pytest.fixture
def corpus(films: Corpus) -> Corpus:
    factories.clips(films, [*POOL, "open"])
    factories.open_clips(films, at=factories.NOON, names=["open"])
    return films


def rows(*more: str) -> Rows:
    """Probabilities that four decimals of 32 bits hold no better than any."""
    rng = np.random.default_rng(7)
    drawn = rng.dirichlet([0.6] * 3, len(NAMES) + len(more)).round(4).astype(np.float32)
    return dict(zip((*NAMES, *more), drawn.tolist(), strict=True))


def as_csv(given: Rows, marked: str = "p_") -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["name", "discrete", "valence", *(f"{marked}{code}" for code in CODES)])
    writer.writerows([name, "happiness", 0.5, *row] for name, row in given.items())
    return text.getvalue().encode()


def as_npz(given: Rows, **other: Any) -> bytes:
    arrays: dict[str, Any] = {"names": list(given), "classes": CODES}
    arrays["probabilities"] = np.array(list(given.values()), np.float32)
    file = io.BytesIO()
    np.savez(file, **(arrays | other))
    return file.getvalue()


def as_parquet(given: Rows) -> bytes:
    columns: dict[str, Any] = {"name": list(given), "speaker": ["x"] * len(given)}
    columns |= {code: [row[at] for row in given.values()] for at, code in enumerate(CODES)}
    file = io.BytesIO()
    parquet.write_table(pyarrow.table(columns), file)
    return file.getvalue()


def sent(corpus: Corpus, by: User, content: bytes, name: str = "theirs.csv") -> tuple[Scoring, Job]:
    made = scorings.start_import(corpus=corpus, file_name=name, chunks=[content], by=by)
    assert made.job_id
    tasks.score(made.job_id)
    return Scoring.objects.get(pk=made.pk), Job.objects.get(pk=made.job_id)


def test_a_table_an_array_file_and_parquet_come_to_the_same(corpus: Corpus, root: User) -> None:
    given = rows()
    digests = set()
    for name, content in (
        ("theirs.csv", as_csv(given)),
        ("theirs.CSV", as_csv(given, marked="")),
        ("theirs.npz", as_npz(given)),
        ("theirs.parquet", as_parquet(given)),
    ):
        made, job = sent(corpus, root, content, name)
        assert (job.state, job.code) == ("done", "file_scored"), job.message
        assert (made.file_name, made.classes, made.folds) == (name, list(CODES), 0)
        assert (made.labeled, made.unlabeled, made.left_out) == (8, 4, 0)
        assert places.upload_of(made) is None
        digests.add(made.digest)
        arrays = Scored.open(made)
        assert arrays.f_u.tolist() == [given[clip] for clip in POOL]
        ids = dict(corpus.clips.values_list("pk", "name"))
        assert [ids[pk] for pk in arrays.clip_ids.tolist()] == list(POOL)
        assert arrays.f_l.tolist() == [given[clip] for clip in sorted(CLIPS)]
        assert arrays.labels.tolist() == LABELS
    assert len(digests) == 1


def within(k: int, of: int) -> list[float]:
    """Of `of` it is sure by so little more than others that 32 bits cannot tell."""
    row = [0.0, 0.0, 0.1 - k * 1e-10]
    row[of] = 0.9 + k * 1e-10
    return row


@pytest.mark.parametrize("ending", ["csv", "npz", "parquet"])
def test_nothing_of_what_was_sent_is_rounded(corpus: Corpus, root: User, ending: str) -> None:
    of_l = {clip: within(k, LABELS[k]) for k, clip in enumerate(CLIPS)}
    of_u = {clip: within(2 * k + 1, k % 2) for k, clip in enumerate(POOL)}
    given = of_l | of_u
    numbers = np.array(list(given.values()))
    contents = {
        "csv": as_csv(given),
        "npz": as_npz(given, probabilities=numbers),
        "parquet": as_parquet(given),
    }
    made, job = sent(corpus, root, contents[ending], f"theirs.{ending}")
    assert job.state == "done", job.message
    arrays = Scored.open(made)
    assert arrays.f_u.tolist() == [given[clip] for clip in POOL]
    assert arrays.f_l.tolist() == [given[clip] for clip in CLIPS]
    _, chosen = listing.selected(list(of_l.values()), LABELS, 0.5, list(of_u.values()))
    found = selected(arrays, 0.5, "in_sample")
    assert np.flatnonzero(found.chosen).tolist() == chosen
    assert 0 < len(chosen) < len(POOL)


def test_the_listing_selects_the_same_from_a_file(corpus: Corpus, root: User) -> None:
    given = rows()
    made, _ = sent(corpus, root, as_csv(given))
    _, chosen = listing.selected(
        [given[clip] for clip in CLIPS], LABELS, 0.2, [given[clip] for clip in POOL]
    )
    found = selected(Scored.open(made), 0.2, "in_sample")
    assert np.flatnonzero(found.chosen).tolist() == chosen != []
    with pytest.raises(Refusal) as refused:
        selected(Scored.open(made), 0.2, "out_of_fold")
    assert refused.value.code == "no_out_of_fold_confidences"


def test_rows_of_other_clips_and_clips_without_a_row_are_told(corpus: Corpus, root: User) -> None:
    given = rows("open", "somebody else's", "x" * LONGEST_NAME)
    del given[POOL[1]], given[CLIPS[2]]
    made, job = sent(corpus, root, as_csv(given))
    assert job.params == {"labeled": 7, "unlabeled": 3, "left_out": 1, "others": 1, "unknown": 2}
    assert (made.labeled, made.unlabeled, made.left_out) == (7, 3, 1)
    kept = Clip.objects.filter(pk__in=Scored.open(made).clip_ids.tolist())
    assert set(kept.values_list("name", flat=True)) == {*POOL} - {POOL[1]}


def changed(clip: str, row: list[float]) -> bytes:
    return as_csv(rows() | {clip: row})


REFUSED: list[tuple[str, bytes, str, dict[str, Any]]] = [
    (
        "theirs.csv",
        changed(POOL[2], [0.5, 0.6, 0.1]),
        "sent_probabilities_do_not_sum_to_1",
        {"clip": POOL[2], "row": 12, "sum": 1.2},
    ),
    (
        "theirs.csv",
        changed(CLIPS[7], [1.1, -0.1, 0.0]),
        "sent_probability_not_a_number",
        {"clip": CLIPS[7], "row": 2, "emotion": "happiness"},
    ),
    (
        "theirs.csv",
        as_csv(rows()).replace(b"pool a,happiness,0.5,", b"pool a,happiness,0.5,maybe", 1),
        "probability_no_number",
        {},
    ),
    ("theirs.csv", as_csv(rows()).replace(b"p_anger", b"p_joy"), "probabilities_of_unknown_classes",
     {"classes": "joy"}),
    ("theirs.csv", as_csv(rows(), "q_"), "probabilities_of_too_few_classes", {}),
    ("theirs.csv", as_csv(rows()) + as_csv(rows()).splitlines()[1], "probabilities_of_a_clip_twice",
     {"clips": CLIPS[7]}),
    ("theirs.csv", as_csv({clip: rows()[clip] for clip in POOL}), "file_has_no_labeled_clip", {}),
    ("theirs.csv", as_csv({clip: rows()[clip] for clip in CLIPS}), "file_has_no_pool_clip", {}),
    ("theirs.csv", as_csv(rows()).replace(b"pool b", b"y" * (LONGEST_NAME + 1), 1),
     "probability_name_too_long", {"row": 11, "count": LONGEST_NAME + 1, "most": LONGEST_NAME}),
    ("theirs.csv", b"", "file_is_empty", {}),
    ("theirs.npz", as_npz(rows(), names=np.arange(12)), "probability_arrays_unfit",
     {"array": "names"}),
    ("theirs.npz", as_npz(rows(), names=np.array([*NAMES], object)), "probability_arrays_unfit",
     {"array": "names", "why": "holds Python objects"}),
    ("theirs.npz", as_npz(rows(), classes=CODES[:2]), "probability_arrays_unfit",
     {"array": "probabilities"}),
    ("theirs.npz", b"no archive", "archive_damaged", {}),
    ("theirs.parquet", b"no parquet", "not_parquet", {}),
]  # fmt: skip


@pytest.mark.parametrize(
    "at", range(len(REFUSED)), ids=[f"{n}-{each[2]}" for n, each in enumerate(REFUSED)]
)
def test_a_bad_file_is_refused_in_its_own_words_and_not_kept(
    corpus: Corpus, root: User, at: int
) -> None:
    name, content, code, params = REFUSED[at]
    made, job = sent(corpus, root, content, name)
    assert (job.state, job.code) == ("failed", code), job.message
    assert job.params is not None and job.params.items() >= params.items(), job.params
    assert made.ready_at is None and places.upload_of(made) is None
    assert not places.arrays_of(made).exists()


def test_a_file_that_was_refused_is_not_looked_for_again(corpus: Corpus, root: User) -> None:
    made, _ = sent(corpus, root, b"")
    with pytest.raises(Refusal) as refused:
        scoring_jobs.run_scoring(made, Silent())
    assert refused.value.code == "probabilities_are_no_longer_kept"


class Killed(Silent):
    def check(self) -> None:
        raise KeyboardInterrupt


def test_what_was_killed_is_read_again_and_what_was_taken_for_dead_changes_nothing(
    corpus: Corpus, root: User
) -> None:
    made = scorings.start_import(
        corpus=corpus, file_name="theirs.csv", chunks=[as_csv(rows())], by=root
    )
    slow = Scoring.objects.get(pk=made.pk)
    with pytest.raises(KeyboardInterrupt):
        scoring_jobs.run_scoring(made, Killed())
    upload = places.upload_of(made)
    assert upload is not None
    content = upload.read_bytes()
    scoring_jobs.run_scoring(made, Silent())
    ready = Scoring.objects.get(pk=made.pk)
    written = (places.arrays_of(made) / "pool.npy").stat().st_mtime_ns
    factories.open_clips(corpus, at=factories.NOON, names=[POOL[0]])
    upload.parent.mkdir()
    upload.write_bytes(content)  # as the slow one has read it
    scoring_jobs.run_scoring(slow, Silent())
    assert places.upload_of(made) is None
    after = Scoring.objects.get(pk=made.pk)
    assert (after.digest, after.unlabeled, after.ready_at) == (ready.digest, 4, ready.ready_at)
    assert (places.arrays_of(made) / "pool.npy").stat().st_mtime_ns == written
    upload.parent.mkdir()
    upload.write_bytes(content)  # of one that died between the row and the file's end
    scoring_jobs.run_scoring(ready, Silent())
    assert [path.name for path in places.of_scoring(made).iterdir()] == ["arrays"]


def test_a_scoring_that_was_deleted_meanwhile_leaves_no_folder(corpus: Corpus, root: User) -> None:
    made = scorings.start_import(
        corpus=corpus, file_name="theirs.csv", chunks=[as_csv(rows())], by=root
    )
    upload = places.upload_of(made)
    assert upload is not None
    content = upload.read_bytes()
    slow = Scoring.objects.get(pk=made.pk)
    scorings.delete(made)
    assert Job.objects.get().state == "cancelled"
    upload.parent.mkdir(parents=True)
    upload.write_bytes(content)
    with pytest.raises(Refusal) as refused:
        scoring_jobs.run_scoring(slow, Silent())
    assert refused.value.code == "scoring_was_deleted"
    assert not places.of_scoring(slow).exists() and not Scoring.objects.exists()


def test_a_corpus_without_labeled_clips_takes_no_file(root: User, tmp_path: Path) -> None:
    empty = factories.corpus("empty")
    factories.clips(empty, ["one"])
    with pytest.raises(Refusal) as refused:
        scorings.start_import(corpus=empty, file_name="a.csv", chunks=[b"x"], by=root)
    assert refused.value.code == "corpus_has_no_labeled_clip"
    with pytest.raises(Refusal) as refused:
        scorings.start_import(corpus=empty, file_name="a.txt", chunks=[b"x"], by=root)
    assert refused.value.code == "unknown_probability_file"
