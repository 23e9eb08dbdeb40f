#!/usr/bin/env bash
# Checks the IAM policies that reviewers read against AWS's Service Authorization Reference, with parliament.
set -euo pipefail
lab=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lab/lib.sh
. "$lab/lib.sh"

"$lab/python.sh" lint
"$state/python-lint/bin/python" "$lab/lint_policies.py" "$root"/cli/tests/golden/policies/*.json
