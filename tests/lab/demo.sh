#!/usr/bin/env bash
# The demonstration: an image made here, deployed, updated and rolled back on this machine, each claim checked; `clean` removes it.
set -euo pipefail
lab=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lab/lib.sh
. "$lab/lib.sh"

address=http://127.0.0.1:18000
images=(hello:v1 hello:v2)
jetway=$target/debug/jetway

# Settings of the caller must not change what the demonstration shows.
for name in "${!JETWAY_@}"; do unset "$name"; done
export JETWAY_HOME=$state/demo
PATH=$target/debug:$PATH

chapter() { printf '\n== %s\n' "$*"; }

build_programs() {
    "$lab/compiler.sh"
    say "building jetway and jetway-agent (dev profile, the same that make test uses)"
    # The whole workspace, as make test does: part of it would have other features, and be compiled twice.
    cargo build --quiet --workspace --all-targets --manifest-path "$root/Cargo.toml"
}

# The value goes through standard input, so that it is in no process list and no shell history.
set_greeting() {
    printf "\n$ printf '%s' | jetway config set local GREETING -\n" "$1"
    printf %s "$1" | jetway config set local GREETING -
}

# expect_page RELEASE GREETING VERSION: the application answers, right now, with exactly this.
expect_page() {
    local page line
    printf '\n$ curl %s/\n' "$address"
    page=$(curl --silent --show-error --fail --max-time 5 "$address/") || fail "$address does not answer"
    printf '%s\n' "$page"
    for line in "release $1" "environment local" "application hello" "greeting $2" "version $3"; do
        # The page aligns its columns; one space is enough to compare.
        tr -s ' ' <<<"$page" | grep -Fxq "$line" || fail "wrong answer: the page should say \"$line\""
    done
    say "right: $1 answers with \"$2\""
}

show_difference() {
    local code=0
    show jetway diff local || code=$?
    # 1 is the answer "there are changes".
    [ "$code" -le 1 ] || fail "jetway diff ended with $code"
}

nothing_answers() { ! curl --silent --output /dev/null --max-time 1 "$address/"; }

run_demo() {
    chapter "The programs, a Docker engine, and an image of our own"
    build_programs
    have curl || "$lab/packages.sh" curl
    "$lab/docker-engine.sh"
    remove_demo
    remove_orphans
    nothing_answers || fail "something else already answers on $address; stop it first"
    "$root/examples/hello/build.sh" hello:v1
    cd "$root/examples/hello"

    chapter "The first release"
    show jetway check
    set_greeting "hello from c1"
    show jetway deploy local --image hello:v1
    expect_page v1 "hello from c1" v1
    show jetway status local

    chapter "Another config value and another image: the second release"
    set_greeting "hello from c2"
    "$root/examples/hello/build.sh" hello:v2
    show_difference
    show jetway deploy local --image hello:v2
    expect_page v2 "hello from c2" v2
    show jetway status local
    show jetway releases local

    chapter "And back"
    show jetway rollback local
    expect_page v1 "hello from c1" v1
    show jetway status local
    printf '\ndemo: healthy: %s (release v1, %s s in all); it stays up; make demo-clean removes it\n' "$address" "$SECONDS"
}

# Whatever failed, what the agent and the application said last is the place to look.
explain_failure() {
    local code=$? log
    [ "$code" -ne 0 ] || return 0
    while read -r log; do
        printf '\n-- the end of %s\n' "${log#"$root"/}" >&2
        tail -n 20 "$log" >&2
    done < <(find "$JETWAY_HOME" -name '*.log' -type f 2>/dev/null)
    say "FAILED; what it started is left for you to look at (JETWAY_HOME=$JETWAY_HOME); make demo-clean removes it"
}

clean() {
    remove_demo
    remove_images
}

remove_demo() {
    if [ -d "$JETWAY_HOME" ]; then
        say "removing the demonstration"
        "$lab/docker-engine.sh"
        [ -x "$jetway" ] || build_programs
        (cd "$root/examples/hello" && show jetway destroy local --yes)
        remove_orphans
        until_true 5 nothing_answers || fail "destroyed, yet $address still answers"
        rm -rf "$JETWAY_HOME"
    fi
}

# Docker restarts the containers of a demonstration that lost its folder or its machine; no agent looks after them.
remove_orphans() {
    local orphan
    while read -r orphan; do
        grep -qsx jetway-agent /proc/[0-9]*/comm && fail "another demonstration runs, or its agent has not ended yet; in its folder: make demo-clean"
        say "removing container $orphan, which another demonstration left"
        docker container rm --force "$orphan" >/dev/null
    done < <(docker container ls --all --format '{{.Names}}' --filter label=jetway.installation=jetway \
        --filter label=jetway.environment=local --filter label=jetway.application=hello)
}

remove_images() {
    local image
    docker version >/dev/null 2>&1 || return 0
    for image in "${images[@]}"; do
        if docker image inspect "$image" >/dev/null 2>&1; then docker image rm "$image" >/dev/null; fi
    done
}

case ${1:-run} in
    run)
        trap explain_failure EXIT
        run_demo
        ;;
    clean) clean ;;
    *) fail "usage: demo.sh [clean]" ;;
esac
