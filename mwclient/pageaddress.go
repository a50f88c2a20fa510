package mwclient

import (
	"fmt"
	"net/url"
	"strings"
)

// PageAddress is the address of a wiki's page, taken apart.
type PageAddress struct {
	Host    string // in lower case, with the port where it is not the scheme's own
	Wiki    string // an address that Client.Wiki takes
	Title   string // with blanks, as the address writes it
	Section string // what follows the #; empty: the whole page
}

// ParsePageAddress understands the address of a page, such as
// "https://meta.wikimedia.org/wiki/Campaign/People#Participants" or one with
// index.php?title=…. Nothing is asked. ErrAddress: it is none, or names no page.
func ParsePageAddress(address string) (PageAddress, error) {
	if len(address) > 4096 {
		return PageAddress{}, fmt.Errorf("%w: it is longer than 4096 bytes", ErrAddress)
	}
	raw, anchor, _ := strings.Cut(strings.TrimSpace(address), "#")
	u, err := parseURL(raw)
	if err != nil {
		return PageAddress{}, err
	}
	title := cleanTitle(titleOf(u, SiteInfo{}))
	if title == "" || strings.ContainsAny(title, "<>[]{}|#\x00\n") || len(title) > 512 {
		return PageAddress{}, fmt.Errorf("%w: %q names no page of a wiki", ErrAddress, shorten(address))
	}
	section, err := url.PathUnescape(anchor)
	if err != nil {
		section = anchor
	}
	at := *u
	at.RawQuery = ""
	return PageAddress{Host: hostKey(u), Wiki: at.String(), Title: title, Section: cleanTitle(section)}, nil
}
