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
