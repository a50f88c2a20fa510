package mwclient

// NormalName writes a user name as wikis do: no underscores, single blanks, the
// first letter in upper case. ok is false for text that can be no user name.
// Another source of the same facts must take names for the same as this one.
func NormalName(name string) (normal string, ok bool) {
	normal = normalName(name)
	return normal, usableName(normal)
}
