"""One of an extraction's processes: clip after clip → one vector each. It has one thread.

A file that makes a decoder crash takes only this process with it; the parent tells that clip's
fate and starts another.
"""

import importlib
import os
import signal
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from baseline.child_process import end_with
from baseline.errors import Fault, of_the_disk
from baseline.extracting import catalog

Numbers = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class ClipSource:
    """A clip to extract from."""

    name: str
    file: Path | None  # video or sound
    transcript: str


@dataclass(frozen=True)
class Asked:
    """Which features, as the kind's function of the catalog takes it."""

    kind: str
    model: str = ""
    layers: str = ""
    pooling: str = ""


def work(asked: Asked, parent: int, connection: Connection) -> None:
    """Load the extractor, then answer each clip that comes along the pipe until it is closed.

    Sends ("ready", dimension, recipe) and then, for each clip, ("row", vector or None); or
    ("fault", code, text, params) in place of either.
    """
    end_with(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: parent decides
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    kind = catalog.of(asked.kind)
    try:
        try:
            extractor = _loaded(kind, asked)
            connection.send(("ready", extractor.dimension, extractor.recipe))
        except Fault as fault:
            connection.send(_told(fault))
            return
        while True:
            connection.send(_answer(extractor, kind, connection.recv()))
    except (EOFError, BrokenPipeError):
        os._exit(0)  # the parent is gone, or has enough


def _loaded(kind: catalog.Extractor, asked: Asked) -> Any:
    """Raises Fault."""
    try:
        module = importlib.import_module(f"baseline.extracting.{kind.module}")
        return getattr(module, kind.loaded_by)(asked.model, asked.layers, asked.pooling)
    except Fault:
        raise
    except Exception as error:  # of the many libraries below
        raise Fault(
            "extractor_not_loaded",
            f"{kind.kind} cannot be loaded ({_said(error)}). Install its packages anew with "
            "bin/setup, or look at the model that it is given.",
            kind=kind.kind,
            why=_said(error),
        ) from error


def _answer(extractor: Any, kind: catalog.Extractor, clip: ClipSource) -> tuple[Any, ...]:
    try:
        return "row", row_of(extractor, kind, clip)
    except Fault as fault:
        return _told(fault)
    except OSError as error:
        return _told(of_the_disk(error))
    except Exception as error:  # of the many libraries below: told of this clip, the others go on
        return _told(
            Fault(
                "extractor_broke",
                f"{kind.kind} broke off at this clip ({_said(error)}). Leave it out, or convert "
                "its file.",
                kind=kind.kind,
                why=_said(error),
            )
        )


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error)[:300]}"


def _told(fault: Fault) -> tuple[Any, ...]:
    return "fault", fault.code, fault.text, fault.params


def row_of(extractor: Any, kind: catalog.Extractor, clip: ClipSource) -> Numbers | None:
    """The clip's vector (D,); None where there is nothing to extract from: no sound, no word, no
    face. Raises Fault: its file is missing or cannot be decoded."""
    if kind.needs == catalog.TEXT:
        found = extractor(clip.transcript)
    elif clip.file is None:
        raise Fault(
            "clip_without_file",
            f"{kind.kind} extracts from a clip's file, and this clip has none. Import its file "
            "first.",
            kind=kind.kind,
        )
    else:
        from baseline import media  # words need no decoder, and where there are only words is none

        if kind.needs == catalog.AUDIO:
            heard = media.sound(clip.file)
            found = None if heard is None else extractor(heard)
        else:
            found = extractor(media.frames(clip.file, extractor.frames_per_second))
    return None if found is None else average(np.asarray(found))


def average(features: Numbers) -> Numbers:
    """ "Average encoding to compress them into video-level embeddings" (§3.4): float32 (D,) of
    (T, D), or of what is (D,) already."""
    if features.ndim == 1:
        return features.astype(np.float32)
    return features.mean(axis=0, dtype=np.float64).astype(np.float32)
