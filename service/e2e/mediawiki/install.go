package mediawiki

import (
	"context"
	_ "embed" // for the PHP files
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"afterglow/service/e2e/machine"
	"afterglow/service/e2e/mariadb"
)

//go:embed LocalSettings.php
var localSettings string

//go:embed router.php
var router string

const (
	adminUser = "Admin"
	password  = "correct horse battery staple" // of every account
	hint      = ".ci/deps-wiki .cache"
)

// code is MediaWiki's unpacked package and the PHP that runs it.
type code struct {
	php     string
	path    string // of the folder with api.php
	version string // "1.43.9"
}

// findCode returns the code, or a *machine.MissingError.
func findCode() (code, error) {
	cache, err := machine.Cache()
	if err != nil {
		return code{}, err
	}
	found, err := machine.Require(hint, "php8.2", filepath.Join(cache, "mediawiki/current/api.php"))
	if err != nil {
		return code{}, err
	}
	path, err := filepath.EvalSymlinks(filepath.Join(cache, "mediawiki/current"))
	if err != nil {
		return code{}, err
	}
	return code{php: found["php8.2"], path: path, version: filepath.Base(path)}, nil
}

// skins returns the bundled skins.
func (c code) skins() ([]string, error) {
	files, err := filepath.Glob(filepath.Join(c.path, "skins/*/skin.json"))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, f := range files {
		names = append(names, filepath.Base(filepath.Dir(f)))
	}
	return names, nil
}

// instance is a wiki's own folder: its settings, its caches, its files.
type instance struct {
	code code
	dir  string
}

// lay writes a wiki's settings into its folder.
func (i instance) lay(o Options, server string, db *mariadb.Server) error {
	skins, err := i.code.skins()
	if err != nil {
		return err
	}
	text, err := json.Marshal(values{
		Name: o.Name, Server: server, Language: o.Language, DBServer: db.Address(), DBName: o.DBName,
		Skins: skins, Skin: o.Skin, Extensions: o.Extensions, NightMode: o.NightMode,
	})
	if err != nil {
		return err
	}
	files := map[string]string{
		"wiki.json":         string(text),
		"LocalSettings.php": localSettings,
		"router.php":        router,
		// The compiled code of files that come and go with a test is not kept.
		"uncompiled": i.dir + "/*\n",
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(i.dir, name), []byte(content), 0o600); err != nil {
			return err
		}
	}
	for _, name := range []string{"cache", "images"} {
		if err := os.MkdirAll(filepath.Join(i.dir, name), 0o700); err != nil {
			return err
		}
	}
	return i.add(o.Settings)
}

// add writes the settings that a test adds in PHP.
func (i instance) add(php string) error {
	file := filepath.Join(i.dir, "settings.php")
	// In one step: a request may read it meanwhile.
	if err := os.WriteFile(file+".partial", []byte("<?php\n"+php+"\n"), 0o600); err != nil {
		return err
	}
	return os.Rename(file+".partial", file)
}

// interpreter returns PHP's options. Compiled code is kept in the cache, for all
// wikis and for scripts that run for a moment only.
func (i instance) interpreter() ([]string, error) {
	compiled := filepath.Join(filepath.Dir(i.code.path), "compiled-"+i.code.version)
	if err := os.MkdirAll(compiled, 0o755); err != nil { //nolint:gosec // another user may run PHP
		return nil, err
	}
	var args []string
	for _, option := range []string{
		"opcache.enable=1", "opcache.enable_cli=1", "opcache.memory_consumption=128",
		"opcache.max_accelerated_files=16000", "opcache.interned_strings_buffer=16",
		"opcache.revalidate_freq=0", "opcache.file_cache=" + compiled,
		"opcache.blacklist_filename=" + filepath.Join(i.dir, "uncompiled"),
		"apc.shm_size=64M", "memory_limit=256M", "max_execution_time=120",
		"upload_max_filesize=64M", "post_max_size=64M",
		"display_errors=0", "log_errors=1", "error_log=" + filepath.Join(i.dir, "php.log"),
	} {
		args = append(args, "-d", option)
	}
	return args, nil
}

func (i instance) environment() []string {
	return []string{"MW_INSTALL_PATH=" + i.code.path, "MW_CONFIG_FILE=" + filepath.Join(i.dir, "LocalSettings.php")}
}

// script runs a maintenance script and returns what it printed.
func (i instance) script(ctx context.Context, stdin, name string, args ...string) (string, error) {
	options, err := i.interpreter()
	if err != nil {
		return "", err
	}
	run := []string{filepath.Join(i.code.path, "maintenance/run.php"), name}
	if _, err := os.Stat(run[0]); err != nil { // before 1.40
		run = []string{filepath.Join(i.code.path, "maintenance", name+".php")}
	}
	cmd := exec.CommandContext(ctx, i.code.php, append(append(options, run...), args...)...) //nolint:gosec // the harness's own
	cmd.Env = append(os.Environ(), i.environment()...)
	cmd.Dir = i.dir
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	return string(out), nil
}

// installed returns a folder with "data", the data folder of a MariaDB that
// holds the installed wiki, and "cache", its messages. It is made once for all
// wikis with these options.
func installed(ctx context.Context, c code, o Options) (string, error) {
	database, err := mariadb.Version(ctx)
	if err != nil {
		return "", err
	}
	return machine.Build("mediawiki/installed-"+c.version+"-"+o.key(c.version, database), func(dir string) (err error) {
		db, err := mariadb.New(ctx, mariadb.Options{})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, db.Close()) }()
		work, err := os.MkdirTemp("", "mediawiki-")
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
		i := instance{code: c, dir: work}
		if err := i.install(ctx, o, db); err != nil {
			return err
		}
		if err := db.Stop(); err != nil {
			return err
		}
		return errors.Join(
			machine.CopyTree(filepath.Join(dir, "data"), db.Data()),
			machine.CopyTree(filepath.Join(dir, "cache"), filepath.Join(work, "cache")))
	})
}

func (i instance) install(ctx context.Context, o Options, db *mariadb.Server) error {
	// The installer writes its own LocalSettings.php, which is not wanted, and
	// refuses to run where one is in force.
	bare := instance{code: i.code, dir: filepath.Join(i.dir, "installer")}
	if err := os.Mkdir(bare.dir, 0o700); err != nil {
		return err
	}
	_, err := bare.script(ctx, "", "install", "--dbtype=mysql", "--dbserver="+db.Address(), "--dbname="+o.DBName,
		"--dbuser=root", "--dbpass=", "--installdbuser=root", "--installdbpass=", "--server=http://127.0.0.1",
		"--scriptpath=/w", "--pass="+password, "--confpath="+bare.dir, "--lang="+o.Language, o.Name, adminUser)
	if err != nil {
		return err
	}
	if err := i.lay(o, "http://127.0.0.1", db); err != nil {
		return err
	}
	// Extensions may bring tables.
	if _, err := i.script(ctx, "", "update", "--quick"); err != nil {
		return err
	}
	_, err = i.script(ctx, "", "rebuildLocalisationCache", "--lang="+strings.Join(o.languages(), ","))
	return err
}

var versionNumber = regexp.MustCompile(`^(\d+)\.(\d+)`)

// atLeast reports whether the code is of that version or a later one.
func (c code) atLeast(major, minor int) bool {
	m := versionNumber.FindStringSubmatch(c.version)
	if m == nil {
		return false
	}
	var have [2]int
	if _, err := fmt.Sscan(m[1], &have[0]); err != nil {
		return false
	}
	if _, err := fmt.Sscan(m[2], &have[1]); err != nil {
		return false
	}
	return have[0] > major || have[0] == major && have[1] >= minor
}
