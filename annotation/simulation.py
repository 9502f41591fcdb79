"""A corpus full of made-up votes, by the same way in as votes from a file."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef

from accounts.models import User
from annotation.bulk import BulkWriter, ClipKey
from annotation.clips_to_vote_on import clear_unvoted, create_clips
from annotation.labelings import rules_of
from annotation.models import Emotion, Seat, SettingAside, SimulationRun
from annotation.opening import SHOWS_ITS_ANSWER
from annotation.protocol import Rules
from annotation.replay import Replay, replay
from annotation.simulating import OVER, Simulation
from annotation.voters import Voters
from collection.models import Clip, Corpus
from collection.readiness import check_takes_work
from jobs.actions import start_job
from jobs.errors import Refusal
from jobs.progress import Progress
from jobs.sentences import Said, counted

# Who votes here is known by the name: nobody can take one, and they have no password.
SIMULATED = "-sim-"
BEFORE_NOW = OVER + timedelta(days=3)  # when the first simulated vote was cast


@transaction.atomic
def start_simulation(
    *, corpus: Corpus, annotators: int, seed: int, created_by: User, clips: int | None = None
) -> SimulationRun:
    """Have a job simulate votes."""
    check_takes_work(corpus)
    return SimulationRun.objects.create(
        corpus=corpus,
        annotators=annotators,
        seed=seed,
        clips=clips,
        created_by=created_by,
        job=start_job(
            kind="simulate",
            task="annotation.tasks.simulate",
            corpus=corpus,
            created_by=created_by,
        ),
    )


def simulate(
    *,
    corpus: Corpus,
    annotators: int,
    seed: int,
    at: datetime,
    progress: Progress,
    clips: int | None = None,
    open_share: float = 0.0,
    truths: Mapping[str, Sequence[str]] | None = None,
    only_these: bool = False,
    clarity: float | None = None,
) -> Said:
    """Have made-up annotators vote on the corpus's clips, or on `clips` of them.

    Clips known by name alone are made where the corpus has fewer. Clips that somebody has begun
    with are left alone. `open_share` of the clips stay under way, in every stage; `truths` are
    the emotions that clips really show, drawn at random for the others, who get no votes with
    `only_these`. `clarity` is how often the truth is seen.
    """
    try:
        with transaction.atomic():
            locked = Corpus.objects.select_for_update(no_key=True).get(pk=corpus.pk)
            check_takes_work(locked)
            rules = rules_of(locked)
            _check(locked, rules, annotators, clips, open_share)
            rng = Random(seed)
            among = list(truths or {}) if only_these else None
            chosen = _chosen_clips(locked, clips, among)
            openings = clear_unvoted(chosen)
            names = [f"sim-{number:02}" for number in range(1, annotators + 1)]
            voters = Voters(locked)
            voters.create(names, prefix=locked.slug)
            codes = Emotion.objects.filter(corpus=locked).order_by("position")
            emotions = dict(codes.values_list("code", "pk"))
            people = Simulation(rules, list(emotions), names, rng, at - BEFORE_NOW, clarity)
            replays = _replays(people, rules, chosen, open_share, truths or {})
            writer = BulkWriter(locked, chosen, voters.user_ids(), emotions, at, openings)
            writer.write(replays, len(chosen), progress)
            if not chosen:
                return Said(
                    "nothing_to_simulate",
                    "Nothing to simulate: somebody has begun with each of these clips.",
                )
            return Said(
                "votes_simulated",
                f"{counted(writer.votes, 'vote')} of {annotators} made-up people on "
                f"{counted(len(chosen), 'clip')}.",
                count=writer.votes,
                people=annotators,
                clips=len(chosen),
            )
    except IntegrityError as error:
        rule = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        raise Refusal(
            "votes_break_a_rule",
            f"Corpus {corpus.slug}: the database refused the votes by the rule {rule}, and nothing "
            "was kept. Clips may have been opened meanwhile; simulate again.",
            rule=str(rule),
        ) from error


def _replays(
    people: Simulation,
    rules: Rules,
    clips: Mapping[str, ClipKey],
    open_share: float,
    truths: Mapping[str, Sequence[str]],
) -> Iterator[Replay]:
    for name in sorted(clips):
        rows = people.votes(name, people.truth(truths.get(name, ())))
        if open_share and people.rng.random() < open_share:
            rows = people.left_open(rows)
        played = replay(rules, name, rows)
        assert not played.faults, played.faults[0]
        yield played


def _check(
    corpus: Corpus, rules: Rules, annotators: int, clips: int | None, open_share: float
) -> None:
    both_sides = rules.max_emotion_votes + rules.reliability_votes
    needed = max(both_sides, rules.valence_ratings)
    if annotators < needed:
        raise Refusal(
            "too_few_annotators",
            f"{annotators} annotators cannot finish a clip of {corpus.slug}: it asks for "
            f"{rules.max_emotion_votes} + {rules.reliability_votes} different ones in the "
            f"agreement and reliability checks, {rules.valence_ratings} for valence. "
            f"Take {needed} or more.",
            status=400,
            annotators=annotators,
            needed=needed,
        )
    if clips is not None and clips < 1:
        raise Refusal(
            "bad_count", f"{clips} clips are none; take 1 or more.", status=400, count=clips
        )
    if not 0 <= open_share <= 1:
        raise Refusal(
            "bad_share", f"The share {open_share} is not a number from 0 to 1.", status=400
        )
    _refuse_peoples_votes(corpus)


def _refuse_peoples_votes(corpus: Corpus) -> None:
    voted = Seat.objects.filter(corpus=corpus, annotator=OuterRef("pk"), voted=True)
    simulated = re.compile(rf"{re.escape(corpus.slug)}{SIMULATED}\d+(-\d+)?\Z")
    for person in User.objects.filter(memberships__corpus=corpus).filter(Exists(voted)):
        if person.has_usable_password() or not simulated.match(person.username):
            raise Refusal(
                "corpus_has_peoples_votes",
                f"Corpus {corpus.slug} holds votes of people ({person.username}), and made-up "
                "votes must never stand among them. Make a corpus of its own for the simulation.",
                corpus=corpus.slug,
                annotator=person.username,
            )


def _chosen_clips(
    corpus: Corpus, count: int | None, among: Sequence[str] | None
) -> dict[str, ClipKey]:
    """The first `count` clips of the stored random order, less those that somebody has begun
    with: asking again for as many changes nothing."""
    not_shown = Clip.objects.filter(corpus=corpus).exclude(SHOWS_ITS_ANSWER)
    if among is not None:
        not_shown = not_shown.filter(name__in=among)
    missing = (count or 0) - not_shown.count()
    if among is None and missing > 0:
        create_clips(corpus, _free_names(corpus, missing))
    found = not_shown.order_by("shuffle", "pk")[:count]
    begun = Seat.objects.filter(clip=OuterRef("pk"), annotator__isnull=False)
    aside = SettingAside.objects.filter(labeling__clip=OuterRef("pk"))
    clips = found.annotate(begun=Exists(begun) | Exists(aside))
    chosen = list(clips.values_list("name", "pk", "shuffle", "begun"))
    if not chosen:
        raise Refusal(
            "no_clips_to_simulate",
            f"Corpus {corpus.slug} has no clips; import some, or ask for a number of clips.",
            corpus=corpus.slug,
        )
    return {name: ClipKey(id, shuffle) for name, id, shuffle, begun in chosen if not begun}


def _free_names(corpus: Corpus, count: int) -> list[str]:
    taken = set(
        Clip.objects.filter(corpus=corpus, name__startswith="sim_").values_list("name", flat=True)
    )
    names: list[str] = []
    number = 0
    while len(names) < count:
        number += 1
        if (name := f"sim_{number:08}") not in taken:
            names.append(name)
    return names
