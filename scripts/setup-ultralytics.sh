#!/usr/bin/env bash
# An environment with the [ultralytics] extra: PyTorch and the torchvision that fits it.
#   scripts/setup-ultralytics.sh FOLDER
set -euo pipefail
cd "$(dirname "$0")/.."
venv="${1:?give the folder of the environment}"
[ -e "$venv/.ready" ] && [ ! pyproject.toml -nt "$venv/.ready" ] && exit 0
case "$(uname -m)" in
  x86_64) torch="torch==2.14.1 torchvision==0.29.1" ;;
  *) torch="torch==2.9.1 torchvision==0.24.1" ;;
esac
python="$(readlink -f .venv/bin/python)"
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
# shellcheck disable=SC2086  # two packages
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check $torch
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  --constraint constraints.txt --editable ".[ultralytics,dev]"
touch "$venv/.ready"
