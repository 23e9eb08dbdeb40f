#!/usr/bin/env bash
# Checks the bench's own parts that need no engine: the report's form, the shaped network, what is measured. Takes seconds.
set -euo pipefail
lab=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lab/lib.sh
. "$lab/lib.sh"

"$lab/python.sh" aws
cd "$lab"
export PYTHONDONTWRITEBYTECODE=1
exec "$state/python-aws/bin/python" -m unittest discover --quiet --start-directory bench/selftests --top-level-directory .
