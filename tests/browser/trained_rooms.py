"""A corpus whose pages about features and training have something of every kind to show."""

import csv
import os
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management import call_command

from accounts.models import User
from annotation.demo import simulate_all
from annotation.labelsets import Label, preset
from baseline import run_folder
from baseline.extracting import failures
from baseline.progress import Progress
from baseline.stores import write_store
from collection.cartoon import CastMember
from collection.models import Corpus
from jobs.models import Job
from jobs.runs import Run, perform, take
from jobs.sentences import Said
from tests import factories, trained
from tests.browser.furnished import CALM, CALM_ENGLISH, LONG, TENSE, TENSE_ENGLISH
from training import feature_jobs, features, folders, training_jobs
from training.models import FeatureSet, TrainingRun

SLUG, BARE, FRESH = "trained", "bare", "fresh"
LONG_NAME = "chinese-hubert-large-UTT.layers-24-to-1.mean.of.all.frames"  # 60 letters are allowed
PROGRESS = Said("extracting", "Extracting", clip=LONG)


@dataclass
class Rooms:
    """`runs` by what has become of them."""

    corpus: Corpus
    root: User
    runs: dict[str, TrainingRun]


def labels() -> tuple[Label, ...]:
    """The paper's; those that are trained on have names that do not fit anywhere."""
    long = {"happiness": (CALM, CALM_ENGLISH), "sadness": (TENSE, TENSE_ENGLISH)}
    return tuple(
        replace(
            label,
            name_zh=long.get(label.code, (label.name_zh, ""))[0],
            name_en=long.get(label.code, ("", label.name_en))[1],
        )
        for label in preset("mer2023")
    )


def furnish(root: User, reel: Path, folder: Path, held: ExitStack) -> Rooms:
    """Feature sets and runs that wait, run, are done, have failed and were cancelled.

    The run that is under way counts as such as long as `held` is open.
    """
    factories.corpus(BARE, labels=labels())
    trained.label_clips(factories.corpus(FRESH, labels=labels()))
    corpus = factories.corpus(SLUG, labels=labels())
    bring_clips(reel, folder / "clips.csv")
    trained.label_clips(corpus)
    tones = trained.imported(corpus, "tones", root)
    visual = trained.imported(corpus, LONG_NAME, root, modality="visual")
    make_feature_sets(corpus, root)

    def asked(**numbers: Any) -> TrainingRun:
        (run,) = trained.asked(corpus, [tones], root, **numbers)
        return run

    done = trained.trained(asked())
    trained.predicted(done, root)
    failed = trained.asked(corpus, [visual], root, variant="released")[0]
    change(visual)
    have_done(failed.job, lambda run: training_jobs.run_training(failed, run))
    cancelled = trained.stopped(asked(standardise=False))
    running = asked(runs=3, hidden_sizes=[4, 8], learning_rates=[0.01, 0.003])
    get_going(running, done, held)
    runs = {"done": done, "failed": failed, "cancelled": cancelled, "running": running}
    return Rooms(corpus, root, runs | {"waiting": asked(folds=3)})


def bring_clips(reel: Path, manifest: Path) -> None:
    """Clips to be labeled, of which only the words are there, and three films."""
    with manifest.open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(("name", "transcript"))
        rows.writerows((name, "今天天气真好。") for name in (*trained.CLIPS, LONG))
    with open(os.devnull, "w") as silence:
        for source in (manifest, reel):
            call_command("import_clips", SLUG, source, stdout=silence, stderr=silence)


def change(features: FeatureSet) -> None:
    """Other numbers than those that a run was asked for with, as somebody else's hand leaves it."""
    store = folders.store_of(features)
    shutil.rmtree(store)
    clips = list(trained.CLIPS)
    write_store(
        store,
        name=features.name,
        modality=features.modality,
        names=clips,
        matrix=np.ones((len(clips), trained.DIMENSION), np.float32),
        empty=np.zeros(len(clips), bool),
        recipe={"extractor": "another"},
        source="another",
    )


def make_feature_sets(corpus: Corpus, root: User) -> None:
    voices = trained.extracted(corpus, "voices", root, clips=trained.CLIPS[:6])
    told = {"file": "第十二集.mp4", "most": 600}
    failure = failures.Failure(LONG, "clip_is_too_long", "This clip is too long.", told)
    failures.append(folders.store_of(voices), failure)
    first, second, *_ = trained.CLIPS
    broken = features.start_import(
        corpus=corpus,
        name="rows",
        modality="lexical",
        file_name="rows.csv",
        chunks=[f"name,f1,f2\n{first},1,nan\n{second},2,3\n".encode()],
        by=root,
    )
    have_done(broken.job, lambda run: feature_jobs.run_import(broken, run))
    words = features.start_extraction(corpus=corpus, name="words", extractor="e5-small", by=root)
    under_way(words.job, done=3, total=10, message=PROGRESS)


def have_done(job: Job | None, work: Callable[[Run], Said]) -> None:
    """As a worker does it, here and now."""
    assert job
    perform(job.pk, work)


def under_way(job: Job | None, *, done: int, total: int, message: Said | str) -> None:
    """As a worker leaves it that is at it."""
    assert job
    taken = take(job.pk)
    assert taken
    run = Run(taken)
    run.report(done, total, message)
    run.beat()


def get_going(run: TrainingRun, like: TrainingRun, held: ExitStack) -> None:
    """One fold is done as another run's, the next is at its second epoch."""
    folder, other = folders.of_run(run), folders.of_run(like)
    spec, _ = run_folder.open_run(folder)
    spec_of_other, _ = run_folder.open_run(other)
    first, second = run_folder.planned(spec_of_other)
    shutil.copytree(other / first.folder, folder / first.folder)
    (folder / second.folder).mkdir(parents=True)
    shutil.copy(other / second.folder / run_folder.EPOCHS, folder / second.folder)
    held.enter_context(run_folder.locked(folder))
    plan = run_folder.planned(spec)
    progress = Progress(folder, spec, plan, lambda *said, **params: None)
    progress.epoch(second, 1)
    progress.epoch(second, 2)
    progress.begin()
    message = Said("training_folds", "trainings done", done=1, total=len(plan))
    under_way(run.job, done=1, total=len(plan), message=message)


def few_of_a_class(slug: str, counts: dict[str, int]) -> Corpus:
    """A corpus with so many labeled clips of each class."""
    corpus = factories.corpus(slug, labels=labels())
    cast = [
        CastMember(f"{code} {n}", code, seed=0, video="", speaker="", transcript="")
        for code, count in counts.items()
        for n in range(count)
    ]
    factories.clips(corpus, [one.name for one in cast])
    simulate_all(corpus, cast)
    return corpus
