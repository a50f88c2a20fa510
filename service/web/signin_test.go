package web

import (
	"context"
	"net/http"
	"testing"
)

// Farm of the fixture, and somebody who has an account there.
const farmName = "meta.example.org"

func organizer() Person { return Person{Farm: farmName, Sub: "4711", ID: 4711, Name: "Olga Organizer"} }

// loginOptions lets people sign in to a fixture's server, which needs a BaseURL.
func loginOptions(sessions Sessions) *Login {
	return &Login{Sessions: sessions, Farm: func(context.Context) (string, error) { return farmName, nil }}
}

// signIn returns the cookie of a person who has signed in.
func signIn(tb testing.TB, s *Server, p Person) *http.Cookie {
	tb.Helper()
	ctx, err := s.login.sessions.Load(tb.Context(), "")
	if err == nil {
		err = s.login.begin(ctx, p)
	}
	if err != nil {
		tb.Fatal(err)
	}
	token, _, err := s.login.sessions.Commit(ctx)
	if err != nil {
		tb.Fatal(err)
	}
	return &http.Cookie{Name: s.login.sessions.Cookie.Name, Value: token}
}
