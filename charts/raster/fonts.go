package raster

import (
	"bytes"
	"embed"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/language"
)

//go:embed fonts/*.ttf
var embedded embed.FS

// systemFolders are where Debian's packages fonts-noto-core and fonts-noto-cjk
// put their fonts.
func systemFolders() []string {
	return []string{"/usr/share/fonts/truetype/noto", "/usr/share/fonts/opentype/noto", "/usr/local/share/fonts"}
}

// maxFont bounds a font file read from the system.
const maxFont = 64 << 20

// fontOf returns the name of the font of a script, without weight. The first
// three are part of the program.
func fontOf(s language.Script) string {
	switch s {
	case language.Arabic:
		return "NotoSansArabic"
	case language.Devanagari:
		return "NotoSansDevanagari"
	case language.Armenian:
		return "NotoSansArmenian"
	case language.Bengali:
		return "NotoSansBengali"
	case language.Ethiopic:
		return "NotoSansEthiopic"
	case language.Georgian:
		return "NotoSansGeorgian"
	case language.Gujarati:
		return "NotoSansGujarati"
	case language.Gurmukhi:
		return "NotoSansGurmukhi"
	case language.Hebrew:
		return "NotoSansHebrew"
	case language.Kannada:
		return "NotoSansKannada"
	case language.Khmer:
		return "NotoSansKhmer"
	case language.Lao:
		return "NotoSansLao"
	case language.Malayalam:
		return "NotoSansMalayalam"
	case language.Myanmar:
		return "NotoSansMyanmar"
	case language.Oriya:
		return "NotoSansOriya"
	case language.Sinhala:
		return "NotoSansSinhala"
	case language.Tamil:
		return "NotoSansTamil"
	case language.Telugu:
		return "NotoSansTelugu"
	case language.Thai:
		return "NotoSansThai"
	case language.Tibetan:
		return "NotoSerifTibetan"
	case language.Tifinagh:
		return "NotoSansTifinagh"
	case language.Han, language.Hiragana, language.Katakana, language.Hangul, language.Bopomofo:
		return "NotoSansCJK"
	}
	return "NotoSans"
}

// library holds parsed fonts, which are read once and never change. A nil font
// is one that is not installed.
type library struct {
	mu    sync.Mutex
	fonts map[string]*font.Font
}

var shared = sync.OnceValue(func() *library { return &library{fonts: map[string]*font.Font{}} })

// get returns a font, read from the program or the system, or nil.
func (l *library) get(name string) *font.Font {
	l.mu.Lock()
	defer l.mu.Unlock()
	f, known := l.fonts[name]
	if !known {
		f = read(name)
		l.fonts[name] = f
	}
	return f
}

func read(name string) *font.Font {
	if b, err := embedded.ReadFile("fonts/" + name + ".ttf"); err == nil {
		return parse(b)
	}
	for _, folder := range systemFolders() {
		for _, ext := range []string{".ttf", ".otf", ".ttc"} {
			path := filepath.Join(folder, name+ext)
			if info, err := os.Stat(path); err != nil || info.Size() > maxFont {
				continue
			}
			if b, err := os.ReadFile(path); err == nil { //nolint:gosec // a fixed folder and a name of ours
				return parse(b)
			}
		}
	}
	return nil
}

func parse(b []byte) *font.Font {
	all, err := font.ParseTTC(bytes.NewReader(b))
	if err != nil || len(all) == 0 {
		return nil
	}
	return all[0].Font
}

// faces are the fonts of one picture: a face has a cache of its own and is used
// by one goroutine.
type faces struct{ open map[string]*font.Face }

func (f *faces) named(name string) *font.Face {
	if face, ok := f.open[name]; ok {
		return face
	}
	if f.open == nil {
		f.open = map[string]*font.Face{}
	}
	var face *font.Face
	if parsed := shared().get(name); parsed != nil {
		face = font.NewFace(parsed)
	}
	f.open[name] = face
	return face
}

// find returns the font of a rune of a script: in the weight asked for, else
// regular; else one of signs; else Noto Sans, which draws an empty box for what
// it lacks.
func (f *faces) find(r rune, script language.Script, bold bool) *font.Face {
	name := fontOf(script)
	weights := []string{"-Regular", "-Bold"}
	if bold {
		weights = []string{"-Bold", "-Regular"}
	}
	for _, family := range []string{name, "NotoSans", "NotoSansMath", "NotoSansSymbols2"} {
		for _, weight := range weights {
			if face := f.named(family + weight); face != nil {
				if _, ok := face.NominalGlyph(r); ok {
					return face
				}
			}
		}
	}
	return f.named("NotoSans" + weights[0])
}

// scriptOf returns the script whose font has a rune. Unicode counts the digits
// and signs of Arabic and the full stop of Devanagari as common to several.
func scriptOf(r rune) language.Script {
	s := language.LookupScript(r)
	if s != language.Common {
		return s
	}
	switch {
	case r >= 0x600 && r <= 0x6ff && !invisible(r):
		return language.Arabic
	case r == 0x964 || r == 0x965:
		return language.Devanagari
	}
	return s
}

// of returns the font and the script of a text's beginning. Spaces and signs
// have no script: they take that of the first letter after them.
func (f *faces) of(text []rune, bold bool) (*font.Face, language.Script) {
	for _, r := range text {
		if s := scriptOf(r); s != language.Common && s != language.Inherited {
			return f.find(text[0], s, bold), s
		}
	}
	return f.find(text[0], language.Latin, bold), language.Latin
}

// goesOn reports whether a rune belongs to the run before it.
func (f *faces) goesOn(r rune, face *font.Face, script language.Script, bold bool) bool {
	s := scriptOf(r)
	if s == language.Inherited || invisible(r) {
		return true
	}
	if s != language.Common {
		if s != script {
			return false
		}
		return f.find(r, s, bold) == face
	}
	_, has := face.NominalGlyph(r)
	return has
}

// invisible reports whether a rune has no glyph: joiners and bidi controls.
func invisible(r rune) bool {
	return r >= 0x200b && r <= 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2060 && r <= 0x206f || strings.ContainsRune("\u061c\ufeff", r)
}
