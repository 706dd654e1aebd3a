#!/usr/bin/env bash
# A current PyTorch for `npm run bench -- peers`, from PyPI, in .cache/bench-torch: several GB, because PyPI's package brings CUDA.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p .cache
[ -e .cache/bench-torch/bin/python ] || python3 -m venv .cache/bench-torch
.cache/bench-torch/bin/python -m pip install --quiet --upgrade torch numpy
.cache/bench-torch/bin/python -c 'import torch; print("setup-bench-torch: PyTorch", torch.__version__)'
