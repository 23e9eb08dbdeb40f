#!/usr/bin/env bash
# Makes sure that a Docker engine answers (installing and starting one where there is none); `stop` ends the one it started.
set -euo pipefail
lab=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lab/lib.sh
. "$lab/lib.sh"

home=$state/docker
pid_file=$home/dockerd.pid
log=$home/dockerd.log
socket=/var/run/docker.sock

engine_version() { docker version --format '{{.Server.Version}}' 2>/dev/null; }

answers() { have docker && engine_version >/dev/null; }

# The engine may answer root alone; then starting a second one would be wrong.
answers_root() { have docker && as_root docker version >/dev/null 2>&1; }

# The pid of the engine that this script started, if it still runs.
our_pid() {
    local pid
    pid=$(cat "$pid_file" 2>/dev/null) || return 1
    runs "$pid" dockerd && printf '%s\n' "$pid"
}

install_engine() {
    if ! have dockerd && ! [ -x /usr/sbin/dockerd ]; then
        say "no Docker engine on this machine: installing docker.io"
        "$lab/packages.sh" docker.io ca-certificates
    fi
    # From Debian 13 on, the client is a package of its own.
    have docker || "$lab/packages.sh" docker-cli
    have iptables || [ -x /usr/sbin/iptables ] || "$lab/packages.sh" iptables
}

# dockerd writes its pid file a moment after its start; one that then has none has given up.
pid_file_due=0
still_starting() { our_pid >/dev/null || [ "$SECONDS" -lt "$pid_file_due" ]; }

answers_or_died() { answers || ! still_starting; }

start_by_hand() {
    local flags=()
    # The socket belongs to the caller's group, so that no new login is needed.
    [ "$(id -u)" -eq 0 ] || flags+=(--group "$(id -gn)")
    rm -f "$pid_file"
    say "starting dockerd; log ${log#"$root"/}"
    # sbin, where dockerd finds iptables, is not on every user's PATH.
    as_root env PATH="$PATH:/usr/sbin:/sbin" setsid --fork dockerd --pidfile "$pid_file" "${flags[@]}" \
        </dev/null >"$log" 2>&1 9>&-
    pid_file_due=$((SECONDS + 5))
    until_true 60 answers_or_died || true
    answers || {
        tail -n 20 "$log" >&2
        fail "dockerd did not answer on $socket; its last lines are above"
    }
    say "started Docker engine $(engine_version), pid $(our_pid), pid file ${pid_file#"$root"/}; it stays up: make docker-stop ends it"
}

start_by_systemd() {
    as_root systemctl start docker
    until_true 30 answers_root || fail "systemctl started docker, but it does not answer; see: journalctl -u docker"
    if ! answers; then
        say "letting $(id -un) use $socket until the engine restarts"
        as_root chown "$(id -un)" "$socket"
    fi
    say "systemd started Docker engine $(engine_version)"
}

start() {
    mkdir -p "$home"
    # Two scripts at once: the second waits and finds the engine up.
    exec 9>"$home/lock"
    flock 9
    if answers; then
        say "using Docker engine $(engine_version)"
        return
    fi
    [ -z "${DOCKER_HOST:-}" ] || fail "DOCKER_HOST is $DOCKER_HOST, but no Docker engine answers there"
    ! answers_root || fail "the Docker engine answers root only: sudo usermod -aG docker $(id -un), then log in again"
    install_engine
    if [ -d /run/systemd/system ]; then
        start_by_systemd
    else
        start_by_hand
    fi
}

ended() { ! our_pid >/dev/null; }

stop() {
    local pid
    if ! pid=$(our_pid); then
        say "no Docker engine of ours is running"
        return
    fi
    terminate "$pid"
    until_true 30 ended || fail "dockerd $pid does not end"
    rm -f "$pid_file"
    say "stopped dockerd $pid"
}

case ${1:-start} in
    start) start ;;
    stop) stop ;;
    *) fail "usage: docker-engine.sh [start|stop]" ;;
esac
