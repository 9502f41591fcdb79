"""Text as every extractor takes it."""

import unicodedata


def words(text: str) -> str:
    """The text with single spaces, or nothing where there is nothing to see.

    NULs and halves of surrogate pairs, which C and UTF-8 do not know, give way to a space.
    """
    known = "".join(" " if unicodedata.category(char) in ("Cc", "Cs") else char for char in text)
    seen = any(unicodedata.category(char)[0] not in "CZ" for char in known)
    return " ".join(known.split()) if seen else ""
