// Package config holds one typed Config: defaults, then a YAML file, then the
// environment (AFTERGLOW_…). It owns the keys, their ranges, the allowlist of
// wikis and the forms of a database's address; example.yaml documents every
// key.
//
// Loading is strict. An unknown key, a value out of range, or a secret in the
// file is an error that names the key, the value (never a secret's) and what
// is allowed, and all errors are reported at once. Secrets come from the
// environment or from a file whose path is configured (KEY_file, or
// AFTERGLOW_KEY_FILE), and print as "[redacted]".
//
// It opens nothing but the files it is told to read, and depends on nothing of
// Afterglow's.
package config
