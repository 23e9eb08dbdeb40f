#!/usr/bin/env bash
# Measures publish and boot beside what people do without Jetway: tests/lab/bench/README.md says what, and which variables there are.
set -euo pipefail
lab=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lab/lib.sh
. "$lab/lib.sh"

S3_SERVER_VERSION=0.14.1
# pigz, because dockerd uses it where it is installed; Debian's own docker.io recommends it.
PACKAGES=(curl debootstrap docker-registry iproute2 pigz zstd)

install_s3_server() {
    local tools=$state/tools
    [ ! -x "$tools/bin/s3s-fs" ] || return 0
    say "installing s3s-fs $S3_SERVER_VERSION (some minutes, once)"
    cargo install --quiet --locked --root "$tools" --version "$S3_SERVER_VERSION" --features binary s3s-fs
}

build_programs() {
    say "building jetway and jetway-agent (release profile)"
    cargo build --quiet --release --workspace --bins --manifest-path "$root/Cargo.toml"
}

main() {
    local python=$state/python-aws/bin/python
    [ "$(id -u)" -eq 0 ] || fail "it starts Docker engines of its own: run it as root"
    mkdir -p "$state/bench"
    # Held by this process, which becomes the bench, and by none that it starts.
    exec 9>"$state/bench/lock"
    flock --nonblock 9 || fail "another bench runs in this checkout"
    # Another folder's programs may be measured: those of another commit, or a build that is there already.
    if [ -n "${PROGRAMS:-}" ]; then
        PROGRAMS=$(realpath "$PROGRAMS")
        [[ -x $PROGRAMS/jetway && -x $PROGRAMS/jetway-agent ]] || fail "PROGRAMS: $PROGRAMS has no jetway and jetway-agent"
    fi
    cd "$lab"
    export PYTHONDONTWRITEBYTECODE=1
    command -v python3 >/dev/null || "$lab/packages.sh" python3
    # Wrong words are told before anything is made or started.
    python3 -m bench check
    # The engine stays up, and must not hold the lock.
    "$lab/docker-engine.sh" 9>&-
    "$lab/python.sh" aws
    "$lab/compiler.sh"
    "$lab/packages.sh" "${PACKAGES[@]}"
    install_s3_server
    [ -n "${PROGRAMS:-}" ] || build_programs
    case " ${ENGINES:-debian13} " in *debian13*) "$lab/debian13-engine.sh" root ;; esac
    exec "$python" -m bench
}

main
