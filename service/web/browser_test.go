package web

import (
	"net/http/httptest"
	"testing"
	"time"

	chromium "afterglow/service/e2e/browser"
)

// newSharedWindow opens a window at the server of the shared fixture.
func newSharedWindow(t *testing.T) *chromium.Window {
	t.Helper()
	server := httptest.NewServer(checked(t, shared()))
	t.Cleanup(server.Close)
	return chromium.Open(t, server.URL)
}

// newPeopleWindow opens a window at a server where people can sign in and track.
func newPeopleWindow(t *testing.T) (*chromium.Window, *people) {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	p := newPeople(t, func(o *Options) {
		o.BaseURL = "http://" + server.Listener.Addr().String()
		o.Now = time.Now // the deadlines of a real connection are by the real clock
	})
	server.Config.Handler = checked(t, p)
	server.Start()
	t.Cleanup(server.Close)
	return chromium.Open(t, server.URL), p
}

// signInWindow makes a window that of somebody who has signed in.
func signInWindow(t *testing.T, b *chromium.Window, s *Server, who Person) {
	t.Helper()
	c := signIn(t, s, who)
	b.Cookie(c.Name, c.Value)
}
