package service

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress shows how far long work is: a bar on a terminal, a plain line a
// phase elsewhere, nothing when quiet.
type progress struct {
	out   io.Writer
	quiet bool
	bar   *progressbar.ProgressBar
	phase string
	total int
}

func newProgress(out io.Writer, quiet bool) *progress {
	return &progress{out: out, quiet: quiet}
}

// step says that done of total (0: unknown) of a phase are finished.
func (p *progress) step(phase string, done, total int) {
	if p.quiet {
		return
	}
	if phase != p.phase || total != p.total {
		p.start(phase, total)
	}
	if p.bar != nil {
		_ = p.bar.Set(done) // a bar that cannot be drawn is no reason to stop
	}
}

func (p *progress) start(phase string, total int) {
	p.finish()
	isNew := phase != p.phase
	p.phase, p.total = phase, total
	if !isTerminal(p.out) {
		if isNew {
			fmt.Fprintln(p.out, phase)
		}
		return
	}
	length := int64(total)
	if total == 0 {
		length = -1
	}
	p.bar = progressbar.NewOptions64(length,
		progressbar.OptionSetWriter(p.out),
		progressbar.OptionSetDescription(phase),
		progressbar.OptionSetWidth(24),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionShowCount(),
		progressbar.OptionClearOnFinish(),
	)
}

// finish takes the bar away.
func (p *progress) finish() {
	if p.bar != nil {
		_ = p.bar.Finish()
		p.bar = nil
	}
}

// say prints a line, below the bar if there is one.
func (p *progress) say(format string, args ...any) {
	if p.quiet {
		return
	}
	p.finish()
	fmt.Fprintf(p.out, format+"\n", args...)
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
