package mariadb

import (
	"fmt"
	"maps"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
)

// Options says how a server is started. The zero value is a server with
// Debian's own settings, made small.
type Options struct {
	// Data is a folder that a server of the same version left behind when it
	// stopped; the new one starts from a copy. A new installation if empty.
	Data string
	// Settings are added to the server's own, such as "max_connections": "5".
	Settings map[string]string
}

// configuration returns the text of the server's option file. No other file of
// the machine is read.
func configuration(dir string, port int, settings map[string]string) (string, error) {
	who, err := user.Current()
	if err != nil {
		return "", err
	}
	all := map[string]string{
		"user":              who.Username, // root must be named to be allowed
		"datadir":           filepath.Join(dir, "data"),
		"socket":            filepath.Join(dir, "socket"),
		"pid-file":          filepath.Join(dir, "pid"),
		"tmpdir":            filepath.Join(dir, "tmp"),
		"bind-address":      "127.0.0.1",
		"port":              fmt.Sprint(port),
		"skip-name-resolve": "ON",
		// As Debian configures it.
		"character-set-server": "utf8mb4",
		"collation-server":     "utf8mb4_general_ci",
		// Small and quick to start. What a killed process has written reaches the
		// disk all the same: only a crash of the machine would lose it.
		"innodb-buffer-pool-size":        "64M",
		"innodb-log-file-size":           logFileSize,
		"innodb-flush-log-at-trx-commit": "2",
		"key-buffer-size":                "1M",
		"aria-pagecache-buffer-size":     "8M",
		"innodb-temp-data-file-path":     "ibtmp1:1M:autoextend",
		"performance-schema":             "OFF",
		"max-connections":                "200",
	}
	maps.Copy(all, settings)
	var b strings.Builder
	b.WriteString("[mariadbd]\n")
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if strings.ContainsAny(name+all[name], "\r\n") {
			return "", fmt.Errorf("setting %q spans lines", name)
		}
		fmt.Fprintf(&b, "%s = %s\n", name, all[name])
	}
	return b.String(), nil
}

// The log's size is part of an installation, which is copied for each server.
const logFileSize = "16M"
