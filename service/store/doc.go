// Package store keeps campaigns, participants, accounts, edits, jobs and figures
// in SQL: SQLite by default. It owns the schema and its migrations, the queries,
// and the loading of a campaign's cohort. It computes no figures.
//
// An account's edits on a wiki are stored once, packed, with the stretch of time in
// which they are complete, whichever campaigns the person is in. People are keyed
// by their farm and account number, never by name. A participant is in no figure
// until a reading has ended; one who leaves a list that was read to its end leaves
// the campaign, and their edits go when no campaign holds them. Stored figures
// hold no people.
//
// SQL is written so that SQLite and MariaDB both take it; what differs is in
// dialect.go. Errors wrap ErrNotFound, ErrExists, ErrBusy, ErrInvalid, ErrGap or
// ErrFormat.
package store
