-- Numbers that only grow, added to by every process: what refreshing cost.
-- Counts only, never people.

-- +goose Up
CREATE TABLE IF NOT EXISTS counters (
    name   VARCHAR(64) NOT NULL,
    label  VARCHAR(64) NOT NULL,
    amount BIGINT      NOT NULL,
    PRIMARY KEY (name, label)
) /*! ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin */;

-- +goose Down
DROP TABLE IF EXISTS counters;
