"""What features can be extracted by (§3.2–3.4). Loads nothing: the web process reads it, too.

Each kind is a function (model, layers, pooling) of a module below `baseline.extracting`; it gives
a callable with `dimension` and `recipe`: one clip's sound, words or frames → float (T, D) over
time or (D,), or None where there is nothing to extract from.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from baseline.errors import Fault
from baseline.extracting import packaged
from baseline.modalities import ACOUSTIC, LEXICAL, VISUAL

AUDIO: Final = "audio"
TEXT: Final = "text"
FRAMES: Final = "frames"
Needs = Literal["audio", "text", "frames"]


@dataclass(frozen=True)
class Extractor:
    """One way to make features, with the authors' choice of layers and pooling as default."""

    kind: str
    modality: str
    needs: Needs
    module: str  # below baseline.extracting
    loaded_by: str = "load"  # its function
    default: bool = False  # the one of its modality that needs neither download nor extra
    takes_model: bool = False  # a name on the hub, or a folder or file of the server
    default_layers: str = ""
    default_pooling: str = ""
    missing: Callable[[], Fault | None] = lambda: None

    def available(self) -> Fault | None:
        """Why it cannot be used here, with the way out, or None. Imports nothing."""
        return self.missing()


EXTRACTORS = (
    Extractor(
        kind="speech-embedding",
        modality=ACOUSTIC,
        needs=AUDIO,
        module="speech_embedding",
        default=True,
        default_pooling="mean",
        missing=lambda: packaged.missing(packaged.MELSPECTROGRAM, packaged.SPEECH_EMBEDDING),
    ),
    Extractor(
        kind="mel-bands",
        modality=ACOUSTIC,
        needs=AUDIO,
        module="mel_bands",
    ),
    *(
        Extractor(
            kind=kind,
            modality=ACOUSTIC,
            needs=AUDIO,
            module="opensmile_sets",
            loaded_by=kind,
            missing=packaged.opensmile_missing,
        )
        for kind in ("is09", "is10", "egemaps")
    ),
    *(
        Extractor(
            kind=kind,
            modality=ACOUSTIC,
            needs=AUDIO,
            module="speech_models",
            loaded_by=kind,
            takes_model=True,
            default_layers="-1",
            default_pooling="mean",
            missing=packaged.transformers_missing,
        )
        for kind in ("hubert", "wav2vec2", "wavlm")
    ),
    Extractor(
        kind="e5-small",
        modality=LEXICAL,
        needs=TEXT,
        module="e5_small",
        default=True,
        default_pooling="mean",
        missing=lambda: packaged.missing(packaged.E5_WEIGHTS),
    ),
    Extractor(
        kind="character-ngrams",
        modality=LEXICAL,
        needs=TEXT,
        module="character_ngrams",
    ),
    Extractor(
        kind="bert",
        modality=LEXICAL,
        needs=TEXT,
        module="language_models",
        takes_model=True,
        default_layers="-4,-3,-2,-1",
        default_pooling="mean",
        missing=packaged.transformers_missing,
    ),
    Extractor(
        kind="fer2013",
        modality=VISUAL,
        needs=FRAMES,
        module="fer2013",
        default=True,
        default_pooling="mean",
        missing=lambda: packaged.missing(packaged.FACE_DETECTOR, packaged.FER2013_WEIGHTS),
    ),
    Extractor(
        kind="resnet",
        modality=VISUAL,
        needs=FRAMES,
        module="resnet",
        takes_model=True,
        default_pooling="mean",
        missing=lambda: packaged.missing(packaged.FACE_DETECTOR),
    ),
)
CATALOG = {extractor.kind: extractor for extractor in EXTRACTORS}


def of(kind: str) -> Extractor:
    """Raises Fault extractor_unknown."""
    if kind not in CATALOG:
        raise Fault(
            "extractor_unknown",
            f'"{kind}" is no kind of features that can be extracted here; these are: '
            f"{', '.join(CATALOG)}. Choose one of them.",
            kind=kind,
            known=", ".join(CATALOG),
        )
    return CATALOG[kind]
