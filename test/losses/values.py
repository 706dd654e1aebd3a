# Writes the golden files beside it: each model of losses.rec with the losses of torch.nn, in float64.
# Run with PyTorch (scripts/setup-python-peers.sh): python3 test/losses/values.py
import json
from pathlib import Path

import torch
from torch import distributions as D, nn
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
LENGTHS = [4, 2, 3]
B, T = len(LENGTHS), max(LENGTHS)
REAL = torch.tensor([[t < n for t in range(T)] for n in LENGTHS])


def numbers(*shape, seed, scale=1.0):
    return scale * torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def array(tensor):
    return {"shape": list(tensor.shape), "data": tensor.detach().flatten().tolist()}


def write(model, loss_of, params, inputs, targets, output):
    """`loss_of` takes what is predicted at real steps [n, …] and its targets; others are taken as they are."""
    for each in params.values():
        each.requires_grad_(True)
    loss, predicted = loss_of(params)
    loss.backward()
    shown = torch.where(REAL.reshape(B, T, *[1] * (predicted.dim() - 2)), predicted, 0.0)
    grads = {name: array(each.grad if each.grad is not None else torch.zeros_like(each)) for name, each in params.items()}
    golden = {
        "model": model,
        "source": f"torch {torch.__version__.split('+')[0]}, float64",
        "lengths": LENGTHS,
        "inputs": {name: array(each) for name, each in inputs.items()},
        "targets": {name: array(each) for name, each in targets.items()},
        "params": {name: array(each) for name, each in params.items()},
        "loss": loss.item(),
        "outputs": {output: array(shown)},
        "grads": {"params": grads},
    }
    (Path(__file__).parent / f"{model}.json").write_text(json.dumps(golden) + "\n")


x = numbers(B, T, 2, seed=1)
y = numbers(B, T, 2, seed=2)
y1 = numbers(B, T, seed=3)
counts = torch.poisson(torch.full((B, T, 2), 2.0), generator=torch.Generator().manual_seed(4))
flags = (numbers(B, T, 2, seed=5) > 0).double()
k = torch.randint(4, (B, T), generator=torch.Generator().manual_seed(6))
k[0, :4] = torch.arange(4)
m = torch.tensor([[1.0, 0.0, 2.0, 0.5], [0.25, 1.0, 9.0, 9.0], [0.0, 3.0, 1.0, 9.0]])
w = torch.tensor([0.5, 2.0, 1.5])


def weights(name, *out, seed=7):
    return {f"{name}.x": numbers(*out, 2, seed=seed), f"{name}.b": numbers(*out, seed=seed + 1)}


def linear(params, name):
    return torch.einsum("bti,...i->bt...", x, params[f"{name}.x"]) + params[f"{name}.b"]


def plain(name, criterion, target, target_name, *out):
    params = weights(target_name, *out)
    def loss_of(p):
        a = linear(p, target_name)
        return criterion(a[REAL], target[REAL]), a
    write(name, loss_of, params, {"x": x}, {target_name: target}, target_name)


plain("Huber", nn.HuberLoss(delta=0.7), y, "y", 2)
plain("Smoothed", nn.CrossEntropyLoss(label_smoothing=0.1), k, "k", 4)


def pinball(at):
    q = torch.tensor(at)
    def criterion(a, target):
        e = target.unsqueeze(-1) - a
        return torch.maximum(q * e, (q - 1) * e).mean()
    return criterion


plain("Quantiles", pinball([0.1, 0.5, 0.9]), y, "y", 2, 3)
plain("OneQuantile", pinball([0.8]), y1, "y", 1)


def gaussian(p):
    mean, deviation = linear(p, "y"), F.softplus(linear(p, "s"))
    return nn.GaussianNLLLoss(full=True)(mean[REAL], y[REAL], deviation[REAL] ** 2), mean


write("Gaussian", gaussian, {**weights("y", 2), **weights("s", 2, seed=9)}, {"x": x}, {"y": y}, "y")


def one_deviation(p):
    mean = linear(p, "y")
    variance = torch.exp(p["s"]) ** 2 * torch.ones_like(mean)
    return nn.GaussianNLLLoss(full=True)(mean[REAL], y[REAL], variance[REAL]), mean


write("OneDeviation", one_deviation, {**weights("y", 2), "s": torch.tensor(0.3)}, {"x": x}, {"y": y}, "y")


def poisson(p):
    logs = linear(p, "y")
    return nn.PoissonNLLLoss()(logs[REAL], counts[REAL]), torch.exp(logs)


write("Poisson", poisson, weights("y", 2), {"x": x}, {"y": counts}, "y")

c = torch.tensor([0.5, 1.0, 2.0, 0.0])


def class_weights(p):
    logits = linear(p, "k")
    return nn.CrossEntropyLoss(weight=c)(logits[REAL], k[REAL]), logits


write("ClassWeights", class_weights, {**weights("k", 4), "c": c.clone()}, {"x": x}, {"k": k}, "k")


def masked(p):
    logits = linear(p, "y")
    each = nn.BCEWithLogitsLoss(reduction="none")(logits, flags).mean(-1)
    return (m * each)[REAL].sum() / m[REAL].sum(), logits


write("Masked", masked, weights("y", 2), {"x": x, "m": m}, {"y": flags}, "y")


def of_examples(p):
    a = linear(p, "y")
    each = (a - y1).abs()
    full = w.unsqueeze(1).expand(B, T)
    return (full * each)[REAL].sum() / full[REAL].sum(), a


write("OfExamples", of_examples, weights("y"), {"x": x, "w": w}, {"y": y1}, "y")


def summed(p):
    a = linear(p, "y")
    each = (a - y).square().mean(-1)
    return 0.5 * torch.where(REAL, each, 0.0).sum(1).mean(), a


write("Summed", summed, weights("y", 2), {"x": x}, {"y": y}, "y")


def weighed_sum(p):
    logits = linear(p, "k")
    each = F.cross_entropy(logits.flatten(0, 1), k.flatten(), reduction="none").reshape(B, T)
    return torch.where(REAL, m * each, 0.0).sum(1).mean(), logits


write("WeighedSum", weighed_sum, weights("k", 4), {"x": x, "m": m}, {"k": k}, "k")


def mixture(target, size):
    def criterion_of(a):
        logits, means, logs = a[..., 0], a[..., 1 : 1 + size], a[..., 1 + size :]
        parts = D.Independent(D.Normal(means, torch.exp(logs)), 1)
        return D.MixtureSameFamily(D.Categorical(logits=logits), parts)

    def loss_of(p):
        a = linear(p, "y")
        full = target if target.dim() == 3 else target.unsqueeze(-1)
        mean = criterion_of(a).mean
        loss = -criterion_of(a[REAL]).log_prob(full[REAL]).mean() / size
        return loss, mean if target.dim() == 3 else mean.squeeze(-1)

    return loss_of


write("Mixture", mixture(y, 2), weights("y", 3, 5), {"x": x}, {"y": y}, "y")
write("MixtureOfNumbers", mixture(y1, 1), weights("y", 2, 3), {"x": x}, {"y": y1}, "y")
