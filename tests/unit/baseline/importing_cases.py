"""Files as others might hand them in, and what importing makes of them."""

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from baseline.errors import Fault
from baseline.importing import Imported, import_features
from baseline.stores import FeatureStore

TABLE = "name,f0,loudness\na,1,2\nb,3,4.5\n"


def imported(source: Path, **changes: Any) -> Imported:
    into = source.parent / "HL"
    return import_features("HL", source, into, **({"modality": "acoustic"} | changes))


def fault_of(source: Path, **changes: Any) -> Fault:
    with pytest.raises(Fault) as caught:
        imported(source, **changes)
    assert not (source.parent / "HL").exists()
    return caught.value


def rows_of(found: Imported) -> dict[str, list[float]]:
    store = FeatureStore.open(found.store.folder, verify=True)
    return dict(zip(store.names, store.matrix.tolist(), strict=True))


def folder_of(folder: Path, **arrays: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    return folder


def file_of(file: Path, content: str | bytes) -> Path:
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def zip_of(file: Path, entries: dict[str, Any]) -> Path:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in entries.items():
            archive.writestr(path, content if isinstance(content, bytes) else npy(content))
    return file


def npy(array: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()
