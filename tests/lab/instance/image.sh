#!/usr/bin/env bash
# Makes the Docker image of lab instances, and prints its name: a Debian with systemd, Docker and cloud-init, in which dpkg has
# installed the agent's package, made of what `cargo build` has built. Its system is made once and kept in target/instance; the
# rest takes seconds when something changed. `image.sh system` stops at that system, which has Amazon Linux's package manager too;
# `image.sh stock` makes the other kind of machine, without the agent: it has a repository of Amazon Linux's packages, and the AWS CLI.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
lab=$(dirname "$here")
# shellcheck source=tests/lab/lib.sh
. "$lab/lib.sh"

home=$state/instance
# debootstrap finds no package that only provides what cloud-init's need; so python3-cffi-backend is named.
packages=(
    ca-certificates cloud-init curl dbus dnf docker.io iproute2 iptables procps python3-cffi-backend rpm systemd systemd-sysv
)

digest() { cat -- "$@" | sha256sum | cut -c 1-16; }

present() { docker image inspect "$1" >/dev/null 2>&1; }

# build NAME FOLDER ARGUMENT...: one more layer or a few; nothing of it is fetched from anywhere.
build() {
    local name=$1 folder=$2
    shift 2
    DOCKER_BUILDKIT=0 docker build --quiet --force-rm --network none --tag "$name" "$@" "$folder" >"$home/build.log" 2>&1 || {
        tail -n 20 "$home/build.log" >&2
        fail "the image of lab instances cannot be built; the last lines are above"
    }
}

# Debian as debootstrap makes it.
system() {
    local name
    name=jetway-lab-system:$(printf '%s\n' "${packages[@]}" | digest -)
    if ! present "$name"; then
        "$lab/debian.sh" "$home/${name#*:}.tar" "${packages[@]}"
        docker import "$home/${name#*:}.tar" "$name" >/dev/null
    fi
    printf '%s\n' "$name"
}

# The machine, without anything of Jetway.
machine() {
    local base=$1 name
    name=jetway-lab-machine:$(digest "$here"/{Dockerfile,init,cloud.cfg,cloud-init.conf,log-agent,log-agent-ctl} - <<<"$base")
    present "$name" || build "$name" "$here" --build-arg "BASE=$base"
    printf '%s\n' "$name"
}

# The images of earlier builds of this checkout go, but those that a test still uses.
forget_others() {
    local other
    docker image ls --filter "label=jetway.lab.checkout=$root" --format '{{.Repository}}:{{.Tag}}' |
        while read -r other; do
            [ "$other" = "$1" ] || docker image rm "$other" >/dev/null 2>&1 || true
        done
}

# What an AMI is that was baked with this package.
baked() {
    local base=$1 package=$2 name folder
    name=jetway-lab-instance:$(digest "$package" - <<<"$base")
    if ! present "$name"; then
        folder=$home/agent
        rm -rf "$folder"
        mkdir -p "$folder"
        cp "$package" "$folder/jetway-agent.deb"
        cat >"$folder/Dockerfile" <<'END'
ARG BASE
FROM $BASE
COPY jetway-agent.deb /root/
RUN dpkg --install /root/jetway-agent.deb
END
        build "$name" "$folder" --build-arg "BASE=$base" --label "jetway.lab.checkout=$root"
        rm -rf "$folder"
        forget_others "$name"
    fi
    printf '%s\n' "$name"
}

# The agent's package; a build that changed nothing needs no new one.
package() {
    local file
    [ -x "$target/debug/jetway-agent" ] || fail "$target/debug/jetway-agent is not built: cargo build --workspace"
    file=$home/jetway-agent-$(
        cd "$root"
        find packaging systemd agent/Cargo.toml -type f -print0 | sort -z | xargs -0 cat -- "$target/debug/jetway-agent" | digest -
    ).deb
    if [ ! -s "$file" ]; then
        rm -f "$home"/jetway-agent-*.deb
        PROFILE=dev PARTS=deb OUT=$home/package "$root/packaging/package.sh" >&2
        mv "$home"/package/*.deb "$file"
        rm -rf "$home/package"
    fi
    printf '%s\n' "$file"
}

# The AWS CLI as it runs without this checkout: its own Python packages, and of the services those that a first boot calls.
aws_cli() {
    local folder=$1 site part called changed
    called='autoscaling|cloudformation|s3|sts'
    # What it changes about these before any command, it misses.
    changed='codedeploy|config|sagemaker-runtime|sdb|sms-voice'
    "$lab/python.sh" aws
    site=$("$state/python-aws/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    mkdir -p "$folder"
    for part in awscli colorama dateutil docutils jmespath pyasn1 rsa six.py urllib3 yaml; do
        cp -r "$site/$part" "$folder/"
    done
    rm -rf "$folder/awscli/examples" "$folder"/yaml/_yaml*.so
    find "$folder/awscli/botocore/data" -mindepth 1 -maxdepth 1 -type d \
        -regextype egrep -not -regex ".*/($called|$changed)" -exec rm -rf {} +
}

# What Amazon Linux 2023 is as AWS publishes it: locked to release 1 of its packages, while 2 is there already.
stock() {
    local base=$1 name folder
    name=jetway-lab-stock:$(digest "$here"/stock/* "$here/image.sh" "$lab"/amazon-linux/* "$lab/requirements-aws.txt" - <<<"$base")
    if ! present "$name"; then
        folder=$home/stock
        rm -rf "$folder"
        mkdir -p "$folder"
        cp "$here"/stock/* "$folder/"
        aws_cli "$folder/aws-cli"
        "$lab/amazon-linux/repository.sh" "$folder/repository/1" 1
        "$lab/amazon-linux/repository.sh" "$folder/repository/latest" 1 2
        build "$name" "$folder" --build-arg "BASE=$base"
        rm -rf "$folder"
    fi
    printf '%s\n' "$name"
}

main() {
    local what=${1:-instance} name agent
    [ "$(id -u)" -eq 0 ] || fail "needs root: debootstrap makes a system, and instances get network namespaces"
    docker version >/dev/null 2>&1 || fail "needs a Docker engine: \`make docker\` starts one"
    mkdir -p "$home"
    # Two at once: the second waits and finds it made.
    exec 9>"$home/lock"
    flock 9
    name=$(system)
    if [ "$what" = system ]; then
        printf '%s\n' "$name"
        return
    fi
    if [ "$what" = stock ]; then
        stock "$(machine "$name")"
        return
    fi
    agent=$(package)
    name=$(machine "$name")
    baked "$name" "$agent"
}

main "$@"
