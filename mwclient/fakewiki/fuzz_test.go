package fakewiki

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzAPI asks anything of the Action API: the answer must be whole JSON.
func FuzzAPI(f *testing.F) {
	for _, seed := range []string{
		"list=usercontribs&ucuser=A|B&uclimit=max&ucstart=2025-01-01T00:00:00Z&uccontinue=actor|5|20250101000000|7&continue=-||",
		"list=users|logevents&ususers=A|B<|1.2.3.4&usprop=*&letype=newusers&lecontinue=20250101000000|5",
		"meta=globaluserinfo|siteinfo|userinfo&guiid=1001&guiprop=merged|editcount&siprop=namespaces|general&formatversion=1",
		"list=globalusers&guscentralids=1001|1002|x&gusprop=*", "action=sitematrix&smtype=special", "prop=info&titles=Event:x|_|:&redirects",
		"maxlag=-5&errorformat=plaintext&foo=\x1fa\x1fb", "list=usercontribs&ucuserprefix=A&ucshow=new|!minor&uctag=mw-reverted&ucnamespace=0|-5|z",
	} {
		f.Add(seed)
	}
	spec := lab()
	spec.Events[0].Participants, spec.Events[1].Participants, spec.Background = 30, 10, nil
	spec.Events[0].Odd = Odd{Hidden: 1, Renamed: 1, NotFound: 1}
	farm := start(f, spec)
	f.Fuzz(func(t *testing.T, query string) {
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Skip()
		}
		q.Set("format", "json")
		if !q.Has("action") {
			q.Set("action", "query")
		}
		rep := farm.servers[1].actionAPI(newParams(q, nil), nobody(), nil)
		var body bytes.Buffer
		if err := rep.body(&body); err != nil || !json.Valid(body.Bytes()) {
			t.Errorf("%q: %v: %s", query, err, body.Bytes())
		}
	})
}

// FuzzQuote compares our strings with encoding/json's reading of them.
func FuzzQuote(f *testing.F) {
	f.Add("a\"b\\c\n\x01\u2028é用🌍", true)
	f.Fuzz(func(t *testing.T, s string, v1 bool) {
		w := &jsonWriter{v1: v1}
		w.quote(s)
		var back string
		if err := json.Unmarshal(w.buf, &back); err != nil || utf8.ValidString(s) && back != s {
			t.Errorf("%q became %s, read as %q (%v)", s, w.buf, back, err)
		}
		if v1 && bytes.ContainsFunc(w.buf, func(r rune) bool { return r >= utf8.RuneSelf }) {
			t.Errorf("%s is not ASCII", w.buf)
		}
	})
}

// FuzzName checks that a canonical name is its own canonical form, and that titles
// survive being written into an address.
func FuzzName(f *testing.F) {
	for _, s := range []string{"boundary_Bea", " a  b ", "1.2.3.4", "Bad<name>", "ǆ", "ß", "é"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if name, ok := canonicalName(s); ok {
			if again, ok := canonicalName(name); !ok || again != name {
				t.Errorf("%q is canonical for %q, and %q for it", name, s, again)
			}
			back, err := url.PathUnescape(urlTitle(name))
			if err != nil || strings.ReplaceAll(back, "_", " ") != name {
				t.Errorf("%q became %q in an address", name, urlTitle(name))
			}
		}
	})
}
