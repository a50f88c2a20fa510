// Package cluster holds the tests of several processes on one database: readers
// are answered by three servers behind a balancer while four workers refresh, and
// one of each is killed, or all servers are replaced one by one. They run the
// program itself on a real MariaDB and read wikis of mwclient/fakewiki over HTTP.
package cluster
