"""The demo corpus: cartoon clips of our own, some of them labeled, some under way, some untouched.

Every step makes what is missing, so a start that was interrupted is taken up by the next one.
"""

import secrets
import string
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from os import cpu_count
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from rest_framework.authtoken.models import Token

from accounts.actions import NewPerson, add_member, make_person, set_password
from accounts.models import Role, User
from annotation.corpora import create_corpus
from annotation.demo_guide import give_guidelines
from annotation.labelsets import preset
from annotation.models import Labeling, LabelPair
from annotation.opening import choose_clips, run_opening
from annotation.protocol import SEAT_STAGES, Stage
from annotation.simulation import simulate
from collection.actions import create_import
from collection.cartoon import (
    CastMember,
    demo_cast,
    draw_clip,
    example_cast,
    labeled_cast,
    unopened_cast,
)
from collection.importing import run_import
from collection.manifest_rows import Entry
from collection.models import Clip, Corpus
from collection.storage import clear_incoming
from jobs.progress import Progress, Silent
from jobs.sentences import Said

SLUG = "demo"
SEED = 2023  # of the votes
CAST_SEED = 322  # of the faces: a varied cast
SIMULATED_CLIPS = 18  # of 24; the others are opened and wait for their first vote
OPEN_SHARE = 0.6
CLARITY = 0.97  # of the clips that the baseline is to be trained on
LEAST_PER_STAGE = 2  # clips that stand at each stage, whatever chance says
EVERY_STAGE = (*SEAT_STAGES, Stage.LABELED, Stage.UNLABELED)
ADMINISTRATOR = "demo-admin"
COORDINATOR = "demo-coordinator"
ANNOTATORS = ("ann", "ben", "chen", "dana", "emre", "fang")  # 3 + 2, and six for valence
CHINESE = {"demo-chen", "demo-fang"}
PASSWORD_CHARACTERS = string.ascii_lowercase + string.digits


def usernames() -> list[str]:
    return [ADMINISTRATOR, COORDINATOR, *(f"demo-{name}" for name in ANNOTATORS)]


def make(progress: Progress) -> Corpus:
    """The demo corpus with its people, clips and votes; what is there already stays."""
    password()  # where it cannot be kept, nothing is made
    corpus = Corpus.objects.filter(slug=SLUG).first() or create_corpus(
        slug=SLUG, name="Demo", labels=preset("mer2023"), source="the demo", numbers={}
    )
    make_people(corpus)
    cast, examples = demo_cast(CAST_SEED), example_cast(CAST_SEED)
    known = set(Clip.objects.filter(corpus=corpus).exclude(file="").values_list("name", flat=True))
    trained_on = labeled_cast(CAST_SEED)
    everybody = (*cast, *examples, *trained_on, *unopened_cast(CAST_SEED))
    missing = [member for member in everybody if member.name not in known]
    if missing:
        import_clips(corpus, missing, progress)
    give_guidelines(corpus, cast, examples)
    if not labelings_of(corpus, cast).exists():
        simulate_some(corpus, cast)
    if not labelings_of(corpus, trained_on).exists():
        simulate_all(corpus, trained_on)
    names = [member.name for member in cast]
    if Clip.objects.filter(corpus=corpus, name__in=names, labelings=None).exists():
        administrator = User.objects.get(username=ADMINISTRATOR)
        run_opening(choose_clips(corpus=corpus, by=administrator, names=names), Silent())
    return corpus


@transaction.atomic
def make_people(corpus: Corpus) -> None:
    """The demo accounts that are missing, all with the one password of this installation."""
    said = password()
    for username in usernames():
        user = User.objects.filter(username__iexact=username).first()
        if user is None:
            person = NewPerson(
                username=username,
                password=said,
                display_name=username.removeprefix("demo-").capitalize(),
                language="zh-hans" if username in CHINESE else "en",
            )
            user = make_person(person=person, site_administrator=username == ADMINISTRATOR)
        elif not user.check_password(said):
            set_password(user=user, password=said)
        if username != ADMINISTRATOR and not user.memberships.filter(corpus=corpus).exists():
            role = Role.COORDINATOR if username == COORDINATOR else Role.ANNOTATOR
            add_member(corpus=corpus, user=user, role=role.value)


def import_clips(corpus: Corpus, cast: Sequence[CastMember], progress: Progress) -> None:
    """Draw the clips, on several processors, and import them as a coordinator would."""
    with TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{member.name}.mp4" for member in cast]
        workers = min(4, cpu_count() or 1, len(cast))
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            drawn = pool.map(
                draw_clip,
                [member.emotion for member in cast],
                [member.seed for member in cast],
                paths,
                [member.take for member in cast],
            )
            for done, _ in enumerate(drawn, start=1):
                progress.report(done, len(cast), Said("drawing_clips", "clips drawn"))
        clip_import = create_import(corpus=corpus, created_by=None)
        entries = [
            Entry(
                name=member.name,
                file=path.name,
                path=path,
                transcript=member.transcript,
                video=member.video,
                speaker=member.speaker,
            )
            for member, path in zip(cast, paths, strict=True)
        ]
        try:
            run_import(clip_import=clip_import, entries=entries, progress=Silent())
        finally:
            clear_incoming(clip_import.pk)


def labelings_of(corpus: Corpus, cast: Sequence[CastMember]) -> QuerySet[Labeling]:
    return Labeling.objects.filter(corpus=corpus, clip__name__in=[each.name for each in cast])


def simulate_some(corpus: Corpus, cast: Sequence[CastMember]) -> None:
    """Made-up votes on some clips, drawn until some clips stand at every stage."""
    seed = SEED
    while True:
        seed += 1
        with transaction.atomic():
            vote(corpus, cast, seed, clips=SIMULATED_CLIPS, open_share=OPEN_SHARE)
            stages = list(labelings_of(corpus, cast).values_list("stage", flat=True))
            if all(stages.count(stage) >= LEAST_PER_STAGE for stage in EVERY_STAGE):
                return
            transaction.set_rollback(True)


def simulate_all(corpus: Corpus, cast: Sequence[CastMember]) -> None:
    """Made-up votes on each clip, drawn until each has its one emotion as its label."""
    seed = SEED
    while True:
        seed += 1
        with transaction.atomic():
            vote(corpus, cast, seed, clarity=CLARITY)
            labeled = labelings_of(corpus, cast).filter(stage=Stage.LABELED)
            pairs = LabelPair.objects.filter(
                labeling__in=labeled, round=F("labeling__round"), withdrawn_at=None
            )
            found = sorted(pairs.values_list("labeling__clip__name", "emotion__code"))
            if found == sorted((member.name, member.emotion) for member in cast):
                return
            transaction.set_rollback(True)


def vote(corpus: Corpus, cast: Sequence[CastMember], seed: int, **how: Any) -> None:
    simulate(
        corpus=corpus,
        annotators=8,
        seed=seed,
        truths={member.name: member.emotions for member in cast},
        only_these=True,
        at=timezone.now(),
        progress=Silent(),
        **how,
    )


@transaction.atomic
def close() -> int:
    """Nobody can log in with a demo account any more; who is logged in is logged out.

    The last site administrator may be among them, which `accounts.actions.deactivate` would
    refuse: in a network the known password is the greater harm.
    """
    demo = User.objects.select_for_update(no_key=True).filter(username__in=usernames())
    Token.objects.filter(user__in=demo).delete()
    return demo.filter(is_active=True).update(is_active=False)


def reopen() -> int:
    return User.objects.filter(username__in=usernames(), is_active=False).update(is_active=True)


def password() -> str:
    """The demo accounts' password, drawn on first use and readable by its owner only."""
    path = Path(settings.STATE_FOLDER) / "secrets" / "demo-password"
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        drawn = "-".join(
            "".join(secrets.choice(PASSWORD_CHARACTERS) for _ in range(4)) for _ in range(3)
        )
        with NamedTemporaryFile("w", dir=path.parent, delete=False) as draft:  # 0600
            draft.write(drawn + "\n")
        Path(draft.name).replace(path)
    return path.read_text().strip()


def accounts() -> str:
    """Who there is to log in as, in lines for a terminal."""
    annotators = ", ".join(f"demo-{name}" for name in ANNOTATORS)
    return (
        f"Demo accounts, all with the password {password()}\n"
        f"  annotators           {annotators}\n"
        f"  coordinator          {COORDINATOR}\n"
        f"  site administrator   {ADMINISTRATOR}"
    )
