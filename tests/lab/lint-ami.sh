#!/usr/bin/env bash
# Reads what bakes AMIs: the template with Packer, the component for EC2 Image Builder with what AWS documents of it.
set -euo pipefail
lab=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lab/lib.sh
. "$lab/lib.sh"

# Debian's Packer is of 2020: it brings the plugin that plugins.pkr.hcl asks for, in a version that does not know
# metadata_options of the instance yet.
validate() {
    local copy said
    copy=$(mktemp --directory)
    cp "$root"/packaging/ami/*.sh "$copy"
    sed '/^  metadata_options {$/,/^  }$/d' "$root/packaging/ami/jetway.pkr.hcl" >"$copy/jetway.pkr.hcl"
    mkdir "$copy/other"
    : | tee "$copy"/{agent.rpm,first.tar,second.tar,other/second.tar}
    said=$(cd "$copy" && AWS_EC2_METADATA_DISABLED=true CHECKPOINT_DISABLE=1 packer validate "$@" \
        -var region=us-west-2 -var package=agent.rpm . 2>&1) || {
        rm -rf "$copy"
        printf '%s\n' "$said"
        return 1
    }
    rm -rf "$copy"
}

# The template refuses what would fail half an hour later.
refuses() {
    local told=$1 said
    shift
    said=$(validate "$@") && fail "packer validate $*: nothing was refused"
    [[ $said == *"$told"* ]] || fail "packer validate $* does not say \`$told\`: $said"
}

main() {
    local digits
    digits=$(printf '%064d' 0)
    "$lab/packages.sh" packer
    for architecture in x86_64 arm64; do
        validate -var "package_sha256=$digits" -var "architecture=$architecture" || fail "packer validate fails for $architecture"
        validate -var "package_sha256=$digits" -var "architecture=$architecture" -var 'images=["first.tar", "second.tar"]' ||
            fail "packer validate fails with images for $architecture"
    done
    refuses "The architecture must be x86_64 or arm64" -var "package_sha256=$digits" -var architecture=mips
    refuses "The package_sha256 must have 64 digits" -var package_sha256=1
    refuses "The images must have different file names" -var "package_sha256=$digits" -var 'images=["second.tar", "other/second.tar"]'
    refuses "absent.tar: no such file" -var "package_sha256=$digits" -var 'images=["absent.tar"]'
    CHECKPOINT_DISABLE=1 packer fmt -check "$root/packaging/ami" >&2 || fail "packer fmt would write packaging/ami otherwise"
    "$lab/python.sh" lint
    "$state/python-lint/bin/python" "$lab/lint_ami.py" "$root/packaging/ami"
    say "the template and the component are valid"
}

main
