package engines

import (
	"encoding/json"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"afterglow/service/e2e/machine"
)

var look = flag.String("look", "", "write a picture of each step into this directory")

// patience is for a whole flow; a step has a minute of its own.
const patience = 5 * time.Minute

const hint = ".ci/deps .cache"

// modules are the packages that drive the browsers, by package-lock.json.
const modules = "node_modules/puppeteer-core"

func TestFirefox(t *testing.T) {
	programs, err := machine.Require(hint, node(t), "firefox-esr", modules)
	machine.Must(t, err)
	walk(t, "firefox", programs)
}

func TestWebKit(t *testing.T) {
	programs, err := machine.Require(hint, node(t), "WebKitWebDriver", "Xvfb", miniBrowser(), modules)
	machine.Must(t, err)
	programs["MiniBrowser"] = miniBrowser()
	walk(t, "webkit", programs)
}

// node is the Node.js that .ci/deps has installed, where that of the machine is too old.
func node(t *testing.T) string {
	t.Helper()
	cache, err := machine.Cache()
	if err != nil {
		t.Fatal(err)
	}
	own := filepath.Join(cache, "npm/node_modules/node/bin/node")
	if _, err := os.Stat(own); err == nil {
		return own
	}
	return "node"
}

// miniBrowser is where Debian has the browser of webkit2gtk-driver.
func miniBrowser() string {
	found, err := filepath.Glob("/usr/lib/*/webkit2gtk-4.*/MiniBrowser")
	if err != nil || len(found) == 0 {
		return "/usr/lib/webkit2gtk-4.1/MiniBrowser"
	}
	return found[len(found)-1]
}

// outcome is what run.mjs reports of a step.
type outcome struct {
	Step    string   `json:"step"`
	Seconds float64  `json:"seconds"`
	Version string   `json:"version"`
	Wrong   []string `json:"wrong"`
}

// walk goes through the flow in a browser.
func walk(t *testing.T, browser string, programs map[string]string) {
	if testing.Short() {
		t.Skip("short")
	}
	w := newTown(t)
	outcomes := make(chan outcome)
	report := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var o outcome
		if err := json.NewDecoder(r.Body).Decode(&o); err != nil {
			t.Error(err)
		}
		// Before the answer: run.mjs goes on when it has it.
		switch o.Step {
		case "an address that is no event":
			w.hold()
		case "progress":
			w.release()
		}
		select {
		case outcomes <- o:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(report.Close)
	task, err := json.Marshal(struct {
		Browser  string            `json:"browser"`
		Programs map[string]string `json:"programs"`
		Town     *town             `json:"town"`
		Report   string            `json:"report"`
		Pictures string            `json:"pictures,omitempty"`
	}{browser, programs, w, report.URL, *look})
	if err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(t.TempDir(), "node.log")
	home := t.TempDir() // a browser's profile and caches
	process, err := machine.StartProcess(machine.Command{Path: programs[node(t)], Args: []string{"run.mjs", string(task)}, Env: []string{"HOME=" + home}, Log: log, Forks: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := process.Kill(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("node printed:\n%s", machine.Tail(log))
		}
	})
	timer := time.NewTimer(patience)
	defer timer.Stop()
	steps := 0
	for {
		select {
		case o := <-outcomes:
			t.Logf("%6.2f s  %s %s", o.Seconds, o.Step, o.Version)
			for _, wrong := range o.Wrong {
				t.Errorf("%s: %s", o.Step, wrong)
			}
			if steps++; o.Step == "end" {
				if !t.Failed() && steps < 10 {
					t.Errorf("only %d steps were taken", steps)
				}
				return
			}
		case <-process.Done():
			t.Fatal("node has ended before the flow")
		case <-timer.C:
			t.Fatalf("the flow has not ended after %d steps", steps)
		}
	}
}

// TestStepsAreListed: what the report says of the flow is what the flow does.
func TestStepsAreListed(t *testing.T) {
	flow, err := os.ReadFile("flow.mjs")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile("../../../docs/reports/e2e.md")
	if err != nil {
		t.Fatal(err)
	}
	names := 0
	for _, line := range strings.Split(string(flow), "\n") {
		rest, ok := strings.CutPrefix(line, "\t[ '")
		if !ok {
			continue
		}
		name, _, _ := strings.Cut(rest, "'")
		if names++; !strings.Contains(string(doc), "| "+name+" |") {
			t.Errorf("docs/reports/e2e.md does not list the step %q", name)
		}
	}
	if names < 10 {
		t.Errorf("only %d steps are found in flow.mjs", names)
	}
}
