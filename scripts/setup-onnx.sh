#!/usr/bin/env bash
# Sets up what the tests of ONNX files need, in .cache/onnx: onnxruntime-node, whose package holds its library, and a Python with the
# package `onnx`, for its checker. Nothing else of the project needs this script. It fetches 300 MB.
set -euo pipefail
cd "$(dirname "$0")/.."
RUNTIME='onnxruntime-node@1.30.0'
CHECKER='onnx==1.23.2'

mkdir -p .cache/onnx
cd .cache/onnx
[ -e package.json ] || echo '{ "private": true }' >package.json
# Its own installer would fetch what it needs for a GPU.
npm install --ignore-scripts --no-audit --no-fund --loglevel=error "$RUNTIME"
node --eval 'require("onnxruntime-node")'
if [ ! -e venv/bin/python ] || ! venv/bin/python -c 'import onnx' 2>/dev/null; then
  python3 -m venv venv
  venv/bin/python -m pip install --quiet "$CHECKER"
fi
venv/bin/python -c 'import onnx; onnx.checker'
echo "setup-onnx: $RUNTIME and $CHECKER are installed"
