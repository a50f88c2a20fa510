// Package raster turns the SVG of package charts into PNG. It knows the few
// elements and attributes that charts are made of and nothing else: it is no
// SVG library. Text is shaped (Arabic joins, Devanagari reorders) and laid out
// in both directions; the letters of the languages that charts speak are part
// of the program, those of other scripts are read from the system's Noto fonts
// where they are installed.
//
// It does not know what classes mean; charts passes their styles in.
package raster
