package gadget

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"afterglow/service/e2e/machine"
	"afterglow/service/e2e/mediawiki"
)

const wikiName = "testwiki"

// settings is a wiki of Wikimedia's as far as the gadget can tell: event pages
// that say which event they are, as Extension:CampaignEvents has them do, and a
// strict policy. MediaWiki needs scripts and styles in its pages, and its loader
// evaluates (https://www.mediawiki.org/wiki/Manual:$wgCSPHeader); nothing may be
// reached but itself and the service.
const settings = `
$wgExtraNamespaces[1728] = 'Event';
$wgExtraNamespaces[1729] = 'Event_talk';
$wgNamespacesWithSubpages[1728] = true;
$wgFavicon = '/w/resources/assets/change-your-logo.svg';
$wgEnableUploads = true;
$wgFileExtensions[] = 'svg';
$wgSVGNativeRendering = true;
$wgHooks['BeforePageDisplay'][] = static function ( $out ) {
	$event = [ 'Event:Women in Science' => %d, 'Event:Hostile' => %d, 'Event:Unread' => %d ][ $out->getTitle()->getPrefixedText() ] ?? null;
	if ( $event ) {
		$out->addJsConfigVars( 'wgCampaignEventsEventID', $event );
	}
	$out->getRequest()->response()->header( "Content-Security-Policy: default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; " .
		"connect-src 'self' %[4]s; img-src 'self' data: %[4]s; font-src 'self'; form-action 'self'; base-uri 'self'; frame-ancestors 'none'" );
};
`

// world is the wiki with the gadget, the service behind its front, and a browser.
type world struct {
	wiki    *mediawiki.Wiki
	admin   *mediawiki.Session
	front   *front
	browser *browser
}

// TestGadget installs the gadget as docs/gadget.md says, and then reads.
func TestGadget(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a wiki and a browser")
	}
	w := &world{browser: startBrowser(t)}
	w.front = startFront(t, startService(t))
	w.wiki = mediawiki.Start(t, mediawiki.Options{
		NightMode: true, Settings: fmt.Sprintf(settings, measured, hostile, unread, w.front.URL),
	})
	w.admin, w.browser.origin = w.wiki.Admin(t), w.wiki.URL
	t.Run("installer", w.install)
	if t.Failed() {
		return
	}
	w.pages(t)
	w.wiki.RunJobs(t)
	for _, test := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"size", w.size},
		{"consent", w.consent},
		{"preferences", w.preferences},
		{"lazy", w.lazy},
		{"skins", w.skins},
		{"night", w.night},
		{"arabic", w.arabic},
		{"keyboard", w.keyboard},
		{"paper", w.paper},
		{"down", w.down},
		{"slow", w.slow},
		{"measuring", w.measuring},
		{"refused", w.refused},
		{"hostileTitle", w.hostileTitle},
		{"hostileServer", w.hostileServer},
		{"policy", w.policy},
		{"template", w.template},
	} {
		t.Run(test.name, func(t *testing.T) {
			w.front.be(nil)
			w.front.asked()
			test.run(t)
		})
	}
}

const lorem = "The editors met in the library on a Saturday. They wrote about scientists whom nobody had written about before.\n\n"

// pages writes the pages of the wiki.
func (w *world) pages(t *testing.T) {
	for title, text := range map[string]string{
		"Event:Women in Science":         lorem,
		"Event:Women in Science/Results": lorem + "{{Campaign retention|caption=Who still edits}}\n" + lorem + lorem,
		"Event:Women in Science/Far":     strings.Repeat(lorem, 40) + "{{Campaign retention}}",
		"Event:Women in Science/Several": "{{Campaign retention|height=200}}\n{{Campaign retention|chart=survival|height=200}}\n{{Campaign retention|chart=marks|height=200}}",
		"Event:Women in Science/Wrong":   "{{Campaign retention|threshold=5000}}",
		"Event:Hostile":                  lorem,
		"Event:Hostile/Results":          "{{Campaign retention|title=1}}\n" + lorem,
		"Event:Unread":                   lorem,
		"Event:Unread/Results":           "{{Campaign retention}}",
		"Elsewhere":                      lorem + fmt.Sprintf("{{Campaign retention|event=%d}}", untracked),
	} {
		w.admin.Edit(t, title, text)
	}
}

// node runs the installer as an interface administrator with a bot password.
func (w *world) node(t *testing.T, user, password string, args ...string) string {
	t.Helper()
	root, err := machine.Root()
	if err != nil {
		t.Fatal(err)
	}
	node := filepath.Join(root, ".cache/npm/node_modules/node/bin/node") // where the machine's own is too old
	if _, err := os.Stat(node); err != nil {
		found, err := machine.Require(".ci/deps .cache", "node")
		machine.Must(t, err)
		node = found["node"]
	}
	cmd := exec.CommandContext(t.Context(), node, append([]string{filepath.Join(root, "gadget/install.mjs"), w.wiki.API, "--host", w.front.URL}, args...)...)
	cmd.Env = append(os.Environ(), "AFTERGLOW_WIKI_USER="+user, "AFTERGLOW_WIKI_PASSWORD="+password)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	return out.String()
}

// install puts the gadget and the template on the wiki with the installer, then
// gives the gadget to everybody, which a second run of the installer leaves so.
func (w *world) install(t *testing.T) {
	user, password := w.wiki.BotPassword(t, w.wiki.AdminUser, "editpage", "createeditmovepage", "editinterface", "editsiteconfig")
	if out := w.node(t, user, password, "--dry-run"); !strings.Contains(out, "would save MediaWiki:Gadget-afterglow.js") {
		t.Errorf("--dry-run says %s", out)
	}
	if out := w.node(t, user, password); !regexp.MustCompile(`done: \d\d pages`).MatchString(out) {
		t.Errorf("the installer says %s", out)
	}
	definition := w.raw(t, "MediaWiki:Gadgets-definition")
	w.admin.Edit(t, "MediaWiki:Gadgets-definition", strings.Replace(definition, "* afterglow[ResourceLoader|", "* afterglow[ResourceLoader|default|", 1))
	if out := w.node(t, user, password); !strings.Contains(out, "nothing to do") {
		t.Errorf("a second run says %s", out)
	}
}

// raw is the text of a page.
func (w *world) raw(t *testing.T, title string) string {
	t.Helper()
	return get(t, w.wiki.URL+"/w/index.php?action=raw&title="+strings.ReplaceAll(title, " ", "_"))
}

// reader opens the browser of somebody without an account.
func (w *world) reader(t *testing.T) *reader { return w.browser.newReader(t, 1280, nil) }

func (w *world) load() string { return "Load chart from " + w.front.Host }

// agree opens a page and has the charts loaded.
func (w *world) agree(t *testing.T, r *reader, address string) {
	t.Helper()
	r.open(address)
	r.state("ask")
	r.press(w.load())
}

func campaign(event int) string { return fmt.Sprintf("%s-%d", wikiName, event) }

func get(t *testing.T, address string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(resp.Body); err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", address, resp.Status)
	}
	return b.String()
}
