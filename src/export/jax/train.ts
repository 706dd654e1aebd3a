// `train.py`: trains the functions on one device, or on several, each of which has a part of every batch.
import type { LearningTables } from "../python/learning.ts";
import type { Arguments } from "../source/signature.ts";

/** `module`: the name of the module's file. The arguments are those of its loss. */
export function trainText(module: string, { data, lengths }: Arguments, learning: LearningTables): string {
  const needed = data.map(({ name }) => name);
  const optional = lengths.map(({ name }) => name);
  return `"""Trains ${module} on all devices that JAX has:

    python train.py DATA

DATA is an .npz or .safetensors file. Its arrays have one example after the other:
${needed.join(", ")}${optional.length === 0 ? "" : `, and if examples differ in length ${optional.join(", ")}`}.
Each batch is divided among the devices; the result is that of one device.
"""

import argparse

import jax
import numpy
from jax import numpy as jnp
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from ${module} import load, load_arrays, loss, save

NEEDED = [${needed.map((name) => `"${name}"`).join(", ")}]
OPTIONAL = [${optional.map((name) => `"${name}"`).join(", ")}]${learning.lines.map((line) => `\n${line}`).join("")}${rest(learning).replaceAll("MODULE_NAME", module)}`;
}

/** The optimizer, with the rates and decays of weights that have their own. */
function rest({ hasRates, decays }: LearningTables): string {
  if (!hasRates && !decays) return REST;
  const decay = decays ? " + rate * DECAYS.get(name, DECAY) * p" : "";
  const factor = hasRates ? "RATES.get(name, 1) * " : "";
  return REST.replace(ADAM, () =>
    [
      "    steps = jax.tree.map(lambda m, v: scale * m / (jnp.sqrt(v) + 1e-8), means, squares)",
      `    params = {name: p - ${factor}(steps[name]${decay}) for name, p in params.items()}`,
    ].join("\n"),
  ).replace('"""Kingma and Ba 2015."""', decays ? '"""Loshchilov and Hutter 2019."""' : '"""Kingma and Ba 2015."""');
}

const ADAM = "    params = jax.tree.map(lambda p, m, v: p - scale * m / (jnp.sqrt(v) + 1e-8), params, means, squares)";

/** What does not depend on the arguments. */
const REST = `


def adam(params, gradients, slots, step, rate):
    """Kingma and Ba 2015."""
    means, squares = slots
    means = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, means, gradients)
    squares = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, squares, gradients)
    scale = rate * jnp.sqrt(1 - 0.999**step) / (1 - 0.9**step)
    params = jax.tree.map(lambda p, m, v: p - scale * m / (jnp.sqrt(v) + 1e-8), params, means, squares)
    return params, (means, squares)


@jax.jit
def update(params, slots, step, rate, arrays):
    value, gradients = jax.value_and_grad(loss)(params, **arrays)
    params, slots = adam(params, gradients, slots, step, rate)
    return params, slots, value


def read(path):
    """The arrays of the file that the loss takes."""
    arrays = dict(numpy.load(path)) if path.endswith(".npz") else load_arrays(path)
    missing = [name for name in NEEDED if name not in arrays]
    if missing:
        raise SystemExit(f"{path} has no {', '.join(missing)}")
    return {name: arrays[name] for name in NEEDED + OPTIONAL if name in arrays}


def main():
    parser = argparse.ArgumentParser(description="Trains MODULE_NAME.")
    parser.add_argument("data", help="an .npz or .safetensors file of inputs and targets")
    parser.add_argument("--weights", default="MODULE_NAME.safetensors", help="the weights to begin with")
    parser.add_argument("--out", default="trained.safetensors", help="where the weights are written")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--batch", type=int, default=32, help="examples of all devices together")
    parser.add_argument("--rate", type=float, default=1e-3, help="the learning rate of Adam")
    parser.add_argument("--seed", type=int, default=0, help="of the order of examples")
    options = parser.parse_args()

    mesh = Mesh(numpy.array(jax.devices()), ("batch",))
    divided = NamedSharding(mesh, PartitionSpec("batch"))
    everywhere = NamedSharding(mesh, PartitionSpec())
    devices = len(mesh.devices)

    arrays = read(options.data)
    examples = len(arrays[NEEDED[0]])
    params = jax.device_put(load(options.weights), everywhere)
    zeros = jax.tree.map(jnp.zeros_like, params)
    slots, step = (zeros, zeros), 0
    order = numpy.random.default_rng(options.seed)

    for epoch in range(options.epochs):
        total, batches = 0.0, 0
        permutation = order.permutation(examples)
        for start in range(0, examples, options.batch):
            batch = permutation[start : start + options.batch]
            batch = batch[: len(batch) // devices * devices]
            if len(batch) == 0:
                continue
            step += 1
            own = {name: jax.device_put(array[batch], divided) for name, array in arrays.items()}
            params, slots, value = update(params, slots, step, options.rate, own)
            total, batches = total + float(value), batches + 1
        print(f"epoch {epoch + 1}  loss {total / max(batches, 1):.7f}", flush=True)

    save(options.out, params)


if __name__ == "__main__":
    main()
`;
