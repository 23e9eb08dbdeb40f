#!/usr/bin/env bash
# Measures publish and boot beside what people do without Jetway; every run is verified, and a failed one fails the script.
# BENCH_ROUNDS=5 rounds, the candidates in alternating order; BENCH_SIZE=MB for a quick image; results in target/bench.
set -euo pipefail
lab=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lab/lib.sh
. "$lab/lib.sh"

rounds=${BENCH_ROUNDS:-5}
port=18999
home=$state/bench
results=$home/results.txt
project=$home/project
jetway=$target/release/jetway
for name in "${!JETWAY_@}"; do unset "$name"; done
export JETWAY_HOME=$home/jetway

# --- a Docker engine of the benchmark's own, so that "all images removed" harms nobody ---

bridge='jetway-bench0'

engine_answers() { docker version >/dev/null 2>&1; }
engine_ended() { ! runs "$engine_pid" dockerd; }

# A dockerd with --bridge=none removes docker0, which belongs to the machine's engine; so ours gets a bridge that it ignores.
make_bridge() {
    remove_bridge
    as_root ip link add "$bridge" type bridge
    as_root ip address add 10.253.253.1/30 dev "$bridge"
}

remove_bridge() { as_root ip link delete "$bridge" 2>/dev/null || true; }

start_engine() {
    local socket_group=()
    # Sockets need short names, which a checkout's folder may not have.
    runtime=$(mktemp -d /tmp/jetway-bench.XXXXXX)
    export DOCKER_HOST=unix://$runtime/docker.sock
    make_bridge
    [ "$(id -u)" -eq 0 ] || socket_group=(--group "$(id -gn)")
    as_root env PATH="$PATH:/usr/sbin:/sbin" setsid --fork dockerd --host "$DOCKER_HOST" --pidfile "$runtime/pid" \
        --data-root "$home/docker" --exec-root "$runtime/exec" --bridge "$bridge" --iptables=false --ip-masq=false --ip-forward=false \
        --containerd-namespace jetway-bench --containerd-plugins-namespace jetway-bench-plugins \
        "${socket_group[@]}" </dev/null >"$home/dockerd.log" 2>&1
    until_true 30 engine_answers || fail "the benchmark's dockerd does not answer; see $home/dockerd.log"
    engine_pid=$(cat "$runtime/pid")
}

purge_engine() {
    docker ps --all --quiet | xargs -r docker rm --force >/dev/null
    docker image prune --all --force >/dev/null
    [ -z "$(docker images --all --quiet)" ] || fail "an image could not be removed; a cold start would not be cold"
    sync
}

clean_up() {
    stop_agent
    if [ -n "${engine_pid:-}" ]; then
        docker ps --all --quiet | xargs -r docker rm --force >/dev/null || true
        terminate "$engine_pid"
        until_true 30 engine_ended || say "the benchmark's dockerd $engine_pid does not end"
        remove_bridge
    fi
    # dockerd leaves the host's network namespace mounted there.
    as_root umount "${runtime:-$home}/exec/netns/default" 2>/dev/null || true
    as_root rm -rf "$home/docker" "${runtime:-$home/docker}"
    rm -rf "$JETWAY_HOME" "$project" "$home"/bench.tar* "$home/saved"
}

# --- measuring ---

# measure GROUP CANDIDATE COMMAND...: one line of results; what the command leaves in $bytes is reported too.
measure() {
    local group=$1 candidate=$2 start end
    shift 2
    bytes=0
    start=$(date +%s%N)
    "$@"
    end=$(date +%s%N)
    printf '%s %s %s %s\n' "$group" "$candidate" "$(awk -v n=$((end - start)) 'BEGIN { printf "%.3f", n / 1e9 }')" "$bytes" >>"$results"
}

# in_turn ROUND NAME...: the names, every second round backwards.
in_turn() {
    local round=$1
    shift
    if [ $((round % 2)) -eq 1 ]; then printf '%s\n' "$@"; else printf '%s\n' "$@" | tac; fi
}

# --- publish ---

publish() {
    case $1 in
        jetway) (cd "$project" && "$jetway" --quiet image push "$2" >/dev/null) ;;
        save-gzip) docker save "$2" | gzip >"$home/saved" ;;
        save-zstd) docker save "$2" | zstd -q -3 -T0 >"$home/saved" ;;
    esac
}

stored_bytes() { find "$JETWAY_HOME/store/images" -type f -printf '%s\n' | awk '{ sum += $1 } END { print sum + 0 }'; }

layers_of() { docker image inspect --format '{{range .RootFS.Layers}}{{println .}}{{end}}' "$1" | sed '/^$/d'; }

# Every blob is what its name says, and each layer of the image is there: read with sha256sum and zstd, not with Jetway.
verify_store() {
    local blobs=$JETWAY_HOME/store/images/bench/blobs/sha256 layer
    (cd "$blobs" && sha256sum -- * | awk '$1 != $2 { exit 1 }') || fail "a blob of the store is not what its name says"
    (cd "$blobs" && for blob in *; do zstd -dcq <"$blob" 2>/dev/null | sha256sum || true; done) >"$home/stored-layers"
    while read -r layer; do
        grep -q "^${layer#sha256:} " "$home/stored-layers" || fail "layer $layer of $1 is not in the store"
    done < <(layers_of "$1")
}

verify_publish() {
    case $1 in
        jetway) verify_store "$2" ;;
        save-gzip) gzip -dc "$home/saved" | tar -t | grep -x manifest.json >/dev/null || fail "the gzip archive is broken" ;;
        save-zstd) zstd -dcq "$home/saved" | tar -t | grep -x manifest.json >/dev/null || fail "the zstd archive is broken" ;;
    esac
}

publish_round() {
    local candidate before
    while read -r candidate <&3; do
        rm -rf "$JETWAY_HOME" "$home/saved"
        sync
        measure publish "$candidate" publish "$candidate" bench:1
        verify_publish "$candidate" bench:1
        note_bytes "$candidate" 0
        before=$bytes
        sync
        measure publish-update "$candidate" publish "$candidate" bench:2
        verify_publish "$candidate" bench:2
        note_bytes "$candidate" "$before"
    done 3< <(in_turn "$1" jetway save-gzip save-zstd)
}

# The size is known after the clock stopped: put it into the last line of the results.
note_bytes() {
    if [ "$1" = jetway ]; then bytes=$(($(stored_bytes) - $2)); else bytes=$(stat -c %s "$home/saved"); fi
    sed -i "\$s/ [0-9]*\$/ $bytes/" "$results"
}

# --- boot: from an engine without any image to the first answer over HTTP ---

answered() { curl --silent --fail --output /dev/null --max-time 1 "http://127.0.0.1:$port/health-check"; }

wait_for_answer() {
    local deadline=$((SECONDS + 180))
    until answered; do
        [ "$SECONDS" -lt "$deadline" ] || fail "no answer on port $port within 180 s"
        [ -z "${agent_pid:-}" ] || kill -0 "$agent_pid" || fail "the agent ended; see $home/agent.log"
        sleep 0.02
    done
}

run_container() { docker run --detach --network host --env PORT=$port bench:1 >/dev/null; }

boot() {
    case $1 in
        jetway) start_agent ;;
        load-gzip) gzip -dc "$home/bench.tar.gz" | docker load --quiet >/dev/null && run_container ;;
        load-zstd) zstd -dcq "$home/bench.tar.zst" | docker load --quiet >/dev/null && run_container ;;
        load-tar) docker load --quiet --input "$home/bench.tar" >/dev/null && run_container ;;
    esac
    wait_for_answer
}

# One deploy leaves the image in the store and a boot file; from then on the agent is started as the deploy started it.
learn_agent() {
    local report
    (cd "$project" && "$jetway" --quiet deploy local --image bench:1 >/dev/null)
    report=$(find "$JETWAY_HOME/store/jetway/local/bench/instances" -name '*.json' | head -n 1)
    agent_pid=$(sed -n 's/.*"pid": *\([0-9]*\).*/\1/p' "$report" | head -n 1)
    [ "$(readlink "/proc/$agent_pid/exe")" = "$(readlink -f "$target/release/jetway-agent")" ] ||
        fail "the boot report names process ${agent_pid:-?}, which is not the agent"
    mapfile -d '' -t agent_command <"/proc/$agent_pid/cmdline"
    agent_folder=$(readlink "/proc/$agent_pid/cwd")
    stop_agent
}

start_agent() {
    (cd "$agent_folder" && exec "${agent_command[@]}") </dev/null >>"$home/agent.log" 2>&1 &
    agent_pid=$!
}

# Killed, so that it has no chance to tidy up: what is measured next starts from what we removed.
stop_agent() {
    [ -n "${agent_pid:-}" ] || return 0
    kill -KILL "$agent_pid" 2>/dev/null || true
    wait "$agent_pid" 2>/dev/null || true
    agent_pid=
}

# Exactly one container runs, and it has the layers that were published.
verify_boot() {
    local containers
    mapfile -t containers < <(docker ps --quiet)
    [ "${#containers[@]}" -eq 1 ] || fail "$1: ${#containers[@]} containers run instead of one"
    layers_of "$(docker inspect --format '{{.Image}}' "${containers[0]}")" | cmp -s - "$home/layers" ||
        fail "$1: the container runs another image"
}

boot_round() {
    local candidate
    while read -r candidate <&3; do
        purge_engine
        ! answered || fail "something already answers on port $port"
        measure boot "$candidate" boot "$candidate"
        verify_boot "$candidate"
        stop_agent
    done 3< <(in_turn "$1" jetway load-gzip load-zstd load-tar)
}

# --- the whole ---

prepare() {
    "$lab/compiler.sh"
    "$lab/packages.sh" curl iproute2 zstd
    say "building jetway and jetway-agent (release profile)"
    cargo build --quiet --release --package jetway --package jetway-agent --manifest-path "$root/Cargo.toml"
    mkdir -p "$project"
    : >"$results"
    cat >"$project/jetway.toml" <<MANIFEST
application = "bench"

[image]
reference = "bench:1"

[containers.web]

[http]
container = "web"
port = $port
health = { path = "/health-check", interval = "5s", timeout = "2s", grace = "180s" }
MANIFEST
    start_engine
    "$lab/bench-image.sh"
    layers_of bench:1 >"$home/layers"
    docker save --output "$home/bench.tar" bench:1
    gzip -c "$home/bench.tar" >"$home/bench.tar.gz"
    zstd -q -3 -T0 -f "$home/bench.tar" -o "$home/bench.tar.zst"
}

environment_line() {
    local pigz=absent
    ! have unpigz || pigz=present
    printf '%s' "$(nproc) cores, $(uname -sr), Docker $(docker info --format '{{.ServerVersion}} {{.Driver}}'), unpigz $pigz," \
        " image of $(stat -c %s "$home/bench.tar") bytes in $(wc -l <"$home/layers") layers, all on one disk, no network," \
        " archives in the page cache, load average $(cut -d ' ' -f 1-3 /proc/loadavg)"
}

# One row for each group and candidate: median, range, bytes; as a table and as JSON.
report() {
    local line
    line=$(environment_line)
    sort -k1,1 -k2,2 -k3,3n "$results" | awk -v line="$line" -v json="$home/report.json" '
        function flush(  median, row) {
            if (n == 0) return
            median = n % 2 ? t[(n + 1) / 2] : (t[n / 2] + t[n / 2 + 1]) / 2
            printf "%-15s %-10s %3d %8.3f  [%.3f .. %.3f] %14d\n", group, name, n, median, t[1], t[n], bytes
            row = sprintf("    {\"group\": \"%s\", \"candidate\": \"%s\", \"n\": %d, \"median\": %.3f, \"min\": %.3f, \"max\": %.3f, \"bytes\": %d}",
                group, name, n, median, t[1], t[n], bytes)
            rows = rows (rows == "" ? "" : ",\n") row
            n = 0
        }
        BEGIN { printf "%-15s %-10s %3s %8s  %s %24s\n", "seconds", "candidate", "n", "median", "[min .. max]", "bytes" }
        group != $1 || name != $2 { flush(); group = $1; name = $2 }
        { t[++n] = $3; bytes = $4 }
        END { flush(); printf "{\n  \"environment\": \"%s\",\n  \"results\": [\n%s\n  ]\n}\n", line, rows > json }'
    printf '\n%s\nreport: %s\n' "$line" "${home#"$root"/}/report.json"
}

main() {
    local round
    mkdir -p "$home"
    trap clean_up EXIT
    prepare
    for ((round = 1; round <= rounds; round++)); do
        say "publish, round $round of $rounds; load average $(cut -d ' ' -f 1-3 /proc/loadavg)"
        publish_round "$round"
    done
    rm -rf "$JETWAY_HOME"
    learn_agent
    for ((round = 1; round <= rounds; round++)); do
        say "boot, round $round of $rounds; load average $(cut -d ' ' -f 1-3 /proc/loadavg)"
        boot_round "$round"
    done
    report
}

main
