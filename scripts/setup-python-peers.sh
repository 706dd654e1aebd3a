#!/usr/bin/env bash
# Sets up PyTorch, JAX and Keras for the tests of `recurra compile --format pytorch` and `jax` and of `recurra import --into`, in
# .cache/python-peers or the folder given, on Linux on x86-64. Nothing else of the project needs this script.
#
# JAX comes from PyPI: 141 MB, pinned by hash in python-peers.txt; Keras, which runs on it, adds 9 MB. PyTorch is Debian's package python3-torch: 155 MB with all that it needs.
# PyPI's wheel for this platform is 539 MB, and it does not load without NVIDIA's libraries, which are 3 GB more once unpacked.
# They do not share a folder, because Debian's PyTorch needs an older numpy.
set -euo pipefail
cd "$(dirname "$0")/.."
REQUIREMENTS=$PWD/scripts/python-peers.txt
PYTORCH_REQUIREMENTS=$PWD/scripts/python-peers-pytorch.txt

if [ "$(uname -sm)" != "Linux x86_64" ]; then
  echo "setup-python-peers: the wheels are for Linux on x86-64, and this is $(uname -sm)" >&2
  exit 1
fi
if ! python3 -m pip --version >/dev/null 2>&1; then
  echo "setup-python-peers: \`python3 -m pip\` is needed and does not run" >&2
  exit 1
fi
if ! /usr/bin/python3 -c "import torch" 2>/dev/null; then
  echo "setup-python-peers: PyTorch is missing; apt-get install -y --no-install-recommends python3-torch libopenblas0-pthread" >&2
  exit 1
fi

mkdir -p "${1:-.cache/python-peers}"
cache=$(cd "${1:-.cache/python-peers}" && pwd)

# `installed` is written last, so that what an interrupted run left is made again.
if ! cmp -s "$REQUIREMENTS" "$cache/jax/installed"; then
  rm -rf "$cache/jax"
  python3 -m venv --without-pip "$cache/jax"
  python3 -m pip --python "$cache/jax/bin/python" install --quiet --no-deps --require-hashes --only-binary :all: --requirement "$REQUIREMENTS"
  cp "$REQUIREMENTS" "$cache/jax/installed"
fi
if ! cmp -s "$PYTORCH_REQUIREMENTS" "$cache/pytorch/installed"; then
  rm -rf "$cache/pytorch"
  /usr/bin/python3 -m venv --without-pip --system-site-packages "$cache/pytorch"
  python3 -m pip --python "$cache/pytorch/bin/python" install --quiet --no-deps --require-hashes --only-binary :all: --requirement "$PYTORCH_REQUIREMENTS"
  cp "$PYTORCH_REQUIREMENTS" "$cache/pytorch/installed"
fi

"$cache/jax/bin/python" -c 'import jax; print("setup-python-peers: JAX", jax.__version__)'
KERAS_BACKEND=jax "$cache/jax/bin/python" -c 'import keras; print("setup-python-peers: Keras", keras.__version__)'
"$cache/pytorch/bin/python" -c 'import torch, safetensors.torch; print("setup-python-peers: PyTorch", torch.__version__)'
