#!/usr/bin/env bash
# Makes sure that Rust and a C compiler are there: installs the second, says where the first comes from.
set -euo pipefail
lab=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lab/lib.sh
. "$lab/lib.sh"

have cargo || fail "Rust is missing: install rustup from https://rustup.rs, it then brings the version of rust-toolchain.toml"
have cc || "$lab/packages.sh" gcc libc6-dev
