"""The one exception by which every app says no."""

from typing import Any

from jobs.sentences import Reason


class Refusal(Exception):
    """What was asked for breaks a rule.

    `detail` is a whole sentence: the subject, the rule, the value, the way out.
    `params` are the strings and numbers in it, for a page that says it in another
    language. `status` is the HTTP status of the answer.
    """

    def __init__(self, code: str, detail: str, status: int = 409, **params: Any) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.status = status
        self.params = params

    @property
    def said(self) -> Reason:
        """As it is kept beside what was refused."""
        return Reason(self.code, self.detail, **self.params)
