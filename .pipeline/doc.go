// Package pipeline checks what images are made from: the Dockerfile, by
// BuildKit's own linter, and blubber.yaml. The command image makes one without
// either. `make image-test` runs all of it.
package pipeline
