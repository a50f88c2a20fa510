package mariadb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"afterglow/service/e2e/machine"
)

const provider = "/usr/lib/galera/libgalera_smm.so"

// Cluster is a Galera cluster: servers that each take reads and writes, and
// agree on every transaction when it commits. A transaction that conflicts with
// one of another node fails at its COMMIT with a deadlock, error 1213.
// https://galeracluster.com/library/documentation/certification-based-replication.html
type Cluster struct {
	Nodes []*Server
}

// StartGalera starts a cluster of n nodes that ends with the test. Where Galera
// is not installed the test is skipped, and fails with CI=true.
func StartGalera(t testing.TB, n int) *Cluster {
	t.Helper()
	c, err := NewGalera(t.Context(), n)
	machine.Must(t, err)
	t.Cleanup(func() {
		if t.Failed() {
			for i, node := range c.Nodes {
				t.Logf("the log of node %d ends:\n%s", i, machine.Tail(node.Log()))
			}
		}
		if err := c.Close(); err != nil {
			t.Errorf("end Galera: %v", err)
		}
	})
	return c
}

// NewGalera starts a cluster for a whole test program; Close ends it.
func NewGalera(ctx context.Context, n int) (*Cluster, error) {
	data, err := seed(ctx)
	if err != nil {
		return nil, err
	}
	// For each node one port to the group and one for the transactions it missed.
	ports, err := machine.FreePorts(ctx, 2*n)
	if err != nil {
		return nil, err
	}
	var group []string
	for i := range n {
		group = append(group, fmt.Sprintf("127.0.0.1:%d", ports[2*i]))
	}
	c := &Cluster{}
	for i := range n {
		settings := replication(group, i)
		address := fmt.Sprintf("127.0.0.1:%d", ports[2*i+1])
		settings["wsrep-provider-options"] += ";ist.recv_addr=" + address
		settings["wsrep-sst-receive-address"] = address
		node, err := prepare(ctx, Options{Data: data, Settings: settings})
		if err != nil {
			return nil, errors.Join(err, c.Close())
		}
		c.Nodes = append(c.Nodes, node)
		if err := node.canTransfer(c.Nodes[0].dir); err != nil {
			return nil, errors.Join(err, c.Close())
		}
	}
	for i, node := range c.Nodes {
		var args []string
		if i == 0 {
			args = append(args, "--wsrep-new-cluster")
		}
		if err := c.join(ctx, node, i+1, args...); err != nil {
			return nil, errors.Join(fmt.Errorf("node %d: %w", i, err), c.Close())
		}
	}
	return c, nil
}

// replication returns the settings of node i, of those that talk to each other
// at the addresses of group.
func replication(group []string, i int) map[string]string {
	return map[string]string{
		"wsrep-on":                 "ON",
		"wsrep-provider":           provider,
		"wsrep-cluster-name":       "test",
		"wsrep-cluster-address":    "gcomm://" + strings.Join(group, ","),
		"wsrep-node-name":          fmt.Sprintf("node%d", i),
		"wsrep-node-address":       "127.0.0.1",
		"wsrep-sst-method":         "missed", // see transfer
		"binlog-format":            "ROW",
		"innodb-autoinc-lock-mode": "2",
		"wsrep-provider-options": strings.Join([]string{
			"gmcast.listen_addr=tcp://" + group[i],
			"gcache.size=32M",
			// A dead node is noticed in three seconds instead of five to fifteen; one
			// on a busy machine must not be taken for dead.
			"evs.keepalive_period=PT0.5S", "evs.inactive_check_period=PT0.5S",
			"evs.suspect_timeout=PT3S", "evs.inactive_timeout=PT10S",
		}, ";"),
	}
}

// transfer is what nodes run, in place of Debian's scripts, when one joins. The
// giving node decides whether what the other missed is still in its cache. If
// so, both scripts only pass its position on, through a file named after the
// port that the joining node listens on. If not, the giving node refuses:
// sending a whole state needs rsync running as another user than root.
// https://galeracluster.com/library/documentation/scriptable-sst.html
const transfer = `#!/bin/sh
while [ $# -gt 0 ]; do
	case $1 in
	--role) role=$2 ;;
	--address) address=$2 ;;
	--gtid) gtid=$2 ;;
	--gtid-domain-id) domain=$2 ;;
	--bypass) bypass=1 ;;
	esac
	shift
done
port=${address##*:}
file=$MEETING_POINT/position-${port%%/*}
case $role in
joiner)
	rm -f "$file"
	echo "ready $address"
	n=0
	until [ -e "$file" ]; do
		n=$((n + 1))
		[ $n -lt 600 ] || exit 110
		sleep 0.05
	done
	cat "$file"
	;;
donor)
	[ -n "$bypass" ] || { echo "the node missed more than the cache holds" >&2; exit 61; }
	echo continue
	echo "$gtid $domain" >"$file.partial" && mv "$file.partial" "$file"
	echo "done $gtid $domain"
	;;
esac
`

// canTransfer gives a node the script. All nodes of a cluster meet in one folder.
func (s *Server) canTransfer(meeting string) error {
	bin := filepath.Join(s.dir, "bin")
	if err := os.Mkdir(bin, 0o700); err != nil {
		return err
	}
	s.env = []string{"PATH=" + bin + ":" + os.Getenv("PATH"), "MEETING_POINT=" + meeting}
	return os.WriteFile(filepath.Join(bin, "wsrep_sst_missed"), []byte(transfer), 0o700) //nolint:gosec // it is run
}

// seed returns the data folder that a cluster of one left when it stopped, made
// once. Nodes that start from copies of it know that they hold the same state,
// and get only what they missed since from the others' cache of transactions
// (IST). Sending the whole state (SST) is left out: see transfer.
func seed(ctx context.Context) (string, error) {
	programs, err := machine.Require(hint, "mariadbd", "mariadb-install-db", provider)
	if err != nil {
		return "", err
	}
	plain, err := installation(ctx, programs)
	if err != nil {
		return "", err
	}
	return machine.Build("mariadb/"+filepath.Base(plain)+"-galera", func(dir string) error {
		ports, err := machine.FreePorts(ctx, 1)
		if err != nil {
			return err
		}
		s, err := prepare(ctx, Options{Data: plain, Settings: replication([]string{fmt.Sprintf("127.0.0.1:%d", ports[0])}, 0)})
		if err != nil {
			return err
		}
		c := &Cluster{Nodes: []*Server{s}}
		if err = s.canTransfer(s.dir); err == nil {
			err = c.join(ctx, s, 1, "--wsrep-new-cluster")
		}
		if err == nil {
			err = s.Stop()
		}
		if err == nil {
			err = machine.CopyTree(dir, s.Data())
		}
		return errors.Join(err, os.Remove(filepath.Join(dir, "galera.cache")), c.Close())
	})
}

// join starts a node and waits until it takes part in a cluster of that size.
func (c *Cluster) join(ctx context.Context, node *Server, size int, args ...string) error {
	if err := node.start(ctx, args...); err != nil {
		return err
	}
	return node.process.Ready(ctx, patience, func(ctx context.Context) error { return node.synced(ctx, size) })
}

// synced returns nil when the node takes reads and writes in a cluster of at
// least that size.
func (s *Server) synced(ctx context.Context, size int) error {
	db, err := s.open()
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	state, err := status(ctx, db, "wsrep_local_state_comment")
	if err != nil {
		return err
	}
	members, err := status(ctx, db, "wsrep_cluster_size")
	if err != nil {
		return err
	}
	var n int
	if _, err := fmt.Sscan(members, &n); err != nil || n < size || state != "Synced" {
		return fmt.Errorf("the node is %q in a cluster of %q, not Synced in one of %d", state, members, size)
	}
	return nil
}

func status(ctx context.Context, db *sql.DB, name string) (string, error) {
	var value string
	err := db.QueryRowContext(ctx, "SHOW GLOBAL STATUS LIKE '"+name+"'").Scan(&name, &value)
	return value, err
}

// KillNode ends node i at once. The others go on when they have noticed, which
// takes about a second, as long as more than half of the nodes are left.
func (c *Cluster) KillNode(i int) error { return c.Nodes[i].Kill() }

// RestartNode starts a node that was killed or stopped, and waits until it has
// caught up with the others. At least one other node must run.
func (c *Cluster) RestartNode(i int) error {
	ctx := context.Background()
	node := c.Nodes[i]
	if err := node.Stop(); err != nil {
		return err
	}
	position, err := node.recovered(ctx)
	if err != nil {
		return err
	}
	running := 1
	for _, other := range c.Nodes {
		if other != node && other.process.Running() {
			running++
		}
	}
	return c.join(ctx, node, running, "--wsrep-start-position="+position)
}

var positionLine = regexp.MustCompile(`Recovered position:\s*([0-9a-f-]{36}:-?\d+)`)

// recovered returns the last transaction that a node holds. After a crash only
// the storage engine knows it, and is asked as Debian's service does.
func (s *Server) recovered(ctx context.Context) (string, error) {
	text, err := run(ctx, s.programs["mariadbd"], "--defaults-file="+s.config(), "--wsrep-recover")
	if err != nil {
		return "", err
	}
	match := positionLine.FindStringSubmatch(text)
	if match == nil {
		return "", fmt.Errorf("no position in:\n%s", text)
	}
	return match[1], nil
}

// Close ends all nodes and removes their folders.
func (c *Cluster) Close() error {
	var errs []error
	for _, node := range c.Nodes {
		errs = append(errs, node.Close())
	}
	return errors.Join(errs...)
}
