package store

import sys "golang.org/x/sys/unix"

// networks are the file systems on which no SQLite file is safe, by the number
// that statfs gives. FUSE is among them: behind it are sshfs, S3 and the like, and
// what it says does not tell. https://man7.org/linux/man-pages/man2/statfs.2.html
var networks = map[int64]string{
	sys.NFS_SUPER_MAGIC:  "NFS",
	sys.SMB_SUPER_MAGIC:  "SMB",
	sys.CIFS_SUPER_MAGIC: "SMB (CIFS)",
	sys.SMB2_SUPER_MAGIC: "SMB",
	sys.FUSE_SUPER_MAGIC: "FUSE",
	sys.AFS_SUPER_MAGIC:  "AFS",
	sys.AFS_FS_MAGIC:     "AFS",
	sys.CODA_SUPER_MAGIC: "Coda",
	sys.CEPH_SUPER_MAGIC: "Ceph",
	sys.V9FS_MAGIC:       "9P",
}

// fileSystem returns the name of the network file system that a path is on, empty
// for any other.
func fileSystem(path string) (string, error) {
	var st sys.Statfs_t
	if err := sys.Statfs(path, &st); err != nil {
		return "", err
	}
	// The kernel's numbers have 32 bits; some machines give them a sign.
	return networks[int64(uint32(st.Type))], nil
}
