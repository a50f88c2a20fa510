package i18n

// Languages returns the codes of the languages that have messages, sorted.
func Languages() []string { return []string{"ar", "de", "en", "es", "fr", "hi", "sw"} }
