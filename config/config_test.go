package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"
)

func load(t *testing.T, text string, env ...string) (*Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "afterglow.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(path, env)
}

func mustLoad(t *testing.T, text string, env ...string) *Config {
	t.Helper()
	c, err := load(t, text, env...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestNothingConfiguredIsValid(t *testing.T) {
	c, err := Load("", nil)
	if err != nil {
		t.Fatal(err)
	}
	if path, ok := c.Database.SQLite(); !ok || path != "afterglow.db" {
		t.Errorf("database %v", c.Database)
	}
	if c.Login() {
		t.Error("nobody can sign in without a registration")
	}
	if c.UserAgent.Contact != "" || c.Privacy.MinCell != 5 || c.Refresh.MaxInFlight != 3 || c.Refresh.PerWiki != 1 {
		t.Errorf("defaults: %+v", c)
	}
	for _, host := range []string{"meta.wikimedia.org", "sw.wikipedia.org", "www.wikidata.org", "en.m.wikipedia.org"} {
		if err := c.Allowed(host); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	if err := c.Allowed("example.org"); err == nil {
		t.Error("example.org is allowed")
	}
}

func TestExampleIsTheDefaultsAndHasEveryKey(t *testing.T) {
	text, err := os.ReadFile("example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	got, err := Load("example.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	want, err := Load("", nil)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("example.yaml gives\n%+v, the defaults are\n%+v", got, want)
	}
	var document yaml.Node
	if err := yaml.Load(text, &document); err != nil {
		t.Fatal(err)
	}
	present := map[string]bool{}
	collect(document.Content[0], "", present)
	for _, path := range newLoader(nil).paths() {
		if !present[path] {
			t.Errorf("example.yaml does not have %s", path)
		}
		delete(present, path)
	}
	for key := range present {
		t.Errorf("example.yaml has %s, Config does not", key)
	}
	// A key is explained by a comment above it, or shares its neighbour's.
	lines := strings.Split(string(text), "\n")
	for i, line := range lines {
		if strings.Contains(line, ": ") && !strings.HasPrefix(strings.TrimSpace(line), "#") && strings.TrimSpace(lines[i-1]) == "" {
			t.Errorf("line %d, %q, has no comment", i+1, line)
		}
	}
}

func collect(n *yaml.Node, prefix string, into map[string]bool) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := prefix + n.Content[i].Value
		if v := n.Content[i+1]; v.Kind == yaml.MappingNode {
			collect(v, key+".", into)
		} else {
			into[key] = true
		}
	}
}

func TestPrecedence(t *testing.T) {
	c := mustLoad(t, "listen: 127.0.0.1:1\nrefresh:\n  maxlag: 7\nlog: {level: warn}\n",
		"AFTERGLOW_REFRESH_MAXLAG=9", "AFTERGLOW_WIKIS=a.example.org, b.example.org", "PATH=/bin")
	if c.Listen != "127.0.0.1:1" || c.Refresh.MaxLag != 9 || c.Log.Level != "warn" || c.Log.Format != "text" {
		t.Errorf("%+v", c)
	}
	if !reflect.DeepEqual(c.Wikis, []string{"a.example.org", "b.example.org"}) {
		t.Errorf("wikis %q", c.Wikis)
	}
	if c.Allowed("meta.wikimedia.org") == nil {
		t.Error("the list replaces the default, it does not add to it")
	}
}

// TestPort: a platform's PORT is the address to listen on, unless the operator
// named one.
func TestPort(t *testing.T) {
	for _, test := range []struct {
		yaml string
		env  []string
		want string
	}{
		{"", []string{"PORT=8000"}, ":8000"},
		{"", []string{"PORT="}, "127.0.0.1:8080"},
		{"listen: 127.0.0.1:1", []string{"PORT=8000"}, "127.0.0.1:1"},
		{"", []string{"PORT=8000", "AFTERGLOW_LISTEN=:2"}, ":2"},
	} {
		if c := mustLoad(t, test.yaml, test.env...); c.Listen != test.want {
			t.Errorf("%q %q: %s, want %s", test.yaml, test.env, c.Listen, test.want)
		}
	}
}

func TestTags(t *testing.T) {
	for _, f := range schema() {
		switch f.kind {
		case kindInt:
			if number(f.min) > number(f.max) {
				t.Errorf("%s: %s > %s", f.key, f.min, f.max)
			}
		case kindDuration:
			if duration(f.min) > duration(f.max) {
				t.Errorf("%s: %s > %s", f.key, f.min, f.max)
			}
		}
	}
}

// TestErrors holds each message against what an operator needs: the key, the
// value, what is allowed.
func TestErrors(t *testing.T) {
	for _, test := range []struct {
		yaml string
		env  []string
		want []string // all in one line of the error
	}{
		{yaml: "refersh:\n  maxlag: 5", want: []string{"refersh", "no such key", "nearest is refresh", ":1"}},
		{yaml: "refresh:\n  max_lag: 5", want: []string{"refresh.max_lag", "nearest is refresh.maxlag", "afterglow.yaml:2"}},
		{yaml: "refresh:\n  maxlag: five", want: []string{"refresh.maxlag", `"five"`, "a whole number from 1 to 60", ":2"}},
		{yaml: "refresh:\n  maxlag: 61", want: []string{"refresh.maxlag", `"61"`, "1 to 60"}},
		{yaml: "refresh:\n  maxlag: [5]", want: []string{"refresh.maxlag", "a list or a section"}},
		{yaml: "refresh:\n  interval: 1", want: []string{"refresh.interval", `"1"`, "1h to 720h"}},
		{yaml: "refresh:\n  interval: 1m", want: []string{"refresh.interval", `"1m"`, "1h to 720h"}},
		{yaml: "refresh: 5", want: []string{"refresh", `"5"`, "not a section", "maxlag"}},
		{yaml: "- a", want: []string{"(the file)", "not a section"}},
		{yaml: "listen: 8080", want: []string{"listen", `"8080"`, "HOST:PORT"}},
		{yaml: "listen: 127.0.0.1:99999", want: []string{"listen", "HOST:PORT"}},
		{yaml: "listen: ['a:1']", want: []string{"listen", "a list or a section"}},
		{yaml: "private_listen: '9090'", want: []string{"private_listen", "HOST:PORT"}},
		{yaml: "listen: ':9090'\nprivate_listen: ':9090'", want: []string{"private_listen", "listen's address too"}},
		{env: []string{"PORT=http"}, want: []string{"listen", "PORT", `":http"`, "HOST:PORT"}},
		{yaml: "base_url: ftp://x.example.org", want: []string{"base_url", "ftp://x.example.org", "https"}},
		{yaml: "base_url: http://x.example.org", want: []string{"base_url", "https"}},
		{yaml: "base_url: https://x.example.org/?a=b", want: []string{"base_url", "query"}},
		{yaml: "base_url: /here", want: []string{"base_url", "not an address"}},
		{yaml: "base_url: 'https://x y'", want: []string{"base_url", "not an address"}},
		{yaml: "base_url: 'https://x_y.example.org'", want: []string{"base_url", "host is wrong"}},
		{yaml: "database: postgres", want: []string{"database", `"postgres"`, "sqlite:PATH"}},
		{yaml: "database: 'sqlite:'", want: []string{"database", "sqlite:PATH"}},
		{yaml: "database: 'sqlite:a?mode=x'", want: []string{"database", "?"}},
		{yaml: "database: u@tcp(h:1)/", want: []string{"database", "database name"}},
		{yaml: "database: 'toolsdb:x'", want: []string{"database", "TOOL_TOOLSDB_USER"}},
		{yaml: "database: 'toolsdb:x;y'", env: []string{"TOOL_TOOLSDB_USER=s1", "TOOL_TOOLSDB_PASSWORD=p"}, want: []string{"database", "letters, digits"}},
		{yaml: "wikis: []", want: []string{"wikis", "empty"}},
		{yaml: "wikis: a.org", want: []string{"wikis", `"a.org"`, "not a list"}},
		{yaml: "wikis: ['*']", want: []string{"wikis", `"*"`, "*.domain.org"}},
		{yaml: "wikis: [a.org, [b]]", want: []string{"wikis", "not a plain text"}},
		{yaml: "contributions: sql", want: []string{"contributions", `"sql"`, "api, replica"}},
		{yaml: "contributions: replica", want: []string{"replicas.user", "missing", "TOOL_REPLICA_USER"}},
		{yaml: "replicas: {host: 'https://{name}.example.org'}", want: []string{"replicas.host", "{name}"}},
		{yaml: "replicas: {host: '{wiki}.example.org'}", want: []string{"replicas.host", "{wiki}.example.org", "{name}"}},
		{yaml: "replicas: {database: 'a`b'}", want: []string{"replicas.database", "letters, digits"}},
		{yaml: "replicas: {password: x}", want: []string{"replicas.password", "may not stand in the file"}},
		{yaml: "refresh: {schedule: maybe}", want: []string{"refresh.schedule", `"maybe"`, "true, false"}},
		{yaml: "log: {format: json}", want: []string{"log.format", `"json"`, "text, ecs"}},
		{yaml: "log: {level: 'in\tfo'}", want: []string{"log.level"}},
		{yaml: "log: {level: info, level: warn}", want: []string{"log.level", "twice"}},
		{yaml: "user_agent: {contact: \"a\\nb\"}", want: []string{"user_agent.contact", "control character"}},
		{yaml: "user_agent: {contact: 'a (b)'}", want: []string{"user_agent.contact", "parentheses"}},
		{yaml: "user_agent: {contact: " + strings.Repeat("a", 201) + "}", want: []string{"user_agent.contact", "200 bytes"}},
		{yaml: "refresh: {per_wiki: 3, max_in_flight: 2}", want: []string{"refresh.per_wiki", `"3"`, "at most refresh.max_in_flight, 2"}},
		{yaml: "oauth: {wiki: 'https://evil.example.org'}", want: []string{"oauth.wiki", "not one of wikis", "*.wikipedia.org"}},
		{yaml: "oauth: {client_id: x, wiki: 'https://meta.wikimedia.org'}\nbase_url: https://a.example.org", want: []string{"oauth.client_secret", "missing", "oauth.client_id"}},
		{env: []string{"AFTERGLOW_OAUTH_CLIENT_SECRET=x"}, want: []string{"oauth.client_id", "missing"}},
		{yaml: "oauth: {client_id: x, wiki: 'https://meta.wikimedia.org'}", env: []string{"AFTERGLOW_OAUTH_CLIENT_SECRET=x"}, want: []string{"base_url", "missing"}},
		{yaml: "oauth: {administrators: [Jimbo]}", want: []string{"oauth.administrators", "Jimbo", "FARM:ID"}},
		{yaml: "oauth: {administrators: ['meta.wikimedia.org:0']}", want: []string{"oauth.administrators", "names nobody"}},
		{yaml: "oauth: {administrators: ['meta.wikimedia.org:']}", want: []string{"oauth.administrators", "names nobody"}},
		{yaml: "oauth: {administrators: [':5']}", want: []string{"oauth.administrators", "names nobody"}},
		{yaml: "oauth: {administrators: ['User:']}", want: []string{"oauth.administrators", "names nobody"}},
		{yaml: "oauth: {session_lifetime: 1m}", want: []string{"oauth.session_lifetime", "5m to 2160h"}},
		{yaml: "oauth: {session_idle: 200h}", want: []string{"oauth.session_idle", "at most oauth.session_lifetime"}},
		{yaml: "trusted_proxies: [proxy]", want: []string{"trusted_proxies", `"proxy"`, "no address"}},
		{yaml: "trusted_proxies: [0.0.0.0/0]", want: []string{"trusted_proxies", "everybody"}},
		{yaml: "trusted_proxies: ['::/0']", want: []string{"trusted_proxies", "everybody"}},
		{yaml: "trusted_proxies: [10.0.0.1/8]", want: []string{"trusted_proxies", "its network is 10.0.0.0/8"}},
		{yaml: "limits: {address_burst: 0}", want: []string{"limits.address_burst", "from 1"}},
		{env: []string{"AFTERGLOW_OAUTH_TOKEN=x"}, want: []string{"oauth.wiki", "missing"}},
		{env: []string{"AFTERGLOW_OAUTH_TOKEN=x y"}, want: []string{"oauth.token", "printable ASCII"}},
		{yaml: "oauth: {client_secret_file: /nonexistent/secret}", want: []string{"oauth.client_secret_file", "/nonexistent/secret", "no such file"}},
		{yaml: "publish: {wiki: 'https://meta.wikimedia.org'}", want: []string{"publish.token", "missing", "publish.account"}},
		{yaml: "publish: {data_wiki: 'https://evil.example.org'}", env: []string{"AFTERGLOW_PUBLISH_TOKEN=x"}, want: []string{"publish.data_wiki", "not one of wikis"}},
		{yaml: "publish: {account: A@b}", want: []string{"publish.password", "missing"}},
		{env: []string{"AFTERGLOW_PUBLISH_PASSWORD=x"}, want: []string{"publish.account", "missing"}},
		{yaml: "publish: {account: A@b}", env: []string{"AFTERGLOW_PUBLISH_TOKEN=x", "AFTERGLOW_PUBLISH_PASSWORD=y"}, want: []string{"publish.account", "a token too"}},
		{env: []string{"AFTERGLOW_PUBLISH_TOKEN=x y"}, want: []string{"publish.token", "printable ASCII"}},
		{yaml: "publish: {token: x}", want: []string{"publish.token", "may not stand in the file"}},
		{yaml: "publish: {page: '{event}/Results'}", want: []string{"publish.page", "{event}/Results", "{page}"}},
		{yaml: "publish: {page: ''}", want: []string{"publish.page", "no title"}},
		{yaml: "publish: {data_page: 'Data:{id}'}", want: []string{"publish.data_page", "overwrite each other", "{chart}"}},
		{yaml: "publish: {stop_page: 'A|B'}", want: []string{"publish.stop_page", "no title"}},
		{yaml: "oauth: {client_secret_file: [a]}", want: []string{"oauth.client_secret_file", "a list or a section"}},
		{env: []string{"AFTERGLOW_OAUTH_TOKEN=a", "AFTERGLOW_OAUTH_TOKEN_FILE=b"}, want: []string{"oauth.token", "AFTERGLOW_OAUTH_TOKEN is set too"}},
		{env: []string{"AFTERGLOW_REFRESH_MAXLAGG=5"}, want: []string{"AFTERGLOW_REFRESH_MAXLAGG", "nearest is AFTERGLOW_REFRESH_MAXLAG"}},
		{env: []string{"AFTERGLOW_LIMITS_COMPUTATIONS=-1"}, want: []string{"limits.computations", `"-1"`, "AFTERGLOW_LIMITS_COMPUTATIONS", "1 to 1024"}},
		{yaml: "a: &x 1\nb: *x", want: []string{"a", "anchors"}},
		{yaml: "listen: &x '127.0.0.1:1'", want: []string{"listen", "anchors"}},
		{yaml: "? [a]\n: b", want: []string{"no text"}},
		{yaml: "listen: '", want: []string{"not YAML"}},
		{yaml: "listen: 127.0.0.1:1\n---\nlisten: 127.0.0.1:2", want: []string{"not YAML"}},
		{yaml: "refresh.maxlag: 5", want: []string{"no such key", "nearest is refresh.maxlag"}},
		{yaml: "wikis: [&x a.org, *x]", want: []string{"wikis", "not a plain text"}},
		{yaml: "log: {true: 1}", want: []string{"log.true", "no such key"}},
		{yaml: "'': 1", want: []string{"no text"}},
	} {
		_, err := load(t, test.yaml, test.env...)
		var errs Errors
		if !errors.As(err, &errs) {
			t.Errorf("%q %q: %v, want Errors", test.yaml, test.env, err)
			continue
		}
		if !anyLineHas(err, test.want) {
			t.Errorf("%q %q:\n%v\nno line has all of %q", test.yaml, test.env, err, test.want)
		}
		var one *Error
		if !errors.As(err, &one) || one.Allowed == "" {
			t.Errorf("%q: %#v says nothing of what is allowed", test.yaml, one)
		}
	}
}

func TestReplicasTakeToolforgesUser(t *testing.T) {
	tool := []string{"TOOL_REPLICA_USER=u1", "TOOL_REPLICA_PASSWORD=secret"}
	c := mustLoad(t, "contributions: replica\nreplicas: {service: analytics, meta: false}\n", tool...)
	if r := c.Replicas; r.User != "u1" || r.Password.Reveal() != "secret" || r.Service != "analytics" || r.Meta || !r.CentralAuth {
		t.Errorf("%+v", r)
	}
	c = mustLoad(t, "contributions: replica\nreplicas: {user: u2}\n", append(tool, "AFTERGLOW_REPLICAS_PASSWORD=other")...)
	if r := c.Replicas; r.User != "u2" || r.Password.Reveal() != "other" {
		t.Errorf("%+v", r)
	}
}

func anyLineHas(err error, want []string) bool {
	for line := range strings.SplitSeq(err.Error(), "\n") {
		all := true
		for _, w := range want {
			all = all && strings.Contains(line, w)
		}
		if all {
			return true
		}
	}
	return false
}

func TestAllErrorsAtOnceInTheOrderOfKeys(t *testing.T) {
	_, err := load(t, "log: {level: loud}\nlisten: x\nprivacy: {min_cell: 0}\nnonsense: 1\n", "AFTERGLOW_REFRESH_GAP=1")
	var errs Errors
	if !errors.As(err, &errs) {
		t.Fatal(err)
	}
	var keys []string
	for _, e := range errs {
		keys = append(keys, e.Key)
	}
	if got := strings.Join(keys, " "); got != "nonsense listen refresh.gap privacy.min_cell log.level" {
		t.Errorf("keys: %s\n%v", got, err)
	}
}

func TestSecretsNeverShow(t *testing.T) {
	const secret = "hunter2hunter2"
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	yamlText := "base_url: https://a.example.org/\ndatabase: u@tcp(h:3306)/db\noauth: {wiki: 'https://meta.wikimedia.org', client_id: id, client_secret_file: " + file + "}\n"
	c := mustLoad(t, yamlText, "AFTERGLOW_OAUTH_TOKEN_FILE="+file, "AFTERGLOW_DATABASE_PASSWORD="+secret)
	if c.OAuth.ClientSecret.Reveal() != secret || c.OAuth.Token.Reveal() != secret || !strings.Contains(c.Database.Reveal(), secret) {
		t.Error("a secret was not read")
	}
	if !c.Login() {
		t.Error("login is configured")
	}
	if c.BaseURL != "https://a.example.org" {
		t.Errorf("base_url %q", c.BaseURL)
	}
	encoded, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var logged strings.Builder
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("configuration", "config", c, "token", c.OAuth.Token, "database", c.Database)
	shown := fmt.Sprintf("%v %+v %#v %s %q %x %d %v", c, c, *c, c.OAuth.Token, c.OAuth.Token, c.OAuth.Token, c.OAuth.Token, c.Database) + string(encoded) + logged.String()
	if strings.Contains(shown, secret) || strings.Contains(shown, fmt.Sprintf("%x", secret)) {
		t.Errorf("a secret shows in %s", shown)
	}
	if !strings.Contains(shown, "u:[redacted]@tcp(h:3306)/db") {
		t.Errorf("the database does not show in %s", shown)
	}

	for _, bad := range []string{
		"oauth: {client_secret: " + secret + "}",
		"oauth: {client_secrt: " + secret + "}",
		"database: u:" + secret + "@tcp(h:1)/d",
		"database: u:" + secret + "@tcp(h:1)",
		"database: u:" + secret + "@h",
		"base_url: https://u:" + secret + "@a.example.org",
		"oauth: {wiki: 'https://u:" + secret + "@meta.wikimedia.org'}",
		"database_password: " + secret,
	} {
		_, err := load(t, bad)
		if err == nil {
			t.Errorf("%q is allowed", bad)
		} else if strings.Contains(err.Error(), secret) {
			t.Errorf("the error shows the secret: %v", err)
		}
	}
	for _, env := range []string{"AFTERGLOW_OAUTH_TOKN=" + secret, "AFTERGLOW_DATABASE=u:" + secret + "@nonsense", "AFTERGLOW_OAUTH_TOKEN=" + secret + " "} {
		_, err := Load("", []string{env})
		if err == nil {
			t.Errorf("%q is allowed", env)
		} else if strings.Contains(err.Error(), secret) {
			t.Errorf("the error shows the secret: %v", err)
		}
	}
}

func TestDatabase(t *testing.T) {
	tool := []string{"TOOL_TOOLSDB_USER=s123", "TOOL_TOOLSDB_PASSWORD=pw:@/"}
	whole := filepath.Join(t.TempDir(), "dsn")
	if err := os.WriteFile(whole, []byte("u:p@tcp(h:1)/d\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		yaml string
		env  []string
		want string
	}{
		{"database: sqlite:/var/lib/a b.db", nil, "sqlite:/var/lib/a b.db"},
		{"database: u@tcp(h:3306)/d", []string{"AFTERGLOW_DATABASE_PASSWORD=p"}, "u:p@tcp(h:3306)/d"},
		{"", []string{"AFTERGLOW_DATABASE=u:p@tcp(h:3306)/d"}, "u:p@tcp(h:3306)/d"},
		{"", []string{"AFTERGLOW_DATABASE=u:p@tcp(a:3306,b:3307)/d"}, "u:p@tcp(a:3306,b:3307)/d"},
		{"database_file: " + whole, nil, "u:p@tcp(h:1)/d"},
		{"database: sqlite:x\ndatabase_file: " + whole, []string{"AFTERGLOW_DATABASE=sqlite:y"}, "sqlite:y"},
		{"", tool, "s123:pw:@/@tcp(tools.db.svc.wikimedia.cloud:3306)/s123__afterglow"},
		{"database: toolsdb:mine", tool, "s123:pw:@/@tcp(tools.db.svc.wikimedia.cloud:3306)/s123__mine"},
		{"database: sqlite:x.db", tool, "sqlite:x.db"},
	} {
		c := mustLoad(t, test.yaml, test.env...)
		if got := c.Database.Reveal(); got != test.want {
			t.Errorf("%q %q: %s, want %s", test.yaml, test.env, got, test.want)
		}
	}
}

func TestKubernetesServiceLinksAreNotOurs(t *testing.T) {
	_, err := Load("", []string{
		"AFTERGLOW_SERVICE_HOST=10.0.0.1", "AFTERGLOW_SERVICE_PORT=80", "AFTERGLOW_SERVICE_PORT_HTTP=80", "AFTERGLOW_PORT=tcp://10.0.0.1:80",
		"AFTERGLOW_PORT_80_TCP=tcp://10.0.0.1:80", "AFTERGLOW_PORT_80_TCP_PROTO=tcp", "AFTERGLOW_PORT_80_TCP_PORT=80", "AFTERGLOW_PORT_80_TCP_ADDR=10.0.0.1",
		"AFTERGLOW_SHARDS=4", "AFTERGLOW_CONFIG=/etc/afterglow.yaml",
	})
	if err != nil {
		t.Error(err)
	}
	for _, f := range schema() {
		if serviceLink(f.env()) {
			t.Errorf("%s would be taken for a variable of Kubernetes", f.env())
		}
	}
}

func TestFiles(t *testing.T) {
	if _, err := Load(filepath.Join(t.TempDir(), "none.yaml"), nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := load(t, strings.Repeat("# x\n", maxFile/4+1)); err == nil {
		t.Error("a file of more than 1 MiB is read")
	}
	for _, empty := range []string{"", "# nothing\n", "null\n", "---\n", "refresh:\n", "listen:\n"} {
		if c := mustLoad(t, empty); c.Refresh.Interval != 24*time.Hour || c.Listen == "" {
			t.Errorf("%q: %+v", empty, c)
		}
	}
}

// FuzzYAML: no text makes the loader panic, and one that loads obeys the ranges.
func FuzzYAML(f *testing.F) {
	example, err := os.ReadFile("example.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(example))
	for _, seed := range []string{"", "a: *a", "&a [*a]", "refresh: {maxlag: 5}", "? {a: b}\n: c", "wikis: ['*.a.b', '[::1]:1']", "database: u@/d", "listen: !!binary aGk=", "<<: {a: 1}", "%YAML 9\n---\n", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l := newLoader(nil)
		// Files that a text names must not be read here.
		if strings.Contains(text, "_file") {
			t.Skip()
		}
		l.yaml("fuzz.yaml", []byte(text))
		c, err := l.finish()
		if err != nil {
			var errs Errors
			if !errors.As(err, &errs) {
				t.Fatalf("%T", err)
			}
			for _, e := range errs {
				if e.Key == "" || e.Allowed == "" || strings.Contains(e.Error(), "\n") {
					t.Fatalf("%#v", e)
				}
			}
			return
		}
		if c.Refresh.MaxInFlight > 3 || c.Refresh.PerWiki > c.Refresh.MaxInFlight || c.Privacy.MinCell < 1 || len(c.Wikis) == 0 || c.hosts == nil {
			t.Fatalf("%+v", c)
		}
	})
}

// TestTrustedProxies: addresses and networks are read, from the environment too.
func TestTrustedProxies(t *testing.T) {
	c, err := load(t, "", "AFTERGLOW_TRUSTED_PROXIES=10.0.0.0/8, fd00::/8,192.0.2.7", "AFTERGLOW_OAUTH_ADMINISTRATORS=meta.wikimedia.org:4711,User:Ann B,127.0.0.1:8080:5")
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(c.Proxies()); got != "[10.0.0.0/8 fd00::/8 192.0.2.7/32]" {
		t.Errorf("proxies %s", got)
	}
	if len(c.OAuth.Administrators) != 3 {
		t.Errorf("administrators %q", c.OAuth.Administrators)
	}
}

// TestInside: only a host that is named by itself may be in the operator's network.
func TestInside(t *testing.T) {
	c, err := load(t, "wikis: ['*.wikimedia.org', wiki.corp.example, '127.0.0.1:8081']")
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]bool{"wiki.corp.example": true, "WIKI.corp.example": true, "127.0.0.1:8081": true,
		"meta.wikimedia.org": false, "wiki.corp.example:8443": false, "evil.example": false, "": false} {
		if c.Inside(host) != want {
			t.Errorf("%s: %v", host, !want)
		}
	}
}
