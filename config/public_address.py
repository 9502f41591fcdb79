"""Whether people can reach the web server by the address that its links name."""

import re
from urllib.parse import urlsplit

from django.http.request import validate_host

from config.environment import SettingError, env

# An IPv6 address in brackets, or a name of letters as browsers send it; a port.
ADDRESS = re.compile(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9.-]*[a-z0-9])?)(:[0-9]{1,5})?/?")
HOST = re.compile(r"\*|\[[0-9a-f:.]+\]|\.?[a-z0-9]([a-z0-9.-]*[a-z0-9])?")


def check() -> None:
    """Raises SettingError for what would only show when nobody gets a page.

    docker/compose.yml makes both variables of SITE_ADDRESS.
    """
    allowed = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
    for host in allowed:
        if not HOST.fullmatch(host.lower()):
            raise SettingError(
                f"ALLOWED_HOSTS names {host}, and must name hosts without https://, port or path: "
                "concord.example.org. In docker/.env, SITE_ADDRESS is such a name."
            )
    url = env.str("PUBLIC_URL")
    if not url:
        return
    if not ADDRESS.fullmatch(url.lower()):
        raise SettingError(
            f"PUBLIC_URL is {url}, and must be https:// or http://, a host's name and, if it is "
            "not the usual one, a port: https://concord.example.org. A name with other letters "
            "than a to z is written as browsers send it (xn--…). In docker/.env, SITE_ADDRESS is "
            "the name alone."
        )
    name = host_of(url)
    if not validate_host(name, allowed):
        raise SettingError(
            f"PUBLIC_URL is {url}, and ALLOWED_HOSTS ({', '.join(allowed)}) does not name {name}: "
            "nobody would get a page there. Add it, or mend PUBLIC_URL."
        )


def host_of(url: str) -> str:
    """As in ALLOWED_HOSTS: an IPv6 address has its brackets."""
    name = str(urlsplit(url).hostname)
    return f"[{name}]" if ":" in name else name
