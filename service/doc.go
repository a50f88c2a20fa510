// Package service wires everything that runs: the store, the refresh
// pipeline, the web server, and the commands' work.
package service
