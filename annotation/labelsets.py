"""Label sets: the paper's preset, or a CSV of one's own."""

import csv
import io
from dataclasses import dataclass
from unicodedata import category

from annotation.models import Emotion
from collection.manifest import BY_SEMICOLONS, is_by_semicolons
from collection.models import Corpus
from jobs.errors import Refusal

KEYS = "1234567890qwertyuiopasdfghjklzxcvbnmQWERTYUIOPASDFGHJKLZXCVBNM"
RESERVED = (" ", "?")
COLUMNS = ("code", "name_en", "name_zh", "definition", "key", "special", "valence_sign")
MOST_LABELS = 60
TRUE, FALSE = {"1", "true", "yes"}, {"", "0", "false", "no"}
SIGNS = {"": None, "-1": -1, "-": -1, "0": 0, "1": 1, "+1": 1, "+": 1}


@dataclass(frozen=True, slots=True)
class Label:
    """A label of a set, before it belongs to a corpus."""

    code: str
    name_en: str = ""
    name_zh: str = ""
    definition: str = ""
    key: str = ""
    special: bool = False
    valence_sign: int | None = None


# §2.2: six categories; "If none of these categories can accurately describe the emotional
# state, two special labels (other and unjudgeable) are also provided." Signs after §2.3: "For
# negative emotions (such as anger, sadness, and worry), the valence is mostly less than 0".
MER2023 = (
    Label("neutral", "Neutral", "中性", "No clear emotion is shown.", "1", False, 0),
    Label("anger", "Anger", "愤怒", "Annoyed, irritated or furious.", "2", False, -1),
    Label("happiness", "Happiness", "高兴", "Pleased, amused or joyful.", "3", False, 1),
    Label("sadness", "Sadness", "悲伤", "Down, hurt or grieving.", "4", False, -1),
    Label("worry", "Worry", "担忧", "Anxious, afraid or uneasy.", "5", False, -1),
    Label("surprise", "Surprise", "惊讶", "Startled by something unexpected.", "6"),
    Label("other", "Other", "其他", "An emotion that none of the six describes.", "7", True),
    Label("unjudgeable", "Unjudgeable", "无法判断", "The emotion cannot be told.", "8", True),
)
PRESETS = {"mer2023": MER2023}


def preset(name: str) -> tuple[Label, ...]:
    if name not in PRESETS:
        raise Refusal(
            "unknown_preset",
            f'Preset "{name}" is not known; there are: {", ".join(PRESETS)}.',
            status=400,
            value=name,
            presets=", ".join(PRESETS),
        )
    return PRESETS[name]


def read_labels(text: str, *, source: str) -> tuple[Label, ...]:
    """The labels of a CSV with a `code` column and, optionally, the other `COLUMNS`."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    try:
        rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise _bad_file(f"{source}, row {reader.line_num}: {error}; save it as CSV.") from None
    if not rows:
        raise _bad_file(f"{source} is empty; it needs a header with a code column.")
    header = [cell.strip() for cell in rows[0][1]]
    if is_by_semicolons(header):
        raise _bad_file(f"{source}, row 1: {BY_SEMICOLONS}.")
    unknown = [name for name in header if name not in COLUMNS]
    if unknown or "code" not in header or len(set(header)) < len(header):
        named = f'column "{unknown[0]}" is not known' if unknown else "it needs one code column"
        raise _bad_file(f"{source}, row 1: {named}; the columns are {', '.join(COLUMNS)}.")
    labels = []
    for line, row in rows[1:]:
        if len(row) > len(header):
            raise _bad_file(f"{source}, row {line}: {len(row)} cells for {len(header)} columns.")
        cells = {name: cell.strip() for name, cell in zip(header, row, strict=False)}
        labels.append(_label(cells, f"{source}, row {line}"))
    return tuple(labels)


def _label(cells: dict[str, str], where: str) -> Label:
    special, sign = cells.get("special", "").lower(), cells.get("valence_sign", "")
    if special not in TRUE | FALSE:
        raise _bad_file(f'{where}, column special: "{special}" is neither true nor false.')
    if sign not in SIGNS:
        raise _bad_file(f'{where}, column valence_sign: "{sign}" is not -1, 0, 1 or empty.')
    texts = {name: cells.get(name, "") for name in ("code", "name_en", "name_zh", "definition")}
    return Label(
        **texts, key=cells.get("key", ""), special=special in TRUE, valence_sign=SIGNS[sign]
    )


def complete(labels: tuple[Label, ...], *, source: str) -> list[Label]:
    """Check a label set and give each label a name and a key."""
    _check_set(labels, source)
    taken = {label.key for label in labels if label.key}
    free = iter(key for key in KEYS if key not in taken)
    finished = []
    for label in labels:
        values = {name: getattr(label, name) for name in Label.__slots__}
        values["name_en"] = label.name_en or label.code.replace("_", " ").capitalize()
        values["key"] = label.key or next(free, "")
        finished.append(Label(**values))
    return finished


def _check_set(labels: tuple[Label, ...], source: str) -> None:
    if sum(not label.special for label in labels) < 2 or len(labels) > MOST_LABELS:
        raise _bad_file(
            f"{source}: {len(labels)} labels; a label set needs two categories beside its "
            f"special labels, and {MOST_LABELS} labels at most."
        )
    seen: set[str] = set()
    keys: set[str] = set()
    for label in labels:
        if not label.code or len(label.code) > 60 or any(c in label.code for c in ";:,\t"):
            raise _bad_file(
                f'{source}: code "{label.code}" is empty, longer than 60 characters or holds '
                "a comma, colon, semicolon or tab."
            )
        if label.code in seen:
            raise _bad_file(f'{source}: code "{label.code}" stands twice.')
        if len(label.key) > 1 or label.key in RESERVED or (label.key and label.key in keys):
            raise _bad_file(
                f'{source}, label {label.code}: key "{label.key}" is longer than one character, '
                "taken by another label, or the player's (space) or the list of keys' (?)."
            )
        _check_texts(label, source)
        for name in ("name_en", "name_zh"):
            if len(getattr(label, name)) > 100:
                raise _bad_file(f"{source}, label {label.code}: {name} is over 100 characters.")
        seen.add(label.code)
        keys.add(label.key)


def _check_texts(label: Label, source: str) -> None:
    for name in ("code", "name_en", "name_zh", "definition", "key"):
        allowed = "\t\r\n" if name == "definition" else ""
        if any(category(c) in ("Cc", "Cs") and c not in allowed for c in getattr(label, name)):
            raise _bad_file(
                f"{source}, label {label.code!r}: {name} holds characters that are no text "
                "(control characters or broken bytes); remove them."
            )


def give_labels(corpus: Corpus, labels: tuple[Label, ...], *, source: str) -> None:
    """Make a complete label set the corpus's."""
    Emotion.objects.bulk_create(
        [
            Emotion(
                corpus=corpus,
                position=position,
                **{name: getattr(label, name) for name in Label.__slots__},
            )
            for position, label in enumerate(complete(labels, source=source))
        ]
    )


def _bad_file(sentence: str) -> Refusal:
    return Refusal("bad_label_set", sentence, status=400)
