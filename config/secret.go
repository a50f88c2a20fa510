package config

import (
	"fmt"
	"io"
	"log/slog"
)

const redacted = "[redacted]"

// Secret is a text that no log, error or dump shows: only Reveal does.
type Secret struct{ value string }

// NewSecret wraps a secret text.
func NewSecret(value string) Secret { return Secret{value: value} }

// Reveal returns the text itself.
func (s Secret) Reveal() string { return s.value }

// Set reports whether there is a secret.
func (s Secret) Set() bool { return s.value != "" }

// String returns "[redacted]", or nothing where there is no secret.
func (s Secret) String() string {
	if s.value == "" {
		return ""
	}
	return redacted
}

// Format writes String's text for every verb, %#v included.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText returns String's text, so that no encoder shows the secret.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue returns String's text.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
