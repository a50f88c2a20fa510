// Package web is the HTTP API and the pages.
package web
