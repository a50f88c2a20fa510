package service_test

import (
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"afterglow/config"
	"afterglow/service"
	"afterglow/service/e2e/running"
)

// serve runs a service with a configuration of its own until the test ends.
func serve(t *testing.T, change func(*config.Config)) *service.Service {
	t.Helper()
	cfg := config.Default()
	cfg.Refresh.Schedule = false
	cfg.Listen = "127.0.0.1:0"
	cfg.Database = config.NewDatabase("sqlite:" + filepath.Join(t.TempDir(), "afterglow.db"))
	if change != nil {
		change(cfg)
	}
	return running.Start(t, cfg).Service
}

func get(t *testing.T, address string) (status int, body string) {
	t.Helper()
	client := http.Client{Timeout: time.Minute}
	answer, err := client.Get("http://" + address)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(b)
}

// TestPrivateAddress: profiles are at the private address alone, and metrics
// are there where there is one.
func TestPrivateAddress(t *testing.T) {
	open := serve(t, nil)
	if status, body := get(t, open.Addr()+"/metrics"); status != http.StatusOK || !strings.Contains(body, "afterglow_build_info") {
		t.Errorf("/metrics without a private address: %d %.100s", status, body)
	}
	if status, _ := get(t, open.Addr()+"/debug/pprof/"); status != http.StatusNotFound {
		t.Errorf("profiles without a private address: %d", status)
	}
	if open.PrivateAddr() != "" {
		t.Errorf("a private address nobody asked for: %s", open.PrivateAddr())
	}
	s := serve(t, func(c *config.Config) { c.PrivateListen = "127.0.0.1:0" })
	for path, want := range map[string]string{
		"/metrics": "afterglow_build_info", "/healthz": "ok", "/debug/pprof/": "goroutine", "/debug/pprof/goroutine?debug=1": "goroutine profile",
		"/debug/pprof/cmdline": "test", "/debug/pprof/profile?seconds=1": "",
	} {
		if status, body := get(t, s.PrivateAddr()+path); status != http.StatusOK || !strings.Contains(body, want) || body == "" {
			t.Errorf("private %s: %d %.100s", path, status, body)
		}
	}
	for _, path := range []string{"/metrics", "/debug/pprof/", "/debug/pprof/heap"} {
		if status, _ := get(t, s.Addr()+path); status != http.StatusNotFound {
			t.Errorf("public %s beside a private address: %d", path, status)
		}
	}
	if status, _ := get(t, s.PrivateAddr()+"/v1/campaigns"); status != http.StatusNotFound {
		t.Errorf("the API at the private address: %d", status)
	}
}

func TestAddressTaken(t *testing.T) {
	first := serve(t, nil)
	cfg := config.Default()
	cfg.Refresh.Schedule = false
	cfg.Listen, cfg.PrivateListen = "127.0.0.1:0", first.Addr()
	cfg.Database = config.NewDatabase("sqlite:" + filepath.Join(t.TempDir(), "afterglow.db"))
	if _, err := service.New(t.Context(), cfg, io.Discard); err == nil || !strings.Contains(err.Error(), "private_listen "+first.Addr()) {
		t.Errorf("a taken private address: %v", err)
	}
}
