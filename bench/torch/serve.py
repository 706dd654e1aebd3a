# PyTorch as a contestant: one JSON request a line on stdin, one JSON answer a line on stdout.
#   {"open": ID, "what": "train"|"run"|"step", "how": HOW, "cell": …, "B", "T", "I", "H", "O", "S", "weights": FILE}
#     S: only for a cell that attends to a memory [S, B, H]
#     HOW: "native" (nn.LSTM, nn.GRU; "native-tf32": with tensor cores), "custom" (written for speed), "equations" (as its
#     equations), "script" ("custom" by TorchScript),
#     "compile" ("custom" by torch.compile), "compile-step" (only the step, the loop in Python), "graph" ("custom" as a CUDA graph)
#   {"first": ID}                the values that are compared: the losses of the first updates, or the mean square of the outputs
#   {"sample": ID, "times": N}   milliseconds of N repetitions
#   {"close": ID}
# The first line of output has the versions. `serve.py THREADS [cpu|cuda]`; the caller also sets OMP_NUM_THREADS and OPENBLAS_NUM_THREADS.
import json
import sys
import time

import numpy
import torch
from torch import Tensor, nn

from cells import CELLS, NATIVE
from equations import EQUATIONS
from steps import STEPPED

RATE = 1e-3
LARGEST_NORM = 1.0
COMPARED = 2
DEVICE = sys.argv[2] if len(sys.argv) > 2 else "cpu"


def read_weights(path: str) -> dict:
    """A safetensors file of float32 arrays."""
    with open(path, "rb") as file:
        data = file.read()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    weights = {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        array = numpy.frombuffer(data[8 + length + start : 8 + length + end], dtype=numpy.float32)
        weights[name] = torch.from_numpy(array.reshape(entry["shape"]).copy()).to(DEVICE)
    return weights


def waves(shape, shift: float) -> Tensor:
    """As `waves` of bench/workload.ts."""
    count = int(numpy.prod(shape))
    return torch.from_numpy(numpy.sin(numpy.arange(count) * 0.7 + shift).astype(numpy.float32).reshape(shape)).to(DEVICE)


def cell_of(request: dict) -> nn.Module:
    weights = read_weights(request["weights"])
    own = {name[2:]: value for name, value in weights.items() if name.startswith("h.")}
    how = request["how"]
    if how.startswith("native"):
        return NATIVE[request["cell"]](own)
    if how == "equations":
        return EQUATIONS[request["cell"]](own)
    if how == "compile-step":
        return compiled_step(request["cell"], own)
    cell = CELLS[request["cell"]](own)
    if "S" in request:
        cell.memory = waves([request["S"], request["B"], request["H"]], 2).transpose(0, 1).contiguous()
    if how == "script":
        return torch.jit.script(cell)
    if how == "compile":
        return torch.compile(cell)
    if how == "graph":
        return torch.cuda.make_graphed_callables(cell, (waves([request["T"], request["B"], request["I"]], 0),))
    return cell


def compiled_step(name: str, own: dict) -> nn.Module:
    """Only the step is compiled: a whole loop is unrolled by the compiler, which takes minutes for each length."""
    if name in STEPPED:
        return STEPPED[name](own)
    cell = EQUATIONS[name](own)
    cell.step = torch.compile(cell.step)
    return cell


class Train:
    """An update: forward, gradient, clipping by norm, Adam. x [T, B, I], y [T, B, O]."""

    def __init__(self, request: dict):
        weights = read_weights(request["weights"])
        self.cell = cell_of(request)
        self.dense = nn.Linear(request["H"], request["O"])
        self.dense.weight.data.copy_(weights["y.h"])
        self.dense.bias.data.copy_(weights["y.b"])
        self.parameters = [*self.cell.parameters(), *self.dense.parameters()]
        self.optimizer = torch.optim.Adam(self.parameters, lr=RATE)
        self.x = waves([request["T"], request["B"], request["I"]], 0)
        self.y = waves([request["T"], request["B"], request["O"]], 1)
        self.rounds = request["how"].endswith("tf32")

    def step(self) -> float:
        # By default, cuDNN rounds products to TF32; the other forms do not.
        torch.backends.cudnn.allow_tf32 = self.rounds
        self.optimizer.zero_grad(set_to_none=True)
        loss = nn.functional.mse_loss(self.dense(self.cell(self.x)), self.y)
        loss.backward()
        nn.utils.clip_grad_norm_(self.parameters, LARGEST_NORM)
        self.optimizer.step()
        return loss.item()

    def first(self) -> list:
        return [self.step() for _ in range(COMPARED)]


class Run:
    """The cell's outputs for x [T, B, I], without gradient."""

    def __init__(self, request: dict):
        self.cell = cell_of(request)
        # TorchScript of PyTorch 1.13 treats inference tensors as if they needed a gradient.
        self.mode = torch.no_grad if request["how"] == "script" else torch.inference_mode
        self.x = waves([request["T"], request["B"], request["I"]], 0)

    def step(self) -> Tensor:
        with self.mode():
            return self.cell(self.x)

    def first(self) -> list:
        return [self.step().square().mean().item()]


class Step:
    """One step of a character model at B = 1: an embedding [V, E], `nn.LSTMCell`, logits [V]."""

    def __init__(self, request: dict):
        weights = read_weights(request["weights"])
        gates = ["i", "f", "g", "o"]
        stack = lambda what: torch.cat([weights[f"h.{gate}.{what}"] for gate in gates])
        self.table = weights["e.table"]
        self.cell = nn.LSTMCell(self.table.size(1), request["H"])
        self.cell.weight_ih.data.copy_(stack("x"))
        self.cell.weight_hh.data.copy_(stack("h"))
        self.cell.bias_ih.data.copy_(stack("b"))
        self.cell.bias_hh.data.zero_()
        self.dense = nn.Linear(request["H"], self.table.size(0))
        self.dense.weight.data.copy_(weights["logits.h"])
        self.dense.bias.data.copy_(weights["logits.b"])
        self.state = (torch.zeros(1, request["H"]), torch.zeros(1, request["H"]))
        self.token = 0

    def step(self) -> Tensor:
        with torch.inference_mode():
            self.state = self.cell(self.table[self.token].unsqueeze(0), self.state)
            self.token = (self.token + 7) % self.table.size(0)
            return self.dense(self.state[0])

    def first(self) -> list:
        return [self.step().square().mean().item() for _ in range(COMPARED)]


KINDS = {"train": Train, "run": Run, "step": Step}
opened = {}


def answer(request: dict) -> dict:
    if "open" in request:
        opened[request["open"]] = KINDS[request["what"]](request)
        return {}
    if "first" in request:
        return {"values": opened[request["first"]].first()}
    if "sample" in request:
        step = opened[request["sample"]].step
        before = time.perf_counter()
        for _ in range(request["times"]):
            step()
        if DEVICE == "cuda":
            torch.cuda.synchronize()
        return {"ms": (time.perf_counter() - before) * 1000}
    del opened[request["close"]]
    return {}


torch.set_num_threads(int(sys.argv[1]))
torch.set_num_interop_threads(1)
hello = {"torch": torch.__version__, "threads": torch.get_num_threads()}
if DEVICE != "cpu":
    torch.set_default_device(DEVICE)
    hello["device"] = f"{torch.cuda.get_device_name()}, CUDA {torch.version.cuda}, cuDNN {torch.backends.cudnn.version()}"
print(json.dumps(hello), flush=True)
for line in sys.stdin:
    try:
        print(json.dumps(answer(json.loads(line))), flush=True)
    except Exception as error:  # the caller reports it with the case
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)
