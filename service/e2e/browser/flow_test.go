package browser_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"afterglow/mwclient/fakewiki"
	"afterglow/service/e2e/browser"
)

// TestFlow goes the whole way in a real browser: somebody signs in at the wiki,
// tracks two events, sees how far their reading is, goes away and comes back,
// looks at the charts, compares, may not delete what is not theirs; the
// organizer may. Once with the pages' script, on a phone, and once without.
func TestFlow(t *testing.T) {
	for _, script := range []bool{true, false} {
		t.Run(map[bool]string{true: "with script", false: "without script"}[script], func(t *testing.T) {
			c := newTown(t)
			w := browser.Open(t, c.url)
			w.Run(chromedp.EmulateViewport(map[bool]int64{true: 390, false: 1280}[script], 844), emulation.SetScriptExecutionDisabled(!script))
			w.Go("/")
			w.Says("No campaign is tracked yet")
			w.Click(".empty a[href='/track']")
			w.Becomes(`location.pathname === '/track'`)
			w.Click("main a[href^='/login']")
			c.consent(w, newcomer, allow)
			w.Becomes(`location.pathname === '/track'`)
			w.Says(newcomer)

			w.Type("#event", c.farm.EventURL(libraries))
			w.Click("#track")
			w.Becomes(fmt.Sprintf(`location.pathname === %q`, path(libraries)))
			w.Says("Wiki Loves Libraries")
			if script {
				w.Run(chromedp.Evaluate(`window.same = true`, nil))
				w.Becomes(`!!document.querySelector('#retention') || document.querySelector('progress[max]').value > 0 && /\d of \d/.test(document.querySelector('[data-progress]').textContent)`)
			}
			// Away, and back.
			w.Go("/mine")
			w.Says("Wiki Loves Libraries")
			w.Click(".campaign h2 a")
			w.Becomes(fmt.Sprintf(`location.pathname === %q && document.readyState === 'complete'`, path(libraries)))
			c.wait(w, script, libraries)

			w.Go("/track")
			w.Type("#event", c.farm.EventURL(museums))
			w.Click("#track")
			w.Becomes(fmt.Sprintf(`location.pathname === %q && document.readyState === 'complete'`, path(museums)))
			if script {
				w.Run(chromedp.Evaluate(`window.same = true`, nil))
			}
			c.wait(w, script, museums)
			if script && !browser.Value[bool](w, `window.same === true`) {
				t.Error("the figures did not come by themselves")
			}

			w.Click("#chip-group-newcomers")
			w.Becomes(`location.search === '?group=newcomers' && document.querySelector('#retention img').complete`)
			w.Says("newcomers")
			w.Click("main a[href^='/compare']")
			w.Becomes(`location.pathname === '/compare'`)
			w.Type("#q", "libraries")
			w.Click("#find")
			w.Click(fmt.Sprintf("#add-metawiki-%d", libraries))
			w.Becomes(`document.querySelector('#retention img')?.src.includes('/v1/compare/retention.svg')`)
			w.Says("retention ranges from")
			w.Click("#chip-chart-rollup")
			w.Becomes(`document.querySelector('#rollup img')?.src.includes('rollup=true')`)
			w.Says("is counted once")

			// A stranger may not delete it.
			w.Go(path(museums))
			w.Click("#delete")
			w.Says("This is not yours to do")
			w.Click(".person button")
			w.Becomes(`location.pathname !== '/logout' && !!document.querySelector(".person a[href^='/login']")`)
			w.Go(path(museums))
			if browser.Value[bool](w, `!!document.querySelector('#tools')`) {
				t.Error("who has signed out still has tools")
			}
			// The wiki still knows the stranger; the organizer sits down there.
			c.leaveWiki(w)
			c.signIn(w, organizer, allow)
			w.Becomes(fmt.Sprintf(`location.pathname === %q`, path(museums)))
			w.Click("#participants")
			w.Becomes(`document.querySelectorAll('.people tbody tr').length === 40`)
			w.Go(path(museums))
			w.Click("#delete")
			w.Says("Delete this campaign?")
			w.Click("#delete")
			w.Becomes(`location.pathname === '/mine'`)
			w.Says(fmt.Sprintf("metawiki-%d is deleted.", museums))
			w.Go(path(museums))
			w.Says("This campaign is not tracked here")
			if complaints := w.Complaints(); len(complaints) > 0 {
				t.Errorf("the browser complains: %q", complaints)
			}
		})
	}
}

// wait waits until a campaign's figures are there: by themselves with a script,
// by looking again without.
func (c *town) wait(w *browser.Window, script bool, event int) {
	for range 600 {
		if script {
			w.Becomes(`!!document.querySelector('#retention img')`)
			break
		}
		if browser.Value[bool](w, `!!document.querySelector('#retention img')`) {
			break
		}
		w.Click("#reload")
		w.Becomes(`document.readyState === 'complete'`)
	}
	w.Becomes(fmt.Sprintf(`location.pathname === %q && !!document.querySelector('.keys') && !document.querySelector('[data-follow]')`, path(event)))
}

// TestFlowFailures: each way that the flow can end badly says what happened,
// what is still true, and what to do; doing it works.
func TestFlowFailures(t *testing.T) {
	c := newTown(t)
	w := browser.Open(t, c.url)
	w.Run(chromedp.EmulateViewport(390, 844))

	t.Run("consent denied", func(t *testing.T) {
		w.In(t)
		w.Go("/track")
		c.signIn(w, organizer, deny)
		w.Says("You are not signed in")
		w.Says("You chose not to let Afterglow know who you are.")
	})
	t.Run("the wiki is down while signing in", func(t *testing.T) {
		w.In(t)
		w.Go("/track")
		w.Click("main a[href^='/login']")
		w.Becomes(`!!document.querySelector('[name="accept"]')`)
		// The token is asked for by the server, and it is there that the wiki fails.
		c.farm.SetFaults(fakewiki.Faults{Rules: []fakewiki.Rule{{Kind: fakewiki.Unavailable, Endpoint: fakewiki.EndpointToken, Probability: 1, Times: -1}}})
		w.Click(`[name="accept"]`)
		w.Says("cannot say who you are at the moment")
		c.farm.SetFaults(fakewiki.Faults{})
		w.Click("main a.button") // the wiki knows them by now, and does not ask again
		w.Becomes(`location.pathname === '/track'`)
		w.Says(organizer)
	})
	t.Run("an address that is none", func(t *testing.T) {
		w.In(t)
		w.Go("/track")
		w.Type("#event", c.farm.URL("metawiki")+"/wiki/Event:There_is_none")
		w.Click("#track")
		w.Becomes(`document.querySelector('#event[aria-invalid]')?.value.endsWith('There_is_none')`)
		w.Says("There is no event to be found at this address.")
	})
	t.Run("a wiki that is not allowed", func(t *testing.T) {
		w.In(t)
		w.Type("#event", "http://169.254.169.254/wiki/Event:Secrets")
		w.Click("#track")
		w.Becomes(`document.querySelector('#event[aria-invalid]')?.value.includes('169.254')`)
		w.Says("This is not allowed here.")
	})
	t.Run("the wiki is down while tracking", func(t *testing.T) {
		w.In(t)
		c.farm.SetFaults(fakewiki.Faults{Down: []string{"metawiki"}})
		w.Type("#event", c.farm.EventURL(libraries))
		w.Click("#track")
		w.Says("The wiki gave no usable answer. Nothing was changed; try again in a few minutes.")
		c.farm.SetFaults(fakewiki.Faults{})
		w.Click("#track") // what was typed is still there
		w.Becomes(fmt.Sprintf(`location.pathname === %q`, path(libraries)))
		c.wait(w, true, libraries)
	})
	t.Run("the event is deleted", func(t *testing.T) {
		w.In(t)
		if err := c.farm.EditEvent(libraries, func(e *fakewiki.Event) { e.Deleted = true }); err != nil {
			t.Fatal(err)
		}
		c.restart() // it believes for a minute what it knew of the event; who had signed in still has
		w.Go(path(libraries))
		before := browser.Value[string](w, `document.querySelector('.finding').textContent`)
		w.Click("#refresh")
		w.Becomes(`document.querySelector('.notice')?.textContent.includes('no longer change')`)
		if after := browser.Value[string](w, `document.querySelector('.finding').textContent`); after != before {
			t.Errorf("the figures of a deleted event changed from %q to %q", before, after)
		}
	})
	t.Run("the session has ended", func(t *testing.T) {
		w.In(t)
		w.Go("/track")
		w.Type("#event", c.farm.EventURL(museums))
		c.endSessions(t)
		w.Click("#track")
		w.Says("Sign in first")
		w.Says("your session has ended: nothing was changed")
		w.Click("main a.button.primary") // the wiki knows them, and does not ask again
		w.Becomes(`location.pathname === '/track' && !!document.querySelector('#event')`)
		w.Go(path(museums))
		w.Says("This campaign is not tracked here")
	})
	if complaints := w.Complaints(); len(complaints) > 0 {
		t.Errorf("the browser complains: %q", complaints)
	}
}
