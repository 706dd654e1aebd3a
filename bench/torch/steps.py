# Cells of cells.py, with torch.compile for the step only and the loop over steps in Python. This compiles in seconds for any length;
# the whole loop does not.
from typing import Tuple

import torch
from torch import Tensor
from torch.nn.functional import linear

from cells import LEM, PeepholeLSTM, Weights


def lem_step(a: Tensor, y: Tensor, z: Tensor, Uy: Tensor, Uz: Tensor) -> Tuple[Tensor, Tensor]:
    """One step of LEM: a [B, 4 H] is what the input gives."""
    H = y.size(1)
    u1, u2, uz = torch.addmm(a[:, : 3 * H], y, Uy).chunk(3, 1)
    d1 = torch.sigmoid(u1)
    d2 = torch.sigmoid(u2)
    z = (1 - d1) * z + d1 * torch.tanh(uz)
    return (1 - d2) * y + d2 * torch.tanh(torch.addmm(a[:, 3 * H :], z, Uz)), z


def peephole_step(
    a: Tensor, h: Tensor, c: Tensor, U: Tensor, p_i: Tensor, p_f: Tensor, p_o: Tensor
) -> Tuple[Tensor, Tensor]:
    i, f, g, o = torch.addmm(a, h, U).chunk(4, 1)
    c = torch.sigmoid(f + p_f * c) * c + torch.sigmoid(i + p_i * c) * torch.tanh(g)
    return torch.sigmoid(o + p_o * c) * torch.tanh(c), c


class SteppedLEM(LEM):
    def __init__(self, weights: Weights):
        super().__init__(weights)
        self.step = torch.compile(lem_step)

    def forward(self, x: Tensor) -> Tensor:
        y = torch.zeros(x.size(1), self.H)
        z = torch.zeros(x.size(1), self.H)
        Uy, Uz = self.Uy.t(), self.Uz.t()
        ys = []
        for a in linear(x, self.W, self.b).unbind(0):
            y, z = self.step(a, y, z, Uy, Uz)
            ys.append(y)
        return torch.stack(ys)


class SteppedPeepholeLSTM(PeepholeLSTM):
    def __init__(self, weights: Weights):
        super().__init__(weights)
        self.step = torch.compile(peephole_step)

    def forward(self, x: Tensor) -> Tensor:
        h = torch.zeros(x.size(1), self.H)
        c = torch.zeros(x.size(1), self.H)
        U = self.U.t()
        hs = []
        for a in linear(x, self.W, self.b).unbind(0):
            h, c = self.step(a, h, c, U, self.p_i, self.p_f, self.p_o)
            hs.append(h)
        return torch.stack(hs)


STEPPED = {"LEM": SteppedLEM, "PeepholeLSTM": SteppedPeepholeLSTM}
