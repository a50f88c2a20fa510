package service_test

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite" // to break the database behind the service's back

	"afterglow/config"
	"afterglow/mwclient/fakewiki"
	"afterglow/service"
	"afterglow/service/e2e/running"
)

// configured is the configuration of an operator of a farm, on a file.
func configured(t *testing.T, f *fakewiki.Farm, database string) *config.Config {
	t.Helper()
	var hosts []string
	for _, wiki := range []string{"metawiki", "enwiki"} {
		hosts = append(hosts, strings.TrimPrefix(f.URL(wiki), "http://"))
	}
	cfg, err := config.Load("", []string{"AFTERGLOW_WIKIS=" + strings.Join(hosts, ","), "AFTERGLOW_DATABASE=sqlite:" + database, "AFTERGLOW_LISTEN=127.0.0.1:0", "AFTERGLOW_REFRESH_SCHEDULE=false"})
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// samples reads /metrics: values by name and labels, as they are written.
func samples(t *testing.T, address string) map[string]float64 {
	t.Helper()
	_, body := get(t, address+"/metrics")
	m := map[string]float64{}
	for lines := bufio.NewScanner(strings.NewReader(body)); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), " ")
		if v, err := strconv.ParseFloat(value, 64); err == nil && !strings.HasPrefix(name, "#") {
			m[name] = v
		}
	}
	return m
}

func refresh(t *testing.T, cfg *config.Config, ids ...string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return service.Refresh(ctx, cfg, service.RefreshOptions{IDs: ids, Quiet: true, Stdout: io.Discard, Stderr: io.Discard})
}

// TestFiguresOfShortRuns: what commands did that have ended is in the metrics of
// serve: the requests that the wikis counted, what they refused, how it ended.
func TestFiguresOfShortRuns(t *testing.T) {
	f := farm(t, nil)
	database := filepath.Join(t.TempDir(), "afterglow.db")
	cfg := configured(t, f, database)
	if err := service.AddCampaign(t.Context(), cfg, service.Tracking{Event: f.URL("metawiki") + "/wiki/Event:Edit-a-thon"}, service.CampaignOptions{Stdout: io.Discard, Stderr: io.Discard}); err != nil {
		t.Fatal(err)
	}
	before := serve(t, func(c *config.Config) { c.Database = cfg.Database })
	if m := samples(t, before.Addr()); m[`afterglow_campaigns{bucket="new"}`] != 1 || m[`afterglow_refreshes_total{outcome="failed"}`] != 0 {
		t.Errorf("before the first refresh: %v", m)
	}
	f.ResetStats()
	f.SetFaults(fakewiki.Faults{Rules: []fakewiki.Rule{{Kind: fakewiki.TooMany, Wiki: "enwiki", First: 2, RetryAfter: time.Second}}})
	if err := refresh(t, cfg, "metawiki-101"); err != nil {
		t.Fatal(err)
	}
	f.SetFaults(fakewiki.Faults{Rules: []fakewiki.Rule{{Kind: fakewiki.TooMany, Times: -1, Probability: 1, RetryAfter: 24 * time.Hour}}})
	if err := refresh(t, cfg, "metawiki-101"); err == nil {
		t.Error("a refresh of wikis that ask for a day's patience succeeded")
	}
	m := samples(t, serve(t, func(c *config.Config) { c.Database = cfg.Database }).Addr())
	asked := f.Stats()
	var counted float64
	for name, v := range m {
		if strings.HasPrefix(name, "afterglow_api_requests_total{") {
			counted += v
		}
	}
	if counted != float64(asked.Requests) || counted == 0 {
		t.Errorf("%v requests are exported, the farm counted %d", counted, asked.Requests)
	}
	if got := m[`afterglow_api_throttled_total{wiki="enwiki"}`]; got != 2 {
		t.Errorf("enwiki asked for patience %v times, not 2", got)
	}
	for name, want := range map[string]float64{
		`afterglow_refreshes_total{outcome="done"}`: 1, `afterglow_refreshes_total{outcome="failed"}`: 1, `afterglow_refreshes_total{outcome="partial"}`: 0,
		`afterglow_refresh_duration_seconds_count`: 2, `afterglow_refresh_duration_seconds_bucket{le="+Inf"}`: 2,
		`afterglow_campaigns{bucket="monthly"}`: 1, `afterglow_campaigns{bucket="new"}`: 0, `afterglow_campaigns_failing{bucket="monthly"}`: 1,
	} {
		if got, ok := m[name]; !ok || got != want {
			t.Errorf("%s %v, want %v", name, got, want)
		}
	}
	if age, ok := m[`afterglow_refresh_age_seconds{bucket="monthly"}`]; !ok || age < 0 || age > 3600 {
		t.Errorf("the monthly bucket's age is %v", age)
	}
}

type readiness struct {
	Status string
	Checks []struct {
		Name  string
		OK    bool
		Error string
	}
}

// TestReadyzSaysWhatIsWrong breaks the database behind a server's back.
func TestReadyzSaysWhatIsWrong(t *testing.T) {
	path := filepath.Join(t.TempDir(), "afterglow.db")
	s := serve(t, func(c *config.Config) {
		c.Database, c.PrivateListen = config.NewDatabase("sqlite:"+path), "127.0.0.1:0"
	})
	ask := func(address string) (int, readiness) {
		status, body := get(t, address+"/readyz")
		var r readiness
		if err := json.Unmarshal([]byte(body), &r); err != nil {
			t.Fatalf("%v: %s", err, body)
		}
		return status, r
	}
	status, r := ask(s.Addr())
	if status != http.StatusOK || len(r.Checks) != 3 {
		t.Errorf("%d %+v", status, r)
	}
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(20000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`DELETE FROM goose_db_version WHERE version_id = (SELECT MAX(version_id) FROM goose_db_version)`); err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{s.Addr(), s.PrivateAddr()} {
		status, r = ask(address)
		if status != http.StatusServiceUnavailable || r.Status != "not ready" {
			t.Errorf("behind by one migration: %d %+v", status, r)
		}
		for _, c := range r.Checks {
			wrong, private := c.Name == "schema", address == s.PrivateAddr()
			if c.OK == wrong || wrong && private != strings.Contains(c.Error, "afterglow migrate up") || !private && c.Error != "" {
				t.Errorf("%s: %+v", address, c)
			}
		}
	}
}

// TestECSLog: each line is JSON with the names of the Elastic Common Schema,
// and a request's lines bear its id.
func TestECSLog(t *testing.T) {
	cfg, err := config.Load("", []string{"AFTERGLOW_LOG_FORMAT=ecs", "AFTERGLOW_LOG_LEVEL=debug", "AFTERGLOW_LISTEN=127.0.0.1:0", "AFTERGLOW_REFRESH_SCHEDULE=false",
		"AFTERGLOW_DATABASE=sqlite:" + filepath.Join(t.TempDir(), "afterglow.db")})
	if err != nil {
		t.Fatal(err)
	}
	s := running.Start(t, cfg)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.Addr()+"/v1/campaigns/metawiki-9", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Request-Id", "from-the-proxy-1")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	s.Stop()
	found := false
	for lines := bufio.NewScanner(strings.NewReader(s.Log.String())); lines.Scan(); {
		var line map[string]any
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatalf("%v: %s", err, lines.Text())
		}
		for _, name := range []string{"@timestamp", "log.level", "message", "ecs.version", "service.name", "service.version"} {
			if line[name] == nil {
				t.Errorf("no %s: %s", name, lines.Text())
			}
		}
		if level, _ := line["log.level"].(string); level != strings.ToLower(level) {
			t.Errorf("log.level %s", level)
		}
		for name := range line {
			// "error" and "client" are objects in ECS; a text there is refused by the index.
			if name != "message" && !strings.Contains(name, ".") && name != "@timestamp" {
				t.Errorf("%q is no field of ECS: %s", name, lines.Text())
			}
		}
		if line["http.request.id"] == "from-the-proxy-1" {
			found = line["http.response.status_code"] == float64(http.StatusNotFound)
		}
	}
	if !found || answer.Header.Get("X-Request-Id") != "from-the-proxy-1" {
		t.Errorf("the request's id is not in the log, or not in the answer (%s)", answer.Header.Get("X-Request-Id"))
	}
}

// TestOlderProgram: during an upgrade, and after a rollback, the former version
// meets a database that is ahead. It starts, and is ready.
func TestOlderProgram(t *testing.T) {
	path := filepath.Join(t.TempDir(), "afterglow.db")
	serve(t, func(c *config.Config) { c.Database = config.NewDatabase("sqlite:" + path) })
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(20000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)`); err != nil {
		t.Fatal(err)
	}
	older := serve(t, func(c *config.Config) { c.Database = config.NewDatabase("sqlite:" + path) })
	if status, body := get(t, older.Addr()+"/readyz"); status != http.StatusOK {
		t.Errorf("%d %s", status, body)
	}
}
