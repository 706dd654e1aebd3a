"""Writes the golden files of conditional random fields: every sequence of tags is counted, in float64 with PyTorch.

    python test/published/golden_crf.py test/published

Nothing is shared with the specs: there is no recursion over time, but a sum or a maximum over all paths.
"""

import json
import sys
from itertools import product

import torch

from golden_cells import array

B, T, K = 3, 4, 3
LENGTHS = [T, 1, T - 2]


def score(path, e, between, begin, end):
    """`between` has a matrix for each step: that of step t stands before tag t."""
    total = begin[path[0]] + end[path[-1]] + sum(e[t, tag] for t, tag in enumerate(path))
    return total + sum(between[t, path[t - 1], path[t]] for t in range(1, len(path)))


def loss_of(tags, *scores):
    """-log P(tags)."""
    every = [score(path, *scores) for path in product(range(K), repeat=len(tags))]
    return torch.logsumexp(torch.stack(every), 0) - score(tags, *scores)


def best_of(steps, *scores):
    return max(product(range(K), repeat=steps), key=lambda path: float(score(path, *scores)))


def written(folder, name, made):
    source = "torch autograd, float64, over all paths: test/published/golden_crf.py"
    golden = {"source": source, "sizes": {"B": B, "T": T}, "memories": {}, "memory_lengths": {}, "initial": {}, **made}
    with open(f"{folder}/{name}.json", "w") as file:
        json.dump(golden, file, separators=(",", ":"))
        file.write("\n")


def arrays(named):
    return {key: array(value) for key, value in named.items()}


def grads(loss, params, inputs):
    found = torch.autograd.grad(loss, [*params.values(), *inputs.values()])
    by_name = dict(zip([*params, *inputs], found))
    return {
        "params": {key: array(by_name[key]) for key in params},
        "inputs": {key: array(by_name[key]) for key in inputs},
        "memories": {},
        "initial": {},
    }


def normal(random, *shape):
    return torch.randn(shape, generator=random, dtype=torch.float64).requires_grad_()


def crf(folder, random):
    params = {"between": normal(random, K, K), "begin": normal(random, K), "end": normal(random, K)}
    e = normal(random, B, T, K)
    tags = torch.randint(K, (B, T), generator=random)
    every = params["between"].expand(T, K, K)
    rows = []
    for example, length in enumerate(LENGTHS):
        until = [
            loss_of(tags[example, :t].tolist(), e[example], every, params["begin"], params["end"])
            for t in range(1, length + 1)
        ]
        steps = [now - before for now, before in zip(until, [0, *until])]
        rows.append(torch.stack([*steps, *[torch.zeros((), dtype=torch.float64)] * (T - length)]))
    output = torch.stack(rows)
    cotangent = torch.randn(output.shape, generator=random, dtype=torch.float64)
    given = {**arrays({"e": e}), "tag": {"shape": [B, T], "data": tags.reshape(-1).tolist()}}
    written(folder, "r-CRF", {
        "cell": "CRF",
        "args": {"K": K},
        "vocabularies": {"tag": {"size": K}},
        "lengths": LENGTHS,
        "params": arrays(params),
        "inputs": given,
        "output": array(output),
        "loss": "sum(output * cotangent)",
        "cotangent": array(cotangent),
        "grads": grads((output * cotangent).sum(), params, {"e": e}),
    })


def viterbi(folder, random):
    inputs = {
        "e": normal(random, B, T, K),
        "between": normal(random, B, T, K, K),
        "begin": normal(random, B, T, K),
        "end": normal(random, B, T, K),
    }
    final = torch.zeros(B, T, K, dtype=torch.float64)
    for example, length in enumerate(LENGTHS):
        e, between, begin, end = (value[example] for value in inputs.values())
        for t in range(length):
            final[example, t, best_of(t + 1, e, between, begin[0], end[t])[-1]] = 1
    written(folder, "r-Viterbi", {
        "cell": "Viterbi",
        "args": {"K": K},
        "lengths": LENGTHS,
        "params": {},
        "inputs": arrays(inputs),
        "output": array(final),
        "cotangent": array(torch.ones_like(final)),
        "grads": {
            "params": {},
            "inputs": {key: array(torch.zeros_like(value)) for key, value in inputs.items()},
            "memories": {},
            "initial": {},
        },
    })


def viterbi_path(folder, random):
    inputs = {"final": normal(random, B, T, K), "back": normal(random, B, T, K, K)}
    output = torch.zeros(B, T, K, dtype=torch.float64)
    for example, length in enumerate(LENGTHS):
        last = length - 1
        for t in range(length):
            chain = inputs["final"][example, last]
            for step in range(last, t, -1):
                chain = inputs["back"][example, step] @ chain
            output[example, t] = chain
    cotangent = torch.randn(output.shape, generator=random, dtype=torch.float64)
    written(folder, "r-ViterbiPath", {
        "cell": "ViterbiPath",
        "wiring": {"layers": 1, "bidirectional": False, "reverse": True},
        "args": {"K": K},
        "lengths": LENGTHS,
        "params": {},
        "inputs": arrays(inputs),
        "output": array(output),
        "loss": "sum(output * cotangent)",
        "cotangent": array(cotangent),
        "grads": grads((output * cotangent).sum(), {}, inputs),
    })


if __name__ == "__main__":
    for index, write in enumerate((crf, viterbi, viterbi_path)):
        write(sys.argv[1], torch.Generator().manual_seed(index))
