-- Snapshots, and leases for parts of a campaign's reading.

-- +goose Up

-- What was published at a mark, as it was then. A row is never changed. The dates
-- are the campaign's when it was computed: an event that moved gets new ones.
-- Figures only, never people.
CREATE TABLE IF NOT EXISTS snapshots (
    campaign   VARCHAR(191) NOT NULL,
    kind       VARCHAR(32)  NOT NULL,
    mark       BIGINT       NOT NULL,
    starts     BIGINT       NOT NULL,
    ends       BIGINT       NOT NULL,
    as_of      BIGINT       NOT NULL,
    revision   BIGINT       NOT NULL,
    saved      BIGINT       NOT NULL,
    definition TEXT         NOT NULL,
    coverage   TEXT         NOT NULL,
    format     VARCHAR(16)  NOT NULL,
    body       LONGBLOB     NOT NULL,
    PRIMARY KEY (campaign, kind, mark, starts, ends),
    FOREIGN KEY (campaign) REFERENCES campaigns (id) ON DELETE CASCADE
) /*! ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin */;

-- Who reads an account on a wiki now. Until expires, in Unix milliseconds.
CREATE TABLE IF NOT EXISTS pair_leases (
    farm    VARCHAR(191) NOT NULL,
    account BIGINT       NOT NULL,
    wiki    VARCHAR(64)  NOT NULL,
    holder  VARCHAR(191) NOT NULL,
    expires BIGINT       NOT NULL,
    PRIMARY KEY (farm, account, wiki)
) /*! ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin */;

-- Who may send requests to a wiki now: one row for each of its slots.
CREATE TABLE IF NOT EXISTS slot_leases (
    wiki    VARCHAR(191) NOT NULL,
    slot    BIGINT       NOT NULL,
    holder  VARCHAR(191) NOT NULL,
    expires BIGINT       NOT NULL,
    PRIMARY KEY (wiki, slot)
) /*! ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin */;

-- The leases count milliseconds now, not seconds.
UPDATE leases SET expires = expires * 1000 WHERE expires < 100000000000;

-- +goose Down
UPDATE leases SET expires = expires / 1000 WHERE expires >= 100000000000;
DROP TABLE IF EXISTS slot_leases;
DROP TABLE IF EXISTS pair_leases;
DROP TABLE IF EXISTS snapshots;
