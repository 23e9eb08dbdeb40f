#!/usr/bin/env bash
# A private Docker engine of Debian 13 (26.1), beside the machine's own. `root` makes its file system, once; `run FOLDER OPTION...`
# becomes its dockerd, with what must outlive it in FOLDER; `start STORE` and `stop STORE` are for people, STORE being classic or
# containerd.
set -euo pipefail
lab=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lab/lib.sh
. "$lab/lib.sh"

PATH=$PATH:/usr/sbin:/sbin
codename=trixie
home=$state/debian13
system=$home/root

# The mirror of Debian itself that this machine's own apt uses; on another distribution, Debian's.
mirror() {
    local uri
    # shellcheck disable=SC2016 # apt-get replaces these itself
    uri=$(apt-get indextargets --format '$(REPO_URI) $(ORIGIN)' 'Created-By: Packages' |
        awk '$2 == "Debian" && $1 !~ /security/ { print $1; exit }')
    printf '%s\n' "${uri:-http://deb.debian.org/debian/}"
}

# Only the first half of debootstrap: no package is configured, which dockerd does not need, and so it takes half a minute.
unpack() {
    local folder=$1 package
    debootstrap --foreign --variant=minbase --include=docker.io,pigz "$codename" "$folder" "$(mirror)" >"$home/log" ||
        fail "debootstrap failed; see ${home#"$root"/}/log"
    # debootstrap itself has unpacked the required packages; these are docker.io and what it depends on.
    for package in $(<"$folder/debootstrap/base"); do
        dpkg-deb --extract "$folder/var/cache/apt/archives/${package}"_*.deb "$folder"
    done
    rm -rf "$folder"/var/cache/apt/archives/*.deb "$folder/var/lib/apt/lists"
    cp "$folder/usr/share/base-passwd/passwd.master" "$folder/etc/passwd"
    cp "$folder/usr/share/base-passwd/group.master" "$folder/etc/group"
    cp --dereference /etc/resolv.conf "$folder/etc/resolv.conf"
    # debootstrap makes /proc a link to the real one, over which nothing must be mounted.
    rm -rf "$folder/proc"
    mkdir "$folder/proc"
}

# Two scripts at once: the second waits and finds it made. dockerd must not inherit the lock.
make_root() {
    mkdir -p "$home"
    (
        flock 9
        # dockerd uses pigz where it is installed; a root without it is of an older version of this script.
        [ ! -x "$system/usr/bin/unpigz" ] || exit 0
        "$lab/packages.sh" debian-archive-keyring debootstrap
        say "making a Debian $codename with docker.io and pigz by debootstrap (half a minute)"
        rm -rf "$system.part"
        unpack "$system.part"
        rm -rf "$system"
        mv "$system.part" "$system"
    ) 9>"$home/lock"
}

# What dockerd sees: that system, this machine's devices and control groups, and the folders that paths from here are in. All
# of it is mounted in a namespace of dockerd's own, and goes with its last process.
enter() {
    local folder=$1 part
    # dockerd and runc change the root of what they run, which needs a mount point here.
    mount --bind "$system" "$system"
    for part in /dev /proc /sys "$folder" "${TMPDIR:-/tmp}"; do
        mkdir -p "$system$part"
        mount --rbind "$part" "$system$part"
    done
    # The containers' shims listen below /run, and the next dockerd looks for them there.
    mkdir -p "$folder/run"
    mount --bind "$folder/run" "$system/run"
    cd "$system"
    pivot_root . .
    umount --lazy .
}

run() {
    local folder=$1
    shift
    if [ "${JETWAY_LAB_INSIDE:-}" != "$$" ]; then
        make_root
        # unshare becomes this script again, so that dockerd gets this process's id.
        JETWAY_LAB_INSIDE=$$ exec unshare --mount --propagation private "${BASH_SOURCE[0]}" run "$folder" "$@"
    fi
    unset JETWAY_LAB_INSIDE
    enter "$folder"
    export PATH=/usr/sbin:/usr/bin:/sbin:/bin
    exec dockerd "$@"
}

bridge_of() { printf 'jw-debian13-%.2s\n' "$1"; }

# The pid of the engine with this store that `start` started, if it still runs.
our_pid() {
    local pid
    pid=$(cat "$home/$1/pid" 2>/dev/null) || return 1
    runs "$pid" dockerd && printf '%s\n' "$pid"
}

answers() { DOCKER_HOST=unix://$home/$1/docker.sock docker version >/dev/null 2>&1; }

start() {
    local store=$1 bridge folder=$home/$1
    bridge=$(bridge_of "$store")
    if our_pid "$store" >/dev/null; then
        say "running already: DOCKER_HOST=unix://$folder/docker.sock"
        return
    fi
    make_root
    mkdir -p "$folder"
    [ "$store" = classic ] || printf '{"features": {"containerd-snapshotter": true}}\n' >"$folder/daemon.json"
    [ "$store" = containerd ] || printf '{}\n' >"$folder/daemon.json"
    rm -f "$folder/pid" "$folder/exec/containerd/containerd.pid"
    # Without a bridge of its own it would remove docker0, which belongs to the machine's engine.
    [ -d "/sys/class/net/$bridge" ] || ip link add "$bridge" type bridge
    ip address replace "10.252.0.$([ "$store" = classic ] && echo 1 || echo 5)/30" dev "$bridge"
    setsid --fork "$0" run "$folder" --config-file "$folder/daemon.json" --host "unix://$folder/docker.sock" \
        --data-root "$folder/data" --exec-root "$folder/exec" --pidfile "$folder/pid" \
        --bridge "$bridge" --iptables=false --ip-masq=false --ip-forward=false </dev/null >"$folder/log" 2>&1
    until_true 60 answers "$store" || fail "dockerd does not answer; see ${folder#"$root"/}/log"
    say "started: DOCKER_HOST=unix://$folder/docker.sock; it stays up: debian13-engine.sh stop $store ends it"
}

ended() { ! our_pid "$1" >/dev/null; }

stop() {
    local store=$1 pid bridge
    bridge=$(bridge_of "$store")
    if pid=$(our_pid "$store"); then
        terminate "$pid"
        until_true 30 ended "$store" || fail "dockerd $pid does not end"
        say "stopped dockerd $pid"
    fi
    [ ! -d "/sys/class/net/$bridge" ] || ip link delete "$bridge"
}

store_of() {
    case ${1:-} in
        classic | containerd) printf '%s\n' "$1" ;;
        *) fail "which store: classic or containerd?" ;;
    esac
}

main() {
    local what=${1:-} store
    [ "$(id -u)" -eq 0 ] || fail "needs root: it mounts"
    shift || true
    case $what in
        root) make_root ;;
        run) run "$@" ;;
        start | stop)
            store=$(store_of "${1:-}")
            "$what" "$store"
            ;;
        *) fail "usage: debian13-engine.sh root | run FOLDER OPTION... | start STORE | stop STORE" ;;
    esac
}

main "$@"
