"""Models of the transformers library with random weights, a few kilobytes each; and noise."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers, processors

SPEECH = {
    "hubert": (transformers.HubertConfig, transformers.HubertModel),
    "wav2vec2": (transformers.Wav2Vec2Config, transformers.Wav2Vec2Model),
    "wavlm": (transformers.WavLMConfig, transformers.WavLMModel),
}
LARGE: dict[str, Any] = {
    "do_stable_layer_norm": True,
    "feat_extract_norm": "layer",
}  # how the large ones differ
LAYERS = 3
RATE = 16_000  # Hz
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = [*SPECIAL, *dict.fromkeys("今天很高兴我不气冷热了吗。？"), "happy", "sad", "very"]
PLACES = 32  # tokens that the tiny language models can read at once


def noise(seconds: float, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (rng.normal(size=round(seconds * RATE)) * 0.1 + 0.02).astype(np.float32)


def speech(
    folder: Path, kind: str, *, rate: int = RATE, normalise: bool = True, **more: Any
) -> str:
    config_class, model_class = SPEECH[kind]
    torch.manual_seed(1)
    config = config_class(
        hidden_size=24,
        num_hidden_layers=LAYERS,
        num_attention_heads=2,
        intermediate_size=32,
        conv_dim=(8,) * 7,
        num_conv_pos_embeddings=8,
        num_conv_pos_embedding_groups=2,
        **more,
    )
    model_class(config).save_pretrained(folder)
    transformers.Wav2Vec2FeatureExtractor(
        sampling_rate=rate, do_normalize=normalise
    ).save_pretrained(folder)
    return str(folder)


def bert(folder: Path, **more: Any) -> str:
    torch.manual_seed(2)
    config = transformers.BertConfig(
        vocab_size=len(WORDS),
        hidden_size=20,
        num_hidden_layers=5,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=PLACES,
        **more,
    )
    transformers.BertModel(config).save_pretrained(folder)
    return words(folder)


def words(folder: Path) -> str:
    """BERT's list of words, as old models come: without a tokenizer's own files."""
    (folder / "vocab.txt").write_text("\n".join(WORDS), encoding="utf-8")
    return str(folder)


def xlnet(folder: Path) -> str:
    """Both special tokens come after the text."""
    torch.manual_seed(3)
    config = transformers.XLNetConfig(
        vocab_size=len(WORDS), d_model=20, n_layer=5, n_head=2, d_inner=32
    )
    transformers.XLNetModel(config).save_pretrained(folder)
    numbered = {word: number for number, word in enumerate(WORDS)}
    tokenizer = Tokenizer(models.WordLevel(numbered, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A [SEP] [CLS]",
        special_tokens=[("[SEP]", numbered["[SEP]"]), ("[CLS]", numbered["[CLS]"])],
    )
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", sep_token="[SEP]", cls_token="[CLS]"
    ).save_pretrained(folder)
    return str(folder)
