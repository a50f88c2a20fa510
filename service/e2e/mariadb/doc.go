// Package mariadb starts real MariaDB servers for tests: one alone, or a Galera
// cluster, each in a temporary folder on loopback, as the calling user, with
// the means to stop, kill, freeze and restart them.
//
// It uses Debian's programs (mariadb-server-core, galera-4; .ci/deps-wiki
// installs them) and touches no server of the machine. It knows nothing of what
// is stored. Only tests import it.
package mariadb
