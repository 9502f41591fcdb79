"""kill -9 of everything in the middle of sixteen people labeling: what was acknowledged is there,
and people go on."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.survival.annotators import LONGEST_OUTAGE, Annotator, held
from tests.survival.session import PASSWORD, Session
from tests.survival.site import Running, Site, wait_until

PEOPLE = 16
PAUSE = 0.25  # s between one person's votes; so hurried is nobody
CLIPS, OPEN_AT_FIRST = 12_000, 800
CORPUS = "films"

VOTES = f"""
    SELECT s.id, s.token::text, coalesce(e.code, r.reliability, v.valence::text)
    FROM annotation_seat s
    LEFT JOIN annotation_emotionvote ev ON ev.seat_id = s.id
    LEFT JOIN annotation_emotion e ON e.id = ev.emotion_id
    LEFT JOIN annotation_reliabilityvote r ON r.seat_id = s.id
    LEFT JOIN annotation_valencerating v ON v.seat_id = s.id
    JOIN collection_corpus c ON c.id = s.corpus_id AND c.slug = '{CORPUS}'
    WHERE s.voted"""
OVER_THEIR_LIMIT = """
    SELECT s.labeling_id, s.round, s.stage, s.pair_id, count(*)
    FROM annotation_seat s JOIN collection_corpus c ON c.id = s.corpus_id
    WHERE s.voted AND s.closed IS NULL
    GROUP BY s.labeling_id, s.round, s.stage, s.pair_id, c.id
    HAVING count(*) > CASE s.stage WHEN 'emotion' THEN c.max_emotion_votes
        WHEN 'reliability' THEN c.reliability_votes ELSE c.valence_ratings END"""
HELD = """
    SELECT u.username, s.id, s.token::text, s.leased_until <= now() + interval '15 minutes'
    FROM annotation_seat s JOIN accounts_user u ON u.id = s.annotator_id
    WHERE s.closed IS NULL AND s.leased_until IS NOT NULL"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Concord with a corpus of which a part is open."""
    site = Site()
    try:
        site.start()
        manifest = tmp_path_factory.mktemp("survival") / "clips.csv"
        manifest.write_text("name\n" + "".join(f"clip_{n:06}\n" for n in range(CLIPS)))
        site.manage("create_admin", "ada", "--password-stdin", given=f"{PASSWORD}\n")
        site.manage("create_corpus", CORPUS)
        site.manage("import_clips", CORPUS, manifest)
        site.manage("open_clips", CORPUS, "--count", str(OPEN_AT_FIRST))
        yield site
    finally:
        site.end()


@pytest.fixture
def ada(site: Site) -> Session:
    """The site administrator, logged in."""
    session = Session(site.url)
    session.log_in("ada")
    return session


@pytest.fixture(scope="module")
def invited(site: Site) -> list[Annotator]:
    """Sixteen people who have come by invitation links."""
    ada = Session(site.url)
    ada.log_in("ada")
    found = []
    for number in range(PEOPLE):
        invitations = f"/api/corpora/{CORPUS}/invitations"
        invitation = ada.succeed("POST", invitations, {"role": "annotator"})
        person = Annotator(site.url, CORPUS, f"person-{number}", seed=number, pause=PAUSE)
        person.join_by(invitation["url"])
        found.append(person)
    return found


@pytest.fixture
def people(invited: list[Annotator]) -> Iterator[list[Annotator]]:
    """The sixteen, while they are labeling."""
    for person in invited:
        person.begin()
    try:
        everybody_goes_on(invited)
        yield invited
    finally:
        for person in invited:
            person.enough.set()


def everybody_goes_on(people: list[Annotator]) -> None:
    """Each of them gets a vote through from now on."""
    before = {person.name: len(person.seen.votes) for person in people}

    def all_voted() -> bool:
        return all(len(person.seen.votes) > before[person.name] for person in people)

    wait_until(all_voted, "everybody votes again", LONGEST_OUTAGE)


def stop_work(people: list[Annotator]) -> None:
    for person in people:
        person.enough.set()
    for person in people:
        person.finish()


def kill(process: Running) -> None:
    os.kill(process.pid, signal.SIGKILL)


def another(found: Callable[[], Running], than: Running) -> Callable[[], bool]:
    """Whether there is such a process again, and a new one."""

    def is_there() -> bool:
        try:
            return found().pid != than.pid
        except (StopIteration, OSError, ValueError, IndexError):
            return False

    return is_there


def kill_and_go_on(people: list[Annotator], what: str, found: Callable[[], Running]) -> None:
    killed = found()
    kill(killed)
    wait_until(another(found, killed), f"{what} is started again")
    everybody_goes_on(people)


def start(ada: Session, path: str, **wanted: Any) -> int:
    """A job's number, of those that coordinators start."""
    return int(ada.succeed("POST", f"/api/corpora/{CORPUS}/{path}", wanted)["job"]["id"])


def wait_until_begun(site: Site, job: int) -> None:
    begun = f"SELECT started_at IS NOT NULL FROM jobs_job WHERE id = {job}"
    wait_until(lambda: site.rows(begun)[0][0], "the job is begun")


def wait_until_done(site: Site, job: int) -> None:
    ended = f"SELECT ended_at IS NOT NULL FROM jobs_job WHERE id = {job}"
    wait_until(lambda: site.rows(ended)[0][0], "the job is done")
    ((state, message),) = site.rows(f"SELECT state, message FROM jobs_job WHERE id = {job}")
    assert state == "done", message


def assert_all_is_there(site: Site, people: list[Annotator]) -> None:
    """Every acknowledged vote exactly once and no other; no place over its limit; no difference
    between what is stored and what follows from the votes."""
    assert not [wrong for person in people for wrong in person.seen.wrong]
    acknowledged = {(seat, *vote) for person in people for seat, vote in person.seen.votes.items()}
    stored = site.rows(VOTES)
    assert len(stored) == len(set(stored)) == sum(len(p.seen.votes) for p in people)
    assert set(stored) == acknowledged
    assert not site.rows(OVER_THEIR_LIMIT)
    assert f"{CORPUS}: 0 of" in site.manage("recheck", CORPUS)


def assert_nobody_is_stuck(site: Site, people: list[Annotator]) -> None:
    """What is held will be free after a lease at the latest, and its holder is shown it."""
    stored = site.rows(HELD)
    assert all(within_a_lease for *_, within_a_lease in stored)
    for person in people:
        own = {seat: token for name, seat, token, _ in stored if name == person.name}
        asked_once = held(person.claim()["screens"])
        assert held(person.claim()["screens"]) == asked_once
        assert own.items() <= asked_once.items()


def test_votes_and_work_outlive_whatever_is_killed(
    site: Site, ada: Session, people: list[Annotator]
) -> None:
    opening = start(ada, "openings", all=True)
    wait_until_begun(site, opening)
    kill_and_go_on(people, "the worker", site.worker)
    kill_and_go_on(people, "the web server", site.web)
    kill_and_go_on(people, "a process of the web server", lambda: site.children(site.web())[0])
    kill_and_go_on(people, "beat", site.beat)
    kill_and_go_on(people, "Valkey", site.broker)
    kill_and_go_on(people, "PostgreSQL", site.postmaster)
    kill(site.children(site.postmaster(), "postgres: concord concord")[0])
    everybody_goes_on(people)
    wait_until_done(site, start(ada, "exports", what="votes", format="csv"))
    wait_until_done(site, opening)
    everybody_goes_on(people)
    stop_work(people)

    unopened = "SELECT FROM collection_clip c LEFT JOIN annotation_labeling l ON l.clip_id = c.id"
    assert not site.rows(f"{unopened} WHERE l.id IS NULL")
    assert len(site.rows("SELECT DISTINCT stage FROM annotation_seat WHERE voted")) == 3
    assert_all_is_there(site, people)
    assert_nobody_is_stuck(site, people)


def test_all_is_there_after_bin_up_itself_is_killed(
    site: Site, ada: Session, people: list[Annotator]
) -> None:
    recheck = start(ada, "rechecks")
    wait_until_begun(site, recheck)
    site.stop(signal.SIGKILL)
    site.start()
    everybody_goes_on(people)
    stop_work(people)
    wait_until_done(site, recheck)
    assert_all_is_there(site, people)
    assert_nobody_is_stuck(site, people)


def test_sigterm_stops_everything_and_loses_nothing(
    site: Site, ada: Session, people: list[Annotator]
) -> None:
    recheck = start(ada, "rechecks")
    wait_until_begun(site, recheck)
    assert site.stop(signal.SIGTERM) == 0
    assert not site.left()
    assert not Path(site.sockets).exists()
    site.start()
    everybody_goes_on(people)
    stop_work(people)
    wait_until_done(site, recheck)
    assert_all_is_there(site, people)
