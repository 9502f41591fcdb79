"""Lexical features without any model: hashed n-grams of characters, 512-d, for every language.

One to three characters, so that they reach from single Chinese characters to the stems and
endings of spaced languages. Each n-gram adds ±1 at the place and with the sign of its
MurmurHash3, so that those sharing a place cancel out on average; then length 1 (scikit-learn's
HashingVectorizer).
"""

import unicodedata

import numpy as np
from sklearn.feature_extraction.text import HashingVectorizer

from baseline.extracting.options import finite, fixed
from baseline.extracting.wording import words

KIND = "character-ngrams"
DIMENSION = 512
SHORTEST, LONGEST = 1, 3


class CharacterNgrams:
    dimension = DIMENSION

    def __init__(self) -> None:
        self.recipe = {
            "extractor": KIND,
            "model": f"n = {SHORTEST}…{LONGEST}, {DIMENSION} places, MurmurHash3",
            "normalisation": "NFKC, case folded, spaces joined",
        }
        self._vectorizer = HashingVectorizer(
            analyzer="char",
            lowercase=False,  # folded already
            ngram_range=(SHORTEST, LONGEST),
            n_features=DIMENSION,
            norm="l2",
            dtype=np.float32,
        )

    def __call__(self, text: str) -> np.ndarray | None:
        """(512,); None where there are no words."""
        seen = words(unicodedata.normalize("NFKC", text).casefold())
        if not seen:
            return None
        return finite(KIND, self._vectorizer.transform([seen]).toarray()[0])


def load(model: str = "", layers: str = "", pooling: str = "") -> CharacterNgrams:
    """Raises Fault option_not_taken."""
    fixed(KIND, "model", model)
    fixed(KIND, "layers", layers)
    fixed(KIND, "pooling", pooling)
    return CharacterNgrams()
