// Package machine is what the tests of the whole take from the machine they run
// on: its cache folder, free ports of loopback, the program built, server processes
// that end with the test, what is said while a test listens, and a plain answer
// where a part is missing. It knows nothing of databases or wikis, and nothing but
// tests imports it.
package machine
