"""The one exception by which the baseline says no."""

import errno
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


def of_the_disk(error: OSError) -> Fault:
    """What the operating system said of a file, as a Fault."""
    file = str(error.filename or "")
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Fault(
            "disk_full",
            f"The disk is full{f' ({file})' if file else ''}. Make room and start again: what was "
            "finished is kept.",
            file=file,
        )
    why = error.strerror or str(error)
    return Fault(
        "file_not_usable",
        f"{file or 'A file'}: {why}. Check the path and who may write there.",
        file=file,
        why=why,
    )


def of_the_memory(error: BaseException) -> Fault | None:
    """What NumPy or PyTorch says when memory runs out, as a Fault; None for other errors."""
    of_torch = isinstance(error, RuntimeError) and "memory" in str(error)
    if not (of_torch or isinstance(error, MemoryError)):
        return None
    return Fault(
        "not_enough_memory",
        "There is not enough memory for a network of this size on these features. Take a smaller "
        "hidden size, or fewer processes: what was finished is kept.",
    )
