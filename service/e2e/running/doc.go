// Package running runs the whole service inside a test's own program, as serve does.
// Nothing but tests imports it.
package running
