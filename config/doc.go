// Package config holds one typed Config: defaults, then a YAML file, then the
// environment. Every error names the key, the value and what is allowed.
package config
