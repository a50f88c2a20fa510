-- +goose Up

-- How many edits the wiki counted for the account when it was last read up to the
-- present; -1: not known. It tells that others' edits became the account's.
ALTER TABLE account_wikis ADD COLUMN /*M! IF NOT EXISTS */ edit_count BIGINT NOT NULL DEFAULT -1;

-- +goose Down
ALTER TABLE account_wikis DROP COLUMN /*M! IF EXISTS */ edit_count;
