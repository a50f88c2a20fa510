// Package browser drives a real Chromium for tests, and holds the tests that go
// the whole way a person goes: signing in at a wiki, tracking a campaign,
// following its reading, looking at the charts, comparing, deleting.
//
// It owns opening a window and asking it; what the browser complains of (a
// policy that is broken, a file that is missing, an exception) is kept and must
// be asked for. TEST_CHROMIUM names the browser, else it is looked for on the
// path; TEST_AXE names axe-core. Where they are missing the test is skipped
// loudly, and fails with CI=true.
package browser
