"""translate of a test.

    model = Translate()
    model.load("translate.safetensors")

Arrays come batch first. Inside, steps come first: [T, B, ...].
"""

import json
import math

import torch
from torch import nn


def glorot(shape):
    """Glorot and Bengio 2010; the last axis goes in, the first comes out."""
    limit = math.sqrt(6 / (shape[-1] + (shape[0] if len(shape) > 1 else 1)))
    return torch.empty(shape).uniform_(-limit, limit)


def normal(shape, deviation=1.0):
    return torch.randn(shape) * deviation


def orthogonal(shape):
    return nn.init.orthogonal_(torch.empty(math.prod(shape[:-1]), shape[-1])).reshape(shape)


def zeros(shape):
    return torch.zeros(shape)


# The weights by their names in the spec: attribute, shape, first values.
WEIGHTS = {
    "enc.embed.table": ("enc_embed_table", (5, 64), lambda shape: normal(shape, 0.1)),
    "enc.forward.r.x": ("enc_forward_r_x", (128, 64), glorot),
    "enc.forward.r.h": ("enc_forward_r_h", (128, 128), orthogonal),
    "enc.forward.r.b": ("enc_forward_r_b", (128,), zeros),
    "enc.forward.z.x": ("enc_forward_z_x", (128, 64), glorot),
    "enc.forward.z.h": ("enc_forward_z_h", (128, 128), orthogonal),
    "enc.forward.z.b": ("enc_forward_z_b", (128,), zeros),
    "enc.forward.u.h": ("enc_forward_u_h", (128, 128), orthogonal),
    "enc.forward.u.b": ("enc_forward_u_b", (128,), zeros),
    "enc.forward.n.x": ("enc_forward_n_x", (128, 64), glorot),
    "enc.forward.n.b": ("enc_forward_n_b", (128,), zeros),
    "enc.backward.r.x": ("enc_backward_r_x", (128, 64), glorot),
    "enc.backward.r.h": ("enc_backward_r_h", (128, 128), orthogonal),
    "enc.backward.r.b": ("enc_backward_r_b", (128,), zeros),
    "enc.backward.z.x": ("enc_backward_z_x", (128, 64), glorot),
    "enc.backward.z.h": ("enc_backward_z_h", (128, 128), orthogonal),
    "enc.backward.z.b": ("enc_backward_z_b", (128,), zeros),
    "enc.backward.u.h": ("enc_backward_u_h", (128, 128), orthogonal),
    "enc.backward.u.b": ("enc_backward_u_b", (128,), zeros),
    "enc.backward.n.x": ("enc_backward_n_x", (128, 64), glorot),
    "enc.backward.n.b": ("enc_backward_n_b", (128,), zeros),
    "dec.embed.table": ("dec_embed_table", (7, 64), lambda shape: normal(shape, 0.1)),
    "dec.linear.arg1": ("dec_linear_arg1", (128, 256), glorot),
    "dec.linear.b": ("dec_linear_b", (128,), zeros),
    "dec.W": ("dec_W", (256, 128), glorot),
    "dec.h.r.x": ("dec_h_r_x", (128, 320), glorot),
    "dec.h.r.h": ("dec_h_r_h", (128, 128), orthogonal),
    "dec.h.r.b": ("dec_h_r_b", (128,), zeros),
    "dec.h.z.x": ("dec_h_z_x", (128, 320), glorot),
    "dec.h.z.h": ("dec_h_z_h", (128, 128), orthogonal),
    "dec.h.z.b": ("dec_h_z_b", (128,), zeros),
    "dec.h.u.h": ("dec_h_u_h", (128, 128), orthogonal),
    "dec.h.u.b": ("dec_h_u_b", (128,), zeros),
    "dec.h.n.x": ("dec_h_n_x", (128, 320), glorot),
    "dec.h.n.b": ("dec_h_n_b", (128,), zeros),
    "output.dec": ("output_dec", (7, 128), glorot),
    "output.b": ("output_b", (7,), zeros),
}


def borrow(x, lengths):
    """x [B, ...]; an example without steps has the value of the longest one."""
    examples = torch.arange(len(lengths), device=x.device)
    return x[torch.where(lengths > 0, examples, lengths.argmax())]


def embed(table, token):
    """The rows of a table [V, ...] by tokens; a token that is not in it gives zeros."""
    known = (token >= 0) & (token < len(table))
    rows = table[token.long().clamp(0, len(table) - 1)]
    return torch.where(known.reshape(*known.shape, *[1] * (table.dim() - 1)), rows, 0)


def first_steps(lengths, steps):
    """[T, B]: whether a step is the first one of an example that has steps."""
    return (torch.arange(steps, device=lengths.device)[:, None] == 0) & (lengths > 0)


def hold(x, lengths):
    """x [T, B, ...] with the value of an example's last step in its padding.

    An example without steps is computed as the longest one. Results never show it.
    """
    examples = torch.arange(len(lengths), device=x.device)
    examples = torch.where(lengths > 0, examples, lengths.argmax())
    last = (lengths[examples] - 1).clamp(min=0)
    t = torch.minimum(torch.arange(len(x), device=x.device)[:, None], last)
    return x.expand(len(x), len(lengths), *x.shape[2:])[t, examples]


def last_steps(lengths, steps):
    """[T, B]: whether a step is an example's last one."""
    return torch.arange(steps, device=lengths.device)[:, None] == lengths - 1


def masked_softmax(x, axis):
    """The softmax; zeros where all of a line is -inf."""
    empty = (x == -torch.inf).all(axis, keepdim=True)
    return torch.softmax(x.masked_fill(empty, 0.0), axis).masked_fill(empty, 0.0)


def moving_steps(lengths, steps):
    """[T, B]: whether states change at a step.

    They stop before an example's last step, which is computed again and again in the padding,
    and change once more at the very end. So the padding holds no values that do not occur elsewhere.
    """
    t = torch.arange(steps, device=lengths.device)[:, None]
    return (t < lengths - 1) | (t == steps - 1)


def one_hot(token, size):
    """True at the token's place; a token outside gives no place."""
    return token[..., None] == torch.arange(size, device=token.device)


def real_steps(lengths, steps):
    """[T, B]: whether a step is one of an example's own."""
    return torch.arange(steps, device=lengths.device)[:, None] < lengths


def under(w, prefix):
    """The weights whose names begin with a prefix, without it."""
    return {name[len(prefix) + 1 :]: value for name, value in w.items() if name.startswith(prefix + ".")}


def gru(w, x, h_prev):
    """One step of GRU(H)."""
    # r = sigmoid(linear(x, h[t-1]))
    r = torch.sigmoid(x @ w["r.x"].T + h_prev @ w["r.h"].T + w["r.b"])
    # z = sigmoid(linear(x, h[t-1]))
    z = torch.sigmoid(x @ w["z.x"].T + h_prev @ w["z.h"].T + w["z.b"])
    # u = linear(h[t-1])
    u = h_prev @ w["u.h"].T + w["u.b"]
    # n = tanh(linear(x) + r * u)
    n = torch.tanh(x @ w["n.x"].T + w["n.b"] + r * u)
    # h = (1 - z) * n + z * h[t-1]
    h = (1 - z) * n + z * h_prev
    return h


def attention_decoder(w, y, h_prev, memory, real_3, real_2):
    """One step of AttentionDecoder(H)."""
    B = y.shape[0]
    p = masked_softmax(
        torch.where(real_3, torch.einsum("bij,bj->bi", memory, h_prev @ w["W"].T), -torch.inf),
        -1,
    )
    # a = softmax(memory @ (W @ h[t-1]))
    # The padding of a memory shows its first value.
    a = torch.where(real_3, p, p[:, :1].reshape(B, 1).detach())
    # ctx = a @ memory
    ctx = torch.einsum("bi,bij->bj", torch.where(real_2, a, 0), memory)
    x = torch.cat([y, ctx], -1)
    # z = sigmoid(linear(x, h[t-1]))
    h_z = torch.sigmoid(x @ w["h.z.x"].T + h_prev @ w["h.z.h"].T + w["h.z.b"])
    # r = sigmoid(linear(x, h[t-1]))
    h_r = torch.sigmoid(x @ w["h.r.x"].T + h_prev @ w["h.r.h"].T + w["h.r.b"])
    # u = linear(h[t-1])
    h_u = h_prev @ w["h.u.h"].T + w["h.u.b"]
    # n = tanh(linear(x) + r * u)
    h_n = torch.tanh(x @ w["h.n.x"].T + w["h.n.b"] + h_r * h_u)
    # h = GRU(H)(concat(y, ctx), h = h[t-1])
    h_h = (1 - h_z) * h_n + h_z * h_prev
    return h_h


class Translate(nn.Module):
    """The model Translate."""

    def __init__(self):
        super().__init__()
        for attribute, shape, initial in WEIGHTS.values():
            setattr(self, attribute, nn.Parameter(initial(shape)))

    def by_name(self):
        """The weights by their names in the spec."""
        return {name: getattr(self, attribute) for name, (attribute, _, _) in WEIGHTS.items()}

    def forward(self, source, output, source_lengths=None, output_lengths=None):
        """
        source: [B, T_source], tokens
        output: [B, T_output], tokens
        source_lengths: [B], the steps of each example in source; all steps by default
        output_lengths: [B], the steps of each example in output; all steps by default
        Returns output.logits [B, T_output, 7].
        """
        w = self.by_name()
        source = source.swapaxes(0, 1)
        output = output.swapaxes(0, 1)
        device = source.device
        T_source = source.shape[0]
        B = source.shape[1]
        T_output = output.shape[0]
        if source_lengths is None:
            source_lengths = torch.full((B,), T_source, device=device)
        if output_lengths is None:
            output_lengths = torch.full((B,), T_output, device=device)
        embedded = embed(w["enc.embed.table"], hold(source, source_lengths))
        computed_source_lengths = borrow(source_lengths, source_lengths)
        moves = moving_steps(computed_source_lengths, T_source)
        w_enc_forward = under(w, "enc.forward")
        enc_forward_h = torch.zeros((B, 128), device=device)
        enc_forward_h_seq = []
        for t in range(T_source):
            enc_forward_h_next = gru(w_enc_forward, embedded[t], enc_forward_h)
            enc_forward_h_seq.append(enc_forward_h_next)
            enc_forward_h = torch.where(moves[t][:, None], enc_forward_h_next, enc_forward_h)
        enc_forward_h_seq = torch.stack(enc_forward_h_seq)
        real = real_steps(computed_source_lengths, T_source)
        w_enc_backward = under(w, "enc.backward")
        enc_backward_h = torch.zeros((B, 128), device=device)
        enc_backward_h_seq = []
        for t in reversed(range(T_source)):
            enc_backward_h_next = gru(w_enc_backward, embedded[t], enc_backward_h)
            enc_backward_h_seq.append(enc_backward_h_next)
            enc_backward_h = torch.where(real[t][:, None], enc_backward_h_next, enc_backward_h)
        enc_backward_h_seq = torch.stack(enc_backward_h_seq[::-1])
        # enc = bidirectional(GRU(H))(embed(source, E))
        enc = torch.cat([enc_forward_h_seq, enc_backward_h_seq], -1)
        moves_2 = moving_steps(borrow(output_lengths, output_lengths), T_output)
        output_2 = hold(output, output_lengths)
        output_prev_seq = torch.cat([torch.full((B,), 6, device=device)[None], output_2[:-1]])
        value = torch.cat(
            [
                torch.where(
                    last_steps(source_lengths, T_source)[..., None],
                    enc_forward_h_seq,
                    0,
                ).sum(-3),
                torch.where(
                    first_steps(source_lengths, T_source)[..., None],
                    enc_backward_h_seq,
                    0,
                ).sum(-3),
            ],
            -1,
        )
        memory = enc.swapaxes(0, 1)
        y = embed(w["dec.embed.table"], output_prev_seq)
        real_2 = real_steps(source_lengths, T_source).T
        real_3 = real_steps(computed_source_lengths, T_source).T
        memory_2 = torch.where(
            real_steps(computed_source_lengths, T_source).T[..., None],
            memory,
            memory[:, :1].reshape(B, 1, 256).detach(),
        )
        w_dec = under(w, "dec")
        dec_h = torch.tanh(value @ w["dec.linear.arg1"].T + w["dec.linear.b"])
        dec_h_h_seq = []
        for t in range(T_output):
            dec_h_next = attention_decoder(w_dec, y[t], dec_h, memory_2, real_3, real_2)
            dec_h_h_seq.append(dec_h_next)
            dec_h = torch.where(moves_2[t][:, None], dec_h_next, dec_h)
        dec_h_h_seq = torch.stack(dec_h_h_seq)
        # predict output from linear(dec, out = V)
        logits = torch.where(
            real_steps(output_lengths, T_output)[..., None],
            dec_h_h_seq @ w["output.dec"].T + w["output.b"],
            0,
        )
        return logits.swapaxes(0, 1)

    def losses(self, source, output, source_lengths=None, output_lengths=None):
        """
        source: [B, T_source], tokens
        output: [B, T_output], tokens
        source_lengths: [B], the steps of each example in source; all steps by default
        output_lengths: [B], the steps of each example in output; all steps by default
        Returns the loss, and for each prediction its part of it with the number of values that it is a mean of.
        """
        logits = self(source, output, source_lengths, output_lengths)
        output = output.swapaxes(0, 1)
        device = output.device
        T_output = output.shape[0]
        B = output.shape[1]
        if output_lengths is None:
            output_lengths = torch.full((B,), T_output, device=device)
        logits = logits.swapaxes(0, 1)
        real = real_steps(output_lengths, T_output)
        count = real.float().sum()
        loss = (
            torch.where(
                real,
                -(one_hot(hold(output, output_lengths), 7) * torch.log_softmax(logits, -1)).sum(-1),
                0,
            ).sum()
            / count.clamp(min=1)
        )
        # The whole loss, and each prediction's part of it with the number of values that it is a mean of.
        return loss, [(loss, count)]

    def loss(self, source, output, source_lengths=None, output_lengths=None):
        """The loss, a scalar. Its arguments are those of `losses`."""
        return self.losses(source, output, source_lengths, output_lengths)[0]

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
