"""Sentences that are kept, such that everybody can read them in their own language.

The English text is stored for commands, files and logs. The page has a text of its own for
the code and fills it with the params.
"""

from typing import Any

Params = dict[str, Any]


class Said:
    """What is told of work: a code, its English sentence, and the values in it.

    The page's text is `jobs.said.<code>`. Without a code the text is the same in every language:
    a file's name, for instance.
    """

    def __init__(self, code: str, text: str, **params: Any) -> None:
        self.code = code
        self.text = storable(text)
        self.params: Params = storable(params)

    def __str__(self) -> str:
        return self.text


class Reason(Said):
    """Why a file was not taken, or a job failed; the page's text is `errors.<code>`."""


class Rule(Said):
    """What a cell of a file breaks; the page's text is `fault.<code>`."""


def said(what: Said | str) -> Said:
    """A plain text is a name or a number: nothing to translate."""
    return what if isinstance(what, Said) else Said("", what)


def storable(value: Any) -> Any:
    """The same with every text such that PostgreSQL takes it, whatever bytes a file held."""
    match value:
        case str():
            return value.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\x00")
        case dict():
            return {name: storable(each) for name, each in value.items()}
        case list() | tuple():
            return [storable(each) for each in value]
    return value


def counted(count: int, one: str, many: str = "") -> str:
    """ "1 clip", "2 clips"."""
    return f"{count} {one if count == 1 else many or one + 's'}"
