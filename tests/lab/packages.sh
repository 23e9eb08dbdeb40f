#!/usr/bin/env bash
# Installs the Debian packages named as arguments that are missing, and says so; silent when all are there.
set -euo pipefail
lab=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lab/lib.sh
. "$lab/lib.sh"

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

missing() {
    local name
    for name in "$@"; do
        installed "$name" || printf '%s\n' "$name"
    done
}

main() {
    local names
    have dpkg-query || fail "this is no Debian or Ubuntu; please install by hand: $*"
    mapfile -t names < <(missing "$@")
    [ "${#names[@]}" -gt 0 ] || return 0
    say "installing ${names[*]} with apt"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
    # No service is started by an installation: what the scripts start, they start themselves.
    as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
        apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 "${names[@]}" >&2
}

main "$@"
