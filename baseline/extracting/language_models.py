"""Lexical features of language models: BERT, RoBERTa, MacBERT, ELECTRA, XLNet, DeBERTa, ALBERT …

The authors' choice: the sum (not the mean) of the last four layers, without special tokens,
averaged over the tokens. Their models were hfl/chinese-macbert-large, bert-base-chinese,
hfl/chinese-roberta-wwm-ext, hfl/chinese-electra-180g-base-discriminator and others.
"""

from typing import Any

import numpy as np
import torch
import transformers

from baseline.errors import Fault
from baseline.extracting.options import finite, fixed, layer_numbers, needed
from baseline.extracting.pretrained import (
    load_model,
    load_part,
    name_of,
    summed_layers,
    weights_digest,
)
from baseline.extracting.wording import words

KIND = "bert"
LAYERS = "-4,-3,-2,-1"
FOR_EXAMPLE = "hfl/chinese-macbert-base"
LONGEST = 510  # tokens at once: RoBERTa's 514 places hold 512, of which two are special


class LanguageModel:
    def __init__(self, model: str, layers: str) -> None:
        self._network = load_model(KIND, model, reads="input_ids")
        config = self._network.config
        self._tokenizer = _tokenizer(model, config.vocab_size)
        self._layers = layer_numbers(layers, LAYERS, config.num_hidden_layers)
        self.dimension: int = config.hidden_size
        before, after = self._specials()
        places = getattr(config, "max_position_embeddings", None) or 0  # XLNet's −1: any number
        longest = min(LONGEST, places - 2) if places > 0 else LONGEST
        self._room = longest - len(before) - len(after)
        self._before, self._after = before, after
        self.recipe = {
            "extractor": KIND,
            "model": name_of(model),
            "weights": weights_digest(self._network),
            "layers": ",".join(map(str, self._layers)),
            "pooling": "mean",
        }

    def __call__(self, text: str) -> np.ndarray | None:
        """The mean over the text's tokens of the sum of the layers (D,); None without any.

        A text that is too long for the model is read in equal parts, each with its special
        tokens around it; every token weighs the same.
        """
        seen = words(text)
        tokens = self._tokenizer(seen, add_special_tokens=False, verbose=False)["input_ids"]
        if not seen or not tokens:
            return None
        total = np.zeros(self.dimension)
        for part in np.array_split(tokens, -(-len(tokens) // self._room)):
            ids = torch.tensor([[*self._before, *part.tolist(), *self._after]])
            hidden = summed_layers(
                self._network, self._layers, input_ids=ids, attention_mask=torch.ones_like(ids)
            )
            first = len(self._before)
            total += hidden[first : first + len(part)].sum(axis=0, dtype=np.float64)
        return finite(KIND, total / len(tokens))

    def _specials(self) -> tuple[list[int], list[int]]:
        """The special tokens before and after a text; both of XLNet's come after it."""
        probe = self._tokenizer("a b", return_special_tokens_mask=True)
        ids, special = probe["input_ids"], probe["special_tokens_mask"]
        first = special.index(0)
        last = len(special) - special[::-1].index(0)
        return ids[:first], ids[last:]


def load(model: str, layers: str = "", pooling: str = "") -> LanguageModel:
    """Raises Fault model_needed, option_not_taken, vocabulary_missing, and those of
    pretrained.py and options.py."""
    fixed(KIND, "pooling", pooling, "mean")
    return LanguageModel(needed(KIND, model, FOR_EXAMPLE), layers)


def _tokenizer(model: str, vocabulary: int) -> Any:
    """What the model names; BERT's where that finds no words, as the authors do for the Chinese
    ALBERT and DeBERTa. The library makes a tokenizer of five special tokens where the
    vocabulary's file is missing and says nothing, and every text would be the same."""
    found = 0
    for cls in (transformers.AutoTokenizer, transformers.BertTokenizer):
        try:
            tokenizer = load_part(cls, model)
        except Fault as fault:
            if fault.code != "model_unreadable":
                raise
            continue
        found = max(found, len(tokenizer))
        if vocabulary / 2 < len(tokenizer) <= vocabulary:
            return tokenizer
    raise Fault(
        "vocabulary_missing",
        f'The model "{model}" knows {vocabulary} words, and the vocabulary beside it holds '
        f"{found}: it is missing or another model's. Get the model's files anew.",
        model=model,
        words=vocabulary,
        found=found,
    )
