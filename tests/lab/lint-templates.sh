#!/usr/bin/env bash
# Reads the templates that reviewers read with AWS's own linter and with a security scanner: no error, no warning, no failed
# check. A rule that does not apply is named beside the resource, in its metadata, with the reason.
# `lint-templates.sh self-test` shows that both really refuse: it breaks a copy of a template in two ways.
set -euo pipefail
lab=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lab/lib.sh
. "$lab/lib.sh"

golden=$root/cli/tests/golden/templates
bin=$state/python-lint/bin

# cfn_lint FILES...: errors and warnings fail.
cfn_lint() { "$bin/cfn-lint" --format parseable --non-zero-exit-code warning -- "$@"; }

# checkov FOLDER: a failed check fails, and so does a file that it cannot read, which it would pass over in silence.
checkov() {
    local out
    out=$("$bin/checkov" --directory "$1" --framework cloudformation --skip-download --compact --output json) ||
        { printf '%s\n' "$out" | "$bin/python" "$lab/checkov_report.py" "$1"; return 1; }
    printf '%s\n' "$out" | "$bin/python" "$lab/checkov_report.py" "$1"
}

# refused WHAT COMMAND...: fails unless the command fails.
refused() {
    local what=$1
    shift
    ! "$@" >/dev/null 2>&1 || fail "$what is not refused"
    say "$what is refused"
}

self_test() {
    local broken
    broken=$(mktemp -d)
    # shellcheck disable=SC2064 # the folder of now
    trap "rm -rf '$broken'" EXIT
    sed 's/EnableKeyRotation/EnableKeyRotaton/' "$golden/base.yaml" >"$broken/base.yaml"
    refused "a misspelt property" cfn_lint "$broken/base.yaml"
    sed 's/Ref: LogBucket$/Ref: LogBuckets/' "$golden/base.yaml" >"$broken/base.yaml"
    refused "a reference to nothing" cfn_lint "$broken/base.yaml"
    sed 's/EnableKeyRotation: true/EnableKeyRotation: false/' "$golden/base.yaml" >"$broken/base.yaml"
    refused "a key without rotation" checkov "$broken"
    sed 's/HttpTokens: required/HttpTokens: optional/' "$golden/release-arm64.yaml" >"$broken/base.yaml"
    refused "instance metadata without tokens" checkov "$broken"
    printf 'Resources: [' >"$broken/base.yaml"
    refused "a file that is no template" checkov "$broken"
}

"$lab/python.sh" lint
if [ "${1:-}" = self-test ]; then
    self_test
else
    cfn_lint "$golden"/*.yaml
    checkov "$golden"
fi
