package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// Sizes of what is read.
const (
	maxFile   = 1 << 20
	maxSecret = 64 << 10
)

// Load returns the configuration: defaults, then the YAML file at path (none
// if empty), then env ("KEY=value", as os.Environ gives it). What the file
// names by a relative path is relative to the working directory. An error is
// an Errors, or wraps the error of opening the file.
func Load(path string, env []string) (*Config, error) {
	l := newLoader(env)
	if path != "" {
		text, err := readBounded(path, maxFile)
		if err != nil {
			return nil, fmt.Errorf("configuration file: %w", err)
		}
		l.yaml(path, text)
	}
	return l.finish()
}

// loader gathers values and errors. A value that is wrong leaves the default
// in place, so that the checks after it still make sense.
type loader struct {
	config *Config
	leaves []leaf
	env    map[string]string
	source map[string]string // key → where its value came from
	errs   Errors
}

func newLoader(env []string) *loader {
	l := &loader{config: Default(), leaves: schema(), env: map[string]string{}, source: map[string]string{}}
	for _, kv := range env {
		if name, value, ok := strings.Cut(kv, "="); ok {
			l.env[name] = value
		}
	}
	return l
}

func (l *loader) fail(e *Error) { l.errs = append(l.errs, e) }

// put sets a key from text.
func (l *loader) put(f leaf, text, source string) {
	l.source[f.key] = source
	if problem := f.set(l.config, text); problem != "" {
		l.fail(&Error{Key: f.key, Value: text, Source: source, Problem: problem, Allowed: f.allowed()})
	}
}

// putFile sets a key from the file at path.
func (l *loader) putFile(f leaf, path, source string) {
	text, err := readBounded(path, maxSecret)
	if err != nil {
		l.source[f.key] = source
		l.fail(&Error{Key: f.key + "_file", Value: path, Source: source, Problem: reason(err),
			Allowed: "the path of a readable file of at most 64 KiB"})
		return
	}
	l.put(f, strings.TrimRight(string(text), "\r\n"), source)
}

// environment applies AFTERGLOW_… variables, which override the file.
func (l *loader) environment() {
	known := map[string]bool{
		envPrefix + "CONFIG": true, // the file's path: serve's and refresh's flag
		envPrefix + "SHARDS": true, // refresh's N in --shard I/N
	}
	for _, f := range l.leaves {
		name := f.env()
		known[name] = true
		if text, ok := l.env[name]; ok && text != "" {
			l.put(f, text, name)
		}
		if !f.hasFile() {
			continue
		}
		known[name+"_FILE"] = true
		if path := l.env[name+"_FILE"]; path != "" {
			if l.env[name] != "" {
				l.fail(&Error{Key: f.key, Source: name + "_FILE", Problem: name + " is set too", Allowed: "one of the two"})
				continue
			}
			l.putFile(f, path, name+"_FILE")
		}
	}
	l.unknownEnvironment(known)
}

// unknownEnvironment refuses AFTERGLOW_… variables that mean nothing: most are
// spelling mistakes whose silent loss would be found in production.
func (l *loader) unknownEnvironment(known map[string]bool) {
	names := make([]string, 0, len(known))
	for name := range known {
		names = append(names, name)
	}
	slices.Sort(names)
	var unknown []string
	for name := range l.env {
		if strings.HasPrefix(name, envPrefix) && !known[name] && !serviceLink(name) {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	for _, name := range unknown {
		// The value is not shown: it may be a secret under a misspelt name.
		l.fail(&Error{Key: name, Source: "environment", Problem: "no such variable", Allowed: "the nearest is " + nearest(name, names)})
	}
}

// serviceLink reports whether a variable is one that Kubernetes sets in every
// pod beside a Service called afterglow or afterglow-…:
// https://kubernetes.io/docs/tutorials/services/connect-applications-service/#environment-variables
func serviceLink(name string) bool {
	if strings.HasSuffix(name, "_SERVICE_HOST") || strings.HasSuffix(name, "_SERVICE_PORT") ||
		strings.Contains(name, "_SERVICE_PORT_") || strings.HasSuffix(name, "_PORT") {
		return true
	}
	_, rest, ok := strings.Cut(name, "_PORT_")
	if !ok {
		return false
	}
	number, protocol, _ := strings.Cut(rest, "_")
	protocol, _, _ = strings.Cut(protocol, "_")
	return strings.Trim(number, "0123456789") == "" && slices.Contains([]string{"TCP", "UDP", "SCTP"}, protocol)
}

// finish applies the environment, checks the whole, and returns it.
func (l *loader) finish() (*Config, error) {
	l.environment()
	l.check()
	if len(l.errs) > 0 {
		return nil, l.errs
	}
	return l.config, nil
}

// readBounded reads a file of at most limit bytes. The path is the operator's
// own.
func readBounded(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(text)) > limit {
		return nil, fmt.Errorf("%s: it is larger than %d bytes", path, limit)
	}
	return text, nil
}

// reason is an error of reading a file without the path, which the Error
// already shows.
func reason(err error) string {
	var p *os.PathError
	if errors.As(err, &p) {
		return "it cannot be read: " + p.Err.Error()
	}
	return err.Error()
}
