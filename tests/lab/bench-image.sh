#!/usr/bin/env bash
# Builds the benchmark's two images, bench:1 and bench:2 (one small layer changed), in the engine that DOCKER_HOST names.
# From Debian packages, some 350 MB; with BENCH_SIZE=MB from that much made-up data instead, which is quick.
set -euo pipefail
lab=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lab/lib.sh
. "$lab/lib.sh"

home=$state/bench
base=$home/debian.tar
context=$home/context

# The first mirror that this machine's own apt uses.
mirror() {
    # shellcheck disable=SC2016 # apt-get replaces these itself
    apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' | awk '$2 !~ /-/ { print; exit }'
}

# Kept between runs: only making it takes long.
make_debian() {
    [ ! -s "$base" ] || return 0
    local uri codename
    "$lab/packages.sh" debootstrap
    read -r uri codename < <(mirror)
    say "making a Debian $codename with python3 and git by debootstrap (about a minute)"
    as_root rm -rf "$home/debian"
    as_root env PATH="$PATH:/usr/sbin:/sbin" debootstrap --variant=minbase --include=python3,git,ca-certificates \
        "$codename" "$home/debian" "$uri" >"$home/debootstrap.log" || fail "debootstrap failed; see $home/debootstrap.log"
    as_root tar -C "$home/debian" --exclude='./var/cache/apt/*' --exclude='./var/lib/apt/lists/*' --exclude='./dev/*' -cf - . >"$base.part"
    as_root rm -rf "$home/debian"
    mv "$base.part" "$base"
}

# The Debian in two layers, as an image that was made in steps has it, and an application of two small ones.
describe_debian() {
    make_debian
    tar --wildcards --delete './usr/lib/python3*' <"$base" | docker import - bench-base:1 >/dev/null
    (cd "$context" && tar -xf "$base" --wildcards './usr/lib/python3*' && tar -cf python.tar usr && rm -rf usr)
    cat >"$context/app.py" <<'APP'
"""The benchmark's application: says ok on every path."""
import http.server
import os


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok\n")


http.server.ThreadingHTTPServer(("", int(os.environ["PORT"])), Handler).serve_forever()
APP
    cat >"$context/Dockerfile" <<'DOCKERFILE'
FROM bench-base:1
ADD python.tar /
COPY app.py /app.py
COPY version.bin /version.bin
ENTRYPOINT ["python3", "/app.py"]
DOCKERFILE
}

# Half of it cannot be compressed, half can.
describe_data() {
    local half=$((BENCH_SIZE * 500000))
    "$root/examples/hello/build.sh" bench-base:1
    head -c "$half" /dev/urandom >"$context/random.bin"
    seq 1 "$half" | head -c "$half" >"$context/numbers.txt" || true
    cat >"$context/Dockerfile" <<'DOCKERFILE'
FROM bench-base:1
COPY random.bin /random.bin
COPY numbers.txt /numbers.txt
COPY version.bin /version.bin
DOCKERFILE
}

build() {
    head -c 2000000 /dev/urandom >"$context/version.bin"
    DOCKER_BUILDKIT=0 docker build --quiet --network none --tag "$1" "$context" >/dev/null 2>"$home/build.log" ||
        fail "docker build failed: $(cat "$home/build.log")"
}

rm -rf "$context"
mkdir -p "$context"
if [ -n "${BENCH_SIZE:-}" ]; then describe_data; else describe_debian; fi
build bench:1
build bench:2
rm -rf "$context"
