// Package store keeps campaigns, participants, accounts, edits, jobs and figures
// in SQL: SQLite by default, MariaDB or a Galera cluster in production. It owns the schema and its migrations, the queries,
// and the loading of a campaign's cohort. It computes no figures.
//
// An account's edits on a wiki are stored once, packed, with the stretch of time in
// which they are complete, whichever campaigns the person is in. People are keyed
// by their farm and account number, never by name. A participant is in no figure
// until a reading has ended; one who leaves a list that was read to its end leaves
// the campaign, and their edits go when no campaign holds them. Stored figures
// hold no people.
//
// Several processes may use one database at once. What only one may do at a time
// it does under a lease, which is a row that ends by the server's clock: Lease,
// TakePairs, TakeSlot. On MariaDB a transaction is done again where it failed for
// a cause that passes; see Store.write for what that asks of it. Due says which
// campaigns are to be refreshed.
//
// SQL is written so that SQLite and MariaDB both take it: what only MariaDB reads
// stands in /*! */. What differs otherwise is in dialect.go, how they are opened in
// sqlite.go and mariadb.go. Errors wrap ErrNotFound, ErrExists, ErrBusy,
// ErrInvalid, ErrNetwork, ErrGap or ErrFormat.
package store
