#!/usr/bin/env bash
# Makes the root file system of a small Debian with the packages PACKAGE... as the archive FILE, unless FILE is there already.
set -euo pipefail
lab=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lab/lib.sh
. "$lab/lib.sh"

# The first mirror that this machine's own apt uses.
mirror() {
    # shellcheck disable=SC2016 # apt-get replaces these itself
    apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' | awk '$2 !~ /-/ { print; exit }'
}

main() {
    local file=${1:?usage: debian.sh FILE PACKAGE...} uri codename folder packages
    shift
    packages=$(IFS=,; printf '%s' "$*")
    [ ! -s "$file" ] || return 0
    "$lab/packages.sh" debootstrap
    read -r uri codename < <(mirror)
    mkdir -p "$(dirname "$file")"
    folder=$file.root
    say "making a Debian $codename with ${packages//,/, } by debootstrap (a minute or two)"
    as_root rm -rf "$folder"
    as_root env PATH="$PATH:/usr/sbin:/sbin" debootstrap --variant=minbase --include="$packages" \
        "$codename" "$folder" "$uri" >"$file.log" || fail "debootstrap failed; see $file.log"
    as_root tar -C "$folder" --exclude='./var/cache/apt/*' --exclude='./var/lib/apt/lists/*' --exclude='./dev/*' -cf - . >"$file.part"
    as_root rm -rf "$folder"
    mv "$file.part" "$file"
}

main "$@"
