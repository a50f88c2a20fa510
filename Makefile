# Everything a contributor runs. `make help` lists it.
SHELL       := bash
.SHELLFLAGS := -eu -o pipefail -c
GO          ?= go
BIN         := bin/afterglow
ADDR        ?= 127.0.0.1:8080
CACHE       := $(CURDIR)/.cache
VERSION     := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
COMMITTED   := $(shell git log -1 --format=%ct 2>/dev/null || echo 0)
LDFLAGS     := -s -w -X afterglow/service.Version=$(VERSION)
GOLANGCI    := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
export TEST_AXE ?= $(CACHE)/npm/node_modules/axe-core/axe.min.js

.DEFAULT_GOAL := help
.PHONY: help demo build program image release image-test test helm-test test-wiki race lint fmt bench fuzz golden gallery clean deps

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | awk -F'\t' '{printf "  %-10s %s\n", $$1, $$2}'

demo: build ## A sample wiki with sample campaigns, refreshed, then served on http://127.0.0.1:8080
	./$(BIN) demo --addr $(ADDR)

build: ## The program, in bin/afterglow
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN) ./service/cmd/afterglow

# The program as it is released: nothing in it tells where or when it was built.
program:
	CGO_ENABLED=0 GOOS=linux GOARCH=$(GOARCH) $(GO) build -trimpath -buildvcs=false -ldflags '$(LDFLAGS) -buildid=' -o $(OUT) ./service/cmd/afterglow

image: ## An OCI image for amd64 and arm64 as an archive, in dist
	mkdir -p dist
	for arch in amd64 arm64; do $(MAKE) -s program GOARCH=$$arch OUT=dist/image-$$arch; done
	cd .pipeline && $(GO) run ./image -version '$(VERSION)' -created $(COMMITTED) -out ../dist/afterglow-$(VERSION).oci.tar \
		linux/amd64=../dist/image-amd64 linux/arm64=../dist/image-arm64
	rm dist/image-amd64 dist/image-arm64

release: ## Programs for linux, what they are made of, an image, and checksums, in dist
	.pipeline/release '$(VERSION)' dist $(CACHE)

image-test: ## What images are made from is linted; an image is made, unpacked and run
	cd .pipeline && $(GO) vet ./... && $(GO) test -timeout 10m ./...

test: deps ## Every test; installs what the tests need where it can (apt as root, npm)
	$(GO) vet ./...
	$(GO) test -timeout 20m ./...
	.ci/gadget $(CACHE)
	$(MAKE) helm-test image-test

helm-test: ## The Kubernetes chart: linted, rendered, checked, and read by the program
	.ci/deps-helm $(CACHE)
	cd helm/tests && $(GO) vet ./... && $(GO) test -timeout 10m ./...

test-wiki: deps ## The gadget and publish on a real MediaWiki, in a real browser (make test runs them too)
	$(GO) test -count=1 -timeout 20m ./service/e2e/gadget ./service/publish

race: ## The tests of what runs concurrently, under the race detector (needs gcc)
	CGO_ENABLED=1 $(GO) test -race -short -timeout 20m ./mwclient ./mwclient/fakewiki ./service/store ./service/refresh

lint: $(CACHE)/bin/golangci-lint ## The linters that hold the layout and the habits
	$(CACHE)/bin/golangci-lint run ./...
	cd helm/tests && $(CACHE)/bin/golangci-lint run ./...
	cd .pipeline && $(CACHE)/bin/golangci-lint run ./...

fmt: $(CACHE)/bin/golangci-lint ## Format the code
	$(CACHE)/bin/golangci-lint fmt ./...

bench: ## The benchmarks, each beside its limit in the same run
	$(GO) test -run '^$$' -bench . -benchmem ./retention ./charts ./mwclient ./service/store ./service/refresh ./service/web

fuzz: ## Each fuzz target for FUZZTIME (default 20s)
	.ci/fuzz $${FUZZTIME:-20s}

golden: ## Write the golden SVGs anew; look at them before committing
	$(GO) test ./charts -update

gallery: ## One page with every chart in every look, and a picture of it, in dist/gallery
	$(GO) run ./charts/gallery dist/gallery

deps: ## What the tests need: a browser, fonts, axe-core
	.ci/deps $(CACHE)
	.ci/deps-wiki $(CACHE)

clean: ## Remove what was built
	rm -rf bin dist report

$(CACHE)/bin/golangci-lint:
	GOBIN=$(CACHE)/bin $(GO) install $(GOLANGCI)
