package replica

import (
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"time"

	"afterglow/mwclient"
)

// Options configures a Client. User is the only one that must be set.
type Options struct {
	// User and Password are TOOL_REPLICA_USER and TOOL_REPLICA_PASSWORD on
	// Toolforge.
	User, Password string
	// Service is "web" (quick answers, 5 minutes a query) or "analytics" (3
	// hours a query). "web" if empty.
	Service string
	// Host is where a section or a database is served: {name} stands for either,
	// {service} for Service. A port may follow; 3306 else.
	// "{name}.{service}.db.svc.wikimedia.cloud" if empty.
	Host string
	// Database is the name of a wiki's database of views, {name} standing for the
	// wiki's database name. "{name}_p" if empty.
	Database string
	// Sections tells the section ("s1") of wikis by database name; "centralauth"
	// and "meta" are among them. Of others meta_p.wiki tells, unless NoMeta is set.
	Sections map[string]string
	// NoMeta says that there is no database meta_p. Wikis that Sections does not
	// name are then asked for under their own name.
	NoMeta bool
	// NoCentralAuth says that there is no database centralauth: accounts are local.
	NoCentralAuth bool
	// QueryLimit is how long a query may take before the replicas end it; what
	// Service has if 0. Queries end themselves at four fifths of it.
	QueryLimit time.Duration
	// Batch is for how many users a query asks; 200 if 0, 5,000 at most.
	Batch int
	// MaxRetries is how often one query is tried again after a lost connection,
	// when none of its rows came; 6 if 0, none if negative.
	MaxRetries int
	// Logger gets a line for each query that is tried again or split (Debug).
	// Nothing is logged if nil.
	Logger *slog.Logger
	// Clock tells the time and waits; the system's if nil.
	Clock mwclient.Clock
}

// Toolforge's rules: https://wikitech.wikimedia.org/wiki/Help:Wiki_Replicas
const (
	webLimit       = 5 * time.Minute
	analyticsLimit = 3 * time.Hour
	wikimediaHost  = "{name}.{service}.db.svc.wikimedia.cloud"
	// meta_p is on every section; here it shares CentralAuth's connection.
	wikimediaCentral = "s7"
)

// filled checks the options and fills in what is left out.
func (o Options) filled() (Options, error) {
	if o.User == "" {
		return o, errors.New("replica: no user is set (TOOL_REPLICA_USER on Toolforge)")
	}
	switch o.Service {
	case "":
		o.Service = "web"
	case "web", "analytics":
	default:
		return o, fmt.Errorf("replica: service %q is neither web nor analytics", o.Service)
	}
	if o.QueryLimit == 0 {
		o.QueryLimit = webLimit
		if o.Service == "analytics" {
			o.QueryLimit = analyticsLimit
		}
	}
	if o.QueryLimit < 0 {
		return o, fmt.Errorf("replica: query limit %s is negative", o.QueryLimit)
	}
	sections := map[string]string{}
	if o.Host == "" {
		o.Host = wikimediaHost
		sections["centralauth"], sections["meta"] = wikimediaCentral, wikimediaCentral
	}
	for db, section := range o.Sections {
		if !isDBName(db) || !isDBName(section) {
			return o, fmt.Errorf("replica: section %q of %q: not a name", section, db)
		}
		sections[db] = section
	}
	o.Sections = sections
	if o.Database == "" {
		o.Database = "{name}_p"
	}
	if !isDBName(strings.ReplaceAll(o.Database, "{name}", "x")) {
		return o, fmt.Errorf("replica: %q is no name of a database", o.Database)
	}
	switch {
	case o.Batch == 0:
		o.Batch = 200
	case o.Batch < 0 || o.Batch > 5000:
		return o, fmt.Errorf("replica: batch %d is not in 1 … 5000", o.Batch)
	}
	switch {
	case o.MaxRetries == 0:
		o.MaxRetries = 6
	case o.MaxRetries < 0:
		o.MaxRetries = 0
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = mwclient.SystemClock{}
	}
	return o, nil
}

var dbNames = regexp.MustCompile(`^[a-z0-9_][a-z0-9_-]{0,62}$`)

// isDBName reports whether text is a name as databases and sections have. It
// goes into statements and host names, so nothing else may pass.
func isDBName(text string) bool { return dbNames.MatchString(text) }
