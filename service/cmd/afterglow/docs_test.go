package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocumentedCommands: each command line of ours in the documents names a
// command and flags that exist.
func TestDocumentedCommands(t *testing.T) {
	files, err := filepath.Glob("../../../docs/*.md")
	if err != nil || len(files) == 0 {
		t.Fatalf("no documents: %v", err)
	}
	files = append(files, "../../../README.md", "../../../CONTRIBUTING.md", "../../../helm/templates/NOTES.txt")
	line := regexp.MustCompile(`(?m)^(?:    |\t|  )[^#\n]*?(?:bin/|/|launcher |^ +)afterglow ([a-z]+[^\n"|]*)|` + "`(?:bin/)?afterglow ([a-z][^`]*)`")
	commands := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range line.FindAllStringSubmatch(string(text), -1) {
			words := strings.Fields(m[1] + m[2])
			cmd, _, err := newRoot().Find(words)
			if err != nil || cmd.Name() == "afterglow" {
				t.Errorf("%s: afterglow %s: no such command (%v)", filepath.Base(file), strings.Join(words, " "), err)
				continue
			}
			commands++
			cmd.InitDefaultHelpFlag()
			for _, word := range words {
				name, _, _ := strings.Cut(strings.TrimPrefix(word, "--"), "=")
				if strings.HasPrefix(word, "--") && cmd.Flags().Lookup(name) == nil && cmd.InheritedFlags().Lookup(name) == nil {
					t.Errorf("%s: %s has no --%s", filepath.Base(file), cmd.CommandPath(), name)
				}
			}
		}
	}
	if commands < 20 {
		t.Errorf("only %d commands found", commands)
	}
}

// TestGuide: the files and folders that the guide for newcomers names exist.
func TestGuide(t *testing.T) {
	const root = "../../.."
	there := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == ".git" || d.Name() == ".cache" || d.Name() == "node_modules") {
			return filepath.SkipDir
		}
		rel, err := filepath.Rel(root, path)
		there[rel], there[filepath.Base(rel)] = true, true // a file may be named within its folder
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(root + "/docs/guide.md")
	if err != nil {
		t.Fatal(err)
	}
	names := 0
	for _, m := range regexp.MustCompile("`([a-z0-9A-Z_./-]+(?:/|\\.(?:go|json|js|html|yaml|md|sql)))`").FindAllStringSubmatch(string(text), -1) {
		name := strings.TrimSuffix(m[1], "/")
		if strings.Contains(name, "NNNNN") {
			continue
		}
		if names++; !there[name] && !there[filepath.Join("service", name)] {
			t.Errorf("docs/guide.md names %s, which does not exist", m[1])
		}
	}
	if names < 40 {
		t.Errorf("only %d names found", names)
	}
}
