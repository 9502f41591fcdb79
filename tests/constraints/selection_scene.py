"""What was scored and selected in a corpus: ready and not, opened and not; and in another one."""

from typing import Any

from annotation import opening
from collection.models import Clip, Corpus
from jobs.actions import start_job
from tests import factories, selected, trained

POOL = ["pool 1", "pool 2", "pool 3", "pool 4"]


def build() -> dict[str, Any]:
    """`run` is ready and nothing of it is opened; of `opened` one chosen clip is in `batch`;
    `begun` has all its rows but is not ready; neither is `scoring_begun`."""
    by = factories.person(site_administrator=True)
    corpus, pool = unlabeled()
    others, others_pool = unlabeled()
    trained.label_clips(others)
    tones = trained.imported(others, "tones", by)
    model = trained.trained(trained.asked(others, [tones], by)[0]).model
    scoring = selected.scored(corpus, model, by=by)
    run = selected.selected(scoring, pool, eta=0.8, by=by)
    opened = selected.selected(scoring, pool, eta=0.5)
    batch = selected.batch(opened)
    begun = selected.begun(scoring, pool, eta=0.2)
    others_run = selected.selected(selected.scored(others), others_pool, eta=0.8)
    rows = {
        "other_job": start_job(kind="test", task="none", corpus=corpus, created_by=by),
        "other_person": factories.person(),
        "corpus": corpus,
        "others": others,
        "model": model,
        "clip": pool[0],
        "others_clip": others_pool[0],
        "more_clip": factories.clip_of(corpus, "more"),
        "scoring": scoring,
        "scoring_of_a_file": selected.scored(corpus),
        "scoring_begun": selected.scored(corpus, model, ready=False),
        "others_scoring": others_run.scoring,
        "run": run,
        "opened": opened,
        "begun": begun,
        "others_run": others_run,
        "class": run.classes.all()[0],
        "class_begun": begun.classes.all()[0],
        "batch": batch,
        "opening": opening.choose_clips(corpus=corpus, by=by),
        "others_opening": opening.choose_clips(corpus=others, by=by),
        "chosen": run.clips.filter(chosen=True)[0],
        "unchosen": run.clips.filter(chosen=False)[0],
        "waiting": opened.clips.get(chosen=True, batch=None),
        "in_batch": opened.clips.get(batch=batch),
        "begun_clip": begun.clips.filter(chosen=True)[0],
    }
    return {name: row.pk for name, row in rows.items()}


def unlabeled() -> tuple[Corpus, list[Clip]]:
    corpus = factories.corpus()
    factories.clips(corpus, [*POOL, "more"])
    return corpus, [factories.clip_of(corpus, name) for name in POOL]
