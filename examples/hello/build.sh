#!/usr/bin/env bash
# Builds the example's image TAG, whose /version says VERSION (default: the tag), with no registry and no network.
# `build.sh --program` compiles the program alone, and prints where it is.
set -euo pipefail
lab=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../tests/lab" && pwd)
# shellcheck source=tests/lab/lib.sh
. "$lab/lib.sh"

here=$root/examples/hello

# Compiles the program for an empty image: static, and small. The target is named because a build for "the host" would
# link the procedural macros statically too, which cannot work.
compile() {
    local triple
    triple=$(rustc -vV | sed -n 's/^host: //p')
    RUSTFLAGS="-C target-feature=+crt-static" CARGO_PROFILE_RELEASE_OPT_LEVEL=s CARGO_PROFILE_RELEASE_LTO=fat \
        CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1 CARGO_TARGET_DIR="$state/hello" \
        cargo build --quiet --release --package hello --target "$triple" --manifest-path "$root/Cargo.toml"
    printf '%s\n' "$state/hello/$triple/release/hello"
}

# Equal files get equal times, so that the program's layer is the same bytes in every version of the image.
stage() {
    install -m 0755 "$1" "$3/hello"
    install -m 0644 "$here/Dockerfile" "$3/Dockerfile"
    printf '%s\n' "$2" >"$3/version.txt"
    chmod 0644 "$3/version.txt"
    touch -d @0 "$3/hello" "$3/version.txt"
}

main() {
    local tag=${1:?usage: build.sh TAG [VERSION], or build.sh --program} program
    if [ "$tag" = --program ]; then
        compile
        return
    fi
    local version=${2:-${tag##*:}}
    program=$(compile)
    context=$(mktemp -d)
    trap 'rm -rf "$context"' EXIT
    stage "$program" "$version" "$context"
    # The classic builder: BuildKit is a plug-in that a machine may lack, and its provenance would change the image's ID.
    DOCKER_BUILDKIT=0 docker build --quiet --network none --tag "$tag" "$context" >/dev/null 2>"$context/log" ||
        fail "docker build failed: $(cat "$context/log")"
    say "$tag: version $version, $(docker image inspect --format '{{.Size}} bytes, {{.Id}}' "$tag")"
}

main "$@"
