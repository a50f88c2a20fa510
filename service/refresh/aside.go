package refresh

// aside does one thing at a time beside its owner, who goes on asking a wiki while
// what it answered before is saved. The owner waits at the end, whatever happens.
type aside struct {
	done chan error // of what is being done; nil: nothing is
}

// do begins f once what was begun before has ended, whose error it returns.
func (a *aside) do(f func() error) error {
	if err := a.wait(); err != nil {
		return err
	}
	a.done = make(chan error, 1)
	go func() { a.done <- f() }()
	return nil
}

// wait waits for what was begun last, and returns its error once.
func (a *aside) wait() error {
	if a.done == nil {
		return nil
	}
	err := <-a.done
	a.done = nil
	return err
}
