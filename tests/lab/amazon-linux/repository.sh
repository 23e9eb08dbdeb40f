#!/usr/bin/env bash
# Makes a repository in FOLDER, as dnf reads it: repository.sh FOLDER EDITION...; each edition is a newer version of every package.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
lab=$(dirname "$here")
# shellcheck source=tests/lab/lib.sh
. "$lab/lib.sh"

work=$(mktemp --directory)
trap 'rm -rf "$work"' EXIT

main() {
    local folder=${1:?usage: repository.sh FOLDER EDITION...} edition
    shift
    "$lab/packages.sh" createrepo-c rpm
    mkdir -p "$folder"
    for edition in "$@"; do
        rpmbuild --quiet -bb --define "_topdir $work" --define "_rpmdir $folder" --define "edition $edition" "$here/packages.spec" >&2
    done
    createrepo_c --quiet "$folder"
}

main "$@"
