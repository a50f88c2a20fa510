package config

import (
	"net/netip"
	"slices"
	"time"
)

// Config is everything an operator can set. The zero value is not valid: start
// from Default or Load. Tags: yaml is the key; min and max bound a number;
// oneof lists the allowed words.
type Config struct {
	// Listen is the address that serve listens on, host:port.
	// Where neither the file nor the environment names one, PORT does.
	Listen string `yaml:"listen"`
	// PrivateListen is the address of metrics and profiles, host:port; empty:
	// there are no profiles, and metrics are at Listen.
	PrivateListen string `yaml:"private_listen"`
	// BaseURL is the address that readers see, without a slash at its end;
	// empty: links are relative, and there is no login.
	BaseURL string `yaml:"base_url"`
	// TrustedProxies is the addresses and networks (CIDR) of the proxies in
	// front, whose X-Forwarded-For is believed.
	TrustedProxies []string `yaml:"trusted_proxies"`
	Database       Database `yaml:"database"`
	// DatabasePassword fills in for a password that the DSN leaves out.
	DatabasePassword Secret `yaml:"database_password"`
	// DatabaseConnections bounds this process's connections to MariaDB.
	DatabaseConnections int `yaml:"database_connections" min:"2" max:"1000"`
	// Wikis is the hosts that may be read: exact hosts, "*.domain" for the
	// hosts below a domain, and loopback with its port.
	Wikis []string `yaml:"wikis"`
	// Dashboards is the hosts of Programs & Events Dashboards whose courses may
	// be read, written as in Wikis; none: no course is read by its address.
	Dashboards []string  `yaml:"dashboards"`
	UserAgent  UserAgent `yaml:"user_agent"`
	OAuth      OAuth     `yaml:"oauth"`
	// Contributions says where edits are read: "api", the wikis' Action API,
	// or "replica", their database replicas.
	Contributions string   `yaml:"contributions" oneof:"api replica"`
	Replicas      Replicas `yaml:"replicas"`
	Refresh       Refresh  `yaml:"refresh"`
	Publish       Publish  `yaml:"publish"`
	Privacy       Privacy  `yaml:"privacy"`
	Limits        Limits   `yaml:"limits"`
	Log           Log      `yaml:"log"`

	hosts      *Hosts
	dashboards *Hosts
	proxies    []netip.Prefix
}

// UserAgent is what the wikis' operators see of us.
type UserAgent struct {
	// Contact is an address where the operator can be reached; required
	// before a wiki that is not on loopback is read.
	Contact string `yaml:"contact"`
}

// OAuth is the registration with a wiki's Extension:OAuth. Login needs Wiki,
// ClientID, ClientSecret and the Config's BaseURL.
type OAuth struct {
	// Wiki is the address of the wiki that holds the registration.
	Wiki         string `yaml:"wiki"`
	ClientID     string `yaml:"client_id"`
	ClientSecret Secret `yaml:"client_secret"`
	// Token is an owner-only token; it is sent to Wiki's host alone.
	Token Secret `yaml:"token"`
	// SessionLifetime is how long somebody stays signed in at most, SessionIdle
	// how long without a request.
	SessionLifetime time.Duration `yaml:"session_lifetime" min:"5m" max:"2160h"`
	SessionIdle     time.Duration `yaml:"session_idle" min:"5m" max:"2160h"`
	// Administrators may do everything: "FARM:ID", an account's central id on a
	// farm, or "User:NAME", of the farm of Wiki.
	Administrators []string `yaml:"administrators"`
}

// Replicas is where the wikis' database replicas are, for contributions: replica.
// https://wikitech.wikimedia.org/wiki/Help:Wiki_Replicas
type Replicas struct {
	// Service is "web" (5 minutes a query) or "analytics" (3 hours a query).
	Service string `yaml:"service" oneof:"web analytics"`
	// Host is where a section of wikis, or a wiki, is served; {name} stands for
	// either, {service} for Service. Empty: as on Toolforge.
	Host string `yaml:"host"`
	// Database is a wiki's database of views; {name} stands for the wiki.
	Database string `yaml:"database"`
	// User and Password are Toolforge's TOOL_REPLICA_USER and
	// TOOL_REPLICA_PASSWORD unless they are given.
	User     string `yaml:"user"`
	Password Secret `yaml:"password"`
	// Meta and CentralAuth say whether there are databases meta and centralauth.
	Meta        bool `yaml:"meta"`
	CentralAuth bool `yaml:"centralauth"`
}

// Refresh is how the wikis are read.
type Refresh struct {
	// Schedule says whether serve refreshes the campaigns that are due.
	Schedule bool `yaml:"schedule"`
	// Interval is the time after which a campaign is due again.
	Interval time.Duration `yaml:"interval" min:"1h" max:"720h"`
	// MaxInFlight is the requests at once to all wikis, PerWiki to one.
	MaxInFlight int `yaml:"max_in_flight" min:"1" max:"3"`
	PerWiki     int `yaml:"per_wiki" min:"1" max:"3"`
	// MaxLag is the replication lag, in seconds, above which a wiki may
	// refuse us.
	MaxLag int `yaml:"maxlag" min:"1" max:"60"`
	// Gap is the days without an edit that count as having left, where a
	// request does not say: the default of the parameter gap.
	Gap int `yaml:"gap" min:"7" max:"365"`
}

// Publish is where figures are written to on wikis, by the account of an
// owner-only token or of a bot password.
type Publish struct {
	// Wiki is the address of the wiki whose pages get a section; empty: none.
	Wiki string `yaml:"wiki"`
	// DataWiki is the address of the wiki that has the Data: pages; empty: none
	// are written.
	DataWiki string `yaml:"data_wiki"`
	// Token is an owner-only token, sent to the two wikis alone. Without it,
	// Account is a bot password's name ("Name@program").
	Token    Secret `yaml:"token"`
	Account  string `yaml:"account"`
	Password Secret `yaml:"password"`
	// Page is the page with the section, DataPage the Data: pages without their
	// ends. {page} is the event's page, {id} the campaign, {chart} the chart.
	Page     string `yaml:"page"`
	DataPage string `yaml:"data_page"`
	// Charts are those with Data: pages.
	Charts []string `yaml:"charts"`
	// Language is that of sections and of summaries of edits.
	Language string `yaml:"language"`
	// StopPage is a page of each wiki that stops everything while it has text.
	StopPage string `yaml:"stop_page"`
}

// Privacy is what keeps single people from being read out of figures.
type Privacy struct {
	// MinCell is the least number of people at risk that is shown.
	MinCell int `yaml:"min_cell" min:"1" max:"1000"`
}

// Limits bounds what a request may cost.
type Limits struct {
	URLBytes    int `yaml:"url_bytes" min:"1024" max:"65536"`
	HeaderBytes int `yaml:"header_bytes" min:"4096" max:"131072"`
	BodyBytes   int `yaml:"body_bytes" min:"1024" max:"10485760"`
	// ReadTimeout is for a request's headers and body, RequestTimeout for the
	// answer's computation and writing, IdleTimeout for a kept connection,
	// ShutdownTimeout for the requests under way when the server stops.
	ReadTimeout     time.Duration `yaml:"read_timeout" min:"1s" max:"5m"`
	RequestTimeout  time.Duration `yaml:"request_timeout" min:"1s" max:"10m"`
	IdleTimeout     time.Duration `yaml:"idle_timeout" min:"1s" max:"1h"`
	ShutdownTimeout time.Duration `yaml:"shutdown_timeout" min:"0s" max:"10m"`
	// CohortCacheMB and AnswerCacheMB are memory budgets in MiB for loaded
	// cohorts and for finished answers.
	CohortCacheMB int `yaml:"cohort_cache_mb" min:"1" max:"1048576"`
	AnswerCacheMB int `yaml:"answer_cache_mb" min:"1" max:"1048576"`
	// Computations is how many figures are computed at once.
	Computations int `yaml:"computations" min:"1" max:"1024"`
	// AddressRate is how many requests a second one address may send for long,
	// 0: any number; AddressBurst how many at once.
	AddressRate  int `yaml:"address_rate" min:"0" max:"1000000"`
	AddressBurst int `yaml:"address_burst" min:"1" max:"1000000"`
}

// Log is how the log is written.
type Log struct {
	Format string `yaml:"format" oneof:"text ecs"`
	Level  string `yaml:"level" oneof:"debug info warn error"`
}

// Default returns the configuration of somebody who configured nothing: SQLite,
// no login, Wikimedia's wikis. It is valid.
func Default() *Config {
	return &Config{
		Listen:   "127.0.0.1:8080",
		Database: Database{text: "sqlite:afterglow.db"},

		DatabaseConnections: 10,

		Wikis:         wikimedia(),
		Dashboards:    []string{"outreachdashboard.wmflabs.org", "dashboard.wikiedu.org"},
		OAuth:         OAuth{SessionLifetime: 7 * 24 * time.Hour, SessionIdle: 24 * time.Hour},
		Contributions: "api",
		Replicas:      Replicas{Service: "web", Database: "{name}_p", Meta: true, CentralAuth: true},
		Refresh:       Refresh{Schedule: true, Interval: 24 * time.Hour, MaxInFlight: 3, PerWiki: 1, MaxLag: 5, Gap: 60},
		Publish: Publish{
			Page: "{page}", DataPage: "Data:Afterglow/{id}/{chart}", Charts: []string{"retention"}, Language: "en",
		},
		Privacy: Privacy{MinCell: 5},
		Limits: Limits{
			URLBytes: 8192, HeaderBytes: 16384, BodyBytes: 65536,
			ReadTimeout: 10 * time.Second, RequestTimeout: 30 * time.Second,
			IdleTimeout: 2 * time.Minute, ShutdownTimeout: 15 * time.Second,
			CohortCacheMB: 256, AnswerCacheMB: 64, Computations: 4,
			AddressRate: 50, AddressBurst: 500,
		},
		Log: Log{Format: "text", Level: "info"},
	}
}

// Login reports whether people can sign in.
func (c *Config) Login() bool {
	return c.BaseURL != "" && c.OAuth.Wiki != "" && c.OAuth.ClientID != "" && c.OAuth.ClientSecret.Set()
}

// Allowed says whether a wiki's host may be read; host is as in a URL, with its
// port where it has one. The error is a *HostError.
func (c *Config) Allowed(host string) error { return c.hosts.Allowed(host) }

// Inside says whether a wiki's host may be at an address that is not on the
// Internet: only one that wikis names by itself, not by a pattern.
func (c *Config) Inside(host string) bool { return c.hosts.Named(host) }

// Proxies is TrustedProxies, parsed.
func (c *Config) Proxies() []netip.Prefix { return slices.Clone(c.proxies) }

// AllowedDashboard says the same of a dashboard's host.
func (c *Config) AllowedDashboard(host string) error { return c.dashboards.Allowed(host) }
