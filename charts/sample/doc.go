// Package sample makes up results for the gallery, the golden files and the
// benchmarks of charts. Nothing in it is a real person's or campaign's figure;
// the same call always gives the same figures.
package sample
