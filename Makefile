# Each target is the name of a step; `make` alone lists them. RELEASE names the Debian release that run images, build image and
# builder are made of, a folder of releases/: make builder RELEASE=debian-12.
RELEASE = debian-13
export WHITTLE_RELEASE = $(RELEASE)
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test lint format unit fuzz integration bench profile study popular sizes docker tools syft build package images debug-images build-image builder python-builder clean clean-images

help: ## list the steps
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

demo: builder ## build, run and rebase the samples from nothing
	scripts/demo.sh

test: lint unit integration ## all tests, in this order

lint: ## format, vet, staticcheck, shellcheck
	scripts/lint.sh

format: ## rewrite badly formatted Go files
	scripts/lint.sh format

unit: ## tests that need nothing but Go
	scripts/unit.sh

fuzz: ## run each fuzz target for 20 seconds (FUZZTIME=n for longer)
	scripts/fuzz.sh $(FUZZTIME)

integration: builder python-builder ## tests with a real daemon, pack, lifecycle and registry
	scripts/integration.sh

bench: ## benchmarks, kept in out/bench.txt
	scripts/bench.sh

profile: ## what the compiler optimises by, from cold cuts
	scripts/profile.sh

study: build ## cut 300 packages that nobody had in mind, for docs/study.md (as root, slow)
	scripts/study.sh

popular: build ## weigh packages that many images are made of, for docs/popular.md (as root, slow)
	scripts/study.sh popular

sizes: builder ## weigh the samples beside distroless, for docs/sizes.md
	scripts/sizes.sh

docker: ## see that a Docker daemon answers, start one if need be
	scripts/docker.sh

tools: ## pack, crane and the lifecycle, from pinned modules
	scripts/tools.sh

syft: ## syft, from its pinned module (slow, only for tests)
	scripts/syft.sh

build: ## the tool, bin/whittle
	scripts/build.sh

package: ## the buildpack: image and .cnb files
	scripts/package.sh

images: build docker ## the run images static, base and cc, and their floors
	scripts/run-images.sh

debug-images: build docker ## their siblings with a shell
	scripts/run-images.sh static-debug base-debug cc-debug

build-image: images ## the build image with the compilers
	scripts/build-image.sh

builder: build-image tools package ## the builder, and everything below it
	scripts/builder.sh

python-builder: export WHITTLE_RELEASE = debian-12
python-builder: build docker tools package ## a small builder of Debian 12 with Python alone, for tests
	scripts/run-images.sh base
	scripts/build-image.sh --only python
	scripts/builder.sh --only python

clean: ## remove bin, out and .cache
	scripts/clean.sh

clean-images: ## the same, and the images in the daemon
	scripts/clean.sh images
