package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v4"
)

// yaml applies a YAML file. Keys are looked up in the schema, not decoded into
// the struct, so that every wrong key is reported with its line and all are
// reported at once.
func (l *loader) yaml(path string, text []byte) {
	name := filepath.Base(path)
	var document yaml.Node
	if err := one(text, &document); err != nil {
		l.fail(&Error{Key: name, Problem: "it is not YAML: " + oneLine(err.Error()), Allowed: "one YAML mapping; see config/example.yaml"})
		return
	}
	root := &document
	if root.Kind == yaml.DocumentNode {
		if len(root.Content) == 0 {
			return
		}
		root = root.Content[0]
	}
	if root.Kind == 0 || isNull(root) {
		return // an empty file is a configuration too
	}
	l.mapping(name, "", root)
}

// one decodes the only document of a text; none is an empty node.
func one(text []byte, into *yaml.Node) error {
	loader, err := yaml.NewLoader(bytes.NewReader(text))
	if err != nil {
		return err
	}
	if err := loader.Load(into); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	var second yaml.Node
	if err := loader.Load(&second); !errors.Is(err, io.EOF) {
		return errors.New("there is a second document in it")
	}
	return nil
}

// mapping applies the keys of a section; prefix is "" or "refresh.".
func (l *loader) mapping(file, prefix string, n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		l.fail(&Error{Key: section(prefix), Value: n.Value, Source: at(file, n), Problem: "it is not a section", Allowed: "a mapping with the keys " + strings.Join(l.keys(prefix), ", ")})
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.Kind != yaml.ScalarNode || k.Value == "" || seen[k.Value] {
			l.fail(&Error{Key: section(prefix + k.Value), Source: at(file, k), Problem: "a key is there twice, or is no text", Allowed: strings.Join(l.keys(prefix), ", ")})
			continue
		}
		seen[k.Value] = true
		if strings.Contains(k.Value, ".") {
			l.unknown(prefix+k.Value, at(file, k))
			continue
		}
		l.key(file, prefix+k.Value, k, v)
	}
}

// key applies one key's value; key is the whole path, k its node.
func (l *loader) key(file, key string, k, v *yaml.Node) {
	if v.Kind == yaml.AliasNode || v.Anchor != "" || k.Anchor != "" {
		l.fail(&Error{Key: key, Source: at(file, v), Problem: "anchors and aliases are not understood", Allowed: "the value itself"})
		return
	}
	for _, f := range l.leaves {
		switch {
		case f.key == key:
			l.value(file, f, v)
			return
		case f.hasFile() && f.key+"_file" == key:
			if isNull(v) || v.Value == "" && v.Kind == yaml.ScalarNode {
				return
			}
			if !l.scalar(file, leaf{key: key}, v) {
				return
			}
			if l.env[f.env()] == "" && l.env[f.env()+"_FILE"] == "" { // which would override it
				l.putFile(f, v.Value, at(file, v))
			}
			return
		case strings.HasPrefix(f.key, key+"."):
			if !isNull(v) {
				l.mapping(file, key+".", v)
			}
			return
		}
	}
	l.unknown(key, at(file, k))
}

// unknown reports a key that does not exist. The value is not shown: it may be
// a secret under a misspelt key.
func (l *loader) unknown(key, source string) {
	candidates := l.paths()
	if !strings.Contains(key, ".") {
		candidates = l.keys("")
	}
	l.fail(&Error{Key: key, Source: source, Problem: "no such key", Allowed: "the nearest is " + nearest(key, candidates)})
}

// value applies the value of a leaf; null leaves the default.
func (l *loader) value(file string, f leaf, v *yaml.Node) {
	if isNull(v) {
		return
	}
	source := at(file, v)
	if f.kind == kindSecret {
		l.source[f.key] = source
		l.fail(&Error{Key: f.key, Value: redacted, Source: source, Problem: "a secret may not stand in the file", Allowed: f.allowed()})
		return
	}
	if f.kind == kindList {
		l.list(file, f, v)
		return
	}
	if !l.scalar(file, f, v) {
		return
	}
	if f.kind == kindDatabase && holdsPassword(v.Value) {
		l.source[f.key] = source
		l.fail(&Error{Key: f.key, Value: redacted, Source: source, Problem: "a password may not stand in the file",
			Allowed: "the address without it, and AFTERGLOW_DATABASE_PASSWORD or database_password_file; or database_file"})
		return
	}
	l.put(f, v.Value, source)
}

func (l *loader) scalar(file string, f leaf, v *yaml.Node) bool {
	if v.Kind == yaml.ScalarNode {
		return true
	}
	l.fail(&Error{Key: f.key, Source: at(file, v), Problem: "it is a list or a section", Allowed: f.allowed()})
	return false
}

// list applies a sequence of texts.
func (l *loader) list(file string, f leaf, v *yaml.Node) {
	source := at(file, v)
	if v.Kind != yaml.SequenceNode {
		l.fail(&Error{Key: f.key, Value: v.Value, Source: source, Problem: "it is not a list", Allowed: f.allowed()})
		return
	}
	var parts []string
	for _, item := range v.Content {
		if item.Kind != yaml.ScalarNode || item.Anchor != "" || isNull(item) || strings.Contains(item.Value, ",") {
			l.fail(&Error{Key: f.key, Value: item.Value, Source: at(file, item), Problem: "an entry is not a plain text", Allowed: f.allowed()})
			return
		}
		parts = append(parts, item.Value)
	}
	l.put(f, strings.Join(parts, ","), source)
}

// keys lists the names allowed in a section.
func (l *loader) keys(prefix string) []string {
	var out []string
	seen := map[string]bool{}
	for _, path := range l.paths() {
		rest, ok := strings.CutPrefix(path, prefix)
		if !ok {
			continue
		}
		name, _, _ := strings.Cut(rest, ".")
		if !seen[name] {
			seen[name] = true
			out = append(out, name)
		}
	}
	return out
}

// paths lists every key that a file may have.
func (l *loader) paths() []string {
	var out []string
	for _, f := range l.leaves {
		if f.kind != kindSecret {
			out = append(out, f.key)
		}
		if f.hasFile() {
			out = append(out, f.key+"_file")
		}
	}
	return out
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

func section(prefix string) string {
	if prefix == "" {
		return "(the file)"
	}
	return strings.TrimSuffix(prefix, ".")
}

func at(file string, n *yaml.Node) string { return fmt.Sprintf("%s:%d", file, n.Line) }

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
