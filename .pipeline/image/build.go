package main

import (
	"archive/tar"
	"bytes"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// nobody is the user and group of distroless' "nonroot".
const nobody = "65532:65532"

// build returns the image of one program.
func build(program, version string, created time.Time, platform v1.Platform) (v1.Image, error) {
	text, err := os.ReadFile(program) //nolint:gosec // the caller names the file
	if err != nil {
		return nil, err
	}
	img := mutate.MediaType(empty.Image, types.OCIManifestSchema1)
	img = mutate.ConfigMediaType(img, types.OCIConfigJSON)
	// What changes seldom comes first, so that it is pulled once.
	for _, files := range [][]file{base(), {{"afterglow", 0o555, text}}} {
		layer, err := layerOf(files)
		if err != nil {
			return nil, err
		}
		img, err = mutate.Append(img, mutate.Addendum{
			Layer: layer, MediaType: types.OCILayer, History: v1.History{Created: v1.Time{Time: created}, CreatedBy: "make image"},
		})
		if err != nil {
			return nil, err
		}
	}
	config, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture, config.Variant = platform.OS, platform.Architecture, platform.Variant
	config.Created = v1.Time{Time: created}
	config.Config = v1.Config{
		User: nobody, Entrypoint: []string{"/afterglow"}, Cmd: []string{"serve"},
		Env:          []string{"PORT=8080"}, // where no configuration names an address
		ExposedPorts: map[string]struct{}{"8080/tcp": {}},
		Labels: map[string]string{
			"org.opencontainers.image.title": "Afterglow", "org.opencontainers.image.description": "Who stayed after the campaign",
			"org.opencontainers.image.licenses": "Apache-2.0", "org.opencontainers.image.version": version,
		},
	}
	return mutate.ConfigFile(img, config)
}

// file is a file of an image; a mode of a directory makes it one.
type file struct {
	name string
	mode os.FileMode
	text []byte
}

// base is what a static program needs beside itself.
func base() []file {
	return []file{
		{"etc", os.ModeDir | 0o755, nil},
		{"etc/group", 0o444, []byte("root:x:0:\nnonroot:x:65532:\n")},
		{"etc/passwd", 0o444, []byte("root:x:0:0:root:/:/none\nnonroot:x:65532:65532:nonroot:/:/none\n")},
		{"etc/ssl", os.ModeDir | 0o755, nil},
		{"etc/ssl/certs", os.ModeDir | 0o755, nil},
		{"etc/ssl/certs/ca-certificates.crt", 0o444, certificates()},
		{"tmp", os.ModeDir | 0o1777, nil},
	}
}

// certificates are the roots of Mozilla's programme, as the Go project keeps
// them. A root with constraints that PEM cannot carry is left out.
func certificates() []byte {
	var b bytes.Buffer
	for root := range bundle.Roots() {
		if root.Constraint == nil {
			_ = pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}) // a buffer takes all
		}
	}
	return b.Bytes()
}

// layerOf packs files into a layer without times and without owners.
func layerOf(files []file) (v1.Layer, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		h := &tar.Header{Name: f.name, Mode: int64(f.mode.Perm()), Size: int64(len(f.text)), Typeflag: tar.TypeReg, ModTime: time.Unix(0, 0), Format: tar.FormatUSTAR}
		if f.mode.IsDir() {
			h.Name, h.Typeflag = f.name+"/", tar.TypeDir
		}
		if f.name == "tmp" {
			h.Mode = 0o1777
		}
		if err := w.WriteHeader(h); err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
		if _, err := w.Write(f.text); err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil },
		tarball.WithMediaType(types.OCILayer))
}
