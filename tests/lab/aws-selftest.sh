#!/usr/bin/env bash
# Checks the emulated AWS of the tests from outside, with boto3; names of checks may be given.
set -euo pipefail
lab=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lab/lib.sh
. "$lab/lib.sh"

"$lab/python.sh" aws
cd "$lab"
exec "$state/python-aws/bin/python" -m aws.selftest "$@"
