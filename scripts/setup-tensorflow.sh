#!/usr/bin/env bash
# Installs @tensorflow/tfjs-node for tests of the target tfjs-tensorflow, on Linux x64. Its own installer fetches libtensorflow 2.9 from
# a host that cannot always be reached. So the library is taken from PyPI's wheel tensorflow-cpu, and the add-on is built against it.
# `npm ci` removes the package again. The unpacked files stay in .cache/tensorflow, or in the folder that is given.
# Needs python3 with pip, and g++. Only these tests need this script.
set -euo pipefail
cd "$(dirname "$0")/.."
WHEEL='tensorflow-cpu==2.21.0 --hash=sha256:2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c'
NAPI=8

if [ "$(uname -sm)" != "Linux x86_64" ]; then
  echo "setup-tensorflow: the wheel is for Linux on x86-64, and this is $(uname -sm)" >&2
  exit 1
fi
for tool in "python3 -m pip" g++ npm; do
  if ! $tool --version >/dev/null 2>&1; then
    echo "setup-tensorflow: \`$tool\` is needed and does not run" >&2
    exit 1
  fi
done
if [ ! -d node_modules/@tensorflow/tfjs ]; then
  echo "setup-tensorflow: \`npm ci\` first" >&2
  exit 1
fi

mkdir -p "${1:-.cache/tensorflow}"
cache=$(cd "${1:-.cache/tensorflow}" && pwd)

# The library and its C headers. `unpacked` is written last, so that what an interrupted run left is fetched again.
if [ "$(cat "$cache/unpacked" 2>/dev/null)" != "$WHEEL" ] || [ ! -e "$cache/deps/lib/libtensorflow_cc.so.2" ]; then
  rm -rf "$cache/deps" "$cache/wheel"
  mkdir "$cache/wheel"
  echo "$WHEEL" >"$cache/wheel/requirements.txt"
  # The headers and libraries are the same for each version of Python: one is named, so that any python3 will do.
  python3 -m pip download --quiet --no-deps --require-hashes --only-binary :all: --dest "$cache/wheel" \
    --implementation cp --python-version 3.11 --platform manylinux_2_27_x86_64 --requirement "$cache/wheel/requirements.txt"
  python3 - "$cache" <<'PYTHON'
import shutil, sys, zipfile
from pathlib import Path
cache = Path(sys.argv[1])
include = "tensorflow/include/"
headers = tuple(include + folder for folder in ("tensorflow/c/", "tensorflow/core/platform/", "xla/tsl/", "tsl/"))
with zipfile.ZipFile(next((cache / "wheel").glob("*.whl"))) as wheel:
    for name in wheel.namelist():
        if name.startswith("tensorflow/libtensorflow_"):
            to = cache / "deps/lib" / Path(name).name
        elif name.startswith(headers) and name.endswith(".h"):
            to = cache / "deps/include" / name.removeprefix(include)
        else:
            continue
        to.parent.mkdir(parents=True, exist_ok=True)
        with wheel.open(name) as source, open(to, "wb") as out:
            shutil.copyfileobj(source, out, 1 << 22)
PYTHON
  rm -rf "$cache/wheel"
  echo "$WHEEL" >"$cache/unpacked"
fi

# The version of tfjs that the project has, so that both register their kernels in the same copy of tfjs-core.
version=$(node -p 'require("@tensorflow/tfjs/package.json").version')
# As a development dependency: what is only an optional peer npm takes away again.
npm install --no-save --save-dev --ignore-scripts --loglevel=error "@tensorflow/tfjs-node@$version" node-api-headers@1.9.0
package=node_modules/@tensorflow/tfjs-node
if [ "$(find node_modules -path '*/@tensorflow/tfjs-core/package.json' | wc -l)" -ne 1 ]; then
  echo "setup-tensorflow: there are several copies of @tensorflow/tfjs-core" >&2
  exit 1
fi

rm -rf "$package/deps" "$package/lib"
mkdir -p "$package/lib/napi-v$NAPI"
ln -s "$cache/deps" "$package/deps"
# As its binding.gyp has it, but for the library's name.
g++ -shared -fPIC -O2 -std=c++17 -w -DNAPI_VERSION=$NAPI -I"$package" -I"$package/deps/include" -Inode_modules/node-api-headers/include \
  "$package"/binding/tfjs_backend.cc "$package"/binding/tfjs_binding.cc -o "$package/lib/napi-v$NAPI/tfjs_binding.node" \
  -L"$package/deps/lib" -l:libtensorflow_cc.so.2 -l:libtensorflow_framework.so.2 '-Wl,-rpath,$ORIGIN/../../deps/lib'
TF_CPP_MIN_LOG_LEVEL=1 node --eval 'require("@tensorflow/tfjs-node")' >/dev/null
echo "setup-tensorflow: @tensorflow/tfjs-node $version is built"
