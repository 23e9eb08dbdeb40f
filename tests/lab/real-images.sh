#!/usr/bin/env bash
# Builds the images that Jetway did not make, from Debian's packages: real-nginx:1, and real-python:1 of several hundred MB.
set -euo pipefail
lab=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lab/lib.sh
. "$lab/lib.sh"

home=$state/real-images

there() { docker image inspect "$1" >/dev/null 2>&1; }

# build NAME DOCKERFILE: an image on top of the Debian NAME, in a layer of its own.
build() {
    docker import "$home/$1.tar" "real-base-$1:1" >/dev/null
    DOCKER_BUILDKIT=0 docker build --quiet --network none --tag "real-$1:1" --file "$2" "$home/context" >/dev/null
    docker image rm "real-base-$1:1" >/dev/null 2>&1 || true
    say "real-$1:1: $(docker image inspect --format '{{.Size}} bytes' "real-$1:1")"
}

nginx() {
    "$lab/debian.sh" "$home/nginx.tar" nginx-light
    printf 'nginx from Debian\n' >"$home/context/index.html"
    cat >"$home/context/start.sh" <<'SH'
#!/bin/sh
# nginx reads no environment: the port goes into its configuration.
set -eu
printf 'server { listen %s; root /www; access_log /dev/stdout; location = /health-check { return 200 "ok\\n"; } }\n' "$PORT" \
    >/etc/nginx/sites-enabled/default
exec nginx -g 'daemon off; error_log /dev/stderr;'
SH
    cat >"$home/context/nginx.dockerfile" <<'DOCKERFILE'
FROM real-base-nginx:1
COPY start.sh /start.sh
COPY index.html /www/index.html
RUN chmod 0755 /start.sh && rm -f /etc/nginx/sites-enabled/default
CMD ["/start.sh"]
DOCKERFILE
    build nginx "$home/context/nginx.dockerfile"
}

python() {
    "$lab/debian.sh" "$home/python.tar" python3-flask python3-scipy
    cat >"$home/context/app.py" <<'PY'
"""A web application with heavy libraries, as data teams write them."""
import os

import flask
import numpy

app = flask.Flask(__name__)


@app.get("/health-check")
def health_check():
    return "ok\n"


@app.get("/")
def mean():
    return f"mean {numpy.mean([1, 2, 3])} release {os.environ['JETWAY_RELEASE']}\n"


app.run(host="0.0.0.0", port=int(os.environ["PORT"]))
PY
    cat >"$home/context/python.dockerfile" <<'DOCKERFILE'
FROM real-base-python:1
COPY app.py /srv/app.py
ENV PYTHONUNBUFFERED=1
ENTRYPOINT ["python3"]
CMD ["/srv/app.py"]
DOCKERFILE
    build python "$home/context/python.dockerfile"
}

rm -rf "$home/context"
mkdir -p "$home/context"
there real-nginx:1 || nginx
there real-python:1 || python
