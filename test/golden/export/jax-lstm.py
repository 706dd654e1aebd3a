"""lstm of a test.

    params = load("lstm.safetensors")
    params = init(jax.random.key(0))

Arrays come batch first. Inside, steps come first: [T, B, ...].
"""

import json
import math

import jax
import numpy
from jax import lax
from jax import numpy as jnp


def constant(key, shape, value):
    return jnp.full(shape, float(value))


def glorot(key, shape):
    """Glorot and Bengio 2010; the last axis goes in, the first comes out."""
    limit = math.sqrt(6 / (shape[-1] + (shape[0] if len(shape) > 1 else 1)))
    return jax.random.uniform(key, shape, minval=-limit, maxval=limit)


def orthogonal(key, shape):
    return jax.nn.initializers.orthogonal()(key, (math.prod(shape[:-1]), shape[-1])).reshape(shape)


def zeros(key, shape):
    return jnp.zeros(shape)


# The weights by their names in the spec: shape, first values.
WEIGHTS = {
    "f.x": ((3, 2), glorot),
    "f.h": ((3, 3), orthogonal),
    "f.b": ((3,), lambda key, shape: constant(key, shape, 1)),
    "i.x": ((3, 2), glorot),
    "i.h": ((3, 3), orthogonal),
    "i.b": ((3,), zeros),
    "g.x": ((3, 2), glorot),
    "g.h": ((3, 3), orthogonal),
    "g.b": ((3,), zeros),
    "o.x": ((3, 2), glorot),
    "o.h": ((3, 3), orthogonal),
    "o.b": ((3,), zeros),
}


def init(key):
    """First values of all weights."""
    keys = jax.random.split(key, max(len(WEIGHTS), 1))
    return {name: initial(k, shape) for k, (name, (shape, initial)) in zip(keys, WEIGHTS.items())}


def borrow(x, lengths):
    """x [B, ...]; an example without steps has the value of the longest one."""
    return x[jnp.where(lengths > 0, jnp.arange(len(lengths)), lengths.argmax())]


def hold(x, lengths):
    """x [T, B, ...] with the value of an example's last step in its padding.

    An example without steps is computed as the longest one. Results never show it.
    """
    examples = jnp.where(lengths > 0, jnp.arange(len(lengths)), lengths.argmax())
    last = jnp.maximum(lengths[examples] - 1, 0)
    t = jnp.minimum(jnp.arange(len(x))[:, None], last)
    return jnp.broadcast_to(x, (len(x), len(lengths), *x.shape[2:]))[t, examples]


def moving_steps(lengths, steps):
    """[T, B]: whether states change at a step.

    They stop before an example's last step, which is computed again and again in the padding,
    and change once more at the very end. So the padding holds no values that do not occur elsewhere.
    """
    t = jnp.arange(steps)[:, None]
    return (t < lengths - 1) | (t == steps - 1)


def real_steps(lengths, steps):
    """[T, B]: whether a step is one of an example's own."""
    return jnp.arange(steps)[:, None] < lengths


def under(w, prefix):
    """The weights whose names begin with a prefix, without it."""
    return {name[len(prefix) + 1 :]: value for name, value in w.items() if name.startswith(prefix + ".")}


def lstm(w, x, h_prev, c_prev):
    """One step of LSTM."""
    # f = sigmoid(linear(x, h[t-1], bias = 1))
    f = jax.nn.sigmoid(x @ w["f.x"].T + h_prev @ w["f.h"].T + w["f.b"])
    # i = sigmoid(linear(x, h[t-1]))
    i = jax.nn.sigmoid(x @ w["i.x"].T + h_prev @ w["i.h"].T + w["i.b"])
    # g = tanh(linear(x, h[t-1]))
    g = jnp.tanh(x @ w["g.x"].T + h_prev @ w["g.h"].T + w["g.b"])
    # o = sigmoid(linear(x, h[t-1]))
    o = jax.nn.sigmoid(x @ w["o.x"].T + h_prev @ w["o.h"].T + w["o.b"])
    # c = f * c[t-1] + i * g
    c = f * c_prev + i * g
    # h = o * tanh(c)
    h = o * jnp.tanh(c)
    return h, c


def apply(params, x, lengths=None, state=None):
    """
    x: [B, T, 2]
    lengths: [B], the steps of each example in x; all steps by default
    state: what an earlier call returned; the first values by default
    Returns output [B, T, 3], and the states after the last step by name.
    """
    x = x.swapaxes(0, 1)
    T = x.shape[0]
    B = x.shape[1]
    lengths = jnp.full((B,), T) if lengths is None else jnp.asarray(lengths)
    h_0 = jnp.zeros((B, 3)) if state is None else state["h"]
    c_0 = jnp.zeros((B, 3)) if state is None else state["c"]
    moves = moving_steps(borrow(lengths, lengths), T)
    x = hold(x, lengths)

    def lstm_step(states, inputs):
        h, c = states
        moves_t, x_t = inputs
        h_next, c_next = lstm(params, x_t, h, c)
        return (
            (jnp.where(moves_t[:, None], h_next, h), jnp.where(moves_t[:, None], c_next, c)),
            h_next,
        )

    (h, c), h_seq = lax.scan(lstm_step, (h_0, c_0), (moves, x))
    has_steps = lengths.astype(jnp.float32) > 0
    return (
        jnp.where(real_steps(lengths, T)[..., None], h_seq, 0).swapaxes(0, 1),
        {"h": jnp.where(has_steps[:, None], h, h_0), "c": jnp.where(has_steps[:, None], c, c_0)},
    )


DTYPES = {"F32": numpy.float32, "F64": numpy.float64, "I32": numpy.int32, "I64": numpy.int64}


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
        flat = numpy.frombuffer(content[start + first : start + last], DTYPES[entry["dtype"]])
        arrays[name] = flat.reshape(entry["shape"])
    return arrays


def load(path):
    """The weights of a safetensors file."""
    arrays = load_arrays(path)
    if arrays.keys() != WEIGHTS.keys():
        raise ValueError(f"{path} has other weights: {sorted(arrays.keys() ^ WEIGHTS.keys())}")
    for name, (shape, _) in WEIGHTS.items():
        if arrays[name].shape != shape:
            raise ValueError(f"{path}: {name} is {arrays[name].shape}, not {shape}")
    return {name: jnp.asarray(array) for name, array in arrays.items()}


def save(path, params):
    """Writes the weights as a safetensors file."""
    header, parts, offset = {}, [], 0
    for name, array in params.items():
        part = numpy.asarray(array, numpy.float32).tobytes()
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
