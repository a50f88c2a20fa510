// Package pipeline holds the tests of refreshing as a whole: the program itself, as
// processes of their own, on a farm of wikis and a real database, while one of
// them is killed, restarted, full or away. Each compares the campaign that is
// stored in the end, byte for byte, with one that was read undisturbed.
package pipeline
