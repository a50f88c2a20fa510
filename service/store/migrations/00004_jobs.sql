-- A job is taken by one process at a time. Jobs are worth nothing after a day,
-- so the table is made anew; that can be broken off and begun again.

-- +goose Up
DROP TABLE IF EXISTS jobs;

-- holder is the process that works on it, empty if none does; it says so at
-- least every minute by updated. due is when a waiting one may be taken. tries
-- counts the takings. version grows with each change.
CREATE TABLE jobs (
    id       VARCHAR(64)   NOT NULL PRIMARY KEY,
    campaign VARCHAR(191)  NOT NULL,
    state    VARCHAR(16)   NOT NULL,
    phase    VARCHAR(32)   NOT NULL,
    wiki     VARCHAR(64)   NOT NULL,
    done     BIGINT        NOT NULL,
    total    BIGINT        NOT NULL,
    error    VARCHAR(1000) NOT NULL,
    holder   VARCHAR(64)   NOT NULL,
    tries    BIGINT        NOT NULL,
    version  BIGINT        NOT NULL,
    due      BIGINT        NOT NULL,
    created  BIGINT        NOT NULL,
    updated  BIGINT        NOT NULL,
    FOREIGN KEY (campaign) REFERENCES campaigns (id) ON DELETE CASCADE
) /*! ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin */;

CREATE INDEX jobs_state ON jobs (state, due);
CREATE INDEX jobs_campaign ON jobs (campaign, created);

-- +goose Down
DROP TABLE IF EXISTS jobs;

CREATE TABLE jobs (
    id       VARCHAR(64)   NOT NULL PRIMARY KEY,
    campaign VARCHAR(191)  NOT NULL,
    state    VARCHAR(16)   NOT NULL,
    phase    VARCHAR(32)   NOT NULL,
    wiki     VARCHAR(64)   NOT NULL,
    done     BIGINT        NOT NULL,
    total    BIGINT        NOT NULL,
    error    VARCHAR(1000) NOT NULL,
    created  BIGINT        NOT NULL,
    updated  BIGINT        NOT NULL,
    FOREIGN KEY (campaign) REFERENCES campaigns (id) ON DELETE CASCADE
) /*! ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin */;
