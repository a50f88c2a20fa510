package fakewiki

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
)

// What a person can do on the consent page.
const (
	Allow  = "accept"
	Cancel = "cancel"
)

var (
	formOf   = regexp.MustCompile(`<form method="post" action="([^"]*)">`)
	hiddenOf = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)
	titleOf  = regexp.MustCompile(`<title>([^<]*)</title>`)
)

// Visit does with a wiki's rest.php/oauth2/authorize what a person's browser
// would: it signs in as user, presses Allow or Cancel, and returns the address
// that leads back to the client, which is not opened. The error quotes the
// title of the page where the way ended.
func (f *Farm) Visit(ctx context.Context, authorize, user, button string) (*url.URL, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	var back *url.URL
	client := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		for _, w := range f.pop.wikis {
			if strings.HasPrefix(r.URL.String(), w.url+"/") {
				return nil
			}
		}
		back = r.URL
		return http.ErrUseLastResponse
	}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, authorize, nil)
	for range 4 {
		if err != nil {
			return nil, err
		}
		at, page, err := open(client, req)
		if err != nil || back != nil {
			return back, err
		}
		title := ""
		if m := titleOf.FindStringSubmatch(page); m != nil {
			title = html.UnescapeString(m[1])
		}
		form := formOf.FindStringSubmatch(page)
		if form == nil || strings.Contains(page, `class="error"`) {
			return nil, fmt.Errorf("fakewiki: the login ended at %q", title)
		}
		values := url.Values{}
		for _, m := range hiddenOf.FindAllStringSubmatch(page, -1) {
			values.Set(html.UnescapeString(m[1]), html.UnescapeString(m[2]))
		}
		if values.Has("client_id") {
			values.Set(button, "pressed")
		} else {
			values.Set("wpName", user)
		}
		if at, err = at.Parse(html.UnescapeString(form[1])); err != nil {
			return nil, err
		}
		if req, err = http.NewRequestWithContext(ctx, http.MethodPost, at.String(), strings.NewReader(values.Encode())); err != nil {
			return nil, err
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return nil, errors.New("fakewiki: the login goes in a circle")
}

func open(client *http.Client, req *http.Request) (*url.URL, string, error) {
	res, err := client.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	return res.Request.URL, string(page), err
}
