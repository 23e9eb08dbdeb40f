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

# The Debian in two layers, as an image that was made in steps has it, and an application of two small ones.
describe_debian() {
    "$lab/debian.sh" "$base" python3 git ca-certificates
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
