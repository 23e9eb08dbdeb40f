#!/usr/bin/env bash
# Tells deploys of a new AMI: register.sh MANIFEST REGION PARAMETER writes the id of the last AMI that Packer's MANIFEST names into
# the parameter of Systems Manager.
set -euo pipefail

fail() {
    printf 'register: %s\n' "$*" >&2
    exit 1
}

main() {
    [ "$#" -eq 3 ] || fail "usage: register.sh MANIFEST REGION PARAMETER"
    local manifest=$1 region=$2 parameter=$3 ami
    [ -f "$manifest" ] || fail "there is no file $manifest: it is what \`packer build\` writes at its end"
    ami=$(grep -oE 'ami-[0-9a-f]+' "$manifest" | tail -n 1) || fail "$manifest names no AMI"
    # With this data type, Systems Manager takes the id of an AMI that is there, and no other text:
    # https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-ec2-aliases.html
    aws ssm put-parameter --region "$region" --name "$parameter" --type String --data-type aws:ec2:image --value "$ami" \
        --overwrite >/dev/null
    printf 'register: %s in %s is now %s\n' "$parameter" "$region" "$ami" >&2
}

main "$@"
