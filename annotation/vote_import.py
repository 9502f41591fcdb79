"""Votes cast elsewhere, brought into a corpus: all of a file, or nothing of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Membership, User
from annotation.bulk import BulkWriter
from annotation.claiming import look_ahead
from annotation.clips_to_vote_on import busy_clips, clear_unvoted, create_clips, find_clips
from annotation.labelings import rules_of
from annotation.models import Emotion, VoteImport
from annotation.protocol import Rules, Stage
from annotation.replay import Replay, VoteRow, replay
from annotation.vote_cells import CLOCKS_DIFFER, SOME_CLIP, Ballots
from annotation.vote_files import check_ending, read_votes
from annotation.voters import Voters, unknown_faults
from collection import storage
from collection.faults import Fault, Faults, printable
from collection.models import Corpus
from collection.readiness import check_takes_work
from jobs.actions import start_job
from jobs.errors import Refusal
from jobs.progress import Cancelled, Progress
from jobs.sentences import Rule, Said, counted


@dataclass(frozen=True, slots=True)
class Allowed:
    """What an import may do beside casting votes."""

    create_clips: bool = False
    create_annotators: bool = False
    seats_from_file: bool = False  # as many round-1 emotion seats as the file has votes for


def start_vote_import(
    *, corpus: Corpus, name: str, chunks: Iterable[bytes], allowed: Allowed, created_by: User
) -> VoteImport:
    """Keep a sent file and have a job import it."""
    check_takes_work(corpus)
    ending = check_ending(Path(name))
    storage.clear_abandoned()
    kept = f"vote-imports/{corpus.pk}/{uuid4().hex}{ending}"
    storage.take(
        chunks=chunks,
        to=kept,
        name=name,
        limit=settings.MAX_TABLE_BYTES,
        refusal=storage.table_too_large,
    )
    try:
        with transaction.atomic():
            return VoteImport.objects.create(
                corpus=corpus,
                name=printable(Path(name).name)[:300],
                file=kept,
                create_clips=allowed.create_clips,
                create_annotators=allowed.create_annotators,
                seats_from_file=allowed.seats_from_file,
                created_by=created_by,
                job=start_job(
                    kind="import_votes",
                    task="annotation.tasks.import_votes",
                    corpus=corpus,
                    created_by=created_by,
                ),
            )
    except BaseException:
        storage.drop(kept)
        raise


def run_vote_import(vote_import: VoteImport, progress: Progress) -> Said:
    """Import a sent file. Its row forgets the file together with the votes being kept, so a
    second run changes nothing. A file that was refused or cancelled is not kept either."""
    if not vote_import.file:
        return Said("votes_were_imported", "The votes were imported.")
    sent = vote_import.file
    try:
        said = _import_sent(vote_import, sent, progress)
    except (Refusal, Cancelled):
        storage.drop(sent)
        raise
    storage.drop(sent)
    return said


def _import_sent(vote_import: VoteImport, sent: str, progress: Progress) -> Said:
    if not storage.exists(sent):
        raise Refusal(
            "votes_are_no_longer_kept",
            "The file of votes is no longer kept: it was refused or cancelled before, or waited "
            "for more than a week. Nothing of it was imported; send it again.",
        )
    allowed = Allowed(
        vote_import.create_clips, vote_import.create_annotators, vote_import.seats_from_file
    )
    with storage.place().local(sent, progress.check) as path, transaction.atomic():
        said = import_votes(
            corpus=vote_import.corpus,
            path=path,
            name="The file",
            allowed=allowed,
            progress=progress,
        )
        VoteImport.objects.filter(pk=vote_import.pk).update(file="")
    return said


def import_votes(
    *, corpus: Corpus, path: Path, name: str, allowed: Allowed, progress: Progress
) -> Said:
    """Replay the file's votes into the corpus; says what was kept. Raises one Refusal that
    names every fault by row and column."""
    progress.report(0, None, Said("reading_votes", "reading"))
    try:
        with transaction.atomic():
            locked = Corpus.objects.select_for_update(no_key=True).get(pk=corpus.pk)
            check_takes_work(locked)
            return _import_locked(locked, path, name, allowed, progress)
    except IntegrityError as error:
        rule = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        raise Refusal(
            "votes_break_a_rule",
            f"{name}: the database refused the votes by the rule {rule}, and nothing of the file "
            "was kept. Clips may have been opened meanwhile; import it again.",
            file=name,
            rule=str(rule),
        ) from error


def _import_locked(
    corpus: Corpus, path: Path, name: str, allowed: Allowed, progress: Progress
) -> Said:
    faults = Faults(name)
    emotions = dict(
        Emotion.objects.filter(corpus=corpus).order_by("position").values_list("code", "pk")
    )
    rules = rules_of(corpus)
    reader = Ballots(rules, list(emotions), faults, latest=timezone.now() + CLOCKS_DIFFER)
    rows, spoiled = read_votes(path, name=name, reader=reader)
    voters = Voters(corpus)
    first_rows: dict[str, int] = {}
    for row in rows:
        first_rows.setdefault(row.annotator, row.row)
        known = voters.membership(row.annotator)
        row.person = known.pseudonym if known else row.annotator
    unknown = unknown_faults(voters, first_rows.items(), create=allowed.create_annotators)
    for fault in unknown:
        faults.add(fault)
    by_clip = _by_clip(rows)
    clips = find_clips(corpus, by_clip)
    missing = [clip for clip in by_clip if clip not in clips]
    if not allowed.create_clips:
        for clip in missing:
            rule = Rule(
                "no_such_clip",
                "the corpus has no such clip; import it first, or use --create-clips",
            )
            faults.add(Fault(by_clip[clip][0].row, "clip", clip, rule))
    for clip, why in busy_clips(clips).items():
        faults.add(Fault(by_clip[clip][0].row, "clip", clip, why))
    replays = []
    whole = {} if SOME_CLIP in spoiled else {c: by_clip[c] for c in by_clip if c not in spoiled}
    for replayed in _replay_all(rules, whole, allowed, progress):
        replays.append(replayed)
        for fault in replayed.faults:
            faults.add(fault)
    faults.refuse()
    if allowed.create_clips:
        clips |= create_clips(corpus, missing)
    if allowed.create_annotators:
        voters.create(first_rows)
    openings = clear_unvoted(clips)
    writer = BulkWriter(corpus, clips, voters.user_ids(), emotions, timezone.now(), openings)
    writer.write(replays, len(replays), progress)
    voted = [voters.user_ids()[person] for person in {row.person for row in rows}]
    transaction.on_commit(partial(_look_ahead, corpus, voted), robust=True)
    return Said(
        "votes_imported",
        f"{counted(writer.votes, 'vote')} of {counted(len(replays), 'clip')} imported.",
        count=writer.votes,
        clips=len(replays),
    )


def _look_ahead(corpus: Corpus, people: Sequence[int]) -> None:
    """Once the votes are kept, one short transaction for each who cast them."""
    annotators = Membership.objects.filter(corpus=corpus, user_id__in=people).annotators()
    for membership in annotators.select_related("corpus").order_by("pk"):
        look_ahead(membership=membership, at=timezone.now())


def _by_clip(rows: Iterable[VoteRow]) -> dict[str, list[VoteRow]]:
    found: dict[str, list[VoteRow]] = {}
    for row in rows:
        found.setdefault(row.clip, []).append(row)
    return found


def _replay_all(
    rules: Rules, by_clip: Mapping[str, Sequence[VoteRow]], allowed: Allowed, progress: Progress
) -> Iterator[Replay]:
    @cache
    def with_first_round(votes: int) -> Rules:
        return replace(rules, first_round_emotion_votes=votes)

    for done, (clip, rows) in enumerate(by_clip.items()):
        if done % 1000 == 0:
            progress.check()
            progress.report(done, len(by_clip), Said("checking_clips", "clips checked"))
        first = sum(row.round == 1 and row.stage is Stage.EMOTION for row in rows)
        yield replay(
            with_first_round(first) if allowed.seats_from_file and first else rules, clip, rows
        )
