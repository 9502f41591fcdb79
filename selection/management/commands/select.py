from argparse import ArgumentParser
from pathlib import Path
from shutil import copyfile
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError

from annotation.commands import corpus_called
from annotation.enough_people import check_warnings_again, people_warnings
from annotation.opening import run_opening
from baseline.errors import Fault
from collection.models import Corpus
from jobs.errors import Refusal
from jobs.progress import PrintedProgress
from jobs.sentences import counted
from selection import (
    batches,
    confidence,
    etas,
    folds,
    places,
    pool,
    run_jobs,
    scoring_jobs,
    scorings,
)
from selection.models import Confidences, Scoring, SelectionRun
from selection.runs import Asked, check_ready, file_missing
from selection.scored import Scored, with_folds
from training.models import Prediction, TrainingRun


class Command(BaseCommand):
    help = (
        "Selects the unlabeled clips that are worth labeling by Algorithm 1 (§2.3), and opens them "
        "if asked to."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("corpus", help="the corpus's short name")
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--model", type=int, metavar="RUN", help="number of a training run")
        which.add_argument(
            "--run", type=int, metavar="N", help="go on with a selection run that is there already"
        )
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--eta", type=float, metavar="X", help="the quantile of line 10")
        how.add_argument("--portion", type=float, metavar="X", help="of each class: 1 − η")
        how.add_argument(
            "--budget", type=int, metavar="N", help="the least η that selects no more than N clips"
        )
        parser.add_argument(
            "--each-class", action="store_true", help="with --budget: no more than N of each class"
        )
        parser.add_argument(
            "--confidences", choices=Confidences.values, default=Confidences.IN_SAMPLE.value,
            help="of which labeled clips the thresholds come; in_sample as in the paper",
        )  # fmt: skip
        parser.add_argument(
            "--missing", choices=Prediction.Missing.values, default=Prediction.Missing.REFUSE.value,
            help="clips that lack a modality: refuse (the default), or mask what is missing",
        )  # fmt: skip
        parser.add_argument("--open", action="store_true", help="open the selected clips")
        parser.add_argument(
            "--batch", type=int, metavar="N", help="with --open: the next N of them only"
        )
        parser.add_argument(
            "--into", type=Path, metavar="FILE.csv", help="write what is said of each clip, too"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        _check(options)
        self.progress = PrintedProgress(self.stderr)
        corpus = corpus_called(options["corpus"])
        try:
            run, made = self._run(corpus, options)
            check_ready(run)
            self._tell(run, made=made)
            if options["into"] is not None:
                self._copy(run, options["into"])
            if options["open"]:
                self._open(run, options["batch"])
        except Refusal as refusal:
            raise CommandError(refusal.detail) from refusal
        except Fault as fault:
            raise CommandError(fault.text) from fault

    def _run(self, corpus: Corpus, options: dict[str, Any]) -> tuple[SelectionRun, bool]:
        """The one that is named or asked for, and whether it was made now."""
        if options["run"] is not None:
            run = corpus.selection_runs.filter(pk=options["run"]).first()
            if run is None:
                raise CommandError(
                    f"There is no selection run {options['run']} in corpus {corpus.slug}."
                )
            return run, False
        eta = _eta_of(options)  # what is wrong is told before anything is scored
        scoring = self._scoring(corpus, options)
        if eta is None:
            eta = self._eta_within(scoring, options)
        asked = Asked(scoring, eta, options["confidences"])
        return run_jobs.select_now(asked, self.progress)

    def _scoring(self, corpus: Corpus, options: dict[str, Any]) -> Scoring:
        runs = TrainingRun.objects.filter(corpus__deletions=None)
        runs = runs.select_related("corpus", "model")
        run = runs.filter(pk=options["model"]).first()
        if run is None:
            raise CommandError(f"There is no training run {options['model']}.")
        known = _scored_already(corpus, run, options["missing"])
        if known is not None:
            self.stdout.write(f"scoring {known.pk} is of this model and pool")
            return known
        scoring = scorings.keep_scoring(corpus=corpus, run=run, missing=options["missing"], by=None)
        try:
            self.stdout.write(str(scoring_jobs.run_scoring(scoring, self.progress)))
        except BaseException:
            scorings.delete(scoring)  # without a job, nobody would go on with it
            raise
        scoring.refresh_from_db()
        same = corpus.scorings.filter(digest=scoring.digest).exclude(pk=scoring.pk)
        older = next(filter(_has_files, same.exclude(ready_at=None)), None)
        if older is None:
            return scoring
        scorings.delete(scoring)
        self.stdout.write(f"scoring {older.pk} says the very same and is used")
        return older

    def _eta_within(self, scoring: Scoring, options: dict[str, Any]) -> float:
        """By the budget."""
        budget = options["budget"]
        table = _eta_table(Scored.open(scoring), options["confidences"])
        eta = etas.eta_within(table.selected, budget, each_class=options["each_class"])
        if eta is None:
            least = int(table.selected[-1].sum())
            raise CommandError(
                f"Even η = 1 selects {counted(least, 'clip')}: they are surer than any labeled "
                "one. Give a larger budget."
            )
        return eta

    def _tell(self, run: SelectionRun, *, made: bool) -> None:
        there = "" if made else ", which was there already"
        self.stdout.write(
            f"selection run {run.pk}{there}: η = {run.eta:g} (portion {run.portion:g}), "
            f"{run.selected} of {counted(run.pool, 'clip')} selected"
        )
        for each in run.classes.all():
            # Of the folds'; one without a threshold has one above all others.
            of_folds = [np.inf if one is None else one for one in each.thresholds]
            middle = float(np.median(of_folds))
            threshold = f"{middle:.4f}" if np.isfinite(middle) else "none"
            self.stdout.write(
                f"  {each.code}: {sum(each.correct)} of {each.labeled} labeled clips predicted "
                f"right, threshold {threshold}, {each.selected} of {each.predicted} selected"
            )

    def _copy(self, run: SelectionRun, to: Path) -> None:
        file = places.clips_of(run)
        if not file.exists():
            raise file_missing(run)
        try:
            copyfile(file, to)
        except OSError as error:
            raise CommandError(
                f"{to}: the file cannot be written ({error.strerror or error}). Name a file in a "
                "folder that exists and that you may write to."
            ) from error
        self.stdout.write(f"{run.pool} rows written to {to}")

    def _open(self, run: SelectionRun, count: int | None) -> None:
        left = batches.waiting(run).left
        batch = batches.choose_batch(run=run, count=count, by=None)
        # Before anybody has looked at the new places.
        warnings = people_warnings(run.corpus) + check_warnings_again(run.corpus, left[:count])
        opened = run_opening(batch.opening, self.progress)
        self.stdout.write(
            f"batch {batch.number}: opened {counted(opened, 'clip')}, "
            f"{len(batches.waiting(run).left)} selected ones are left"
        )
        for warning in warnings:
            self.stderr.write(f"warning: {warning.detail}")


def _check(options: dict[str, Any]) -> None:
    """What the parser cannot say of options together."""
    how = [name for name in ("eta", "portion", "budget") if options[name] is not None]
    if options["model"] is not None and not how:
        raise CommandError("--model selects with one of --eta, --portion and --budget; give one.")
    if options["run"] is not None and how:
        raise CommandError(f"--run has its own eta; leave --{how[0]} out.")
    if options["each_class"] and options["budget"] is None:
        raise CommandError("--each-class is about --budget; give both.")
    if options["batch"] is not None and not options["open"]:
        raise CommandError("--batch is about --open; give both.")
    for option, does in (("batch", "opens"), ("budget", "selects")):
        if options[option] is not None and options[option] < 1:
            raise CommandError(
                f"A {option} of {options[option]} clips {does} none; give 1 or more."
            )


def _eta_of(options: dict[str, Any]) -> float | None:
    """None where a budget is given. Raises Fault `eta_outside_0_to_1`."""
    eta = options["eta"]
    if options["portion"] is not None:
        eta = round(1 - options["portion"], 12)  # 1 − 0.9 is 0.1 to whoever types it
    if eta is not None:
        confidence.check_eta(eta)
    return eta


def _eta_table(scored: Scored, confidences: str) -> etas.EtaTable:
    """How many clips each η in thousandths would select."""
    if confidences == Confidences.IN_SAMPLE:
        correct = confidence.correct_confidences(scored.f_l, scored.labels)
        return etas.eta_table(correct, confidence.predictions(scored.f_u))
    of_folds_l, of_folds_u, folds_of = with_folds(scored)
    of_each = folds.fold_confidences(of_folds_l, scored.labels, folds_of)
    return etas.eta_table_of_folds(of_each, of_folds_u, scored.f_u)


def _scored_already(corpus: Corpus, run: TrainingRun, missing: str) -> Scoring | None:
    """A scoring by this model of the very pool that there is now."""
    model = getattr(run, "model", None)
    if model is None:
        return None
    done = corpus.scorings.exclude(ready_at=None)
    found = done.filter(model=model, missing=missing, left_out=0)
    known = next(filter(_has_files, found), None)
    if known is None:
        return None
    now = pool.pool_of(corpus).ids
    same = np.array_equal(np.sort(Scored.open(known).clip_ids), np.sort(now))
    return known if same else None


def _has_files(scoring: Scoring) -> bool:
    try:
        Scored.open(scoring)
    except Refusal:
        return False
    return True
