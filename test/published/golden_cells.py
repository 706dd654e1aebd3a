"""Writes golden files of cells: values and gradients in float64 from PyTorch.

    npx tsx test/published/weights.ts > weights.json
    python test/published/golden_cells.py weights.json test/published

The equations below were written from the papers, not from the specs. `weights.json` says for each cell its arguments
and the shapes of its weights by name: {"JANET": {"args": {"H": 5}, "weights": {"s.x": [5, 4], ...}}, ...}.
"""

import json
import sys
from types import SimpleNamespace

import torch
from torch import cat, exp, relu, sigmoid, softmax, tanh
from torch.nn.functional import logsigmoid

B, T, I, K = 3, 5, 4, 3
PLACES = 4  # of the memory


def zero(t, xs):
    """The input at step t, and 0 before the first."""
    return xs[:, t] if t >= 0 else torch.zeros_like(xs[:, 0])


def affine(W, name, **operands):
    """The sum of each operand times its weight, and the bias if there is one."""
    total = W[f"{name}.b"] if f"{name}.b" in W else 0
    for key, value in operands.items():
        total = total + value @ W[f"{name}.{key}"].T
    return total


def peephole_lstm(W, x, s):
    f = sigmoid(affine(W, "f", x=x, h=s.h) + W["p_f"] * s.c)
    i = sigmoid(affine(W, "i", x=x, h=s.h) + W["p_i"] * s.c)
    c = f * s.c + i * tanh(affine(W, "g", x=x, h=s.h))
    h = sigmoid(affine(W, "o", x=x, h=s.h) + W["p_o"] * c) * tanh(c)
    return h, dict(h=h, c=c)


def reset_before_gru(W, x, s):
    r, z = (sigmoid(affine(W, name, x=x, h=s.h)) for name in "rz")
    h = z * s.h + (1 - z) * tanh(affine(W, "n", x=x, arg2=r * s.h))
    return h, dict(h=h)


def textbook_gru(W, x, s):
    r, z = (sigmoid(affine(W, name, x=x, h=s.h)) for name in "rz")
    h = z * tanh(affine(W, "n", x=x, arg2=r * s.h)) + (1 - z) * s.h
    return h, dict(h=h)


def mgu(W, x, s):
    f = sigmoid(affine(W, "f", x=x, h=s.h))
    h = s.h + f * (tanh(affine(W, "n", x=x, arg2=f * s.h)) - s.h)
    return h, dict(h=h)


def min_gru(W, x, s):
    z = sigmoid(affine(W, "z", x=x))
    h = s.h + z * (affine(W, "n", x=x) - s.h)
    return h, dict(h=h)


def min_lstm(W, x, s):
    f, i = sigmoid(affine(W, "f", x=x)), sigmoid(affine(W, "i", x=x))
    h = (f * s.h + i * affine(W, "h", x=x)) / (f + i)
    return h, dict(h=h)


def lem(W, x, s):
    d1, d2 = (sigmoid(affine(W, name, x=x, y=s.y)) for name in ("d1", "d2"))
    z = s.z + d1 * (tanh(affine(W, "z", x=x, y=s.y)) - s.z)
    y = s.y + d2 * (tanh(affine(W, "y", x=x, z=z)) - s.y)
    return y, dict(y=y, z=z)


def antisymmetric(W, x, s):
    U = W["U"]
    A = U - U.T - 0.01 * torch.eye(len(U), dtype=U.dtype)
    h = s.h + 0.1 * tanh(affine(W, "h", x=x) + s.h @ A.T)
    return h, dict(h=h)


def dilated(W, xs, t, name="y", d=2):
    return relu(affine(W, name, x=zero(t, xs), x2=zero(t - d, xs), x3=zero(t - 2 * d, xs)))


def tcn_block(W, xs, t):
    us = torch.stack([dilated(W, xs, at, "u.y") for at in range(T)], 1)
    return relu(dilated(W, us, t, "v.y") + affine(W, "y", x=xs[:, t])), {}


def hopfield(W, x, s, k):
    net = s.y @ W["W"].T + x - W["theta"]
    chosen = torch.nn.functional.one_hot(k, net.shape[1]).bool() & (net != 0)
    y = torch.where(chosen, torch.sign(net), s.y)
    return y, dict(y=y)


def synchronous_hopfield(W, x, s):
    net = s.y @ W["W"].T + x - W["theta"]
    y = torch.where(net != 0, torch.sign(net), s.y)
    return y, dict(y=y)


def jordan(W, x, s):
    y = sigmoid(affine(W, "y", h=tanh(affine(W, "h", x=x, y=s.y))))
    return y, dict(y=y)


def ind_rnn(W, x, s):
    h = relu(affine(W, "h", x=x) + W["u"] * s.h)
    return h, dict(h=h)


def logistic_rnn(W, x, s):
    h = 1 / (1 + exp(-affine(W, "h", x=x, h=s.h)))
    return h, dict(h=h)


def multiplicative_rnn(W, x, s):
    u, v = affine(W, "u", x=x), affine(W, "v", h=s.h)
    h = tanh(W["a"] * u * v + W["b_h"] * v + W["b_x"] * u + W["b"])
    return h, dict(h=h)


def scrn(W, x, s):
    slow = 0.05 * affine(W, "s", x=x) + 0.95 * s.s
    h = sigmoid(affine(W, "h", s=slow, x=x, h=s.h))
    return h, dict(s=slow, h=h)


def multiplicative_lstm(W, x, s):
    m = affine(W, "m", x=x) * affine(W, "m.2", h=s.h)
    f, i, o = (sigmoid(affine(W, name, x=x, m=m)) for name in "fio")
    c = f * s.c + i * affine(W, "c", x=x, m=m)
    h = tanh(c * o)
    return h, dict(h=h, c=c)


def janet(W, x, s):
    gate, new = affine(W, "s", x=x, h=s.h), tanh(affine(W, "n", x=x, h=s.h))
    h = sigmoid(gate) * s.h + sigmoid(1 - gate) * new
    return h, dict(h=h)


def no_peepholes(W, x, s):
    i, f, o = (sigmoid(affine(W, name, x=x, y=s.y)) for name in "ifo")
    c = i * tanh(affine(W, "z", x=x, y=s.y)) + f * s.c
    y = o * tanh(c)
    return y, dict(y=y, c=c)


def li_gru(W, x, s):
    z = sigmoid(affine(W, "z", x=x, h=s.h))
    h = z * s.h + (1 - z) * relu(affine(W, "n", x=x, h=s.h))
    return h, dict(h=h)


def mut1(W, x, s):
    z, r = sigmoid(affine(W, "z", x=x)), sigmoid(affine(W, "r", x=x, h=s.h))
    inner = tanh(x @ W["n.2.x"].T)
    h = tanh((r * s.h) @ W["n.arg1"].T + inner + W["n.b"]) * z + s.h * (1 - z)
    return h, dict(h=h)


def mut2(W, x, s):
    z, r = sigmoid(affine(W, "z", x=x, h=s.h)), sigmoid(x + affine(W, "r", h=s.h))
    h = tanh(affine(W, "n", x=x, arg2=r * s.h)) * z + s.h * (1 - z)
    return h, dict(h=h)


def mut3(W, x, s):
    z, r = sigmoid(affine(W, "z", x=x, arg2=tanh(s.h))), sigmoid(affine(W, "r", x=x, h=s.h))
    h = tanh(affine(W, "n", x=x, arg2=r * s.h)) * z + s.h * (1 - z)
    return h, dict(h=h)


def ran(W, x, s):
    i, f = (sigmoid(affine(W, name, x=x, h=s.h)) for name in "if")
    c = i * affine(W, "c", x=x) + f * s.c
    return tanh(c), dict(h=tanh(c), c=c)


def cfn(W, x, s):
    f, i = (sigmoid(affine(W, name, x=x, h=s.h)) for name in "fi")
    h = f * tanh(s.h) + i * tanh(affine(W, "h", x=x))
    return h, dict(h=h)


def minimal_rnn(W, x, s):
    z = tanh(affine(W, "z", x=x))
    u = sigmoid(affine(W, "u", h=s.h, z=z))
    h = u * s.h + (1 - u) * z
    return h, dict(h=h)


def star(W, x, s):
    k = sigmoid(affine(W, "k", x=x, h=s.h))
    h = tanh((1 - k) * s.h + k * tanh(affine(W, "z", x=x)))
    return h, dict(h=h)


def atr(W, x, s):
    p, q = affine(W, "p", x=x), affine(W, "q", h=s.h)
    h = sigmoid(p + q) * p + sigmoid(p - q) * s.h
    return h, dict(h=h)


def fast_grnn(W, x, s):
    u = affine(W, "u", x=x, h=s.h)
    z, new = sigmoid(u + W["b_z"]), tanh(u + W["b_h"])
    h = (sigmoid(W["zeta"]) * (1 - z) + sigmoid(W["nu"])) * new + z * s.h
    return h, dict(h=h)


def brc(W, x, s):
    a = 1 + tanh(affine(W, "a", x=x) + W["w_a"] * s.h)
    c = sigmoid(affine(W, "c", x=x) + W["w_c"] * s.h)
    h = c * s.h + (1 - c) * tanh(affine(W, "h", x=x) + a * s.h)
    return h, dict(h=h)


def nbrc(W, x, s):
    a = 1 + tanh(affine(W, "a", x=x, h=s.h))
    c = sigmoid(affine(W, "c", x=x, h=s.h))
    h = c * s.h + (1 - c) * tanh(affine(W, "h", x=x) + a * s.h)
    return h, dict(h=h)


def co_rnn(W, x, s):
    z = s.z + 0.6 * (tanh(affine(W, "z", x=x, y=s.y, z=s.z)) - s.y - s.z)
    y = s.y + 0.6 * z
    return y, dict(y=y, z=z)


def sru(W, x, s):
    f, r = sigmoid(affine(W, "f", x=x)), sigmoid(affine(W, "r", x=x))
    c = f * s.c + (1 - f) * affine(W, "u", x=x)
    return r * tanh(c) + (1 - r) * x, dict(c=c)


def slstm(W, x, s):
    i, f = affine(W, "i", x=x, h=s.h), affine(W, "f", x=x, h=s.h)
    z, o = tanh(affine(W, "z", x=x, h=s.h)), sigmoid(affine(W, "o", x=x, h=s.h))
    m = torch.maximum(logsigmoid(f) + s.m, i)
    write, hold = exp(i - m), exp(logsigmoid(f) + s.m - m)
    c, n = hold * s.c + write * z, hold * s.n + write
    h = o * c / n
    return h, dict(h=h, c=c, n=n, m=m)


def gru(W, name, x, h):
    r, z = (sigmoid(affine(W, f"{name}.{gate}", x=x, h=h)) for gate in "rz")
    new = tanh(affine(W, f"{name}.n", x=x) + r * affine(W, f"{name}.u", h=h))
    return (1 - z) * new + z * h


def dot_attention(W, y, s, memory):
    a = softmax(torch.einsum("bmk,kh,bh->bm", memory, W["W"], s.h), 1)
    h = gru(W, "h", cat([y, torch.einsum("bm,bmk->bk", a, memory)], 1), s.h)
    return h, dict(h=h)


def additive_attention(W, y, s, memory):
    a = softmax(tanh(memory @ W["Wm"] + (s.h @ W["Wh"].T)[:, None]) @ W["v"], 1)
    h = gru(W, "h", cat([y, torch.einsum("bm,bmk->bk", a, memory)], 1), s.h)
    return h, dict(h=h)


def coverage(W, y, s, memory):
    scores = memory @ W["Wm"] + s.c[..., None] * W["w"] + (s.h @ W["Wh"].T)[:, None]
    a = softmax(tanh(scores) @ W["v"], 1)
    h = gru(W, "h", cat([y, torch.einsum("bm,bmk->bk", a, memory)], 1), s.h)
    return h, dict(h=h, c=s.c + a)


def location_sensitive(W, y, s, memory):
    f = torch.nn.functional.conv1d(s.a[:, None], W["Q"].T[:, None], padding=2).transpose(1, 2)
    scores = memory @ W["Wm"] + f @ W["Wf"] + (s.h @ W["Wh"].T)[:, None]
    a = softmax(tanh(scores) @ W["v"], 1)
    h = gru(W, "h", cat([y, torch.einsum("bm,bmk->bk", a, memory)], 1), s.h)
    return h, dict(h=h, a=a)


# The function, and the states by the argument that says their size, or by their size.
CELLS = {
    "PeepholeLSTM": (peephole_lstm, dict(h="H", c="H")),
    "ResetBeforeGRU": (reset_before_gru, dict(h="H")),
    "TextbookGRU": (textbook_gru, dict(h="H")),
    "MGU": (mgu, dict(h="H")),
    "MinGRU": (min_gru, dict(h="H")),
    "MinLSTM": (min_lstm, dict(h="H")),
    "LEM": (lem, dict(y="H", z="H")),
    "AntisymmetricRNN": (antisymmetric, dict(h="H")),
    "Dilated": (lambda W, xs, t: (dilated(W, xs, t), {}), None),
    "TCNBlock": (tcn_block, None),
    "Hopfield": (hopfield, dict(y="N")),
    "SynchronousHopfield": (synchronous_hopfield, dict(y="N")),
    "Jordan": (jordan, dict(y="O")),
    "IndRNN": (ind_rnn, dict(h="H")),
    "LogisticRNN": (logistic_rnn, dict(h="H")),
    "MultiplicativeRNN": (multiplicative_rnn, dict(h="H")),
    "SCRN": (scrn, dict(s="S", h="H")),
    "MultiplicativeLSTM": (multiplicative_lstm, dict(h="H", c="H")),
    "JANET": (janet, dict(h="H")),
    "NP": (no_peepholes, dict(y="H", c="H")),
    "LiGRU": (li_gru, dict(h="H")),
    "MUT1": (mut1, dict(h="H")),
    "MUT2": (mut2, dict(h="H")),
    "MUT3": (mut3, dict(h="H")),
    "RAN": (ran, dict(h="H", c="H")),
    "CFN": (cfn, dict(h="H")),
    "MinimalRNN": (minimal_rnn, dict(h="H")),
    "STAR": (star, dict(h="H")),
    "ATR": (atr, dict(h="H")),
    "FastGRNN": (fast_grnn, dict(h="H")),
    "BRC": (brc, dict(h="H")),
    "NBRC": (nbrc, dict(h="H")),
    "CoRNN": (co_rnn, dict(y="H", z="H")),
    "SRU": (sru, dict(c="N")),
    "SLSTM": (slstm, dict(h="H", c="H", n="H", m="H")),
    "AttentionDecoder": (dot_attention, dict(h="H")),
    "AdditiveDecoder": (additive_attention, dict(h="H")),
    "CoverageDecoder": (coverage, dict(h="H", c=PLACES)),
    "LocationSensitiveDecoder": (location_sensitive, dict(h="H", a=PLACES)),
}
WIDE = {"MUT2", "SRU", "Hopfield", "SynchronousHopfield"}
DECODERS = {"AttentionDecoder", "AdditiveDecoder", "CoverageDecoder", "LocationSensitiveDecoder"}


def array(tensor):
    return {"shape": list(tensor.shape), "data": tensor.detach().reshape(-1).tolist()}


def golden(name, args, shapes):
    step, states = CELLS[name]
    random = torch.Generator().manual_seed(len(name) * 1000 + sum(map(ord, name)))

    def normal(*shape):
        return (0.6 * torch.randn(shape, generator=random, dtype=torch.float64)).requires_grad_()

    W = {key: normal(*shape) for key, shape in shapes.items()}
    x = normal(B, T, args.get("H", args.get("N")) if name in WIDE else I)
    initial = {key: normal(B, args.get(size, size)) for key, size in (states or {}).items()}
    if name == "SLSTM":
        initial["n"] = (1 + initial["n"].detach().abs()).requires_grad_()
    memories = {"memory": normal(B, PLACES, K)} if name in DECODERS else {}
    tokens = torch.randint(args["N"], (B, T), generator=random) if name == "Hopfield" else None
    now, outputs = SimpleNamespace(**initial), []
    for t in range(T):
        if states is None:
            out, _ = step(W, x, t)
        else:
            more = [tokens[:, t]] if tokens is not None else list(memories.values())
            out, new = step(W, x[:, t], now, *more)
            now = SimpleNamespace(**new)
        outputs.append(out)
    output = torch.stack(outputs, 1)
    cotangent = normal(*output.shape).detach()
    leaves = [*W.values(), x, *memories.values(), *initial.values()]
    loss = (output * cotangent).sum()
    grads = torch.autograd.grad(loss, leaves, allow_unused=True) if loss.requires_grad else [None] * len(leaves)
    by_leaf = {id(leaf): torch.zeros_like(leaf) if grad is None else grad for leaf, grad in zip(leaves, grads)}

    def arrays(named):
        return {key: array(value) for key, value in named.items()}

    def grads_of(named):
        return {key: array(by_leaf[id(value)]) for key, value in named.items()}

    data = {"y" if name in DECODERS else "x": x}
    given = arrays(data)
    if tokens is not None:
        given["k"] = {"shape": [B, T], "data": tokens.reshape(-1).tolist()}
    return {
        "cell": name,
        "args": args,
        "source": f"torch autograd, float64: test/published/golden_cells.py, {step.__name__}",
        "sizes": {"B": B, "T": T},
        **({"vocabularies": {"k": {"size": args["N"]}}} if tokens is not None else {}),
        "lengths": None,
        "params": arrays(W),
        "inputs": given,
        "memories": arrays(memories),
        "memory_lengths": {},
        "initial": arrays(initial),
        "output": array(output),
        "final": arrays(vars(now)) if states else {},
        "loss": "sum(output * cotangent)",
        "cotangent": array(cotangent),
        "grads": {
            "params": grads_of(W),
            "inputs": grads_of(data),
            "memories": grads_of(memories),
            "initial": grads_of(initial),
        },
    }


if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        known = json.load(file)
    for name in CELLS:
        made = golden(name, known[name]["args"], known[name]["weights"])
        with open(f"{sys.argv[2]}/{name}.json", "w") as file:
            json.dump(made, file, separators=(",", ":"))
            file.write("\n")
