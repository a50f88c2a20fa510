// Package refresh is the pipeline: participants, then accounts, then
// contributions, packed and saved batch by batch.
package refresh
