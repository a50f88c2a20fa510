// Package refresh is the pipeline: a campaign's participants, then what is known
// of their accounts, then their contributions, packed and saved batch by batch.
//
// Each batch is saved whole, with the time up to which it is complete. A refresh
// that breaks off, for whatever reason, loses the batches it was reading; the next
// one goes on from what is stored. What was read before is read again for its last
// 30 days, because reverts and deletions come late. A wiki that cannot be read
// does not stop the others (ErrPartial).
//
// It owns what to ask for and in what order: plan.go (contributions), accounts.go
// (where people edit), cell.go and control.go (accounts to compare newcomers
// with). How to ask is package mwclient's, where it is kept package store's, and what the
// numbers mean package retention's.
package refresh
