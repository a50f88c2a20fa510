package web

import (
	"os"
	"strings"
	"testing"
)

// attack is something that somebody may try on a server of ours, what comes of
// it, and the test that tries it.
type attack struct {
	name    string
	outcome string
	try     func(*testing.T) // nil: where says which test of another file does it
	where   string           // "path:Test", from the top of the repository
}

// attacks lists them all. docs/reports/security.md has the same list: the test
// holds the two to each other.
func attacks() []attack {
	return []attack{
		{"Script in a campaign's title", "shown as text in pages, SVG and feeds; JSON says its type and `nosniff`", scriptInTitle, ""},
		{"Script in an account's name", "shown as text", scriptInName, ""},
		{"Script or style put into a page", "no page has one inline, and the policy allows none", inlineScript, ""},
		{"A chart opened by itself", "an SVG of a fixed list of elements, under a `sandbox` policy", svgScript, ""},
		{"A formula in a table that is opened as a spreadsheet", "no cell of text begins with `=`, `+`, `-` or `@`", csvFormula, ""},
		{"Another site's page shows ours in a frame", "refused by `frame-ancestors 'none'` and `X-Frame-Options`, errors and the login included", framing, ""},
		{"Another site's form or script acts in a person's name (CSRF)", "403; nothing is changed", crossSite, ""},
		{"A link or picture acts in a person's name", "GET changes nothing; methods cannot be overridden", getChangesNothing, ""},
		{"Another site's script reads what a person may see", "no CORS where the answer depends on who asks, no credentials where it does not", crossOriginReading, ""},
		{"A link to our login that leads elsewhere (open redirect)", "400 at the login, the first page after signing out", openRedirect, ""},
		{"A known session is planted before the login (fixation)", "the login makes a new token; the planted one stays nobody's", fixation, ""},
		{"Somebody else's login is planted in a browser (login CSRF)", "400: a state works only in the browser that began the login", plantedLogin, ""},
		{"A callback is sent again, or late", "400", replay, ""},
		{"A login of one farm is ended at a server of another", "400; a code of another wiki is refused by ours", mixUp, ""},
		{"A central id of another farm", "it is somebody else: it opens nothing", nil, "service/web/authorize_test.go:TestWhoMayDoWhat"},
		{"A stolen cookie after signing out, a copy of the database", "signing out ends the session; the table holds hashes", stolenSession, ""},
		{"A session that is never ended", "it ends when idle, and when it is old", nil, "service/web/session_test.go:TestSessionEnds"},
		{"Numbers are counted through", "what needs rights needs them for every number, known or not; jobs and sessions cannot be guessed", enumeration, ""},
		{"Who asks for participants, deletes, changes", "only those whom the wiki names, asked live", nil, "service/web/authorize_test.go:TestOrganizersAreAskedLive"},
		{"An address that is typed leads inside (SSRF)", "only allowed hosts are asked, in the plain form of a name", ssrf, ""},
		{"A wiki redirects us inside", "refused, whatever is allowed", nil, "mwclient/dial_test.go:TestRedirectInside"},
		{"A name changes its address after the check (DNS rebinding)", "refused before a byte is sent: the address is checked when the connection is made", nil, "mwclient/dial_test.go:TestRebinding"},
		{"A code or token is led to another host", "the login follows no redirect, and speaks https off loopback", nil, "mwclient/oauth_test.go:TestOAuthGoesNowhereElse"},
		{"A line break in what goes into a header", "400, or left out", headerInjection, ""},
		{"Two lengths, two encodings, odd request lines (smuggling)", "400 and the connection closed; one request is never read as two", smuggling, ""},
		{"Odd paths: dots, encoded slashes, doubled slashes, whole addresses", "404; none reaches another route, a file or another host", oddPaths, ""},
		{"Too much: address, headers, body, parameters, campaigns", "414, 431, 413, 400", oversize, ""},
		{"Headers or a body that never end (slowloris)", "the connection is closed", slowRequests, ""},
		{"An answer that is never read", "the connection is closed", slowReader, ""},
		{"Too many requests from one address", "429 with Retry-After, whatever X-Forwarded-For says", flood, ""},
		{"Codes are guessed, or the wiki is asked through us without end", "429 after 60 sign-ins at once of one address; a code needs a state of the same browser", manyLogins, ""},
		{"Too many who follow a job's events", "503 beyond a bound of all, 429 beyond one for each address", nil, "service/web/events_test.go:TestEventClientsAreBounded"},
		{"Host and X-Forwarded-* name another site (cache poisoning)", "never believed: the same answer, the same links", poisoning, ""},
		{"A shared cache keeps a person's page", "theirs is `private`; what all share has no cookie", sharedCache, ""},
		{"Secrets and names in the log of signing in", "none: flows are run with every line logged, and the log searched", leakyLog, ""},
		{"Participants' names and cookies in the log of tracking, reading and deleting", "none: these run to their end over wikis that fail now and then, with every line logged, and the log is searched", nil, "service/logged_test.go:TestNobodyIsLogged"},
		{"Errors tell of the inside", "a request's id, and nothing of the cause", leakyErrors, ""},
		{"A reading that failed tells of the inside", "which wiki it was and what it did; the network's and the database's words are in the log alone", nil, "service/failure_test.go:TestFailuresTellNothingOfTheInside"},
	}
}

// TestAttacks tries each.
func TestAttacks(t *testing.T) {
	for _, a := range attacks() {
		t.Run(a.name, func(t *testing.T) {
			if a.try != nil {
				a.try(t)
				return
			}
			file, name, _ := strings.Cut(a.where, ":")
			text, err := os.ReadFile("../../" + file)
			if err != nil || !strings.Contains(string(text), "func "+name+"(t *testing.T)") {
				t.Errorf("%s is not there (%v)", a.where, err)
			}
		})
	}
}

// TestAttacksAreWrittenDown holds docs/reports/security.md to the list.
func TestAttacksAreWrittenDown(t *testing.T) {
	text, err := os.ReadFile("../../docs/reports/security.md")
	if err != nil {
		t.Fatal(err)
	}
	report := string(text)
	rows := 0
	for _, a := range attacks() {
		where := "`TestAttacks`"
		if a.where != "" {
			file, name, _ := strings.Cut(a.where, ":")
			where = "`" + name + "` in `" + file[:strings.LastIndexByte(file, '/')] + "`"
		}
		row := "| " + a.name + " | " + a.outcome + " | " + where + " |\n"
		if !strings.Contains(report, row) {
			t.Errorf("docs/reports/security.md lacks\n%s", row)
		}
		rows++
	}
	if got := strings.Count(report, "\n| ") - 1; got != rows { // less the head
		t.Errorf("docs/reports/security.md has %d rows, the list %d", got, rows)
	}
}
