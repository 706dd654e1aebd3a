"""Runs generated files on arrays, for tests: python python-peer.py pytorch|jax FOLDER

FOLDER holds a folder for each case: model.py, model.safetensors, and for each job NAME.json and NAME.in.safetensors.
Each job's results go to NAME.out.safetensors, or what went wrong to NAME.error.
"""

import importlib
import json
import os
import sys
import traceback
from pathlib import Path

peer, folder = sys.argv[1], Path(sys.argv[2])
# Each program runs once, on small arrays: XLA takes 0.3 s for each in place of 0.8 without its optimisations and its emitters of fusions.
FASTER = ("backend_optimization_level=0", "llvm_disable_expensive_passes=true", "cpu_use_fusion_emitters=false")
os.environ.setdefault("XLA_FLAGS", " ".join(f"--xla_{flag}" for flag in FASTER))


def load_module(case):
    sys.path.insert(0, str(case))
    sys.modules.pop("model", None)
    try:
        return importlib.import_module("model")
    finally:
        sys.path.pop(0)


def split(arrays, prefix):
    return {name[len(prefix) :]: array for name, array in arrays.items() if name.startswith(prefix)}


def named_results(job, returned):
    """What `forward` returned, by name."""
    outputs, states = returned if job["hasState"] else (returned, {})
    if len(job["outputs"]) == 1:
        outputs = {job["outputs"][0]: outputs}
    return {
        **{f"output.{name}": value for name, value in outputs.items()},
        **{f"final.{name}": value for name, value in states.items()},
    }


def arguments_of(job, args, state):
    known = {name: array for name, array in args.items() if name in job["forward"] + job["lengths"]}
    return {**known, **({"state": state} if state else {})}


def run_pytorch(module, case, job, arrays):
    import torch

    model = next(
        each for each in vars(module).values() if isinstance(each, type) and issubclass(each, torch.nn.Module)
    )()
    model.load(str(case / "model.safetensors"))
    leaf = lambda array: array.requires_grad_() if array.is_floating_point() else array.long()
    args = {name: leaf(array) for name, array in split(arrays, "arg.").items()}
    state = {name: leaf(array) for name, array in split(arrays, "state.").items()}
    results = named_results(job, model(**arguments_of(job, args, state)))
    if job["hasLoss"]:
        loss = model.loss(**args, **({"state": state} if state else {}))
        results["loss"] = loss
    else:
        loss = sum((results[name] * array).sum() for name, array in split(arrays, "cotangent.").items())
    named = {f"weight.{name}": array for name, array in model.by_name().items() if array.requires_grad}
    named.update({f"arg.{name}": array for name, array in args.items() if array.is_floating_point()})
    named.update({f"state.{name}": array for name, array in state.items() if array.is_floating_point()})
    isolated = not torch.is_tensor(loss)  # nothing has a gradient
    arrays = list(named.values())
    gradients = [None] * len(arrays) if isolated else torch.autograd.grad(loss, arrays, allow_unused=True)
    for (name, array), gradient in zip(named.items(), gradients):
        results[f"grad.{name}"] = torch.zeros_like(array) if gradient is None else gradient
    return {name: torch.as_tensor(array).detach() for name, array in results.items()}


def run_jax(module, case, job, arrays):
    import jax
    import numpy

    params = module.load(str(case / "model.safetensors"))
    args, state = split(arrays, "arg."), split(arrays, "state.")
    is_float = lambda array: array.dtype == numpy.float32
    moved = {
        **{f"weight.{name}": array for name, array in params.items()},
        **{f"arg.{name}": array for name, array in args.items() if is_float(array)},
        **{f"state.{name}": array for name, array in state.items() if is_float(array)},
    }

    def value(moved):
        weights = split(moved, "weight.")
        own = {**args, **split(moved, "arg.")}
        start = {**state, **split(moved, "state.")}
        results = named_results(job, module.apply(weights, **arguments_of(job, own, start)))
        if job["hasLoss"]:
            results["loss"] = module.loss(weights, **own, **({"state": start} if start else {}))
            return results["loss"], results
        total = sum((results[name] * array).sum() for name, array in split(arrays, "cotangent.").items())
        return total + 0.0, results

    gradients, results = jax.jit(jax.grad(value, has_aux=True))(moved)
    results.update({f"grad.{name}": array for name, array in gradients.items()})
    return results


run = run_pytorch if peer == "pytorch" else run_jax
for case in sorted(path for path in folder.iterdir() if path.is_dir()):
    for description in sorted(case.glob("*.json")):
        name = description.stem
        try:
            module = load_module(case)
            job = json.loads(description.read_text())
            arrays = module.load_arrays(str(case / f"{name}.in.safetensors"))
            save = module.save_arrays if peer == "pytorch" else module.save
            save(str(case / f"{name}.out.safetensors"), run(module, case, job, arrays))
        except Exception:
            (case / f"{name}.error").write_text(traceback.format_exc())
