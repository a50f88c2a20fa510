package service

import (
	"io"
	"log/slog"
	"strings"

	"afterglow/config"
)

// newLogger returns a logger in the configured format: text, or JSON with the
// field names of the Elastic Common Schema 1.11.
// https://www.elastic.co/guide/en/ecs/1.11/ecs-log.html
func newLogger(cfg *config.Config, w io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(cfg.Log.Level)) // checked by config
	if cfg.Log.Format != "ecs" {
		return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
	}
	h := slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: ecs})
	return slog.New(h).With("ecs.version", "1.11.0", "service.name", "afterglow", "service.version", Version)
}

// ecs gives an attribute its name in the schema. What the schema does not know
// goes below labels, since its own names for objects, "error" among them, refuse
// a text.
func ecs(groups []string, a slog.Attr) slog.Attr {
	if len(groups) > 0 {
		return a
	}
	switch a.Key {
	case slog.TimeKey:
		a.Key = "@timestamp"
	case slog.LevelKey:
		return slog.String("log.level", strings.ToLower(a.Value.String()))
	case slog.MessageKey:
		a.Key = "message"
	case "error":
		a.Key = "error.message"
	default:
		if !strings.Contains(a.Key, ".") {
			a.Key = "labels." + a.Key
		}
	}
	return a
}
