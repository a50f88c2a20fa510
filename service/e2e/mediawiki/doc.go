// Package mediawiki installs and serves a real MediaWiki on a real MariaDB for
// tests, on loopback, and acts on it as its users would: accounts, edits,
// reverts, blocks, deletions, protection, read-only mode.
//
// The code is Debian's package (1.43; .ci/deps-wiki fetches and unpacks it),
// run by PHP 8.2's own server. An installed wiki is kept in the cache, so that
// a later start takes a second or two. Only tests import this package.
package mediawiki
