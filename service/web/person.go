package web

import (
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

// administers reports whether a person may do everything here.
func (s *Server) administers(p Person) bool {
	return s.login != nil && p.Sub != "" && slices.ContainsFunc(s.login.o.Administrators, func(a string) bool {
		return a == p.key() || a == "User:"+p.Name
	})
}
