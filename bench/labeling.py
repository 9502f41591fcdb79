"""Sixteen annotators vote over HTTP, as fast as they can and then at the pace of people.

Server and client share two cores. A vote's answer brings the next screen, so a vote is one
request. The corpora are of two sizes: a vote must not become slower with the corpus.
"""

import statistics
from dataclasses import dataclass, field

from bench.support import corpora, place, results
from bench.support.annotators import Annotator, Figures, work_together
from config import state

PEOPLE = 16
PACE = 40.0  # votes a second, of all together

OVER_LIMIT = """
    SELECT count(*) FROM (
        SELECT FROM annotation_seat s JOIN collection_corpus c ON c.id = s.corpus_id
        WHERE s.voted AND s.closed IS NULL
        GROUP BY s.labeling_id, s.round, s.stage, s.pair_id, c.id
        HAVING count(*) > CASE s.stage WHEN 'emotion' THEN c.max_emotion_votes
            WHEN 'reliability' THEN c.reliability_votes ELSE c.valence_ratings END) places"""
VOTES = "SELECT count(*) FROM annotation_seat WHERE voted"


@dataclass
class Trial:
    """One corpus, its annotators, and what they saw."""

    clips: int
    people: list[Annotator]
    rates: list[float] = field(default_factory=list)  # votes a second
    cpu: list[float] = field(default_factory=list)  # s of the servers per vote
    saturated: list[float] = field(default_factory=list)  # s per vote
    paced: list[float] = field(default_factory=list)
    votes: int = 0
    errors: list[str] = field(default_factory=list)

    def work(self, seconds: float, every: float = 0.0) -> list[Figures]:
        seen = work_together(self.people, seconds, every)
        self.votes += sum(figures.votes for figures in seen)
        self.errors += [error for figures in seen for error in figures.errors]
        if not any(figures.seconds for figures in seen):
            raise SystemExit(f"nobody could vote: {self.errors[:3] or 'there are no clips'}")
        return seen

    def work_hard(self, seconds: float) -> None:
        cpu = place.cpu_seconds()
        found = [one for figures in self.work(seconds) for one in figures.seconds]
        self.rates.append(len(found) / seconds)
        self.cpu.append((place.cpu_seconds() - cpu) / len(found))
        self.saturated += found

    def work_steadily(self, seconds: float) -> None:
        for figures in self.work(seconds, every=PEOPLE / PACE):
            self.paced += figures.seconds

    @property
    def rate(self) -> float:
        return statistics.median(self.rates)

    def __str__(self) -> str:
        return (
            f"{self.clips} clips: {self.rate:.0f} votes/s ({results.spread(self.saturated)}, "
            f"{statistics.median(self.cpu) * 1000:.1f} ms of server CPU a vote), "
            f"at {PACE:.0f}/s {results.spread(self.paced)}"
        )


def main() -> None:
    parser = results.parser(__doc__)
    parser.add_argument("--clips", type=int, nargs="+", default=[5_000, corpora.MER2023])
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rounds", type=int, default=3, help="each corpus in turn, so often")
    options = parser.parse_args()
    with place.site() as url:
        trials = [trial(url, clips) for clips in options.clips]
        for each in trials:
            each.work(3.0)  # connections, prepared statements
        for _ in range(options.rounds):
            for each in trials:
                each.work_hard(options.seconds)
            for each in trials:
                each.work_steadily(options.seconds)
        said, right = check(trials)
    slower = results.quantile(trials[-1].paced, 0.95) / results.quantile(trials[0].paced, 0.95)
    figures = "; ".join(map(str, trials))
    figures += f"; rate {trials[-1].rate / trials[0].rate:.2f}, p95 {slower:.2f} times the first"
    results.report("labeling", f"{figures}; {said}", record=options.record)
    if not right:
        raise SystemExit("votes were refused, lost or too many")


def trial(url: str, clips: int) -> Trial:
    slug = f"clips-{clips}"
    corpus = corpora.corpus_of(slug, clips, state.folder())
    place.manage("open_clips", slug)
    names = [f"{slug}-{number}" for number in range(PEOPLE)]
    corpora.people(corpus, names)
    corpora.analyze()
    return Trial(
        clips,
        [Annotator(url, slug, name, corpora.PASSWORD, seed) for seed, name in enumerate(names)],
    )


def check(trials: list[Trial]) -> tuple[str, bool]:
    """Every vote that was answered is there, none is too many, every labeling is as it should."""
    errors = [error for trial in trials for error in trial.errors]
    ((over,),) = corpora.rows(OVER_LIMIT)
    ((kept,),) = corpora.rows(VOTES)
    answered = sum(trial.votes for trial in trials)
    place.manage("recheck")  # ends the benchmark if anything differs
    said = f"{len(errors)} errors, {over} places over their limit, {answered} votes"
    said += ", all kept" if kept == answered else f" of which {kept} are kept"
    said += ", recheck clean" + "".join(f"\n  {error}" for error in errors[:5])
    return said, not errors and not over and kept == answered


if __name__ == "__main__":
    main()
