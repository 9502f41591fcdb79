"""Acoustic features of self-supervised speech models: HuBERT, wav2vec 2.0, WavLM.

The authors' choice: the last layer, averaged over time. Their models were
TencentGameMate/chinese-hubert-base and -large (768- and 1024-d) and
TencentGameMate/chinese-wav2vec2-base and -large; WavLM is microsoft/wavlm-base or -large.
"""

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
from baseline.extracting.waveform import RATE, at_least, pieces

PIECE = 20 * RATE  # samples: bounds the memory, of which attention takes the square of a length
LAYERS = "-1"
FOR_EXAMPLE = {
    "hubert": "TencentGameMate/chinese-hubert-base",
    "wav2vec2": "TencentGameMate/chinese-wav2vec2-base",
    "wavlm": "microsoft/wavlm-base",
}


class SpeechModel:
    def __init__(self, kind: str, model: str, layers: str) -> None:
        self._kind = kind
        self._network = load_model(kind, model, wanted=(kind,), reads="input_values")
        self._reader = load_part(transformers.Wav2Vec2FeatureExtractor, model)
        if self._reader.sampling_rate != RATE:
            raise Fault(
                "model_of_another_rate",
                f'"{model}" wants sound of {self._reader.sampling_rate} Hz, and here it is '
                f"always {RATE} Hz. Take another model.",
                model=model,
                rate=self._reader.sampling_rate,
                ours=RATE,
            )
        config = self._network.config
        self.dimension: int = config.hidden_size
        self._layers = layer_numbers(layers, LAYERS, config.num_hidden_layers)
        self._shortest = 1  # samples that make one step
        for kernel, stride in zip(config.conv_kernel[::-1], config.conv_stride[::-1], strict=True):
            self._shortest = (self._shortest - 1) * stride + kernel
        self.recipe = {
            "extractor": kind,
            "model": name_of(model),
            "weights": weights_digest(self._network),
            "input": "mean 0, variance 1" if self._reader.do_normalize else "as it is",
            "layers": ",".join(map(str, self._layers)),
            "pooling": "mean",
        }

    def __call__(self, audio: np.ndarray) -> np.ndarray | None:
        """(samples,) → the mean over time of the sum of the layers (D,); None without sound.

        The whole clip is brought to mean 0 and variance 1 where the model wants that. The model
        then hears at most 20 s at a time, and every step weighs the same.
        """
        if not len(audio):
            return None
        audio = at_least(audio, self._shortest)
        read = self._reader(audio, sampling_rate=RATE, return_tensors="np").input_values[0]
        total, steps = np.zeros(self.dimension), 0
        for piece in pieces(read, PIECE):
            waves = torch.from_numpy(piece.astype(np.float32))[None]
            hidden = summed_layers(self._network, self._layers, input_values=waves)
            total += hidden.sum(axis=0, dtype=np.float64)
            steps += len(hidden)
        return finite(self._kind, total / steps)


def hubert(model: str, layers: str = "", pooling: str = "") -> SpeechModel:
    return _load("hubert", model, layers, pooling)


def wav2vec2(model: str, layers: str = "", pooling: str = "") -> SpeechModel:
    return _load("wav2vec2", model, layers, pooling)


def wavlm(model: str, layers: str = "", pooling: str = "") -> SpeechModel:
    return _load("wavlm", model, layers, pooling)


def _load(kind: str, model: str, layers: str, pooling: str) -> SpeechModel:
    """Raises Fault model_needed, option_not_taken, and those of pretrained.py and options.py."""
    fixed(kind, "pooling", pooling, "mean")
    return SpeechModel(kind, needed(kind, model, FOR_EXAMPLE[kind]), layers)
