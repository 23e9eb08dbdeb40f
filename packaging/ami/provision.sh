#!/usr/bin/env bash
# Makes Amazon Linux 2023 the system of an AMI for instances of Jetway: upgraded, with Docker, the CloudWatch agent and the agent's
# package, and with nothing in it that belongs to one machine. Run as root: provision.sh PACKAGE SHA256
# PACKAGE is the .rpm for this processor, a file or an https:// address; SHA256 is its checksum, from SHA256SUMS.
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

install_packages() {
    # Without a release, dnf stays at that of the AMI:
    # https://docs.aws.amazon.com/linux/al2023/ug/deterministic-upgrades-usage.html
    dnf --assumeyes --refresh --releasever=latest upgrade
    dnf --assumeyes --releasever=latest install docker amazon-cloudwatch-agent "$package"
    rpm --query docker amazon-cloudwatch-agent jetway-agent
    # The agent's units are enabled by its package; the CloudWatch agent starts with settings that user data brings.
    systemctl enable docker.service
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
}

main() {
    [ "$#" -eq 2 ] || fail "usage: provision.sh PACKAGE SHA256"
    check_system
    get_package "$1" "$2"
    install_packages
    clean
    say "done: $(rpm --query jetway-agent)"
}

main "$@"
