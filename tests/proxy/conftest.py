"""A web server behind a proxy, as docker/compose.yml has them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from rest_framework.authtoken.models import Token

from accounts.models import User
from config.publishing import publish
from tests import servers
from tests.proxy.front import NAME, Front, proxy

LOGINS = 3  # failed ones an hour


@pytest.fixture(scope="session")
def web_behind(django_db_setup: None) -> Iterator[int]:
    """The port of a web server that is told what the compose file tells it."""
    with servers.web(
        PUBLIC_URL=f"https://{NAME}",
        ALLOWED_HOSTS=f"{NAME},127.0.0.1",
        NUM_PROXIES="1",
        MEDIA_SENT_BY_PROXY="true",
        LOGIN_RATE=f"{LOGINS}/h",
    ) as url:
        yield urlsplit(url).port or 0


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the proxy sends by itself."""
    folder = tmp_path_factory.mktemp("published")
    publish(folder)
    return folder


@pytest.fixture(scope="session")
def front_of_all(
    web_behind: int, published: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Front]:
    folder = tmp_path_factory.mktemp("proxy")
    with proxy(folder, web=f"127.0.0.1:{web_behind}", published=published) as front:
        yield front


@pytest.fixture
def front(transactional_db: None, front_of_all: Front) -> Front:
    """The proxy in front of a site. What a test stores it sees; afterwards all is emptied."""
    return front_of_all


@pytest.fixture
def key() -> Callable[[User], dict[str, str]]:
    """What somebody's script shows to be let in."""
    return lambda user: {"Authorization": f"Token {Token.objects.create(user=user).key}"}
