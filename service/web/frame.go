package web

// link is an address with its words.
type link struct {
	Label, Href string
	Current     bool // it is the page that is shown
}

// Nav lists the pages in the head of every page.
func (b base) Nav() []link {
	links := []link{{Label: b.T("web-nav-home"), Href: b.Href("/")}, {Label: b.T("web-nav-compare"), Href: b.Href("/compare")}}
	if !b.ReadOnly() {
		links = append(links, link{Label: b.T("web-nav-track"), Href: b.Href("/track")})
	}
	links = append(links, link{Label: b.T("web-nav-about"), Href: b.Href("/about")})
	for i := range links {
		links[i].Current = !b.lost && links[i].Href == b.Href(b.path)
	}
	return links
}

// FootLinks lists what stands in the foot of every page.
func (b base) FootLinks() []link {
	return []link{
		{Label: b.T("web-nav-about"), Href: b.Href("/about")},
		{Label: b.T("web-embed-title"), Href: b.Href(embedPath)},
		{Label: b.T("web-privacy-title"), Href: b.Href("/privacy")},
		{Label: b.T("web-footer-api"), Href: b.Raw("/openapi.yaml")},
	}
}
