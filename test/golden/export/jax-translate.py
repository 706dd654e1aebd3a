"""translate of a test.

    params = load("translate.safetensors")
    params = init(jax.random.key(0))

Arrays come batch first. Inside, steps come first: [T, B, ...].
"""

import json
import math

import jax
import numpy
from jax import lax
from jax import numpy as jnp


def glorot(key, shape):
    """Glorot and Bengio 2010; the last axis goes in, the first comes out."""
    limit = math.sqrt(6 / (shape[-1] + (shape[0] if len(shape) > 1 else 1)))
    return jax.random.uniform(key, shape, minval=-limit, maxval=limit)


def normal(key, shape, deviation=1.0):
    return jax.random.normal(key, shape) * deviation


def orthogonal(key, shape):
    return jax.nn.initializers.orthogonal()(key, (math.prod(shape[:-1]), shape[-1])).reshape(shape)


def zeros(key, shape):
    return jnp.zeros(shape)


# The weights by their names in the spec: shape, first values.
WEIGHTS = {
    "enc.embed.table": ((5, 64), lambda key, shape: normal(key, shape, 0.1)),
    "enc.forward.r.x": ((128, 64), glorot),
    "enc.forward.r.h": ((128, 128), orthogonal),
    "enc.forward.r.b": ((128,), zeros),
    "enc.forward.z.x": ((128, 64), glorot),
    "enc.forward.z.h": ((128, 128), orthogonal),
    "enc.forward.z.b": ((128,), zeros),
    "enc.forward.u.h": ((128, 128), orthogonal),
    "enc.forward.u.b": ((128,), zeros),
    "enc.forward.n.x": ((128, 64), glorot),
    "enc.forward.n.b": ((128,), zeros),
    "enc.backward.r.x": ((128, 64), glorot),
    "enc.backward.r.h": ((128, 128), orthogonal),
    "enc.backward.r.b": ((128,), zeros),
    "enc.backward.z.x": ((128, 64), glorot),
    "enc.backward.z.h": ((128, 128), orthogonal),
    "enc.backward.z.b": ((128,), zeros),
    "enc.backward.u.h": ((128, 128), orthogonal),
    "enc.backward.u.b": ((128,), zeros),
    "enc.backward.n.x": ((128, 64), glorot),
    "enc.backward.n.b": ((128,), zeros),
    "dec.embed.table": ((7, 64), lambda key, shape: normal(key, shape, 0.1)),
    "dec.linear.arg1": ((128, 256), glorot),
    "dec.linear.b": ((128,), zeros),
    "dec.W": ((256, 128), glorot),
    "dec.h.r.x": ((128, 320), glorot),
    "dec.h.r.h": ((128, 128), orthogonal),
    "dec.h.r.b": ((128,), zeros),
    "dec.h.z.x": ((128, 320), glorot),
    "dec.h.z.h": ((128, 128), orthogonal),
    "dec.h.z.b": ((128,), zeros),
    "dec.h.u.h": ((128, 128), orthogonal),
    "dec.h.u.b": ((128,), zeros),
    "dec.h.n.x": ((128, 320), glorot),
    "dec.h.n.b": ((128,), zeros),
    "output.dec": ((7, 128), glorot),
    "output.b": ((7,), zeros),
}


def init(key):
    """First values of all weights."""
    keys = jax.random.split(key, max(len(WEIGHTS), 1))
    return {name: initial(k, shape) for k, (name, (shape, initial)) in zip(keys, WEIGHTS.items())}


def borrow(x, lengths):
    """x [B, ...]; an example without steps has the value of the longest one."""
    return x[jnp.where(lengths > 0, jnp.arange(len(lengths)), lengths.argmax())]


def embed(table, token):
    """The rows of a table [V, ...] by tokens; a token that is not in it gives zeros."""
    known = (token >= 0) & (token < len(table))
    rows = table[jnp.clip(token, 0, len(table) - 1)]
    return jnp.where(known.reshape(*known.shape, *[1] * (table.ndim - 1)), rows, 0)


def first_steps(lengths, steps):
    """[T, B]: whether a step is the first one of an example that has steps."""
    return (jnp.arange(steps)[:, None] == 0) & (lengths > 0)


def hold(x, lengths):
    """x [T, B, ...] with the value of an example's last step in its padding.

    An example without steps is computed as the longest one. Results never show it.
    """
    examples = jnp.where(lengths > 0, jnp.arange(len(lengths)), lengths.argmax())
    last = jnp.maximum(lengths[examples] - 1, 0)
    t = jnp.minimum(jnp.arange(len(x))[:, None], last)
    return jnp.broadcast_to(x, (len(x), len(lengths), *x.shape[2:]))[t, examples]


def last_steps(lengths, steps):
    """[T, B]: whether a step is an example's last one."""
    return jnp.arange(steps)[:, None] == lengths - 1


def masked_softmax(x, axis):
    """The softmax; zeros where all of a line is -inf."""
    empty = (x == -jnp.inf).all(axis, keepdims=True)
    return jnp.where(empty, 0, jax.nn.softmax(jnp.where(empty, 0, x), axis))


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


def gru(w, x, h_prev):
    """One step of GRU(H)."""
    # r = sigmoid(linear(x, h[t-1]))
    r = jax.nn.sigmoid(x @ w["r.x"].T + h_prev @ w["r.h"].T + w["r.b"])
    # z = sigmoid(linear(x, h[t-1]))
    z = jax.nn.sigmoid(x @ w["z.x"].T + h_prev @ w["z.h"].T + w["z.b"])
    # u = linear(h[t-1])
    u = h_prev @ w["u.h"].T + w["u.b"]
    # n = tanh(linear(x) + r * u)
    n = jnp.tanh(x @ w["n.x"].T + w["n.b"] + r * u)
    # h = (1 - z) * n + z * h[t-1]
    h = (1 - z) * n + z * h_prev
    return h


def attention_decoder(w, y, h_prev, memory, real_3, real_2):
    """One step of AttentionDecoder(H)."""
    B = y.shape[0]
    p = masked_softmax(
        jnp.where(real_3, jnp.einsum("bij,bj->bi", memory, h_prev @ w["W"].T), -jnp.inf),
        -1,
    )
    # a = softmax(memory @ (W @ h[t-1]))
    # The padding of a memory shows its first value.
    a = jnp.where(real_3, p, lax.stop_gradient(p[:, :1].reshape(B, 1)))
    # ctx = a @ memory
    ctx = jnp.einsum("bi,bij->bj", jnp.where(real_2, a, 0), memory)
    x = jnp.concatenate([y, ctx], -1)
    # z = sigmoid(linear(x, h[t-1]))
    h_z = jax.nn.sigmoid(x @ w["h.z.x"].T + h_prev @ w["h.z.h"].T + w["h.z.b"])
    # r = sigmoid(linear(x, h[t-1]))
    h_r = jax.nn.sigmoid(x @ w["h.r.x"].T + h_prev @ w["h.r.h"].T + w["h.r.b"])
    # u = linear(h[t-1])
    h_u = h_prev @ w["h.u.h"].T + w["h.u.b"]
    # n = tanh(linear(x) + r * u)
    h_n = jnp.tanh(x @ w["h.n.x"].T + w["h.n.b"] + h_r * h_u)
    # h = GRU(H)(concat(y, ctx), h = h[t-1])
    h_h = (1 - h_z) * h_n + h_z * h_prev
    return h_h


def apply(params, source, output, source_lengths=None, output_lengths=None):
    """
    source: [B, T_source], tokens
    output: [B, T_output], tokens
    source_lengths: [B], the steps of each example in source; all steps by default
    output_lengths: [B], the steps of each example in output; all steps by default
    Returns output.logits [B, T_output, 7].
    """
    source = source.swapaxes(0, 1)
    output = output.swapaxes(0, 1)
    T_source = source.shape[0]
    B = source.shape[1]
    T_output = output.shape[0]
    source_lengths = jnp.full((B,), T_source) if source_lengths is None else jnp.asarray(source_lengths)
    output_lengths = jnp.full((B,), T_output) if output_lengths is None else jnp.asarray(output_lengths)
    embedded = embed(params["enc.embed.table"], hold(source, source_lengths))
    computed_source_lengths = borrow(source_lengths, source_lengths)
    moves = moving_steps(computed_source_lengths, T_source)
    w_enc_forward = under(params, "enc.forward")

    def gru_step(enc_forward_h, inputs):
        moves_t, embedded_t = inputs
        enc_forward_h_next = gru(w_enc_forward, embedded_t, enc_forward_h)
        return jnp.where(moves_t[:, None], enc_forward_h_next, enc_forward_h), enc_forward_h_next

    enc_forward_h, enc_forward_h_seq = lax.scan(gru_step, jnp.zeros((B, 128)), (moves, embedded))
    real = real_steps(computed_source_lengths, T_source)
    w_enc_backward = under(params, "enc.backward")

    def gru_step_2(enc_backward_h, inputs):
        real_t, embedded_t = inputs
        enc_backward_h_next = gru(w_enc_backward, embedded_t, enc_backward_h)
        return jnp.where(real_t[:, None], enc_backward_h_next, enc_backward_h), enc_backward_h_next

    enc_backward_h, enc_backward_h_seq = lax.scan(
        gru_step_2,
        jnp.zeros((B, 128)),
        (real, embedded),
        reverse=True,
    )
    # enc = bidirectional(GRU(H))(embed(source, E))
    enc = jnp.concatenate([enc_forward_h_seq, enc_backward_h_seq], -1)
    moves_2 = moving_steps(borrow(output_lengths, output_lengths), T_output)
    output_2 = hold(output, output_lengths)
    output_prev_seq = jnp.concatenate([jnp.full((B,), 6)[None], output_2[:-1]])
    value = jnp.concatenate(
        [
            jnp.where(last_steps(source_lengths, T_source)[..., None], enc_forward_h_seq, 0).sum(-3),
            jnp.where(
                first_steps(source_lengths, T_source)[..., None],
                enc_backward_h_seq,
                0,
            ).sum(-3),
        ],
        -1,
    )
    memory = enc.swapaxes(0, 1)
    y = embed(params["dec.embed.table"], output_prev_seq)
    real_2 = real_steps(source_lengths, T_source).T
    real_3 = real_steps(computed_source_lengths, T_source).T
    memory_2 = jnp.where(
        real_steps(computed_source_lengths, T_source).T[..., None],
        memory,
        lax.stop_gradient(memory[:, :1].reshape(B, 1, 256)),
    )
    w_dec = under(params, "dec")

    def attention_decoder_step(dec_h, inputs):
        moves_2_t, y_t = inputs
        dec_h_next = attention_decoder(w_dec, y_t, dec_h, memory_2, real_3, real_2)
        return jnp.where(moves_2_t[:, None], dec_h_next, dec_h), dec_h_next

    dec_h, dec_h_h_seq = lax.scan(
        attention_decoder_step,
        jnp.tanh(value @ params["dec.linear.arg1"].T + params["dec.linear.b"]),
        (moves_2, y),
    )
    # predict output from linear(dec, out = V)
    logits = jnp.where(
        real_steps(output_lengths, T_output)[..., None],
        dec_h_h_seq @ params["output.dec"].T + params["output.b"],
        0,
    )
    return logits.swapaxes(0, 1)


def losses(params, source, output, source_lengths=None, output_lengths=None):
    """
    source: [B, T_source], tokens
    output: [B, T_output], tokens
    source_lengths: [B], the steps of each example in source; all steps by default
    output_lengths: [B], the steps of each example in output; all steps by default
    Returns the loss, and for each prediction its part of it with the number of values that it is a mean of.
    """
    logits = apply(params, source, output, source_lengths, output_lengths)
    output = output.swapaxes(0, 1)
    T_output = output.shape[0]
    B = output.shape[1]
    output_lengths = jnp.full((B,), T_output) if output_lengths is None else jnp.asarray(output_lengths)
    logits = logits.swapaxes(0, 1)
    real = real_steps(output_lengths, T_output)
    count = real.astype(jnp.float32).sum()
    loss_2 = (
        jnp.where(
            real,
            -(jax.nn.one_hot(hold(output, output_lengths), 7) * jax.nn.log_softmax(logits, -1)).sum(-1),
            0,
        ).sum()
        / jnp.maximum(count, 1)
    )
    # The whole loss, and each prediction's part of it with the number of values that it is a mean of.
    return loss_2, [(loss_2, count)]


def loss(params, source, output, source_lengths=None, output_lengths=None):
    """The loss, a scalar. Its arguments are those of `losses`."""
    return losses(params, source, output, source_lengths, output_lengths)[0]


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
