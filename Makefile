# Every task of this repository; `make` alone lists them.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# What the scenarios use beside Docker: another reader of the image store, and images that Jetway did not make.
TEST_PACKAGES := buildah busybox-static createrepo-c debootstrap iproute2 man-db packer podman rpm skopeo zstd

DENY := target/tools/bin/cargo-deny
DENY_VERSION := 0.20.2

# What makes packages, with its version.
PACKERS := cargo-deb-3.8.0 cargo-generate-rpm-0.21.1 cargo-cyclonedx-0.5.9
PACKER_STAMPS := $(PACKERS:%=target/tools/%)

# What `make package` makes; packaging/package.sh says more.
PROFILE ?= release
export PROFILE TARGET REVISION PARTS OUT

# Scenarios mostly wait for what they started: two fit on a processor.
RUST_TEST_THREADS ?= $(shell expr 2 \* "$$(nproc)")
export RUST_TEST_THREADS

.PHONY: help demo demo-clean test check audit bench docker docker-stop package clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

demo: ## from nothing to a healthy container, an update and a rollback on this machine
	@tests/lab/demo.sh

demo-clean: ## removes what the demo left: the application, its images and its folder
	@tests/lab/demo.sh clean

# Nothing may follow the tests: whoever reads the end of the log wants their closing line.
test: docker $(PACKER_STAMPS) ## all tests, with a real Docker; installs what they need
	@tests/lab/packages.sh $(TEST_PACKAGES)
	@tests/lab/python.sh
	@tests/lab/aws-selftest.sh
	@tests/lab/bench-selftest.sh
	@tests/lab/lint-policies.sh
	@tests/lab/lint-user-data.sh
	@tests/lab/lint-units.sh
	@tests/lab/lint-ami.sh
	@tests/lab/lint-templates.sh
	@tests/lab/lint-templates.sh self-test
	@tests/lab/compiler.sh
	cargo build --workspace --all-targets
	@tests/lab/instance/image.sh >/dev/null
	@tests/lab/run-tests.sh

check: $(DENY) ## format, lints, scripts, licences and the invariants of ARCHITECTURE.md
	@tests/lab/packages.sh shellcheck
	@tests/lab/compiler.sh
	cargo fmt --all --check
	RUSTC_WORKSPACE_WRAPPER=$(CURDIR)/tests/lab/lint-compiler.sh cargo build --workspace --all-targets --locked
	shellcheck --external-sources $$(git ls-files --cached --others --exclude-standard '*.sh' .ci/run packaging/deb)
	$(DENY) --log-level error check bans licenses sources
	@tests/lab/invariants.sh

audit: $(DENY) ## known vulnerabilities of our dependencies (needs the network)
	$(DENY) check advisories

package: $(PACKER_STAMPS) ## .deb and .rpm of the agent, archive of the CLI, SBOM, checksums: target/package; PROFILE=dev builds nothing
	@packaging/package.sh

bench: ## publish and boot, measured beside what people do without; tests/lab/bench/README.md has its variables
	@tests/lab/bench.sh

docker: ## makes sure a Docker engine answers; installs and starts one where there is none
	@tests/lab/docker-engine.sh

docker-stop: ## stops the Docker engine that `make docker` started, and no other
	@tests/lab/docker-engine.sh stop

clean: demo-clean docker-stop ## removes everything that was built, the demo and our Docker engine included
	rm -rf target

$(DENY):
	@tests/lab/compiler.sh
	cargo install --quiet --locked --root target/tools --version $(DENY_VERSION) cargo-deny

# Their own code hardly counts beside the compression, which is in C: not worth the minutes that optimising them takes.
$(PACKER_STAMPS): target/tools/%:
	@tests/lab/compiler.sh
	CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off cargo install --quiet --locked --root target/tools \
		--version $(lastword $(subst -, ,$*)) $(patsubst %-$(lastword $(subst -, ,$*)),%,$*)
	@touch $@
