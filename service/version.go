package service

import "runtime/debug"

// Version is the program's version, stamped by the build.
var Version = unstamped

const unstamped = "dev"

// A build without a stamp, such as a platform's, takes the commit that the
// toolchain noted: the version is part of every ETag.
func init() {
	if info, ok := debug.ReadBuildInfo(); ok && Version == unstamped {
		Version = commitOf(info)
	}
}

// commitOf returns the commit of a build in short, or "dev" where it is not known.
func commitOf(info *debug.BuildInfo) string {
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	version := settings["vcs.revision"]
	if len(version) < 12 {
		return unstamped
	}
	version = version[:12]
	if settings["vcs.modified"] == "true" {
		version += "-dirty"
	}
	return version
}
