"""What pip and npm need on this machine, for a build in a container: their settings, certificates,
and folders of wheels. Writes two files into the folder named and prints options for buildah, one a
line. Nothing of what they hold ends up in an image.
"""

import ast
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"  # where a Debian's programs look for them
NAMED_BY = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
NOT_FOR_CONTAINERS = {"cache-dir", "log", "require-virtualenv", "target", "prefix", "user"}


def main(folder: Path) -> None:
    settings = pip_settings()
    mounts = {
        path: path for key, value in settings.items() for path in local_paths(key, value.split())
    }
    certificates = settings.get("cert") or next(filter(None, map(os.environ.get, NAMED_BY)), "")
    if certificates:
        mounts[certificates] = settings["cert"] = CERTIFICATES
    lines = [f"{key} = {value}" for key, value in settings.items()]
    mounts[str(written(folder / "pip.conf", "[global]", *lines))] = "/etc/pip.conf"
    lines = [f"registry={npm_registry()}"] if npm_registry() else []
    lines += [f"cafile={CERTIFICATES}"] if certificates else []
    mounts[str(written(folder / "npmrc", *lines))] = "/root/.npmrc"
    for here, there in mounts.items():
        print(f"--volume={here}:{there}:ro")


def pip_settings() -> dict[str, str]:
    """What pip on this machine goes by: its files, over which its variables win."""
    if importlib.util.find_spec("pip") is None:
        return {}
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
    )
    found = {}
    for line in sorted(listed.stdout.splitlines(), key=lambda line: line.startswith(":env:")):
        name, value = line.split("=", 1)
        key = name.rpartition(".")[2]
        if key not in NOT_FOR_CONTAINERS:
            found[key] = str(ast.literal_eval(value))
    return found


def local_paths(key: str, words: list[str]) -> list[str]:
    """Files and folders of this machine that a setting names."""
    paths = [Path(unquote(urlsplit(word).path)) for word in words if word.startswith("file://")]
    paths += [Path(word) for word in words if word.startswith("/")]
    if key.endswith("index-url"):  # an index links to files beside itself
        paths = [path.parent for path in paths]
    return [str(path) for path in paths if path.exists() and path != Path("/")]


def npm_registry() -> str:
    if shutil.which("npm") is None:
        return ""
    asked = subprocess.run(
        ["npm", "config", "get", "registry"], capture_output=True, text=True, check=True
    )
    return asked.stdout.strip()


def written(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines))
    path.chmod(0o600)
    return path


if __name__ == "__main__":
    main(Path(sys.argv[1]))
