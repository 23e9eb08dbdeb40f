#!/usr/bin/env bash
# The compiler that `make check` lets cargo use for our own crates: clippy, to which every warning is an error.
#
# `cargo clippy` compiles all dependencies in a way that no later build can use, and here that is the AWS SDK. As the wrapper
# of the workspace's compiler, clippy shares them with the builds and tests that follow:
# https://doc.rust-lang.org/cargo/reference/config.html#buildrustc-workspace-wrapper
set -euo pipefail
exec clippy-driver "$@" --deny warnings
