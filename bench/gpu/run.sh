#!/bin/sh
# sh run.sh RESULTS [OPTION…]: unpacks the benchmark beside this file, and runs it. Options: see bench/gpu/README.md.
set -eu
results=${1:?"sh run.sh RESULTS [OPTION…]"}
shift
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tar -xzf "$here/content.tar.gz" -C "$work"

# Only libraries that this machine lacks are taken from the package.
mkdir "$work/lacking"
known=$(ldconfig -p || true)
for file in "$work"/libraries/*; do
  case "$known" in *"$(basename "$file") "*) ;; *) cp "$file" "$work/lacking/" ;; esac
done
export LD_LIBRARY_PATH="$work/lacking${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"

# Some machines have the GPU's driver here, where the loader does not look.
elsewhere=/usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json
if [ -z "${VK_DRIVER_FILES:-}${VK_ICD_FILENAMES:-}" ] && [ -e "$elsewhere" ] &&
  ! ls /usr/share/vulkan/icd.d/nvidia* /etc/vulkan/icd.d/nvidia* >/dev/null 2>&1; then
  export VK_DRIVER_FILES="$elsewhere"
fi
vendor=/usr/local/nvidia/share/glvnd/egl_vendor.d/10_nvidia.json
if [ -z "${__EGL_VENDOR_LIBRARY_FILENAMES:-}" ] && [ -e "$vendor" ]; then
  export __EGL_VENDOR_LIBRARY_FILENAMES="$vendor"
fi

"$work/node" --stack-size=3900 --expose-gc "$work/main.mjs" --commit "$(cat "$work/commit")" --out "$results" "$@"
