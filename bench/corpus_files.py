"""A corpus of 73,148 clips into files and out of them: wall time and peak memory of each command.

Python's and Django's start is counted; PostgreSQL's memory is not.
"""

import csv
from pathlib import Path

from bench.support import corpora, place, results

EXPORTS = ("reliable", "unlabeled", "votes", "clips")
VOTES = 100_000
ANNOTATORS = 8


def main() -> None:
    parser = results.parser(__doc__)
    parser.add_argument("--clips", type=int, default=corpora.MER2023)
    parser.add_argument("--votes", type=int, default=VOTES)
    options = parser.parse_args()
    with place.servers() as home:
        costs = [f"manifest of {options.clips} names {imported(home, options.clips)}"]
        costs += [f"opening {place.manage('open_clips', 'films')}"]
        corpora.analyze()
        costs += [f"simulation {place.manage('simulate', 'films', '--annotators', ANNOTATORS)}"]
        for what in EXPORTS:
            file = home / f"{what}.csv"
            costs.append(f"export of {what} {place.manage('export', 'films', what, '--to', file)}")
        votes, cost = votes_imported(home, options.votes)
        costs.append(f"import of {votes} votes {cost}")
        costs.append(f"recheck {place.manage('recheck')}")
    results.report("corpus_files", "; ".join(costs), record=options.record)


def imported(home: Path, clips: int) -> place.Cost:
    manifest = home / "manifest.csv"
    corpora.write_manifest(manifest, clips, videos=False)
    place.manage("create_corpus", "films")
    return place.manage("import_clips", "films", manifest)


def votes_imported(home: Path, most: int) -> tuple[int, place.Cost]:
    """The first votes of the export, whole clips only, into an empty corpus."""
    some = home / "some-votes.csv"
    count, clip = 0, ""
    with (home / "votes.csv").open(newline="") as votes, some.open("w", newline="") as kept:
        reader, writer = csv.reader(votes), csv.writer(kept)
        writer.writerow(next(reader))
        for row in reader:
            if count >= most and row[0] != clip:
                break
            writer.writerow(row)
            count, clip = count + 1, row[0]
    place.manage("create_corpus", "again")
    cost = place.manage("import_votes", "again", some, "--create-clips", "--create-annotators")
    return count, cost


if __name__ == "__main__":
    main()
