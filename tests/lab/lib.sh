# Shared by the laboratory's scripts: where things are, how to speak, how to become root.
# shellcheck shell=bash
# A script sets `lab` (this folder) and sources this file.

root=$(cd "${lab:?}/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
# What the scripts keep is always in the checkout's own target folder, so that `make clean` finds it.
state=$root/target
export root target state

say() { printf '%s: %s\n' "$(basename "$0" .sh)" "$*" >&2; }

fail() {
    say "$*"
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# Runs a command as root: directly, or through sudo.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif have sudo; then
        sudo "$@"
    else
        fail "needs root for: $*; run as root or install sudo"
    fi
}

# runs PID NAME: whether this process is still that program. A pid may have been given to another one since; and where the
# first process is no init system, what has ended stays in the list as a zombie.
runs() {
    awk -v name="$2" '/^Name:/ { same = $2 == name } /^State:/ { alive = $2 != "Z" } END { exit !(same && alive) }' \
        "/proc/$1/status" 2>/dev/null
}

# terminate PID: asks a process of root's to end. The shell's own kill, because a small system has no program of that name.
# shellcheck disable=SC2016 # the inner shell expands it
terminate() { as_root bash -c 'kill "$1"' terminate "$1"; }

# until_true SECONDS COMMAND...: repeats the command until it succeeds; fails when the time is up.
until_true() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.1
    done
}

# show COMMAND...: prints the command as a person would type it, then runs it.
show() {
    printf '\n$ %s\n' "$*"
    "$@"
}
