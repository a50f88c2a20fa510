// Package i18ntest checks a package's messages. Only tests use it.
package i18ntest
