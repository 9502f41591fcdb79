"""The one exception by which the baseline says no."""

from typing import Any


class Fault(Exception):
    """What was asked for cannot be done.

    `text` is a whole sentence: the subject, the rule, the value, the way out. `params` are the
    strings and numbers in it, for a page that says it in another language.
    """

    def __init__(self, code: str, text: str, **params: Any) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.params = params
