package web

import (
	"net/http/httptest"
	"testing"

	"github.com/chromedp/chromedp"

	chromium "afterglow/service/e2e/browser"
)

// TestLoginInABrowser signs somebody in and out in a real browser, at a wiki on
// another port: with its cookies, its forms, its policies.
func TestLoginInABrowser(t *testing.T) {
	server := httptest.NewUnstartedServer(nil)
	f := newLoginFixture(t, "http://"+server.Listener.Addr().String(), nil)
	server.Config.Handler = checked(t, f.Server)
	server.Start()
	t.Cleanup(server.Close)
	b := chromium.Open(t, server.URL)

	b.Run(chromedp.Navigate(b.URL+"/about"), chromedp.Click(`.person a`, chromedp.ByQuery))
	b.Becomes(`document.title.startsWith("Log in")`)
	b.Run(chromedp.SendKeys(`input[name=wpName]`, "Olga Organizer\r", chromedp.ByQuery))
	b.Becomes(`document.title.startsWith("OAuth") && document.body.innerText.includes("to know who you are, and nothing else")`)
	b.Run(chromedp.Click(`button[name=cancel]`, chromedp.ByQuery))
	b.Becomes(`location.pathname == "` + CallbackPath + `" && document.querySelector("h1").textContent == "You are not signed in"`)
	if v := b.Axe(); len(v) > 0 {
		t.Errorf("the page of a login that was cancelled: %v", v)
	}
	b.Run(chromedp.Click(`a.button`, chromedp.ByQuery)) // Try again
	b.Becomes(`document.title.startsWith("OAuth")`)
	b.Run(chromedp.Click(`button[name=accept]`, chromedp.ByQuery))
	b.Becomes(`location.pathname == "/about" && document.querySelector(".person").innerText.includes("Olga Organizer")`)
	if cookies := chromium.Value[string](b, `document.cookie`); cookies != "" {
		t.Errorf("scripts see the cookies %q", cookies)
	}
	if v := b.Axe(); len(v) > 0 {
		t.Errorf("a page for somebody who has signed in: %v", v)
	}
	b.Run(chromedp.Click(`.person button`, chromedp.ByQuery))
	b.Becomes(`location.pathname == "/about" && document.querySelector(".person a[href*=\"/login\"]") !== null`)
	// The second time the wiki asks nothing.
	b.Run(chromedp.Click(`.person a`, chromedp.ByQuery))
	b.Becomes(`location.pathname == "/about" && document.querySelector(".person button") !== null`)
	for _, c := range b.Complaints() {
		t.Errorf("the browser says %s", c)
	}
}
