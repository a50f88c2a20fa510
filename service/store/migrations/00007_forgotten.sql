-- Who asked to be forgotten, so that no later reading brings them back: the
-- account's number, and a SHA-256 of each name that a list gave it.

-- +goose Up
CREATE TABLE IF NOT EXISTS forgotten (
    farm    VARCHAR(191) NOT NULL,
    account BIGINT       NOT NULL,
    since   BIGINT       NOT NULL,
    PRIMARY KEY (farm, account)
) /*! ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin */;

CREATE TABLE IF NOT EXISTS forgotten_names (
    farm    VARCHAR(191) NOT NULL,
    hash    VARCHAR(64)  NOT NULL,
    account BIGINT       NOT NULL,
    PRIMARY KEY (farm, hash)
) /*! ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin */;

-- +goose Down
DROP TABLE IF EXISTS forgotten_names;
DROP TABLE IF EXISTS forgotten;
