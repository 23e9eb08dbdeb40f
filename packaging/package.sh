#!/usr/bin/env bash
# Makes what is installed: .deb and .rpm of the agent, an archive of the CLI, a bill of materials of each, and their checksums.
# PROFILE=release builds first; PROFILE=dev packs what `cargo build` has made. TARGET is a triple of Rust, REVISION the number
# that tells packages of one version apart, PARTS what of it all is made, OUT the folder.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

profile=${PROFILE:-release}
revision=${REVISION:-1}
read -ra parts <<<"${PARTS:-deb rpm archive sbom}"
root=$PWD
built=${CARGO_TARGET_DIR:-$root/target}
out=${OUT:-$root/target/package}
tools=$root/target/tools/bin
# What Amazon Linux 2023 has, the oldest that instances run.
newest_glibc=2.34

say() { printf 'package: %s\n' "$*" >&2; }

fail() {
    say "$*"
    exit 1
}

makes() { [[ " ${parts[*]} " == *" $1 "* ]]; }

need() { [ -n "$(command -v "$1")" ] || fail "$1 is missing: $2"; }

# What the kinds of package call a processor, and its own binutils.
read_target() {
    host=$(rustc --version --verbose | sed -n 's/^host: //p')
    target=${TARGET:-$host}
    case $target in
    x86_64-unknown-linux-gnu) architecture=x86_64 ;;
    aarch64-unknown-linux-gnu) architecture=aarch64 ;;
    *) fail "TARGET=$target: instances are x86_64-unknown-linux-gnu or aarch64-unknown-linux-gnu" ;;
    esac
    binutils=
    emulator=()
    building="cargo build --workspace"
    [ "$target" = "$host" ] || read_foreign_target
}

# A processor that is not this machine's: all that is missing is told at once, before minutes of building.
read_foreign_target() {
    local linker=CARGO_TARGET_${target^^}_LINKER debian=arm64 missing=() commands=()
    linker=${linker//-/_}
    [ "$architecture" = aarch64 ] || debian=amd64
    binutils=$architecture-linux-gnu-
    building="$linker=${binutils}gcc cargo build --workspace --target $target"
    export "$linker=${binutils}gcc"
    [ -d "$(rustc --print target-libdir --target "$target")" ] || commands+=("rustup target add $target")
    # Debian's compiler comes without a C library to link with, unless that is installed as well.
    echo 'int main(void) { return 0; }' | "${binutils}gcc" -x c - -o /dev/null 2>/dev/null ||
        missing+=("gcc-${architecture/_/-}-linux-gnu" "libc6-dev-$debian-cross")
    # The manual and the completions of a program come from itself.
    emulator=("qemu-$architecture-static" -L "/usr/$architecture-linux-gnu")
    ! makes archive || [ -n "$(command -v "${emulator[0]}")" ] || missing+=(qemu-user-static)
    [ ${#missing[@]} = 0 ] || commands+=("apt-get install ${missing[*]}")
    [ ${#commands[@]} = 0 ] && return
    local first=${commands[0]} rest=("${commands[@]:1}")
    fail "what makes programs for $target is missing: $first${rest[*]:+ && ${rest[*]}} (the names are those of Debian)"
}

check_request() {
    case $profile in
    release | dev) ;;
    *) fail "PROFILE=$profile: release (builds first) or dev (packs what \`cargo build\` has made)" ;;
    esac
    local part
    for part in "${parts[@]}"; do
        [[ $part =~ ^(deb|rpm|archive|sbom)$ ]] || fail "PARTS has $part: some of deb, rpm, archive and sbom"
    done
    [[ $revision =~ ^[1-9][0-9]*$ ]] || fail "REVISION=$revision: a number from 1"
    need git "the packages' dates are those of the commit"
    need cargo "install rustup from https://rustup.rs"
    local tool
    for tool in cargo-deb cargo-generate-rpm cargo-cyclonedx; do
        [ -x "$tools/$tool" ] || fail "$tool is missing: \`make package\` installs it into target/tools"
    done
    read_target
    need "${binutils}strip" "install binutils"
    check_out
    SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) || fail "this is no checkout of git: the packages' dates are those of the commit"
    export SOURCE_DATE_EPOCH
    [ -z "$(git status --porcelain)" ] || say "the checkout has changes that are not committed: these packages are of no commit"
}

# The folder is emptied, so that nothing may be in it that this script does not make.
check_out() {
    local other
    [ -e "$out" ] || return 0
    [ -d "$out" ] || fail "OUT=$out is no folder"
    other=$(find "$out/" -mindepth 1 \( -not -type f -o -not -name 'jetway*' -not -name SHA256SUMS \) -print -quit)
    [ -z "$other" ] || fail "OUT=$out would be emptied, and has $other, which is no package: name a new folder"
}

# What was built before the sources changed is not packed under their name.
check_fresh() {
    local program=$1 file
    [ -x "$programs/$program" ] || fail "$programs/$program is not built: $building"
    while read -r file; do
        [ ! "$file" -nt "$programs/$program" ] ||
            fail "$program was built before ${file#"$root"/} changed: $building"
    done < <(sed 's/^[^:]*: //' "$programs/$program.d" | tr ' ' '\n')
}

build() {
    if [ "$profile" = dev ]; then
        programs=$built/debug
        [ "$target" = "$host" ] || programs=$built/$target/debug
        check_fresh jetway
        check_fresh jetway-agent
        return
    fi
    programs=$built/$target/release
    cargo build --release --locked --target "$target" --target-dir "$built" --package jetway --package jetway-agent
}

# check_glibc FILE: fails when the program needs what the instances' C library lacks.
check_glibc() {
    local needed
    needed=$("${binutils}objdump" --dynamic-syms "$1" | grep -oE 'GLIBC_[0-9.]+' | sort --unique --version-sort | tail -n 1)
    [ "$(printf '%s\n' "GLIBC_$newest_glibc" "$needed" | sort --version-sort | tail -n 1)" = "GLIBC_$newest_glibc" ] ||
        fail "${1##*/} needs $needed, and Amazon Linux 2023 has GLIBC_$newest_glibc: build on Debian 12 or older"
}

# What the packages are made from, with nothing in it that is this checkout's own: not its dates, nor its place.
stage_sources() {
    sources=$stage/sources
    mkdir "$sources"
    git ls-files --cached --others --exclude-standard -- \
        LICENSE README.md Cargo.lock '*Cargo.toml' '*.rs' rust-toolchain.toml packaging systemd |
        xargs -d '\n' cp --parents --target-directory "$sources"
    find "$sources" -exec touch --date "@$SOURCE_DATE_EPOCH" {} +
}

# The programs, where cargo-deb and cargo-generate-rpm look for what a release build has made.
stage_programs() {
    local program
    staged=$stage/$target/release
    mkdir -p "$staged"
    for program in jetway jetway-agent; do
        check_glibc "$programs/$program"
        "${binutils}strip" --strip-all -o "$staged/$program" "$programs/$program"
    done
    # The workspace's own: all packages have it.
    version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml)
    ! makes archive || "${emulator[@]}" "$staged/jetway" --version >/dev/null || fail "jetway for $target does not run here"
}

deb() {
    local quickly=()
    [ "$profile" = release ] || quickly=(--fast)
    cd "$sources"
    CARGO_TARGET_DIR=$stage "$tools/cargo-deb" --quiet --locked --no-build --no-strip --target "$target" "${quickly[@]}" \
        --package jetway-agent --deb-revision "$revision" --output "$out/" >/dev/null
}

rpm() {
    local compression=zstd
    [ "$profile" = release ] || compression=gzip
    cd "$sources"
    CARGO_TARGET_DIR=$stage "$tools/cargo-generate-rpm" --package agent --target "$target" --payload-compress "$compression" \
        --set-metadata "release = \"$revision\"" --output "$out"
}

archive() {
    local name=jetway-$version-$architecture-linux
    local folder=$stage/$name
    mkdir -p "$folder/completions" "$folder/man"
    cp "$staged/jetway" LICENSE README.md "$folder"
    local jetway=("${emulator[@]}" "$staged/jetway")
    "${jetway[@]}" completions bash >"$folder/completions/jetway.bash"
    "${jetway[@]}" completions zsh >"$folder/completions/_jetway"
    "${jetway[@]}" completions fish >"$folder/completions/jetway.fish"
    "${jetway[@]}" man --folder "$folder/man" >/dev/null
    chmod -R u=rwX,go=rX "$folder"
    tar --create --directory "$stage" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner "$name" |
        gzip --no-name >"$out/$name.tar.gz"
}

# cargo-cyclonedx writes beside each manifest.
sbom() {
    "$tools/cargo-cyclonedx" cyclonedx --quiet --manifest-path "$sources/Cargo.toml" --target "$target" --no-build-deps \
        --format json --spec-version 1.5 --override-filename bom
    sed "s#$sources#/jetway#g" "$sources/cli/bom.json" >"$out/jetway-$version-$architecture.cdx.json"
    sed "s#$sources#/jetway#g" "$sources/agent/bom.json" >"$out/jetway-agent-$version-$architecture.cdx.json"
}

# Each compresses with one core, and in a shell of its own.
at_once() {
    local job jobs=()
    for job in "$@"; do
        "$job" &
        jobs+=("$!")
    done
    for job in "${jobs[@]}"; do
        wait "$job" || fail "not all packages could be made"
    done
}

main() {
    check_request
    build
    mkdir -p "$root/target" "$(dirname "$out")"
    stage=$(mktemp --directory "$root/target/package.XXXXXX")
    trap 'rm -rf "$stage"' EXIT
    stage_sources
    stage_programs
    rm -rf "$out"
    mkdir -p "$out"
    at_once "${parts[@]}"
    (cd "$out" && sha256sum -- * >SHA256SUMS)
    say "made in ${out#"$root"/}:"
    (cd "$out" && ls -l --human-readable) | awk 'NR > 1 { printf "  %6s %s\n", $5, $9 }' >&2
}

main
