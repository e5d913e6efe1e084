#!/usr/bin/env bash
# Set up a virtual environment in .venv with everything pinned in constraints.txt.
#   scripts/setup.sh          to run Clearway
#   scripts/setup.sh dev      to test and change it (adds tools, a browser, fonts and PostgreSQL)
set -euo pipefail
cd "$(dirname "$0")/.."
what="${1:-run}"

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }

# System packages: only what is missing, only where we may.
want() { # want PROGRAM-OR-FILE PACKAGE…
  command -v "$1" >/dev/null 2>&1 || [ -e "$1" ] || packages+=("${@:2}")
}
packages=()
find_python() {
  for name in python3.13 python3.12 python3.11 python3; do
    if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
    then printf '%s' "$name"; return; fi
  done
}
python="$(find_python)"
[ -n "$python" ] || packages+=(python3 python3-venv)
[ -z "$python" ] || "$python" -c 'import ensurepip, venv' 2>/dev/null || packages+=(python3-venv)
if [ "$what" = dev ]; then
  want chromium chromium
  want /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc fonts-noto-cjk
fi
if [ ${#packages[@]} -gt 0 ]; then
  if command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; then
    say "installing system packages: ${packages[*]}"
    sudo=""; [ "$(id -u)" = 0 ] || sudo="sudo"
    $sudo apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
  else
    say "Clearway needs these system packages, and this user may not install them: ${packages[*]}"
    say "Ask an administrator to run: apt-get install ${packages[*]}"
    exit 1
  fi
fi
# The ledger's tests run once more on PostgreSQL, where there is one; without, they say so and are left out.
if [ "$what" = dev ] && [ ! -e /usr/lib/postgresql ] && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql >/dev/null 2>&1 \
    || say "PostgreSQL could not be installed: what needs it is left out of the tests"
fi
python="$(find_python)"
[ -n "$python" ] || { say "Clearway needs Python 3.11 or newer; this system's packages have none."; exit 1; }

extra=""; [ "$what" = dev ] && extra="[dev]"
stamp=".venv/.ready-$what"
if [ -e "$stamp" ] && [ ! pyproject.toml -nt "$stamp" ] && [ ! constraints.txt -nt "$stamp" ]; then exit 0; fi
say "setting up .venv with $("$python" --version) (about a minute) …"
[ -x .venv/bin/python ] || "$python" -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".$extra"
touch "$stamp"
