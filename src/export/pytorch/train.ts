// `train_ddp.py`: trains the module on one process, or on several that torchrun starts.
import type { LearningTables } from "../python/learning.ts";
import type { Arguments } from "../source/signature.ts";

/** `module`: the name of the module's file. The arguments are those of its loss. */
export function trainText(
  module: string,
  className: string,
  { data, lengths }: Arguments,
  learning: LearningTables,
): string {
  const needed = data.map(({ name }) => name);
  const optional = lengths.map(({ name }) => name);
  return `"""Trains ${className} on one process, or on several:

    python train_ddp.py DATA
    torchrun --nproc_per_node 2 train_ddp.py DATA

DATA is an .npz or .safetensors file. Its arrays have one example after the other:
${needed.join(", ")}${optional.length === 0 ? "" : `, and if examples differ in length ${optional.join(", ")}`}.
Several processes compute what one does with the same batches: each takes a part of every batch.
"""

import argparse
import os

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from ${module} import ${className}, load_arrays

NEEDED = [${needed.map((name) => `"${name}"`).join(", ")}]
OPTIONAL = [${optional.map((name) => `"${name}"`).join(", ")}]${tablesText(learning)}${rest(learning).replaceAll("MODULE_NAME", module).replaceAll("CLASS_NAME", className)}`;
}

function tablesText({ lines }: LearningTables): string {
  return lines.map((line) => `\n${line}`).join("");
}

/** The optimizer, with a group for each weight if some have settings of their own. */
function rest({ hasRates, decays }: LearningTables): string {
  const name = decays ? "AdamW" : "Adam";
  if (!hasRates && !decays) return REST;
  const group = [
    '"params": [weight]',
    ...(hasRates ? ['"lr": options.rate * RATES.get(name, 1)'] : []),
    ...(decays ? ['"weight_decay": DECAYS.get(name, DECAY)'] : []),
  ];
  return REST.replace("optimizer = torch.optim.Adam(model.parameters(), lr=options.rate)", () =>
    [
      `groups = [`,
      `    {${group.join(", ")}}`,
      "    for name, weight in model.by_name().items()",
      "    if weight.requires_grad",
      "]",
      `optimizer = torch.optim.${name}(groups, lr=options.rate)`,
    ].join("\n    "),
  ).replace("the learning rate of Adam", `the learning rate of ${name}`);
}

/** What does not depend on the arguments. */
const REST = `


class Loss(nn.Module):
    """The loss of a process, such that its mean over processes is that of the whole batch."""

    def __init__(self, model, processes):
        super().__init__()
        self.model = model
        self.processes = processes

    def forward(self, arrays):
        loss, parts = self.model.losses(**arrays)
        if self.processes == 1:
            return loss
        # A mean over this process's values becomes its share in the mean over all values. Counts may be sums of weights.
        for part, count in parts:
            count = torch.as_tensor(float(count), device=loss.device)
            total = count.clone()
            dist.all_reduce(total)
            loss = loss + part * (self.processes * count / total.clamp(min=1e-30) - 1)
        return loss


def read(path):
    """The arrays of the file that the loss takes; tokens as 64-bit integers."""
    if path.endswith(".npz"):
        import numpy

        arrays = {name: torch.from_numpy(array) for name, array in numpy.load(path).items()}
    else:
        arrays = load_arrays(path)
    missing = [name for name in NEEDED if name not in arrays]
    if missing:
        raise SystemExit(f"{path} has no {', '.join(missing)}")
    used = {name: arrays[name] for name in NEEDED + OPTIONAL if name in arrays}
    return {name: a.float() if a.is_floating_point() else a.long() for name, a in used.items()}


def main():
    parser = argparse.ArgumentParser(description="Trains CLASS_NAME.")
    parser.add_argument("data", help="an .npz or .safetensors file of inputs and targets")
    parser.add_argument("--weights", default="MODULE_NAME.safetensors", help="the weights to begin with")
    parser.add_argument("--out", default="trained.safetensors", help="where the weights are written")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--batch", type=int, default=32, help="examples of all processes together")
    parser.add_argument("--rate", type=float, default=1e-3, help="the learning rate of Adam")
    parser.add_argument("--seed", type=int, default=0, help="of the order of examples")
    options = parser.parse_args()

    rank, processes = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    device = torch.device("cpu")
    if torch.cuda.is_available():
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0)))
        torch.cuda.set_device(device)
    if processes > 1:
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")

    arrays = read(options.data)
    examples = len(arrays[NEEDED[0]])
    model = CLASS_NAME()
    model.load(options.weights)
    model.to(device)
    loss_of = Loss(model, processes)
    if processes > 1:
        loss_of = DistributedDataParallel(loss_of)
    optimizer = torch.optim.Adam(model.parameters(), lr=options.rate)
    order = torch.Generator().manual_seed(options.seed)

    for epoch in range(options.epochs):
        total, batches = 0.0, 0
        for batch in torch.randperm(examples, generator=order).split(options.batch):
            if len(batch) < processes:
                continue
            own = batch[rank::processes]
            loss = loss_of({name: array[own].to(device) for name, array in arrays.items()})
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            mean = loss.detach()
            if processes > 1:
                dist.all_reduce(mean)
            total, batches = total + mean.item() / processes, batches + 1
        if rank == 0:
            print(f"epoch {epoch + 1}  loss {total / max(batches, 1):.7f}", flush=True)

    if rank == 0:
        model.save(options.out)
    if processes > 1:
        dist.destroy_process_group()


if __name__ == "__main__":
    main()
`;
