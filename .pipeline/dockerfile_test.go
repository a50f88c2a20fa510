package pipeline

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// bases answers for base images, so that no registry is asked.
type bases struct{}

func (bases) ResolveImageConfig(_ context.Context, ref string, _ sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	config := []byte(`{"architecture": "amd64", "os": "linux", "config": {"Env": ["PATH=/usr/local/go/bin:/usr/bin:/bin"]}, "rootfs": {"type": "layers"}}`)
	return ref, digest.FromBytes(config), config, nil
}

// lint is `docker build --check`: https://docs.docker.com/reference/build-checks/
func lint(t *testing.T, text string) []string {
	t.Helper()
	source := llb.NewSourceMap(nil, "Dockerfile", "Dockerfile", []byte(text))
	var err error
	if source.Definition, err = llb.Scratch().Marshal(t.Context()); err != nil { // the text's origin: none
		t.Fatal(err)
	}
	results, err := dockerfile2llb.DockerfileLint(t.Context(), []byte(text), dockerfile2llb.ConvertOpt{
		Config: dockerui.Config{BuildPlatforms: []ocispecs.Platform{{OS: "linux", Architecture: "amd64"}}}, MetaResolver: bases{},
		SourceMap:      source,
		TargetPlatform: &ocispecs.Platform{OS: "linux", Architecture: "amd64"},
	})
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, w := range results.Warnings {
		said = append(said, w.RuleName+": "+w.Detail)
	}
	if results.Error != nil {
		said = append(said, "error: "+results.Error.Message)
	}
	return said
}

func TestDockerfile(t *testing.T) {
	b, err := os.ReadFile("../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	if said := lint(t, text); len(said) > 0 {
		t.Errorf("Dockerfile: %q", said)
	}
	for what, change := range map[string][2]string{
		"UndefinedVar": {"ENV PORT=8080", "ENV PORT=$NOWHERE"}, "error": {"USER 65532", "USERS 65532"}, "StageNameCasing": {"AS build", "AS Build"},
		"ConsistentInstructionCasing": {"WORKDIR /src", "workdir /src"}, "JSONArgsRecommended": {`CMD ["serve"]`, "CMD serve"},
	} {
		if said := strings.Join(lint(t, strings.Replace(text, change[0], change[1], 1)), "\n"); !strings.Contains(said, what) {
			t.Errorf("the linter says %q of %q; want %s", said, change[1], what)
		}
	}
	// What the linter has no rules for.
	final := text[strings.LastIndex(text, "\nFROM "):]
	for _, want := range []string{"FROM scratch", "USER 65532:65532", "ca-certificates.crt", `ENTRYPOINT ["/afterglow"]`} {
		if !strings.Contains(final, want) {
			t.Errorf("the final stage has no %q", want)
		}
	}
	for _, want := range []string{"-trimpath", "-buildid=", "CGO_ENABLED=0", "afterglow/service.Version=${VERSION}"} {
		if !strings.Contains(text, want) {
			t.Errorf("the build is not %s", want)
		}
	}
}
