package gadget

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// down: a sentence with a way to try again, and the fallback of the page stays.
func (w *world) down(t *testing.T) {
	r := w.reader(t)
	r.trouble = regexp.MustCompile("Failed to load resource|blocked by CORS policy") // the browser logs it by itself
	w.front.be(http.HandlerFunc(away))
	w.agree(t, r, w.wiki.Page(results))
	r.state("error")
	if said := r.text(first + ".textContent"); !strings.Contains(said, w.front.Host+" does not answer at the moment.") {
		t.Errorf("the page says %q", said)
	}
	if shown := r.number(first + ".querySelector('.afterglow-fallback a').getBoundingClientRect().height"); shown == 0 {
		t.Error("the link of the page is gone")
	}
	r.still()
	r.accessible()
	r.picture("down")
	w.front.be(nil)
	r.press("Try again")
	r.state("chart")
	r.still()

	// A proxy's page instead of an answer.
	w.front.be(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "<html>Bad gateway</html>", http.StatusBadGateway)
	}))
	r.open(w.wiki.Page(results) + "?action=view") // not from the cache
	r.state("chart")
	r.press("Show as table")
	r.state("error")
	r.press("Try again")
	r.state("error")
	w.front.be(nil)
	r.press("Try again")
	r.state("table")
}

// slow: the page can be read meanwhile; who waits too long is told so.
func (w *world) slow(t *testing.T) {
	answer := make(chan struct{})
	w.front.be(http.HandlerFunc(func(rw http.ResponseWriter, q *http.Request) {
		select {
		case <-answer:
		case <-q.Context().Done():
			return
		}
		w.front.service.ServeHTTP(rw, q)
	}))
	r := w.reader(t)
	w.agree(t, r, w.wiki.Page(results))
	r.state("loading")
	if said := r.text(first + ".textContent"); !strings.Contains(said, "Loading the chart…") {
		t.Errorf("the page says %q", said)
	}
	r.still()
	r.accessible()
	// It comes late, and is shown.
	close(answer)
	r.state("chart")
	r.still()

	// Never: the gadget's own limit of 20 seconds, no test's.
	w.front.be(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) { <-q.Context().Done() }))
	late := w.reader(t)
	began := time.Now()
	w.agree(t, late, w.wiki.Page(results))
	late.state("error")
	if waited := time.Since(began); waited < 19*time.Second {
		t.Errorf("gave up after %s", waited)
	}
	if said := late.text(first + ".textContent"); !strings.Contains(said, "does not answer at the moment.") {
		t.Errorf("the page says %q", said)
	}
	late.still()
}

// measuring: a campaign that was not read yet says so, without a table of nothing.
func (w *world) measuring(t *testing.T) {
	r := w.reader(t)
	w.agree(t, r, w.wiki.Page("Event:Unread/Results"))
	r.state("chart")
	if said := r.text(first + ".textContent"); !strings.Contains(said, "Try again") || strings.Contains(said, "Show as table") {
		t.Errorf("the page says %q", said)
	}
	r.still()
	r.accessible()
	r.picture("measuring")
}

// refused: the service's sentence, for what it does not know and does not allow.
func (w *world) refused(t *testing.T) {
	r := w.reader(t)
	r.trouble = regexp.MustCompile("Failed to load resource")
	w.agree(t, r, w.wiki.Page("Event:Women in Science/Wrong"))
	r.state("error")
	if said := r.text(first + ".textContent"); !strings.Contains(said, "threshold") || !strings.Contains(said, "1000") {
		t.Errorf("the page says %q", said)
	}
	r.still()
	r.accessible()
	r.open(w.wiki.Page("Elsewhere"))
	r.state("error")
	if said := r.text(first + ".textContent"); !strings.Contains(said, "This campaign has not been measured.") {
		t.Errorf("the page says %q", said)
	}
	r.accessible()
}
