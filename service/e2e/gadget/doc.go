// Package gadget tests the gadget and its template where they live: on a real
// MediaWiki, in a real browser, before a service that measured campaigns of a
// farm of fake wikis. It has tests only.
//
// Every page is sent with a Content Security Policy that allows the service's
// host for connections and pictures and nothing else beyond the wiki itself. A
// violation, an exception or a shift of the layout fails the test that sees it.
package gadget
