package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
)

// Person is somebody who has signed in. Farm and Sub are who they are: names
// change, and ids of different farms collide, so that an id of one farm opens
// nothing on another.
type Person struct {
	Farm string // whose OAuth said who they are
	Sub  string // the account's id there, as OAuth gives it
	ID   int64  // Sub as a number: the central id, as CampaignEvents gives it
	Name string // at the time of signing in
}

// key is the person in tables of who did what, and among Login.Administrators.
func (p Person) key() string { return p.Farm + ":" + p.Sub }

// newPerson returns a person; ok is false where sub is not an account's id.
func newPerson(farm, sub, name string) (p Person, ok bool) {
	id, err := strconv.ParseInt(sub, 10, 64)
	if farm == "" || name == "" || err != nil || id <= 0 || strconv.FormatInt(id, 10) != sub {
		return Person{}, false
	}
	return Person{Farm: farm, Sub: sub, ID: id, Name: name}, true
}

// personOf returns who sent a request. It knows only on routes for people
// (pages, and the API's answers that depend on who asks): forPeople, forPerson.
func personOf(r *http.Request) (Person, bool) {
	p := exchangeOf(r).person
	return p, p.Sub != ""
}

// signedIn returns who sent a request, or the problem that nobody did.
func (s *Server) signedIn(r *http.Request) (Person, error) {
	if p, ok := personOf(r); ok {
		return p, nil
	}
	detail := "this needs a person who has signed in: " + s.link("/login")
	if s.login == nil {
		detail = "nobody can sign in on this server"
	}
	return Person{}, &problem{Type: typeSignIn, Title: "Sign in first", Status: http.StatusUnauthorized, Detail: detail}
}

// administers reports whether a person may do everything here. A name is that of
// the farm that people sign in at now: whoever has the same one elsewhere, and a
// session from the days of another configuration, is somebody else.
func (s *Server) administers(ctx context.Context, p Person) (bool, error) {
	if s.login == nil || p.Sub == "" {
		return false, nil
	}
	all := s.login.o.Administrators
	if slices.Contains(all, p.key()) {
		return true, nil
	}
	if !slices.Contains(all, "User:"+p.Name) {
		return false, nil
	}
	ctx, cancel := context.WithTimeout(ctx, organizersWait)
	defer cancel()
	farm, err := s.login.o.Farm(ctx)
	if err != nil {
		return false, wikiProblem("the farm of this server's administrators could not be found out: ", err)
	}
	return p.Farm == farm, nil
}
