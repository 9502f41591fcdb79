"""What `config.serve web` refuses to start with: an address at which nobody would get a page."""

import pytest

from config import public_address
from config.environment import SettingError


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("", "localhost"),
        ("https://concord.example.org", "concord.example.org,localhost"),
        ("https://Concord.example.org/", "concord.Example.org"),
        ("https://concord.example.org:8443", "concord.example.org"),
        ("https://concord.example.org", ".example.org"),
        ("http://10.0.0.5:8000", "10.0.0.5"),
        ("http://[fd00::7]:8000", "[fd00::7]"),
        ("http://xn--fiq228c.example", "*"),
    ],
)
def test_addresses_that_work(monkeypatch: pytest.MonkeyPatch, url: str, hosts: str) -> None:
    monkeypatch.setenv("PUBLIC_URL", url)
    monkeypatch.setenv("ALLOWED_HOSTS", hosts)
    public_address.check()


@pytest.mark.parametrize(
    ("url", "hosts", "wrong", "way_out"),
    [
        # docker/compose.yml with SITE_ADDRESS=https://concord.example.org, with a path, a port
        ("https://https://a.org", "https://a.org,localhost", "ALLOWED_HOSTS", "SITE_ADDRESS"),
        ("https://a.org/", "a.org/,localhost", "ALLOWED_HOSTS names a.org/", "SITE_ADDRESS"),
        ("https://a.org:8443", "a.org:8443", "ALLOWED_HOSTS names a.org:8443", "SITE_ADDRESS"),
        ("https://https://a.org", "a.org", "PUBLIC_URL is https://https://a.org", "the name alone"),
        ("a.org", "a.org", "PUBLIC_URL is a.org", "https://concord.example.org"),
        ("https://a.org/concord", "a.org", "PUBLIC_URL", "https://concord.example.org"),
        ("https://me@a.org", "a.org", "PUBLIC_URL", "https://concord.example.org"),
        ("https://实验室.cn", "a.org", "PUBLIC_URL", "xn--"),
        ("https://a.org", "b.org,localhost", "does not name a.org", "Add it"),
    ],
)
def test_addresses_at_which_nobody_would_get_a_page(
    monkeypatch: pytest.MonkeyPatch, url: str, hosts: str, wrong: str, way_out: str
) -> None:
    monkeypatch.setenv("PUBLIC_URL", url)
    monkeypatch.setenv("ALLOWED_HOSTS", hosts)
    with pytest.raises(SettingError) as refused:
        public_address.check()
    assert wrong in str(refused.value)
    assert way_out in str(refused.value)
