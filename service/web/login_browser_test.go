package web

import (
	"net/http/httptest"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestLoginInABrowser signs somebody in and out in a real browser, at a wiki on
// another port: with its cookies, its forms, its policies.
func TestLoginInABrowser(t *testing.T) {
	server := httptest.NewUnstartedServer(nil)
	f := newLoginFixture(t, "http://"+server.Listener.Addr().String(), nil)
	server.Config.Handler = f.Server
	server.Start()
	t.Cleanup(server.Close)
	b := newWindow(t, server)

	b.run(t, chromedp.Navigate(b.url+"/about"), chromedp.Click(`.person a`, chromedp.ByQuery))
	b.becomes(t, `document.title.startsWith("Log in")`)
	b.run(t, chromedp.SendKeys(`input[name=wpName]`, "Olga Organizer\r", chromedp.ByQuery))
	b.becomes(t, `document.title.startsWith("OAuth") && document.body.innerText.includes("to know who you are, and nothing else")`)
	b.run(t, chromedp.Click(`button[name=cancel]`, chromedp.ByQuery))
	b.becomes(t, `location.pathname == "`+CallbackPath+`" && document.querySelector("h1").textContent == "You are not signed in"`)
	if v := b.axe(t); len(v) > 0 {
		t.Errorf("the page of a login that was cancelled: %v", v)
	}
	b.run(t, chromedp.Click(`a.button`, chromedp.ByQuery)) // Try again
	b.becomes(t, `document.title.startsWith("OAuth")`)
	b.run(t, chromedp.Click(`button[name=accept]`, chromedp.ByQuery))
	b.becomes(t, `location.pathname == "/about" && document.querySelector(".person").innerText.includes("Olga Organizer")`)
	if cookies := value[string](b, t, `document.cookie`); cookies != "" {
		t.Errorf("scripts see the cookies %q", cookies)
	}
	if v := b.axe(t); len(v) > 0 {
		t.Errorf("a page for somebody who has signed in: %v", v)
	}
	b.run(t, chromedp.Click(`.person button`, chromedp.ByQuery))
	b.becomes(t, `location.pathname == "/about" && document.querySelector(".person a[href*=\"/login\"]") !== null`)
	// The second time the wiki asks nothing.
	b.run(t, chromedp.Click(`.person a`, chromedp.ByQuery))
	b.becomes(t, `location.pathname == "/about" && document.querySelector(".person button") !== null`)
	for _, c := range b.complained() {
		t.Errorf("the browser says %s", c)
	}
}
