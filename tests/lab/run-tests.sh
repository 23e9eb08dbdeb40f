#!/usr/bin/env bash
# Runs all tests; what failed is told again at the end, where whoever reads a long log, or its end alone, finds it.
set -euo pipefail
lab=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lab/lib.sh
. "$lab/lib.sh"

log=$state/tests.log
lines_of_a_failure=60

# What is started by nohup ignores SIGHUP, and so would the programs that are tested by it.
run() { env --default-signal=HUP cargo test --workspace --all-targets --no-fail-fast 2>&1 | tee "$log"; }

# The words of each failed test, from the runner's `---- name stdout ----` to where the next or the list of names begins.
tell_failures() {
    awk -v most="$lines_of_a_failure" '
        /^---- .* stdout ----$/ { told = 1; lines = 0 }
        /^failures:$|^test result: / { told = 0 }
        told && ++lines <= most
    ' "$log"
}

cd "$root"
mkdir -p "$state"
run || { status=$?; say "what failed, again; all of it is in ${log#"$root"/}" && tell_failures && exit "$status"; }
