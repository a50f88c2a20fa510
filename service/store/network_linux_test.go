package store

import "testing"

// The numbers are those of Linux's include/uapi/linux/magic.h.
func TestNetworks(t *testing.T) {
	for number, want := range map[int64]string{
		0x6969: "NFS", 0xff534d42: "SMB (CIFS)", 0xfe534d42: "SMB", 0x65735546: "FUSE", 0x00c36400: "Ceph",
		0xef53: "", 0x01021994: "", 0x794c7630: "", 0x9123683e: "", // ext4, tmpfs, overlay, btrfs
	} {
		if got := networks[number]; got != want {
			t.Errorf("%#x is %q, want %q", number, got, want)
		}
	}
}
