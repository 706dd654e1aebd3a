# The compared cells, written as their equations, as in a first draft of a new cell: in each step, each gate has a product with the
# input and one with the state. Nothing is stacked or moved out of the loop. cells.py has the same cells, written for speed.
# Every cell: x [T, B, I] -> h [T, B, H]; weights by their names in the spec.
from typing import Dict, List

import torch
from torch import Tensor, nn
from torch.nn.functional import layer_norm, linear, softplus

Weights = Dict[str, Tensor]


class Equations(nn.Module):
    """A loop over `step`, whose states begin with zeros."""

    STATES = 1

    def __init__(self, weights: Weights):
        super().__init__()
        # A parameter's name may have no dot.
        self.w = nn.ParameterDict({name.replace(".", "_"): nn.Parameter(value) for name, value in weights.items()})
        self.H = self.size()

    def size(self) -> int:
        return next(value.size(0) for name, value in self.w.items() if name.endswith("_b"))

    def first(self, x: Tensor) -> List[Tensor]:
        return [torch.zeros(x.size(1), self.H) for _ in range(self.STATES)]

    def forward(self, x: Tensor) -> Tensor:
        states = self.first(x)
        hs: List[Tensor] = []
        for t in range(x.size(0)):
            states = self.step(x[t], *states)
            hs.append(states[0])
        return torch.stack(hs)

    def gate(self, name: str, x: Tensor, state: str, value: Tensor) -> Tensor:
        w = self.w
        return linear(x, w[f"{name}_x"]) + linear(value, w[f"{name}_{state}"]) + w[f"{name}_b"]


class LSTM(Equations):
    STATES = 2

    def step(self, x: Tensor, h: Tensor, c: Tensor) -> List[Tensor]:
        f = torch.sigmoid(self.gate("f", x, "h", h))
        i = torch.sigmoid(self.gate("i", x, "h", h))
        g = torch.tanh(self.gate("g", x, "h", h))
        o = torch.sigmoid(self.gate("o", x, "h", h))
        c = f * c + i * g
        return [o * torch.tanh(c), c]


class GRU(Equations):
    def step(self, x: Tensor, h: Tensor) -> List[Tensor]:
        w = self.w
        r = torch.sigmoid(self.gate("r", x, "h", h))
        z = torch.sigmoid(self.gate("z", x, "h", h))
        n = torch.tanh(linear(x, w["n_x"]) + w["n_b"] + r * (linear(h, w["u_h"]) + w["u_b"]))
        return [(1 - z) * n + z * h]


class MGU(Equations):
    def step(self, x: Tensor, h: Tensor) -> List[Tensor]:
        f = torch.sigmoid(self.gate("f", x, "h", h))
        n = torch.tanh(self.gate("n", x, "arg2", f * h))
        return [(1 - f) * h + f * n]


class LEM(Equations):
    STATES = 2

    def step(self, x: Tensor, y: Tensor, z: Tensor) -> List[Tensor]:
        d1 = torch.sigmoid(self.gate("d1", x, "y", y))
        d2 = torch.sigmoid(self.gate("d2", x, "y", y))
        z = (1 - d1) * z + d1 * torch.tanh(self.gate("z", x, "y", y))
        y = (1 - d2) * y + d2 * torch.tanh(self.gate("y", x, "z", z))
        return [y, z]


class PeepholeLSTM(Equations):
    STATES = 2

    def step(self, x: Tensor, h: Tensor, c: Tensor) -> List[Tensor]:
        w = self.w
        kept = torch.sigmoid(self.gate("f", x, "h", h) + w["p_f"] * c) * c
        c = kept + torch.sigmoid(self.gate("i", x, "h", h) + w["p_i"] * c) * torch.tanh(self.gate("g", x, "h", h))
        h = torch.sigmoid(self.gate("o", x, "h", h) + w["p_o"] * c) * torch.tanh(c)
        return [h, c]


class SLSTM(Equations):
    STATES = 4

    def first(self, x: Tensor) -> List[Tensor]:
        h, c, n, m = super().first(x)
        return [h, c, torch.ones_like(n), m]

    def step(self, x: Tensor, h: Tensor, c: Tensor, n: Tensor, m: Tensor) -> List[Tensor]:
        keep = m - softplus(-self.gate("f", x, "h", h))
        i = self.gate("i", x, "h", h)
        m = torch.maximum(keep, i)
        write = torch.exp(i - m)
        hold = torch.exp(keep - m)
        c = hold * c + write * torch.tanh(self.gate("z", x, "h", h))
        n = hold * n + write
        return [torch.sigmoid(self.gate("o", x, "h", h)) * c / n, c, n, m]


class LayerNormLSTM(Equations):
    STATES = 2

    def size(self) -> int:
        return self.w["shift_c"].size(0)

    def step(self, x: Tensor, h: Tensor, c: Tensor) -> List[Tensor]:
        w = self.w
        a = layer_norm(linear(x, w["a_x"]), [4 * self.H]) * w["gain_x"]
        u = layer_norm(linear(h, w["u_h"]), [4 * self.H]) * w["gain_h"]
        f, i, g, o = (a + u + w["shift"]).chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(w["gain_c"] * layer_norm(c, [self.H]) + w["shift_c"])
        return [h, c]


class MinGRU(Equations):
    def step(self, x: Tensor, h: Tensor) -> List[Tensor]:
        w = self.w
        z = torch.sigmoid(linear(x, w["z_x"]) + w["z_b"])
        n = linear(x, w["n_x"]) + w["n_b"]
        return [(1 - z) * h + z * n]


class IndRNN(Equations):
    def step(self, x: Tensor, h: Tensor) -> List[Tensor]:
        w = self.w
        return [torch.relu(linear(x, w["h_x"]) + w["u"] * h + w["h_b"])]


EQUATIONS = {each.__name__: each for each in [LSTM, GRU, MGU, LEM, PeepholeLSTM, SLSTM, LayerNormLSTM, MinGRU, IndRNN]}
