"""lstm of a test.

    model = LSTM()
    model.load("lstm.safetensors")

Arrays come batch first. Inside, steps come first: [T, B, ...].
"""

import json
import math

import torch
from torch import nn


def constant(shape, value):
    return torch.full(shape, float(value))


def glorot(shape):
    """Glorot and Bengio 2010; the last axis goes in, the first comes out."""
    limit = math.sqrt(6 / (shape[-1] + (shape[0] if len(shape) > 1 else 1)))
    return torch.empty(shape).uniform_(-limit, limit)


def orthogonal(shape):
    return nn.init.orthogonal_(torch.empty(math.prod(shape[:-1]), shape[-1])).reshape(shape)


def zeros(shape):
    return torch.zeros(shape)


# The weights by their names in the spec: attribute, shape, first values.
WEIGHTS = {
    "f.x": ("f_x", (3, 2), glorot),
    "f.h": ("f_h", (3, 3), orthogonal),
    "f.b": ("f_b", (3,), lambda shape: constant(shape, 1)),
    "i.x": ("i_x", (3, 2), glorot),
    "i.h": ("i_h", (3, 3), orthogonal),
    "i.b": ("i_b", (3,), zeros),
    "g.x": ("g_x", (3, 2), glorot),
    "g.h": ("g_h", (3, 3), orthogonal),
    "g.b": ("g_b", (3,), zeros),
    "o.x": ("o_x", (3, 2), glorot),
    "o.h": ("o_h", (3, 3), orthogonal),
    "o.b": ("o_b", (3,), zeros),
}


def borrow(x, lengths):
    """x [B, ...]; an example without steps has the value of the longest one."""
    examples = torch.arange(len(lengths), device=x.device)
    return x[torch.where(lengths > 0, examples, lengths.argmax())]


def hold(x, lengths):
    """x [T, B, ...] with the value of an example's last step in its padding.

    An example without steps is computed as the longest one. Results never show it.
    """
    examples = torch.arange(len(lengths), device=x.device)
    examples = torch.where(lengths > 0, examples, lengths.argmax())
    last = (lengths[examples] - 1).clamp(min=0)
    t = torch.minimum(torch.arange(len(x), device=x.device)[:, None], last)
    return x.expand(len(x), len(lengths), *x.shape[2:])[t, examples]


def moving_steps(lengths, steps):
    """[T, B]: whether states change at a step.

    They stop before an example's last step, which is computed again and again in the padding,
    and change once more at the very end. So the padding holds no values that do not occur elsewhere.
    """
    t = torch.arange(steps, device=lengths.device)[:, None]
    return (t < lengths - 1) | (t == steps - 1)


def real_steps(lengths, steps):
    """[T, B]: whether a step is one of an example's own."""
    return torch.arange(steps, device=lengths.device)[:, None] < lengths


def under(w, prefix):
    """The weights whose names begin with a prefix, without it."""
    return {name[len(prefix) + 1 :]: value for name, value in w.items() if name.startswith(prefix + ".")}


def lstm(w, x, h_prev, c_prev):
    """One step of LSTM."""
    # f = sigmoid(linear(x, h[t-1], bias = 1))
    f = torch.sigmoid(x @ w["f.x"].T + h_prev @ w["f.h"].T + w["f.b"])
    # i = sigmoid(linear(x, h[t-1]))
    i = torch.sigmoid(x @ w["i.x"].T + h_prev @ w["i.h"].T + w["i.b"])
    # g = tanh(linear(x, h[t-1]))
    g = torch.tanh(x @ w["g.x"].T + h_prev @ w["g.h"].T + w["g.b"])
    # o = sigmoid(linear(x, h[t-1]))
    o = torch.sigmoid(x @ w["o.x"].T + h_prev @ w["o.h"].T + w["o.b"])
    # c = f * c[t-1] + i * g
    c = f * c_prev + i * g
    # h = o * tanh(c)
    h = o * torch.tanh(c)
    return h, c


class LSTM(nn.Module):
    """The cell LSTM."""

    def __init__(self):
        super().__init__()
        for attribute, shape, initial in WEIGHTS.values():
            setattr(self, attribute, nn.Parameter(initial(shape)))

    def by_name(self):
        """The weights by their names in the spec."""
        return {name: getattr(self, attribute) for name, (attribute, _, _) in WEIGHTS.items()}

    def forward(self, x, lengths=None, state=None):
        """
        x: [B, T, 2]
        lengths: [B], the steps of each example in x; all steps by default
        state: what an earlier call returned; the first values by default
        Returns output [B, T, 3], and the states after the last step by name.
        """
        w = self.by_name()
        x = x.swapaxes(0, 1)
        device = x.device
        T = x.shape[0]
        B = x.shape[1]
        if lengths is None:
            lengths = torch.full((B,), T, device=device)
        h_0 = torch.zeros((B, 3), device=device) if state is None else state["h"]
        c_0 = torch.zeros((B, 3), device=device) if state is None else state["c"]
        moves = moving_steps(borrow(lengths, lengths), T)
        x = hold(x, lengths)
        h = h_0
        c = c_0
        h_seq = []
        for t in range(T):
            h_next, c_next = lstm(w, x[t], h, c)
            h_seq.append(h_next)
            h = torch.where(moves[t][:, None], h_next, h)
            c = torch.where(moves[t][:, None], c_next, c)
        h_seq = torch.stack(h_seq)
        has_steps = lengths.float() > 0
        return (
            torch.where(real_steps(lengths, T)[..., None], h_seq, 0).swapaxes(0, 1),
            {
                "h": torch.where(has_steps[:, None], h, h_0),
                "c": torch.where(has_steps[:, None], c, c_0),
            },
        )

    def load(self, path):
        """Takes the weights of a safetensors file."""
        arrays = load_arrays(path)
        if arrays.keys() != WEIGHTS.keys():
            raise ValueError(f"{path} has other weights: {sorted(arrays.keys() ^ WEIGHTS.keys())}")
        with torch.no_grad():
            for name, parameter in self.by_name().items():
                if arrays[name].shape != parameter.shape:
                    raise ValueError(f"{path}: {name} is {list(arrays[name].shape)}, not {list(parameter.shape)}")
                parameter.copy_(arrays[name])

    def save(self, path):
        """Writes the weights as a safetensors file."""
        save_arrays(path, self.by_name())


DTYPES = {"F32": torch.float32, "F64": torch.float64, "I32": torch.int32, "I64": torch.int64}


def load_arrays(path):
    """The arrays of a safetensors file by name."""
    with open(path, "rb") as file:
        content = file.read()
    start = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:start])
    header.pop("__metadata__", None)
    arrays = {}
    for name, entry in header.items():
        first, last = entry["data_offsets"]
        data = bytearray(content[start + first : start + last])
        dtype = DTYPES[entry["dtype"]]
        flat = torch.frombuffer(data, dtype=dtype) if data else torch.empty(0, dtype=dtype)
        arrays[name] = flat.reshape(entry["shape"])
    return arrays


def save_arrays(path, arrays):
    """Writes 32-bit floats as a safetensors file."""
    header, parts, offset = {}, [], 0
    for name, array in arrays.items():
        part = array.detach().to("cpu", torch.float32).contiguous().numpy().tobytes()
        header[name] = {
            "dtype": "F32",
            "shape": list(array.shape),
            "data_offsets": [offset, offset + len(part)],
        }
        parts.append(part)
        offset += len(part)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text + b"".join(parts))
