// Package source reads who took part in a campaign from where campaigns really
// list people: an event's registration (Extension:CampaignEvents), a wiki page
// with links to users, a category whose files people uploaded, a course of a
// Programs & Events Dashboard, or a file of names.
//
// It owns what counts as a participant in each of them, and says what it left
// out and why (LeftOut): nobody is lost without a word. It stores nothing and
// resolves no names; package refresh does.
//
// What a source says is not to be trusted: names are checked for what no name
// can be, every reading is bounded, and an empty list is an error, because a page
// that was blanked must not make everybody leave.
package source
