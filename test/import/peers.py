"""Models of PyTorch and Keras with what they compute, for tests of imported weights: python peers.py pytorch|keras FOLDER

Writes NAME.safetensors with the weights, as a user writes them, and NAME.arrays.safetensors with
x [B, T, I] or tokens [B, T], lengths [B], full [B, T, O] and ragged [B, T, O], which is 0 behind an example's end.
test/import/golden holds what it wrote. Models of PyTorch are written as NAME.onnx too, except where ONNX has no operator.
"""

import os
import re
import sys
from pathlib import Path

import numpy

peer, folder = sys.argv[1], Path(sys.argv[2])
B, T, I, V = 3, 5, 3, 7
LENGTHS = numpy.array([5, 3, 1], numpy.int32)
random = numpy.random.default_rng(12)


def inputs(is_tokens):
    if is_tokens:
        return random.integers(0, V, (B, T)).astype(numpy.int32)
    return random.uniform(-1, 1, (B, T, I)).astype(numpy.float32)


def masked(array):
    return numpy.where(numpy.arange(T)[None, :, None] < LENGTHS[:, None, None], array, 0).astype(numpy.float32)


def write(name, x, full, ragged):
    from safetensors.numpy import save_file

    arrays = {"x": x, "lengths": LENGTHS, "full": full, "ragged": masked(ragged)}
    save_file(
        {key: numpy.ascontiguousarray(array) for key, array in arrays.items()}, folder / f"{name}.arrays.safetensors"
    )


def save_as_documented(word, model, path):
    """Runs the lines of docs/import.md that have a word, which write the weights of a model."""
    page = (Path(__file__).parents[2] / "docs/import.md").read_text()
    (lines,) = [block for block in re.findall(r"```python\n(.*?)```", page, re.S) if word in block]
    exec(lines.replace('"weights.safetensors"', "path"), {"model": model, "path": str(path)})


def pytorch():
    import torch
    from torch import nn
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

    torch.manual_seed(12)

    class Model(nn.Module):
        def __init__(self, rnn, classes=None, is_tokens=False):
            super().__init__()
            self.rnn = rnn
            if is_tokens:
                self.embedding = nn.Embedding(V, I)
            if classes is not None:
                width = (rnn.proj_size or rnn.hidden_size) * (2 if rnn.bidirectional else 1)
                self.fc = nn.Linear(width, classes)

        def forward(self, x, lengths=None):
            if hasattr(self, "embedding"):
                x = self.embedding(x)
            if lengths is None:
                h, _ = self.rnn(x)
            else:
                packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
                h, _ = pad_packed_sequence(self.rnn(packed)[0], batch_first=True, total_length=T)
            return self.fc(h) if hasattr(self, "fc") else h

    cases = {
        "pytorch-lstm": Model(nn.LSTM(I, 4, 2, bidirectional=True, batch_first=True), classes=5, is_tokens=True),
        "pytorch-gru": Model(nn.GRU(I, 4, 2, batch_first=True), classes=2),
        "pytorch-gru-no-bias": Model(nn.GRU(I, 4, bias=False, batch_first=True)),
        "pytorch-rnn": Model(nn.RNN(I, 4, 2, batch_first=True)),
        "pytorch-rnn-relu": Model(nn.RNN(I, 4, nonlinearity="relu", bidirectional=True, batch_first=True), classes=1),
        "pytorch-projection": Model(nn.LSTM(I, 5, 2, proj_size=2, batch_first=True)),
    }
    for name, model in cases.items():
        with torch.no_grad():
            for weight in model.parameters():
                weight.uniform_(-0.8, 0.8)
            x = inputs(hasattr(model, "embedding"))
            given = torch.from_numpy(x) if x.dtype == numpy.float32 else torch.from_numpy(x).long()
            full, ragged = model(given), model(given, torch.from_numpy(LENGTHS).long())
        if "projection" not in name:
            torch.onnx.export(model, given, str(folder / f"{name}.onnx"), input_names=["x"], output_names=["y"])
        save_as_documented("torch", model, folder / f"{name}.safetensors")
        write(name, x, full.numpy(), ragged.numpy())


def keras():
    os.environ["KERAS_BACKEND"] = "jax"
    import keras
    from keras import layers

    def model(*stack, is_tokens=False):
        x = keras.Input((T,) if is_tokens else (T, I), dtype="int32" if is_tokens else "float32")
        mask = keras.Input((T,), dtype="bool")
        y = x
        for layer in stack:
            takes_mask = isinstance(layer, (layers.RNN, layers.Bidirectional))
            y = layer(y, mask=mask) if takes_mask else layer(y)
        return keras.Model([x, mask], y)

    def lstm(units, **more):
        return layers.LSTM(units, return_sequences=True, **more)

    def gru(units, **more):
        return layers.GRU(units, return_sequences=True, **more)

    cases = {
        "keras-lstm": (model(layers.Embedding(V, I), lstm(4), lstm(4), layers.Dense(5), is_tokens=True), True),
        "keras-lstm-bidirectional": (model(layers.Bidirectional(lstm(4)), layers.Bidirectional(lstm(4))), False),
        "keras-gru-after": (model(gru(4, reset_after=True), gru(4, reset_after=True), layers.Dense(2)), False),
        "keras-gru-before": (model(layers.Bidirectional(gru(4, reset_after=False)), layers.Dense(2)), False),
        "keras-simple-rnn": (model(layers.SimpleRNN(4, return_sequences=True, use_bias=False)), False),
    }
    mask = numpy.arange(T)[None] < LENGTHS[:, None]
    for name, (made, is_tokens) in cases.items():
        made.set_weights([random.uniform(-0.8, 0.8, each.shape).astype(numpy.float32) for each in made.weights])
        x = inputs(is_tokens)
        full, ragged = made([x, numpy.ones_like(mask)]), made([x, mask])
        save_as_documented("keras", made, folder / f"{name}.safetensors")
        write(name, x, keras.ops.convert_to_numpy(full), keras.ops.convert_to_numpy(ragged))


folder.mkdir(parents=True, exist_ok=True)
pytorch() if peer == "pytorch" else keras()
