package service

import (
	"io"
	"log/slog"

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
	rename := map[string]string{slog.TimeKey: "@timestamp", slog.LevelKey: "log.level", slog.MessageKey: "message"}
	h := slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if name, ok := rename[a.Key]; ok && len(groups) == 0 {
			a.Key = name
		}
		return a
	}})
	return slog.New(h).With("ecs.version", "1.11.0", "service.name", "afterglow", "service.version", Version)
}
