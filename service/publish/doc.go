// Package publish writes a campaign's figures to wiki pages: a section between
// markers on a page that somebody else keeps, and the Data:….tab and
// Data:….chart pages that Extension:Chart draws.
//
// It owns what the pages say, where a section begins and ends, and when not to
// edit: no change of figures, {{nobots}}, a page that stops everything. It does
// not read the store, and it does not choose campaigns.
package publish
