"""Writes the golden files of connectionist temporal classification: every path is counted, in float64 with PyTorch.

    python test/published/golden_ctc.py test/published

Nothing is shared with the spec. Where PyTorch's own ctc_loss has a value, it is checked to be the same.
"""

import sys
from itertools import product

import torch

from golden_cells import array
from golden_crf import arrays, normal, written

V, T = 2, 5
# Steps and labels of each example; of the last, `b b b` needs five steps.
EXAMPLES = [(5, [0, 1]), (1, []), (3, [1]), (5, [1, 1, 1])]
B, U = len(EXAMPLES), 3


def collapsed(path):
    kept = [label for at, label in enumerate(path) if at == 0 or label != path[at - 1]]
    return [label for label in kept if label != V]


def loss_of(p, labels):
    """-log of the sum over paths; 0 if there is none."""
    paths = [path for path in product(range(V + 1), repeat=len(p)) if collapsed(path) == labels]
    if not paths:
        return torch.zeros((), dtype=torch.float64)
    found = -torch.logsumexp(torch.stack([sum(p[t, each] for t, each in enumerate(path)) for path in paths]), 0)
    other = torch.nn.functional.ctc_loss(p[:, None], torch.tensor([labels]), [len(p)], [len(labels)], blank=V, reduction="sum")
    assert abs(float(found) - float(other)) < 1e-12, (found, other)
    return found


if __name__ == "__main__":
    random = torch.Generator().manual_seed(4)
    e = normal(random, B, T, V + 1)
    rows = []
    for example, (steps, labels) in enumerate(EXAMPLES):
        p = torch.log_softmax(e[example], -1)
        until = [loss_of(p[:t], labels) for t in range(1, steps + 1)]
        rows.append(torch.stack([*until, *[torch.zeros((), dtype=torch.float64)] * (T - steps)]))
    output = torch.stack(rows)
    cotangent = torch.randn(output.shape, generator=random, dtype=torch.float64)
    (grad,) = torch.autograd.grad((output * cotangent).sum(), [e])
    tokens = [label for _, labels in EXAMPLES for label in [*labels, *[0] * (U - len(labels))]]
    written(sys.argv[1], "r-CTC", {
        "cell": "CTC",
        "args": {"V": V},
        "sizes": {"B": B, "T": T},
        "vocabularies": {"labels": {"size": V}},
        "lengths": [steps for steps, _ in EXAMPLES],
        "params": {},
        "inputs": arrays({"e": e}),
        "memories": {"labels": {"shape": [B, U], "data": tokens}},
        "memory_lengths": {"labels": [len(labels) for _, labels in EXAMPLES]},
        "output": array(output),
        "loss": "sum(output * cotangent)",
        "cotangent": array(cotangent),
        "grads": {"params": {}, "inputs": {"e": array(grad)}, "memories": {}, "initial": {}},
    })
