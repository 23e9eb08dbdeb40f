#!/usr/bin/env bash
# Reads the user data that reviewers read with the YAML parser that cloud-init has, and its script with a shell.
set -euo pipefail
lab=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lab/lib.sh
. "$lab/lib.sh"

"$lab/python.sh" lint
"$state/python-lint/bin/python" "$lab/lint_user_data.py" "$root"/cli/tests/golden/user-data/*.yaml
