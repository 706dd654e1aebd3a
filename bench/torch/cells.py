# The compared cells, written out in PyTorch for speed: one product of the input over all steps for all gates, one product of the state
# in each step (or as few as the equations allow), and `unbind` to read the steps, because its gradient is one `stack`.
# Every cell: x [T, B, I] -> h [T, B, H]; weights by their names in the spec.
from typing import Dict, List

import torch
from torch import Tensor, nn
from torch.nn.functional import layer_norm, linear, softplus

Weights = Dict[str, Tensor]


def stacked(weights: Weights, gates: List[str], what: str) -> nn.Parameter:
    """Weights of several gates one below the other: [G·H, I], [G·H, H] or [G·H]."""
    return nn.Parameter(torch.cat([weights[f"{gate}.{what}"] for gate in gates]))


def gru_step(a: Tensor, u: Tensor, h: Tensor, d: Tensor) -> Tensor:
    """The next state: `a` and `u` are the gates' parts r, z, n of the input and of the state h, `d` the bias of the state in n."""
    ar, az, an = a.chunk(3, 1)
    ur, uz, un = u.chunk(3, 1)
    r = torch.sigmoid(ar + ur)
    z = torch.sigmoid(az + uz)
    n = torch.tanh(an + r * (un + d))
    return (1 - z) * n + z * h


class Gated(nn.Module):
    """Stacked weights of the gates that read x and one state."""

    def __init__(self, weights: Weights, gates: List[str], state: str):
        super().__init__()
        self.W = stacked(weights, gates, "x")
        self.U = stacked(weights, gates, state)
        self.b = stacked(weights, gates, "b")
        self.H = weights[f"{gates[0]}.b"].size(0)


class LSTM(Gated):
    def __init__(self, weights: Weights):
        super().__init__(weights, ["i", "f", "g", "o"], "h")

    def forward(self, x: Tensor) -> Tensor:
        h = torch.zeros(x.size(1), self.H)
        c = torch.zeros(x.size(1), self.H)
        U = self.U.t()
        hs: List[Tensor] = []
        for a in linear(x, self.W, self.b).unbind(0):
            i, f, g, o = torch.addmm(a, h, U).chunk(4, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            hs.append(h)
        return torch.stack(hs)


class GRU(nn.Module):
    def __init__(self, weights: Weights):
        super().__init__()
        self.W = stacked(weights, ["r", "z", "n"], "x")
        self.b = stacked(weights, ["r", "z", "n"], "b")
        self.U = stacked(weights, ["r", "z", "u"], "h")
        self.d = nn.Parameter(weights["u.b"])
        self.H = self.d.size(0)

    def forward(self, x: Tensor) -> Tensor:
        h = torch.zeros(x.size(1), self.H)
        U = self.U.t()
        hs: List[Tensor] = []
        for a in linear(x, self.W, self.b).unbind(0):
            h = gru_step(a, torch.mm(h, U), h, self.d)
            hs.append(h)
        return torch.stack(hs)


class MGU(nn.Module):
    def __init__(self, weights: Weights):
        super().__init__()
        self.W = stacked(weights, ["f", "n"], "x")
        self.b = stacked(weights, ["f", "n"], "b")
        self.Uf = nn.Parameter(weights["f.h"])
        self.Un = nn.Parameter(weights["n.arg2"])
        self.H = self.Uf.size(0)

    def forward(self, x: Tensor) -> Tensor:
        h = torch.zeros(x.size(1), self.H)
        Uf, Un = self.Uf.t(), self.Un.t()
        hs: List[Tensor] = []
        for a in linear(x, self.W, self.b).unbind(0):
            af, an = a.chunk(2, 1)
            f = torch.sigmoid(torch.addmm(af, h, Uf))
            n = torch.tanh(torch.addmm(an, f * h, Un))
            h = (1 - f) * h + f * n
            hs.append(h)
        return torch.stack(hs)


class LEM(nn.Module):
    def __init__(self, weights: Weights):
        super().__init__()
        self.W = stacked(weights, ["d1", "d2", "z", "y"], "x")
        self.b = stacked(weights, ["d1", "d2", "z", "y"], "b")
        self.Uy = stacked(weights, ["d1", "d2", "z"], "y")
        self.Uz = nn.Parameter(weights["y.z"])
        self.H = self.Uz.size(0)

    def forward(self, x: Tensor) -> Tensor:
        y = torch.zeros(x.size(1), self.H)
        z = torch.zeros(x.size(1), self.H)
        Uy, Uz = self.Uy.t(), self.Uz.t()
        ys: List[Tensor] = []
        for a in linear(x, self.W, self.b).unbind(0):
            u1, u2, uz = torch.addmm(a[:, : 3 * self.H], y, Uy).chunk(3, 1)
            d1 = torch.sigmoid(u1)
            d2 = torch.sigmoid(u2)
            z = (1 - d1) * z + d1 * torch.tanh(uz)
            y = (1 - d2) * y + d2 * torch.tanh(torch.addmm(a[:, 3 * self.H :], z, Uz))
            ys.append(y)
        return torch.stack(ys)


class PeepholeLSTM(Gated):
    def __init__(self, weights: Weights):
        super().__init__(weights, ["i", "f", "g", "o"], "h")
        self.p_i = nn.Parameter(weights["p_i"])
        self.p_f = nn.Parameter(weights["p_f"])
        self.p_o = nn.Parameter(weights["p_o"])

    def forward(self, x: Tensor) -> Tensor:
        h = torch.zeros(x.size(1), self.H)
        c = torch.zeros(x.size(1), self.H)
        U = self.U.t()
        hs: List[Tensor] = []
        for a in linear(x, self.W, self.b).unbind(0):
            i, f, g, o = torch.addmm(a, h, U).chunk(4, 1)
            kept = torch.sigmoid(f + self.p_f * c) * c
            c = kept + torch.sigmoid(i + self.p_i * c) * torch.tanh(g)
            h = torch.sigmoid(o + self.p_o * c) * torch.tanh(c)
            hs.append(h)
        return torch.stack(hs)


class SLSTM(Gated):
    def __init__(self, weights: Weights):
        super().__init__(weights, ["i", "f", "z", "o"], "h")

    def forward(self, x: Tensor) -> Tensor:
        h = torch.zeros(x.size(1), self.H)
        c = torch.zeros(x.size(1), self.H)
        n = torch.ones(x.size(1), self.H)
        m = torch.zeros(x.size(1), self.H)
        U = self.U.t()
        hs: List[Tensor] = []
        for a in linear(x, self.W, self.b).unbind(0):
            i, f, z, o = torch.addmm(a, h, U).chunk(4, 1)
            keep = m - softplus(-f)
            m = torch.maximum(keep, i)
            write = torch.exp(i - m)
            hold = torch.exp(keep - m)
            c = hold * c + write * torch.tanh(z)
            n = hold * n + write
            h = torch.sigmoid(o) * c / n
            hs.append(h)
        return torch.stack(hs)


class LayerNormLSTM(nn.Module):
    def __init__(self, weights: Weights):
        super().__init__()
        self.W = nn.Parameter(weights["a.x"])
        self.U = nn.Parameter(weights["u.h"])
        self.gain_x = nn.Parameter(weights["gain_x"])
        self.gain_h = nn.Parameter(weights["gain_h"])
        self.gain_c = nn.Parameter(weights["gain_c"])
        self.shift = nn.Parameter(weights["shift"])
        self.shift_c = nn.Parameter(weights["shift_c"])
        self.H = self.shift_c.size(0)

    def forward(self, x: Tensor) -> Tensor:
        h = torch.zeros(x.size(1), self.H)
        c = torch.zeros(x.size(1), self.H)
        U = self.U.t()
        hs: List[Tensor] = []
        for a in layer_norm(linear(x, self.W), [4 * self.H], self.gain_x, self.shift).unbind(0):
            f, i, g, o = (a + layer_norm(torch.mm(h, U), [4 * self.H], self.gain_h)).chunk(4, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(layer_norm(c, [self.H], self.gain_c, self.shift_c))
            hs.append(h)
        return torch.stack(hs)


class MinGRU(nn.Module):
    def __init__(self, weights: Weights):
        super().__init__()
        self.W = stacked(weights, ["z", "n"], "x")
        self.b = stacked(weights, ["z", "n"], "b")
        self.H = weights["n.b"].size(0)

    def forward(self, x: Tensor) -> Tensor:
        h = torch.zeros(x.size(1), self.H)
        z, n = linear(x, self.W, self.b).chunk(2, 2)
        z = torch.sigmoid(z)
        hs: List[Tensor] = []
        for kept, added in zip((1 - z).unbind(0), (z * n).unbind(0)):
            h = torch.addcmul(added, kept, h)
            hs.append(h)
        return torch.stack(hs)


class IndRNN(nn.Module):
    def __init__(self, weights: Weights):
        super().__init__()
        self.W = nn.Parameter(weights["h.x"])
        self.b = nn.Parameter(weights["h.b"])
        self.u = nn.Parameter(weights["u"])
        self.H = self.u.size(0)

    def forward(self, x: Tensor) -> Tensor:
        h = torch.zeros(x.size(1), self.H)
        hs: List[Tensor] = []
        for a in linear(x, self.W, self.b).unbind(0):
            h = torch.relu(torch.addcmul(a, self.u, h))
            hs.append(h)
        return torch.stack(hs)


class MLSTM(nn.Module):
    def __init__(self, weights: Weights):
        super().__init__()
        self.W = stacked(weights, ["q", "k", "v", "o"], "x")
        self.b = stacked(weights, ["q", "k", "v", "o"], "b")
        self.w = nn.Parameter(torch.stack([weights["i.x"], weights["f.x"]]))
        self.d = nn.Parameter(torch.stack([weights["i.b"], weights["f.b"]]))
        self.D = weights["q.b"].size(0)

    def forward(self, x: Tensor) -> Tensor:
        B, D = x.size(1), self.D
        C = torch.zeros(B, D, D)
        n = torch.zeros(B, D)
        m = torch.zeros(B, 1)
        qs, ks, vs, os = linear(x, self.W, self.b).chunk(4, 2)
        ks = ks / D**0.5
        os = torch.sigmoid(os)
        i, f = linear(x, self.w, self.d).chunk(2, 2)
        f = -softplus(-f)
        hs: List[Tensor] = []
        for q, k, v, o, ai, af in zip(qs.unbind(0), ks.unbind(0), vs.unbind(0), os.unbind(0), i.unbind(0), f.unbind(0)):
            next_m = torch.maximum(af + m, ai)
            hold, write = torch.exp(af + m - next_m), torch.exp(ai - next_m)
            m = next_m
            C = hold.unsqueeze(2) * C + write.unsqueeze(2) * (v.unsqueeze(2) * k.unsqueeze(1))
            n = hold * n + write * k
            scale = torch.maximum((n * q).sum(1, keepdim=True).abs(), torch.exp(-m))
            hs.append(o * torch.bmm(C, q.unsqueeze(2)).squeeze(2) / scale)
        return torch.stack(hs)


class AttentionDecoder(nn.Module):
    """Dot-product attention over `memory` [B, S, H], which the caller sets, and a GRU that reads x and the context."""

    def __init__(self, weights: Weights):
        super().__init__()
        self.H = weights["h.u.b"].size(0)
        gates = ["h.r", "h.z", "h.n"]
        W = stacked(weights, gates, "x")
        split = W.size(1) - self.H
        self.W = nn.Parameter(W[:, :split].contiguous())
        self.V = nn.Parameter(W[:, split:].contiguous())
        self.b = stacked(weights, gates, "b")
        self.U = stacked(weights, ["h.r", "h.z", "h.u"], "h")
        self.d = nn.Parameter(weights["h.u.b"])
        self.A = nn.Parameter(weights["W"])
        self.memory = torch.zeros(0)

    def forward(self, x: Tensor) -> Tensor:
        h = torch.zeros(x.size(1), self.H)
        UA = torch.cat([self.U, self.A]).t()
        V = self.V.t()
        hs: List[Tensor] = []
        for a in linear(x, self.W, self.b).unbind(0):
            u, query = torch.mm(h, UA).split([3 * self.H, self.H], 1)
            weights = torch.softmax(torch.bmm(self.memory, query.unsqueeze(2)).squeeze(2), 1)
            context = torch.bmm(weights.unsqueeze(1), self.memory).squeeze(1)
            h = gru_step(torch.addmm(a, context, V), u, h, self.d)
            hs.append(h)
        return torch.stack(hs)


class NativeLSTM(nn.Module):
    """`nn.LSTM`, which stacks i f g o and has a second bias."""

    def __init__(self, weights: Weights):
        super().__init__()
        gates = ["i", "f", "g", "o"]
        fill_native(self, nn.LSTM, stacked(weights, gates, "x"), stacked(weights, gates, "h"))
        self.rnn.bias_ih_l0.data.copy_(stacked(weights, gates, "b").data)
        self.rnn.bias_hh_l0.data.zero_()

    def forward(self, x: Tensor) -> Tensor:
        return self.rnn(x)[0]


class NativeGRU(nn.Module):
    """`nn.GRU`, which stacks r z n; its second bias of n is inside the reset, as the spec's `u.b`."""

    def __init__(self, weights: Weights):
        super().__init__()
        gates = ["r", "z", "n"]
        fill_native(self, nn.GRU, stacked(weights, gates, "x"), stacked(weights, ["r", "z", "u"], "h"))
        self.rnn.bias_ih_l0.data.copy_(stacked(weights, gates, "b").data)
        self.rnn.bias_hh_l0.data.zero_()
        self.rnn.bias_hh_l0.data[2 * weights["u.b"].size(0) :] = weights["u.b"]

    def forward(self, x: Tensor) -> Tensor:
        return self.rnn(x)[0]


def fill_native(module: nn.Module, kind, W: Tensor, U: Tensor) -> None:
    module.rnn = kind(W.size(1), U.size(1))
    module.rnn.weight_ih_l0.data.copy_(W.data)
    module.rnn.weight_hh_l0.data.copy_(U.data)


CELLS = {
    each.__name__: each
    for each in [LSTM, GRU, MGU, LEM, PeepholeLSTM, SLSTM, LayerNormLSTM, MinGRU, IndRNN, MLSTM, AttentionDecoder]
}
NATIVE = {"LSTM": NativeLSTM, "GRU": NativeGRU}
