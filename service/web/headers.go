package web

import (
	"net/http"
	"slices"
)

// Content security policies. Pages take their scripts, styles and pictures from
// here alone, none of them inline, and ask nobody else for anything; a chart
// opened by itself is a sandbox.
const (
	svgCSP  = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
	dataCSP = "default-src 'none'; frame-ancestors 'none'; sandbox"
	pageCSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

const (
	cacheFigures = "public, max-age=300, stale-while-revalidate=86400"
	cacheForever = "public, max-age=31536000, immutable"
	// A page is asked for again each time; a 304 is cheap.
	cachePage = "public, max-age=0, must-revalidate"
	cacheList = "public, max-age=10"
	// A page for somebody who has signed in is kept by their browser alone.
	cachePrivate = "private, no-cache"
	cacheNot     = "no-store"
)

// audience says who may read a route's answers from where.
type audience int

const (
	forAnyone audience = iota // any site's scripts and pages: the API
	forPeople                 // pages: this site only; they depend on who asks
	forPerson                 // the API's answers that depend on who asks: this site only, never kept
	forPages                  // what pages need: this site only, the same for everybody
	forOwners                 // health and metrics: no site
)

// personal reports whether answers may depend on who asks.
func (a audience) personal() bool { return a == forPeople || a == forPerson }

// Headers by audience. They are made once: http.Header's own Set makes each anew.
var (
	everywhere = headers{header("X-Content-Type-Options", "nosniff"), header("Referrer-Policy", "strict-origin-when-cross-origin")}
	sameOrigin = header("Cross-Origin-Resource-Policy", "same-origin")
	// anyOrigin lets any site's scripts and pages read an answer.
	anyOrigin = headers{header("Access-Control-Allow-Origin", "*"), header("Cross-Origin-Resource-Policy", "cross-origin")}
	// headersOf lists them by audience.
	headersOf = [...]headers{
		forAnyone: append(slices.Clip(anyOrigin), header("Access-Control-Expose-Headers", "ETag, Link, Retry-After, X-Request-Id")),
		forPerson: {header("Cache-Control", cacheNot), header("Content-Security-Policy", dataCSP), sameOrigin},
		forPeople: forThisSite,
		forPages:  forThisSite,
		forOwners: {header("Content-Security-Policy", dataCSP), sameOrigin},
	}
	forThisSite = headers{
		header("Content-Security-Policy", pageCSP),
		header("Cross-Origin-Opener-Policy", "same-origin"),
		sameOrigin,
		header("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
		header("X-Frame-Options", "DENY"),
	}
)

// secure sets the headers that every answer has.
func secure(h http.Header, a audience) {
	everywhere.set(h)
	headersOf[a].set(h)
}

const allowedMethods = "GET, HEAD, OPTIONS"

// preflight answers OPTIONS, also a browser's question before a request from
// another site. Credentials are never allowed: there is nothing to read with
// them.
func preflight(w http.ResponseWriter, a audience) {
	h := w.Header()
	h.Set("Allow", allowedMethods)
	if a == forAnyone {
		h.Set("Access-Control-Allow-Methods", allowedMethods)
		h.Set("Access-Control-Allow-Headers", "If-None-Match")
		h.Set("Access-Control-Max-Age", "86400")
	}
	w.WriteHeader(http.StatusNoContent)
}
