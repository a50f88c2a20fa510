-- +goose Up

-- id is a hash of what the browser holds, so that a copy of the table signs nobody in.
CREATE TABLE IF NOT EXISTS sessions (
    id      VARCHAR(64) NOT NULL PRIMARY KEY,
    expires BIGINT      NOT NULL,
    data    BLOB        NOT NULL
) /*! ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin */;

CREATE INDEX IF NOT EXISTS sessions_expires ON sessions (expires);

-- Who asked for a campaign to be tracked. sub is the account's id on the farm, as its OAuth gives it.
CREATE TABLE IF NOT EXISTS trackers (
    farm     VARCHAR(191) NOT NULL,
    sub      VARCHAR(64)  NOT NULL,
    campaign VARCHAR(191) NOT NULL,
    since    BIGINT       NOT NULL,
    PRIMARY KEY (farm, sub, campaign),
    FOREIGN KEY (campaign) REFERENCES campaigns (id) ON DELETE CASCADE
) /*! ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin */;

-- +goose Down
DROP TABLE IF EXISTS trackers;
DROP TABLE IF EXISTS sessions;
