"""Where Concord keeps what it makes: database, broker, media, secrets. One folder holds it all."""

import hashlib
import os
import secrets
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, urlsplit

from config import environment
from config.environment import env

CHECKOUT = environment.CHECKOUT
DEFAULT_ADDRESS = "http://localhost:8000"
LONGEST_SOCKET_FOLDER = 80  # bytes; a socket's whole path may have 107


class StateError(Exception):
    """The state folder cannot be used; the message says why and what to do."""


def folder() -> Path:
    """`var/` of the checkout, or CONCORD_HOME.

    Root's servers run as another user, who cannot enter a folder below a private one such as
    root's home: the state of such a checkout goes to a folder of its own in /var/lib/concord.
    """
    home = env.str("CONCORD_HOME")
    if home:
        return Path(os.path.abspath(os.path.expanduser(home)))
    if os.geteuid() == 0 and not everyone_may_enter(CHECKOUT):
        return Path("/var/lib/concord") / _digest(CHECKOUT)
    return CHECKOUT / "var"


def everyone_may_enter(path: Path) -> bool:
    """True if every folder from the root down to `path` lets other users through."""
    return all(step.stat().st_mode & stat.S_IXOTH for step in (path, *path.parents))


def made(path: Path, mode: int = 0o700) -> Path:
    """A folder of the state, made if missing."""
    root = folder()
    try:
        if not root.exists():
            root.mkdir(parents=True)
            # Other users may pass through root's (to nothing but what is theirs), not look inside.
            root.chmod(0o711 if os.geteuid() == 0 else 0o700)
        if not path.exists():
            path.mkdir(mode=mode, parents=True, exist_ok=True)
    except OSError as error:  # another user's, or a file system that is only read
        raise StateError(_not_ours(root, str(error.strerror))) from error
    if not os.access(root, os.W_OK | os.X_OK):
        raise StateError(_not_ours(root))
    return path


def secret_key() -> str:
    """SECRET_KEY, or this installation's own; empty where there is neither, nor a place for one.

    Workers can do without: nothing that they do is signed.
    """
    try:
        return env.str("SECRET_KEY") or secret("secret_key")
    except StateError:
        return ""


def secret(name: str) -> str:
    """The secret of this installation called `name`, made on first use, readable by its owner."""
    path = folder() / "secrets" / name
    try:
        return path.read_text()
    except FileNotFoundError:
        made(path.parent)
    except OSError as error:
        raise StateError(_not_ours(folder(), str(error.strerror))) from error
    with tempfile.NamedTemporaryFile("w", dir=path.parent) as draft:  # 0600
        draft.write(secrets.token_urlsafe(50))
        draft.flush()
        with suppress(FileExistsError):
            os.link(draft.name, path)  # whole or not at all; of two at once the first one counts
    return path.read_text()


def remember_address(url: str) -> None:
    """What bin/up serves under, for commands that print links, whatever port it was given."""
    (made(folder()) / "address").write_text(url)


def address() -> str:
    """The address that bin/up served under last; the default one if it never ran."""
    try:
        return (folder() / "address").read_text().strip() or DEFAULT_ADDRESS
    except OSError:
        return DEFAULT_ADDRESS


def sockets() -> Path:
    """Where the embedded servers listen: always the same folder for the same state folder."""
    inside = folder() / "sockets"
    plain = quote(str(inside)) == str(inside)
    if plain and len(os.fsencode(inside)) <= LONGEST_SOCKET_FOLDER:
        return inside
    return Path("/tmp") / f"concord-{os.geteuid()}-{_digest(folder())}"


def database_url() -> str:
    """DATABASE_URL, or the embedded PostgreSQL's."""
    given = _with_password(env.str("DATABASE_URL"), env.str("DATABASE_PASSWORD"))
    return given or f"postgresql://concord@/concord?host={sockets()}"


def broker_url() -> str:
    """BROKER_URL, or the embedded Valkey's."""
    given = _with_password(env.str("BROKER_URL"), env.str("BROKER_PASSWORD"))
    return given or f"redis+socket://{sockets()}/valkey.sock"


def not_allowed(error: OSError) -> str:
    """For whoever met a file of somebody else's, or a file system that is only read."""
    if error.filename and Path(error.filename).is_relative_to(folder()):
        return _not_ours(folder(), str(error.strerror))
    return (
        f"{error.filename or 'A file'}: {error.strerror}, for user {os.geteuid()}. Run as the user "
        "who owns the folder, or give the folder to this one (chown)."
    )


def _with_password(url: str, password: str) -> str:
    """The address with the password, if one is given and the address has none itself."""
    parts = urlsplit(url)
    if not url or not password or parts.password:
        return url
    user, _, host = parts.netloc.rpartition("@")
    user = user.removesuffix(":")
    return parts._replace(netloc=f"{user}:{quote(password, safe='')}@{host}").geturl()


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def _not_ours(root: Path, why: str = "") -> str:
    return (
        f"The state folder {root} cannot be written by this user{f' ({why})' if why else ''}. Run "
        "as the user who owns it, or set CONCORD_HOME to a folder of your own."
    )
