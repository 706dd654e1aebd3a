#!/usr/bin/env bash
# Sets up where compiled modules are tried beside Node, in .cache/runtimes: Deno, Bun and webpack, all from the npm registry.
# Nothing else of the project needs this script. It fetches 80 MB.
set -euo pipefail
cd "$(dirname "$0")/.."

mkdir -p .cache/runtimes
cd .cache/runtimes
[ -e package.json ] || echo '{ "private": true }' >package.json
# The packages hold the programs; their own installers would only copy them.
npm install --ignore-scripts --no-audit --no-fund --loglevel=error deno@2.9.6 bun@1.4.5 webpack@5
mkdir -p bin
ln -sf "$PWD"/node_modules/@deno/*/deno "$PWD"/node_modules/@oven/*/bin/bun bin/
bin/deno --version >/dev/null
bin/bun --version >/dev/null
echo "setup-runtimes: Deno, Bun and webpack are installed"
