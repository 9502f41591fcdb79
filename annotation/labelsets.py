"""Label sets: the paper's preset, or a CSV of one's own."""

import csv
import io
from dataclasses import dataclass
from unicodedata import category

from annotation.models import Emotion
from collection.faults import Fault
from collection.manifest import BY_SEMICOLONS, is_by_semicolons
from collection.manifest_rows import no_such_column
from collection.models import Corpus
from jobs.errors import Refusal
from jobs.sentences import Rule

KEYS = "1234567890qwertyuiopasdfghjklzxcvbnm"  # a capital is the same key
RESERVED = (" ", "<", ">", "?")
COLUMNS = (
    "code",
    "name_en",
    "name_zh",
    "definition_en",
    "definition_zh",
    "key",
    "special",
    "valence_sign",
)
TEXTS = ("code", "name_en", "name_zh", "definition_en", "definition_zh")
SHORT = {"definition": "definition_en"}  # what files in one language call it
MOST_LABELS = 60
TRUE, FALSE = {"1", "true", "yes"}, {"", "0", "false", "no"}
SIGNS = {"": None, "-1": -1, "-": -1, "0": 0, "1": 1, "+1": 1, "+": 1}


@dataclass(frozen=True, slots=True)
class Label:
    """A label of a set, before it belongs to a corpus."""

    code: str
    name_en: str = ""
    name_zh: str = ""
    definition_en: str = ""
    definition_zh: str = ""
    key: str = ""
    special: bool = False
    valence_sign: int | None = None


# §2.2: six categories; "If none of these categories can accurately describe the emotional
# state, two special labels (other and unjudgeable) are also provided." Signs after §2.3: "For
# negative emotions (such as anger, sadness, and worry), the valence is mostly less than 0".
MER2023 = (
    Label(
        "neutral", "Neutral", "中性",
        "No clear emotion is shown.", "没有表现出明显的情绪。", "1", False, 0,
    ),
    Label(
        "anger", "Anger", "愤怒",
        "Annoyed, irritated or furious.", "恼怒、不满或暴怒。", "2", False, -1,
    ),
    Label(
        "happiness", "Happiness", "高兴",
        "Pleased, amused or joyful.", "愉快、开心或喜悦。", "3", False, 1,
    ),
    Label(
        "sadness", "Sadness", "悲伤",
        "Down, hurt or grieving.", "低落、难过或悲痛。", "4", False, -1,
    ),
    Label(
        "worry", "Worry", "担忧",
        "Anxious, afraid or uneasy.", "焦虑、害怕或不安。", "5", False, -1,
    ),
    Label(
        "surprise", "Surprise", "惊讶",
        "Startled by something unexpected.", "因意外的事而吃惊。", "6",
    ),
    Label(
        "other", "Other", "其他",
        "An emotion that none of the six describes.", "六类都无法描述的情绪。", "7", True,
    ),
    Label(
        "unjudgeable", "Unjudgeable", "无法判断",
        "The emotion cannot be told.", "看不出是什么情绪。", "8", True,
    ),
)  # fmt: skip
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
        rule = Rule("is_not_csv", f"this is not CSV ({error}); save it as CSV", why=str(error))
        raise _bad_file(source, rule, row=reader.line_num) from None
    if not rows:
        rule = Rule("table_is_empty", "the table is empty; it needs a heading with a code column")
        raise _bad_file(source, rule)
    header = [SHORT.get(cell.strip(), cell.strip()) for cell in rows[0][1]]
    if is_by_semicolons(header):
        raise _bad_file(source, BY_SEMICOLONS, row=1)
    unknown = [name for name in header if name not in COLUMNS]
    if unknown or "code" not in header or len(set(header)) < len(header):
        known = ", ".join(COLUMNS)
        if unknown:
            rule, column = no_such_column(known), unknown[0]
        else:
            said = f"it needs each column once, and one of them is code; the columns are {known}"
            rule, column = Rule("columns_do_not_fit", said, columns=known), ""
        raise _bad_file(source, rule, row=1, column=column)
    labels = []
    for line, row in rows[1:]:
        if len(row) > len(header):
            rule = Rule(
                "more_cells_than_columns",
                f"it has {len(row)} cells, the heading has {len(header)}",
                cells=len(row),
                columns=len(header),
            )
            raise _bad_file(source, rule, row=line)
        cells = {name: cell.strip() for name, cell in zip(header, row, strict=False)}
        labels.append(_label(cells, source, line))
    return tuple(labels)


def _label(cells: dict[str, str], source: str, row: int) -> Label:
    special, sign = cells.get("special", "").lower(), cells.get("valence_sign", "")
    if special not in TRUE | FALSE:
        rule = Rule("neither_true_nor_false", "this is neither true nor false")
        raise _bad_file(source, rule, row=row, column="special", value=special)
    if sign not in SIGNS:
        rule = Rule("no_valence_sign", "this is not -1, 0, 1 or empty")
        raise _bad_file(source, rule, row=row, column="valence_sign", value=sign)
    texts = {name: cells.get(name, "") for name in TEXTS}
    return Label(
        **texts, key=cells.get("key", ""), special=special in TRUE, valence_sign=SIGNS[sign]
    )


def complete(labels: tuple[Label, ...], *, source: str) -> list[Label]:
    """Check a label set and give each label a name and a key."""
    _check_set(labels, source)
    taken = {label.key.lower() for label in labels}
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
        rule = Rule(
            "number_of_labels",
            f"{len(labels)} labels; a label set needs two categories beside its special labels, "
            f"and {MOST_LABELS} labels at most",
            count=len(labels),
            most=MOST_LABELS,
        )
        raise _bad_file(source, rule)
    seen: set[str] = set()
    keys: set[str] = set()
    for label in labels:
        if not label.code or len(label.code) > 60 or any(c in label.code for c in ";:,\t"):
            rule = Rule(
                "label_code",
                f'code "{label.code}" is empty, longer than 60 characters or holds a comma, colon, '
                "semicolon or tab",
                label=label.code,
            )
            raise _bad_file(source, rule)
        if label.code in seen:
            rule = Rule(
                "label_code_stands_twice", f'code "{label.code}" stands twice', label=label.code
            )
            raise _bad_file(source, rule)
        key = label.key.lower()
        if len(label.key) > 1 or key in RESERVED or (key and key in keys):
            rule = Rule(
                "label_key",
                f'label {label.code}: key "{label.key}" is longer than one character, taken by '
                "another label, or the player's (space, < and >) or the list of keys' (?)",
                label=label.code,
                key=label.key,
            )
            raise _bad_file(source, rule)
        _check_texts(label, source)
        for name in ("name_en", "name_zh"):
            if len(getattr(label, name)) > 100:
                rule = Rule(
                    "label_name_is_too_long",
                    f"label {label.code}: {name} is over 100 characters",
                    label=label.code,
                    most=100,
                )
                raise _bad_file(source, rule)
        seen.add(label.code)
        keys.add(key)


def _check_texts(label: Label, source: str) -> None:
    for name in (*TEXTS, "key"):
        allowed = "\t\r\n" if name.startswith("definition") else ""
        if any(category(c) in ("Cc", "Cs") and c not in allowed for c in getattr(label, name)):
            rule = Rule(
                "label_is_no_text",
                f"label {label.code!r}: {name} holds characters that are no text (control "
                "characters or broken bytes); remove them",
                label=label.code,
            )
            raise _bad_file(source, rule)


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


def _bad_file(
    source: str, rule: Rule, *, row: int = 0, column: str = "", value: str = ""
) -> Refusal:
    fault = Fault(row, column, value, rule)
    said = f"{fault}" if row else f"{rule}"
    return Refusal(
        "bad_label_set", f"{source}: {said}.", status=400, file=source, faults=[fault.told()]
    )
