#!/usr/bin/env bash
# Makes Amazon Linux 2023 the system of an AMI for instances of Jetway: upgraded, with Docker, the CloudWatch agent and the agent's
# package, and with nothing in it that belongs to one machine. Run as root: provision.sh PACKAGE SHA256 [ARCHIVE...]
# PACKAGE is the .rpm for this processor, a file or an https:// address; SHA256 is its checksum, from SHA256SUMS. Each ARCHIVE is a
# file of `jetway image export` or `docker save`, whose layers instances then have at their first boot.
set -euo pipefail

# For this script alone; empty where there was nothing to download.
downloaded=

say() { printf 'provision: %s\n' "$*" >&2; }

fail() {
    say "$*"
    exit 1
}

check_system() {
    # shellcheck source=/dev/null
    . /etc/os-release
    [ "$ID $VERSION_ID" = "amzn 2023" ] || fail "this is $PRETTY_NAME, and the AMI is to be Amazon Linux 2023"
    [ "$(id -u)" -eq 0 ] || fail "run this as root"
}

# The package as a file that has the checksum.
get_package() {
    package=$1
    if [[ $1 == https://* ]]; then
        downloaded=$(mktemp --suffix .rpm)
        package=$downloaded
        curl --fail --silent --show-error --location --proto =https --retry 5 --output "$package" "$1" ||
            fail "$1 cannot be downloaded"
    fi
    [ -f "$package" ] || fail "there is no file $package"
    printf '%s  %s\n' "$2" "$package" | sha256sum --check --strict --status || fail "$1 has not the checksum $2"
}

check_archives() {
    local archive
    for archive in "$@"; do
        [ -f "$archive" ] || fail "there is no file $archive"
    done
}

install_packages() {
    # Without a release, dnf stays at that of the AMI:
    # https://docs.aws.amazon.com/linux/al2023/ug/deterministic-upgrades-usage.html
    dnf --assumeyes --refresh --releasever=latest upgrade
    dnf --assumeyes --releasever=latest install docker amazon-cloudwatch-agent "$package"
    rpm --query docker amazon-cloudwatch-agent jetway-agent
    # The agent's units are enabled by its package; the CloudWatch agent starts with settings that user data brings.
    systemctl enable docker.service
}

# Where containerd keeps the images, a pull uses every layer that is unpacked already; Docker's own store uses those that were pulled.
check_store() {
    local facts
    facts=$(docker info) || fail "Docker does not answer; \`journalctl --unit docker\` says why"
    [[ $facts == *"driver-type: io.containerd.snapshotter"* ]] ||
        fail 'instances could not use what Docker has loaded into its own image store: set "containerd-snapshotter" to true below' \
            '"features" in /etc/docker/daemon.json'
}

# That Docker has loaded an image is no proof that it has unpacked it, nor that it is for this processor:
# https://github.com/moby/moby/blob/0031b7a46f6a6fe747d5c05c089db54e3fa21474/daemon/containerd/image_exporter.go
check_image() {
    local image=$1 archive=$2 facts said architecture=amd64
    [ "$(uname -m)" = x86_64 ] || architecture=arm64
    facts=$(docker image inspect "$image") || fail "Docker does not show $image, which it has loaded from $archive"
    [[ $facts == *"\"Architecture\": \"$architecture\""* ]] ||
        fail "$image in $archive is not for $architecture, this machine's processor"
    said=$(docker create --pull never --network none --name jetway-provision "$image" command 2>&1) ||
        fail "Docker makes no container of $image from $archive: $said"
    docker rm jetway-provision >/dev/null
}

load_archive() {
    local said images image
    said=$(docker load --quiet --input "$1" 2>&1) || fail "Docker cannot load $1: $said"
    images=$(sed -n 's/^Loaded image[^:]*: //p' <<<"$said")
    [ -n "$images" ] || fail "Docker has found no image in $1: $said"
    for image in $images; do
        check_image "$image" "$1"
        say "loaded $image"
    done
}

load_images() {
    local archive
    [ "$#" -gt 0 ] || return 0
    # Anew, with the settings that it will have on instances.
    systemctl restart docker.service
    check_store
    for archive in "$@"; do
        load_archive "$archive"
    done
    systemctl stop docker.socket docker.service containerd.service
}

# What an image must not carry: https://systemd.io/BUILDING_IMAGES/
clean() {
    [ -z "$downloaded" ] || rm -f "$downloaded"
    dnf clean all
    cloud-init clean --logs
    rm -f /etc/ssh/ssh_host_*key /etc/ssh/ssh_host_*key.pub
    rm -f /var/lib/systemd/random-seed /var/lib/systemd/credential.secret
    rm -rf /var/log/journal/*
    find /var/log -type f -exec truncate --size 0 {} +
    find /root /home -maxdepth 2 -name .bash_history -delete
    # Empty and not absent: without the file, systemd takes the next boot for the first and sets all units as its presets say,
    # Docker's and the agent's among them: machine-id(5).
    : >/etc/machine-id
    # Docker's name for this machine, where it has run.
    rm -f /var/lib/docker/engine-id
}

main() {
    [ "$#" -ge 2 ] || fail "usage: provision.sh PACKAGE SHA256 [ARCHIVE...]"
    check_system
    check_archives "${@:3}"
    get_package "$1" "$2"
    install_packages
    load_images "${@:3}"
    clean
    say "done: $(rpm --query jetway-agent)"
}

main "$@"
