package fakewiki

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// generator is the version that the captured wikis have.
const generator = "MediaWiki 1.43.9"

// siteInfo answers meta=siteinfo: general, namespaces, namespacealiases,
// statistics and some of specialpagealiases; other known parts are left out. See
// https://www.mediawiki.org/wiki/API:Siteinfo; captures: siteinfo, unrecognized_param.
func (c *call) siteInfo() (*section, *apiError) {
	props := c.props("siteinfo", "siprop", "general", "autocreatetempuser", "clientlibraries", "dbrepllag",
		"defaultoptions", "extensions", "extensiontags", "fileextensions", "functionhooks", "general", "interwikimap",
		"languages", "languagevariants", "libraries", "magicwords", "namespacealiases", "namespaces", "protocols",
		"restrictions", "rightsinfo", "showhooks", "skins", "specialpagealiases", "statistics", "uploaddialog",
		"usergroups", "variables")
	for _, name := range []string{"sifilteriw", "sishowalldb", "sinumberingroup", "siinlanguagecode"} {
		c.has(name)
	}
	users := int64(len(c.wiki.locals))
	return &section{public: true, rows: 1, write: func(w *jsonWriter) {
		if props["general"] {
			c.writeGeneral(w)
		}
		if props["namespaces"] {
			c.writeNamespaces(w)
		}
		if props["namespacealiases"] {
			c.writeAliases(w)
		}
		if props["specialpagealiases"] {
			w.kArr("specialpagealiases")
			for _, name := range []string{"CentralAuth", "Contributions", "EventDetails"} {
				w.obj()
				w.kStr("realname", name)
				aliases := []string{name}
				if local := c.wiki.Contributions; local != "" && name == "Contributions" {
					aliases = []string{local, name, "Contribs"}
				}
				w.kStrs("aliases", aliases)
				w.endObj()
			}
			w.endArr()
		}
		if props["statistics"] {
			w.kObj("statistics")
			for _, kv := range []struct {
				k string
				n int64
			}{{"pages", 50_000}, {"articles", 40_000}, {"edits", 40 * users}, {"images", 0}, {"users", users},
				{"activeusers", users / 10}, {"admins", 2}, {"jobs", 0}} {
				w.kInt(kv.k, kv.n)
			}
			w.endObj()
		}
	}}, nil
}

func (c *call) writeGeneral(w *jsonWriter) {
	base := c.wiki.url
	w.kObj("general")
	w.kStr("mainpage", "Main Page")
	w.kStr("base", base+"/wiki/Main_Page")
	w.kStr("sitename", c.wiki.Name)
	w.kFlag("mainpageisdomainroot", false)
	w.kStr("logo", base+"/w/resources/assets/change-your-logo.svg")
	w.kStr("generator", generator)
	w.kStr("phpversion", "8.2.36")
	w.kStr("phpsapi", "fpm-fcgi")
	w.kStr("dbtype", "mysql")
	w.kStr("dbversion", "10.11.19-MariaDB-0+deb12u1")
	w.kFlag("imagewhitelistenabled", false)
	for _, k := range []string{"langconversion", "linkconversion", "titleconversion"} {
		w.kFlag(k, true)
	}
	w.kStr("linkprefixcharset", "")
	w.kStr("linkprefix", "")
	w.kStr("linktrail", "/^([a-z]+)(.*)$/sD")
	w.kStr("legaltitlechars", " %!\"$&'()*,\\-.\\/0-9:;=?@A-Z\\\\^_`a-z~\\x80-\\xFF+")
	w.kStr("invalidusernamechars", "@:>=")
	w.kFlag("allunicodefixes", false)
	w.kFlag("fixarabicunicode", true)
	w.kFlag("fixmalayalamunicode", true)
	w.kStr("case", "first-letter")
	w.kStr("lang", c.wiki.Lang)
	w.kArr("fallback")
	w.endArr()
	w.kFlag("rtl", rightToLeft(c.wiki.Lang))
	w.kStr("fallback8bitEncoding", "windows-1252")
	w.kFlag("readonly", false)
	w.kFlag("writeapi", true)
	w.kInt("maxarticlesize", 2097152)
	w.kStr("timezone", "UTC")
	w.kInt("timeoffset", 0)
	w.kStr("articlepath", "/wiki/$1")
	w.kStr("scriptpath", "/w")
	w.kStr("script", "/w/index.php")
	w.kBool("variantarticlepath", false)
	w.kStr("server", base)
	w.kStr("servername", "127.0.0.1")
	w.kStr("wikiid", c.wiki.DB)
	w.kTime("time", c.now)
	w.kFlag("misermode", true)
	w.kFlag("uploadsenabled", false)
	w.kInt("maxuploadsize", 104857600)
	w.kInt("minuploadchunksize", 1024)
	c.writeImageOptions(w)
	w.kStr("favicon", base+"/favicon.ico")
	providers := []string{"CentralAuth", "local"}
	if !c.farm.pop.shared {
		providers = providers[1:]
	}
	w.kStr("centralidlookupprovider", providers[0])
	w.kStrs("allcentralidlookupproviders", providers)
	w.kFlag("interwikimagic", true)
	w.kObj("magiclinks")
	for _, k := range []string{"ISBN", "PMID", "RFC"} {
		w.kFlag(k, false)
	}
	w.endObj()
	w.kStr("categorycollation", "uppercase")
	w.kFlag("nofollowlinks", true)
	w.kArr("nofollownsexceptions")
	w.endArr()
	w.kStrs("nofollowdomainexceptions", []string{"mediawiki.org"})
	w.kBool("externallinktarget", false)
	w.endObj()
}

func (c *call) writeImageOptions(w *jsonWriter) {
	w.kObj("galleryoptions")
	w.kInt("imagesPerRow", 0)
	w.kInt("imageWidth", 120)
	w.kInt("imageHeight", 120)
	w.kFlag("captionLength", true)
	w.kFlag("showBytes", true)
	w.kFlag("showDimensions", true)
	w.kStr("mode", "traditional")
	w.endObj()
	w.kObj("thumblimits")
	for i, n := range []int64{120, 150, 180, 200, 250, 300} {
		w.kInt(strconv.Itoa(i), n)
	}
	w.endObj()
	w.kObj("imagelimits")
	for i, n := range [][2]int64{{320, 240}, {640, 480}, {800, 600}, {1024, 768}, {1280, 1024}, {2560, 2048}} {
		w.kObj(strconv.Itoa(i))
		w.kInt("width", n[0])
		w.kInt("height", n[1])
		w.endObj()
	}
	w.endObj()
}

func (c *call) writeNamespaces(w *jsonWriter) {
	canonical := standardNamespaces()
	w.kObj("namespaces")
	for _, n := range c.wiki.namespaceNumbers() {
		w.kObj(strconv.Itoa(n))
		w.kInt("id", int64(n))
		w.kStr("case", "first-letter")
		if w.v1 {
			w.kStr("*", c.wiki.Namespaces[n])
		} else {
			w.kStr("name", c.wiki.Namespaces[n])
		}
		w.kFlag("subpages", n >= 0 && n != 6 && n != 14)
		if name := canonical[n]; name != "" {
			w.kStr("canonical", name)
		}
		w.kFlag("content", slices.Contains(c.wiki.content, n))
		w.kFlag("nonincludable", false)
		if n == 8 {
			w.kStr("namespaceprotection", "editinterface")
		}
		w.endObj()
	}
	w.endObj()
}

func (c *call) writeAliases(w *jsonWriter) {
	w.kArr("namespacealiases")
	for _, name := range slices.Sorted(maps.Keys(c.wiki.Aliases)) {
		w.obj()
		w.kInt("id", int64(c.wiki.Aliases[name]))
		if w.v1 {
			w.kStr("*", name)
		} else {
			w.kStr("alias", name)
		}
		w.endObj()
	}
	w.endArr()
}

// rightToLeft reports whether a language is written so.
func rightToLeft(lang string) bool {
	base, _, _ := strings.Cut(lang, "-")
	return slices.Contains([]string{"ar", "arz", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"}, base)
}

// direction is how a language is written, as HTML's dir says it.
func direction(lang string) string {
	if rightToLeft(lang) {
		return "rtl"
	}
	return "ltr"
}
