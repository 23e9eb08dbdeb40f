#!/usr/bin/env bash
# Has systemd read the units, and say how far each is exposed; fails when it warns, or when a unit is exposed more than it may be.
set -euo pipefail
lab=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lab/lib.sh
. "$lab/lib.sh"

# The most that `systemd-analyze security` may say; like programs on an instance have 9.2 to 9.6.
most_exposed=1.8

# Units name a program that is not installed here, which is no fault of theirs.
verify() {
    local copy said
    copy=$(mktemp -d)
    sed 's#=/usr/bin/jetway-agent#=/bin/true#' "$root/systemd/jetway-agent.service" >"$copy/jetway-agent.service"
    sed 's#=/usr/bin/jetway-agent#=/bin/true#' "$root/systemd/jetway-imds.service" >"$copy/jetway-imds.service"
    cp "$root/systemd/jetway.slice" "$copy"
    said=$(systemd-analyze verify "$copy"/jetway* 2>&1) || true
    rm -rf "$copy"
    [ -z "$said" ] || fail "systemd-analyze verify: $said"
}

exposure() {
    local unit=$1 level
    level=$(systemd-analyze security --offline=true --no-pager "$root/systemd/$unit" | sed -n 's/.*Overall exposure level.*: \([0-9.]*\) .*/\1/p')
    awk -v level="${level:-10}" -v most="$most_exposed" 'BEGIN { exit level > most }' ||
        fail "$unit has an exposure of ${level:-unknown}, and may have $most_exposed"
    say "$unit: exposure $level of at most $most_exposed"
}

# Both formats are read for an empty root, so that this machine's users and folders do not matter.
makes_user_and_folder() {
    local empty said
    empty=$(mktemp -d)
    mkdir "$empty/etc"
    said=$(systemd-sysusers --root="$empty" - <"$root/systemd/sysusers.d/jetway.conf" 2>&1) || fail "systemd-sysusers: $said"
    systemd-tmpfiles --root="$empty" --create - <"$root/systemd/tmpfiles.d/jetway.conf"
    grep -q '^jetway:x:727:727:' "$empty/etc/passwd" || fail "sysusers.d does not make the user jetway with the number 727"
    grep -q '^docker:' "$empty/etc/group" || fail "sysusers.d does not make the group docker"
    [ -d "$empty/etc/jetway" ] || fail "tmpfiles.d does not make /etc/jetway"
    rm -rf "$empty"
}

main() {
    "$lab/packages.sh" systemd
    verify
    exposure jetway-agent.service
    exposure jetway-imds.service
    makes_user_and_folder
}

main
