// Package store keeps campaigns, participants, accounts, edits and jobs in SQL:
// SQLite by default. It owns the schema and its migrations, the queries, and
// the loading of a campaign's cohort. It computes no figures.
package store
