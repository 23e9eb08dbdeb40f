#!/usr/bin/env bash
# Makes target/python, a virtual environment with the packages of requirements.txt; rebuilt only when that file changed.
# `python.sh lint` makes target/python-lint with those of requirements-lint.txt: linters must not decide the tests' versions.
# `python.sh aws` makes target/python-aws with those of requirements-aws.txt: the emulated AWS and readers beside it.
set -euo pipefail
lab=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lab/lib.sh
. "$lab/lib.sh"

kind=${1:+-$1}
venv=$state/python$kind
wanted=$lab/requirements$kind.txt

up_to_date() { cmp -s "$wanted" "$venv/requirements.txt" && "$venv/bin/python" -c '' 2>/dev/null; }

build() {
    say "making $venv from ${wanted#"$root"/}"
    rm -rf "$venv"
    mkdir -p "$state"
    python3 -c 'import ensurepip, venv' 2>/dev/null || "$lab/packages.sh" python3 python3-venv
    python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$wanted"
    # Written last: a build that was interrupted is built again.
    cp "$wanted" "$venv/requirements.txt"
}

up_to_date || build
