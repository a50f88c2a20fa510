package retention

import "fmt"

// ParamError says that a parameter of a definition is unknown, does not apply
// to the measure, or has a value that is not allowed. It is the asker's fault.
type ParamError struct {
	Param   string // the parameter's name, as in a query
	Value   string // what was given
	Allowed string // what is allowed, in words
}

func (e *ParamError) Error() string {
	return fmt.Sprintf("%s=%q is not allowed: %s", e.Param, e.Value, e.Allowed)
}

// UnavailableError says that a definition is well formed but cannot be computed
// for this cohort, because what it needs is not known of anybody. A zero would
// be a lie there, so there is no result at all.
type UnavailableError struct {
	Param  string // the parameter that asks for what is not known
	Value  string
	Reason string // in words
}

func (e *UnavailableError) Error() string {
	return fmt.Sprintf("%s=%s: %s", e.Param, e.Value, e.Reason)
}

// FormatError says that packed edits cannot be read.
type FormatError struct{ Reason string }

func (e *FormatError) Error() string { return "packed edits: " + e.Reason }
