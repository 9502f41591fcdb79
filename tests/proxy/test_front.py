"""What the proxy does by itself: TLS, public files, waiting for the web server, who asks."""

import os
import socket
import ssl
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

from accounts.actions import add_member
from accounts.models import User
from collection import storage
from collection.actions import create_import
from tests import factories
from tests.proxy.conftest import LOGINS
from tests.proxy.front import NAME, Answer, Front, Gate, kept_ports, proxy

GUARDS = (
    "Cross-Origin-Opener-Policy",
    "Cross-Origin-Resource-Policy",
    "Referrer-Policy",
    "X-Content-Type-Options",
)
TRUSTED = "127.0.0.9"
Key = Callable[[User], dict[str, str]]


def test_what_is_asked_for_without_tls_is_sent_there(front_of_all: Front) -> None:
    answer = front_of_all.ask_plainly("/corpora/films?page=2")
    assert answer.status in (301, 308)
    assert answer["Location"] == f"https://{NAME}:{front_of_all.https}/corpora/films?page=2"


def test_a_page_is_concords_own(front: Front) -> None:
    answer = front.ask("/corpora/films", headers={"Accept-Encoding": "gzip"})
    assert answer.status == 200
    assert answer["Content-Type"] == "text/html; charset=utf-8"
    assert answer["Content-Encoding"] == "gzip"
    assert "script-src 'self' 'sha256-" in (answer["Content-Security-Policy"] or "")
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Cache-Control"] == "no-cache"
    assert answer["Server"] is None
    assert "max-age=31536000" in (answer["Strict-Transport-Security"] or "")
    for name in GUARDS:
        assert answer[name], name


def test_public_files_are_sent_as_concord_sends_them(
    front_of_all: Front, web_behind: int, published: Path
) -> None:
    """WhiteNoise, in the web server, says what is right."""
    kept = next((published / "_app" / "immutable").rglob("*.js"))
    for path in (
        "/favicon.svg",
        "/theme.js",
        "/_app/version.json",
        f"/{kept.relative_to(published)}",
    ):
        sent = front_of_all.ask(path)
        by_web = urllib.request.Request(
            f"http://127.0.0.1:{web_behind}{path}",
            headers={"X-Forwarded-Proto": "https", "Host": NAME},
        )
        with urllib.request.urlopen(by_web, timeout=60) as right:
            assert sent.content == right.read()
            assert sent["Content-Type"] == right.headers["Content-Type"].replace('"', "")
            assert set(words(sent["Cache-Control"])) == set(words(right.headers["Cache-Control"]))
            for name in GUARDS:
                assert sent[name] == right.headers[name], name
            # It was the proxy that sent it.
            assert (
                sent["Access-Control-Allow-Origin"] != right.headers["Access-Control-Allow-Origin"]
            )
        assert "frame-ancestors 'none'" in (sent["Content-Security-Policy"] or "")


def words(header: str | None) -> list[str]:
    """A Cache-Control header's words; ten years and one year are both for ever."""
    return [
        word.strip() for word in (header or "").split(",") if len(word) < len("max-age=31536000")
    ]


def test_a_file_that_is_not_there_is_nothing_to_keep(front: Front) -> None:
    for path in ("/_app/immutable/gone.js", "/_app/", "/static/"):
        answer = front.ask(path)
        assert answer.status == 404, path
        assert "immutable" not in (answer["Cache-Control"] or "")


def test_the_list_of_what_is_published_is_not(front: Front, published: Path) -> None:
    assert (published / ".published").exists()
    assert b"<html" in front.ask("/.published").content, "Concord's page, as for any address"


def test_a_large_file_comes_through_whole(front: Front, key: Key) -> None:
    corpus = factories.corpus("films")
    cora = add_member(corpus=corpus, user=factories.person("cora"), role="coordinator").user
    sent = create_import(corpus=corpus, created_by=cora)
    content = os.urandom(20_000_000)
    boundary = b"--a-line-between"
    head = b'Content-Disposition: form-data; name="file"; filename="scene 1.mp4"\r\n\r\n'
    answer = front.ask(
        f"/api/corpora/films/imports/{sent.pk}/files",
        "POST",
        body=b"\r\n".join([boundary, head + content, boundary + b"--", b""]),
        headers=key(cora) | {"Content-Type": "multipart/form-data; boundary=a-line-between"},
    )
    assert answer.status == 201, answer.content
    (stored,) = Path(settings.MEDIA_ROOT, storage.incoming(sent.pk)).iterdir()
    assert stored.read_bytes() == content


def guess(front: Front, number: int, source: str) -> int:
    """The answer to a wrong password, sent with headers that name another address each time."""
    cookie = (front.ask("/api/session", source=source)["Set-Cookie"] or "").split(";")[0]
    headers = {
        "Cookie": cookie,
        "X-CSRFToken": cookie.partition("=")[2],
        "Referer": f"https://{NAME}:{front.https}/",
        "Content-Type": "application/json",
        "X-Forwarded-For": f"192.0.2.{number}",
        "X_Forwarded_For": f"192.0.2.{number}",
    }
    body = f'{{"username": "nobody{number}", "password": "a wrong password"}}'
    return front.ask("/api/session", "POST", source=source, body=body, headers=headers).status


def test_who_guesses_passwords_is_known_by_their_own_address(front: Front) -> None:
    """Whatever they say about where they come from; and others are not kept waiting."""
    for number in range(LOGINS):
        assert guess(front, number, "127.0.0.1") == 400
    assert guess(front, 101, "127.0.0.1") == 429
    assert guess(front, 102, "127.0.0.2") == 400


@pytest.fixture(scope="module")
def waiting(
    front_of_all: Front, published: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Front, ssl.SSLContext, int]]:
    """A second proxy, with two files of its own for TLS, and the port where it looks for a web
    server: nobody is there. It trusts a proxy in front of it."""
    folder = tmp_path_factory.mktemp("second")
    certificate, private = front_of_all.certificate
    with (
        kept_ports(1) as (port,),
        proxy(
            folder,
            web=f"127.0.0.1:{port}",
            tls=f"{certificate} {private}",
            published=published,
            TRUSTED_PROXIES=f"10.0.0.0/8 {TRUSTED}",
            BUFFERED="buffer_requests\nmax_buffer_size 1MiB",  # before 2.6.4 that is how it is said
        ) as front,
    ):
        yield front, front_of_all.trust(), port  # who trusts the first one trusts its two files


def test_a_web_server_that_is_being_replaced_is_waited_for(
    transactional_db: None, waiting: tuple[Front, ssl.SSLContext, int], web_behind: int
) -> None:
    front, trust, port = waiting
    answers: dict[str, Answer] = {}

    def ask(method: str) -> None:
        answers[method] = front.ask("/api/session", method, trust=trust)

    asking = [threading.Thread(target=ask, args=(method,)) for method in ("GET", "POST")]
    for each in asking:
        each.start()
    time.sleep(1)  # there is nobody for them
    assert not answers
    with Gate(port, behind=web_behind).open():
        for each in asking:
            each.join()
    assert answers["GET"].status == 200
    assert answers["POST"].status in (400, 403), "it has reached the web server, once"


@pytest.mark.parametrize(("method", "status", "times"), [("GET", 200, 3), ("POST", 502, 1)])
def test_what_may_have_been_done_is_not_sent_twice(
    transactional_db: None,
    waiting: tuple[Front, ssl.SSLContext, int],
    web_behind: int,
    method: str,
    status: int,
    times: int,
) -> None:
    """A web server that dies with a request may have done it."""
    front, trust, port = waiting
    with Gate(port, behind=web_behind, dropped=2).open() as gate:
        answer = front.ask("/api/session", method, trust=trust)
    assert answer.status == status
    assert len(gate.seen) == times
    assert all(began.startswith(f"{method} /api/session ".encode()) for began in gate.seen)
    if status == 502:
        assert b"Try again" in answer.content
        assert answer["Retry-After"] == "10"
        assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("source", "told"), [(TRUSTED, f"192.0.2.7, {TRUSTED}"), ("127.0.0.8", "127.0.0.8")]
)
def test_a_trusted_proxy_says_for_whom_it_asks(
    transactional_db: None,
    waiting: tuple[Front, ssl.SSLContext, int],
    web_behind: int,
    source: str,
    told: str,
) -> None:
    front, trust, port = waiting
    with Gate(port, behind=web_behind).open() as gate:
        front.ask(
            "/api/session", source=source, trust=trust, headers={"X-Forwarded-For": "192.0.2.7"}
        )
    (began,) = gate.seen
    assert f"\r\nX-Forwarded-For: {told}\r\n".encode() in began


def test_no_other_spelling_of_what_a_proxy_says_gets_through(
    transactional_db: None, waiting: tuple[Front, ssl.SSLContext, int], web_behind: int
) -> None:
    """To a web server like Concord's X_Forwarded_For is X-Forwarded-For; the last one wins."""
    front, trust, port = waiting
    names = ("X_Forwarded_For", "x-forwarded_for", "X_FORWARDED-PROTO", "X_Forwarded_Proto")
    with Gate(port, behind=web_behind).open() as gate:
        answer = front.ask(
            "/api/session", trust=trust, headers=dict.fromkeys(names, "http") | {"X-Y": "kept"}
        )
    assert answer.status == 200
    (began,) = gate.seen
    sent = [line.split(b":")[0].lower() for line in began.split(b"\r\n")[1:]]
    assert b"x-y" in sent
    assert [name for name in sent if b"_" in name] == []
    assert sent.count(b"x-forwarded-proto") == sent.count(b"x-forwarded-for") == 1


def test_a_request_that_comes_slowly_is_waited_for_by_the_proxy_alone(
    transactional_db: None, waiting: tuple[Front, ssl.SSLContext, int], web_behind: int
) -> None:
    front, trust, port = waiting
    head = f"POST /api/session HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: 20\r\n\r\n"
    with (
        Gate(port, behind=web_behind).open() as gate,
        socket.create_connection((NAME, front.https), 60) as plain,
        trust.wrap_socket(plain, server_hostname=NAME) as connection,
    ):
        connection.sendall(head.encode() + b"{")
        time.sleep(0.5)
        assert gate.seen == []
        connection.sendall(b" " * 19)
        assert connection.recv(100).startswith(b"HTTP/1.1 40"), "the web server has no use for it"
        assert len(gate.seen) == 1
