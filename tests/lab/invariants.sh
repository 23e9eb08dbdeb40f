#!/usr/bin/env bash
# Checks what ARCHITECTURE.md promises and a machine can see; reports every breach, and fails when there is one.
set -euo pipefail
lab=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lab/lib.sh
. "$lab/lib.sh"
cd "$root"

# The longest a source file may grow before it has to be split.
longest=400
breaches=0

# breach MESSAGE LINES: nothing happens when LINES is empty.
breach() {
    [ -n "$2" ] || return 0
    say "$1"
    printf '%s\n' "$2" | sed 's/^/    /' >&2
    breaches=$((breaches + 1))
}

# The checkout's files that match, new ones included, without those that are deleted but not yet committed.
files() {
    git ls-files --cached --others --exclude-standard -- "$@" | while read -r file; do
        [ ! -f "$file" ] || printf '%s\n' "$file"
    done
}

# search PATTERN PATHSPEC...: file, line and text of each match. Finding nothing is no failure.
search() {
    local pattern=$1
    shift
    files "$@" | xargs -r -d '\n' grep -HnIE -e "$pattern" || true
}

# packages OF KINDS: the names of everything that a workspace member is built from.
packages() { cargo tree --quiet --package "$1" --edges "$2" --prefix none --format '{p}' | cut -d ' ' -f 1 | sort -u; }

common_is_pure() {
    breach "jetway-common does no I/O, so it depends on none of these:" \
        "$(packages jetway-common normal | grep -E '^(tokio|hyper|bollard|zbus|reqwest|aws-config|aws-sdk-.*)$' || true)"
}

programs_are_apart() {
    breach "jetway must not depend on jetway-agent; they meet in the store:" \
        "$(packages jetway normal,build,dev | grep -x jetway-agent || true)"
    breach "jetway-agent must not depend on jetway; they meet in the store:" \
        "$(packages jetway-agent normal,build,dev | grep -x jetway || true)"
}

bollard_stays_in_its_adapter() {
    breach "bollard's types stay in agent/src/docker* and cli/src/docker*:" \
        "$(search '\bbollard::' '*.rs' ':!agent/src/docker*' ':!cli/src/docker*')"
}

sdk_stays_in_its_adapter() {
    breach "types of the AWS SDK stay in agent/src/aws* and cli/src/aws*:" \
        "$(search '\baws_(sdk_[a-z0-9]+|config|smithy_[a-z_]+|types|credential_types)::' '*.rs' ':!agent/src/aws*' ':!cli/src/aws*')"
}

dbus_stays_in_its_adapter() {
    breach "types of zbus stay in agent/src/systemd*:" "$(search '\bzbus::' '*.rs' ':!agent/src/systemd*')"
}

nothing_is_unfinished() {
    breach "no unfinished code, debugging aids or switched-off tests:" \
        "$(search '(\b(todo|unimplemented|dbg)!|#\[ignore)' '*.rs')"
}

nothing_of_one_machine() {
    breach "no path or package registry of somebody's machine:" \
        "$(search '((^|[^A-Za-z0-9_.})-])/(work|home)/|artifactory|jfrog|index\.crates\.io|replace-with|index-url)' . ":!tests/lab/invariants.sh")"
}

files_say_what_they_are_for() {
    local file
    breach "each source file begins with a //! sentence on its job:" "$(files '*.rs' | while read -r file; do
        [[ $(head -n 1 "$file") == '//! '* ]] || printf '%s\n' "$file"
    done)"
}

files_stay_small() {
    local file lines
    breach "a source file has at most $longest lines; split these:" "$(files 'common/src/*.rs' 'common/loopback/src/*.rs' 'agent/src/*.rs' 'cli/src/*.rs' |
        while read -r file; do
            lines=$(wc -l <"$file")
            [ "$lines" -le "$longest" ] || printf '%s: %s lines\n' "$file" "$lines"
        done)"
}

main() {
    common_is_pure
    programs_are_apart
    bollard_stays_in_its_adapter
    sdk_stays_in_its_adapter
    dbus_stays_in_its_adapter
    nothing_is_unfinished
    nothing_of_one_machine
    files_say_what_they_are_for
    files_stay_small
    [ "$breaches" -eq 0 ] || fail "$breaches invariants are broken"
    say "all hold"
}

main
