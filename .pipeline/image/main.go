// Command image makes an OCI image of a built program without a Docker daemon:
// the program, the certificates of Mozilla's programme, and nothing else.
//
//	image -version V -out FILE.tar -created SECONDS linux/amd64=PROGRAM linux/arm64=PROGRAM
//
// FILE is an OCI layout as one archive, which skopeo, podman and containerd
// load. The same programs give the same bytes.
// https://github.com/opencontainers/image-spec/blob/main/image-layout.md
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

func main() {
	version := flag.String("version", "dev", "the version, for the image's labels and tag")
	out := flag.String("out", "", "the archive to write")
	created := flag.Int64("created", 0, "the image's time, in Unix seconds: the commit's")
	flag.Parse()
	digest, err := run(*version, *out, time.Unix(*created, 0).UTC(), flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
	fmt.Println(digest)
}

// run writes the archive and returns the digest of its index.
func run(version, out string, created time.Time, programs []string) (string, error) {
	if out == "" || len(programs) == 0 {
		return "", fmt.Errorf("give -out FILE and OS/ARCH=PROGRAM")
	}
	images := make([]platformImage, 0, len(programs))
	for _, arg := range programs {
		name, path, ok := strings.Cut(arg, "=")
		platform, err := v1.ParsePlatform(name)
		if !ok || err != nil || platform.OS != "linux" || platform.Architecture == "" {
			return "", fmt.Errorf("%q: allowed is linux/ARCH=PROGRAM", arg)
		}
		img, err := build(path, version, created, *platform)
		if err != nil {
			return "", fmt.Errorf("%s: %w", arg, err)
		}
		images = append(images, platformImage{*platform, img})
	}
	return write(out, version, images)
}
