-- The schema is SQL that SQLite and MariaDB both read. What only MariaDB needs
-- stands in /*! */, which it executes and SQLite skips. Instants are Unix
-- seconds in UTC, 0 for unknown. Names compare byte by byte, trailing spaces too
-- (collation utf8mb4_nopad_bin, for every table).
--
-- MariaDB cannot undo a statement of a migration, so a process that dies leaves
-- the first few done. Each statement therefore does nothing if it was done: IF
-- NOT EXISTS, IF EXISTS, or a condition. For a column, where SQLite knows no such
-- words, ADD COLUMN /*M! IF NOT EXISTS */ c.

-- +goose Up

-- A farm is the wikis that share central accounts: one wiki alone where it has none.
CREATE TABLE IF NOT EXISTS farms (
    name          VARCHAR(191) NOT NULL PRIMARY KEY,
    central       SMALLINT     NOT NULL,
    sites_checked BIGINT       NOT NULL
) /*! ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin */;

CREATE TABLE IF NOT EXISTS wikis (
    farm               VARCHAR(191)  NOT NULL,
    name               VARCHAR(64)   NOT NULL,
    url                VARCHAR(255)  NOT NULL,
    private            SMALLINT      NOT NULL,
    content_namespaces VARCHAR(2000) NOT NULL,
    checked            BIGINT        NOT NULL,
    PRIMARY KEY (farm, name),
    FOREIGN KEY (farm) REFERENCES farms (name)
) /*! ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin */;

CREATE INDEX IF NOT EXISTS wikis_url ON wikis (url);

CREATE TABLE IF NOT EXISTS campaigns (
    id         VARCHAR(191)  NOT NULL PRIMARY KEY,
    farm       VARCHAR(191)  NOT NULL,
    kind       VARCHAR(16)   NOT NULL,
    wiki       VARCHAR(64)   NOT NULL,
    event      BIGINT        NOT NULL,
    page       VARCHAR(512)  NOT NULL,
    url        VARCHAR(2048) NOT NULL,
    title      VARCHAR(512)  NOT NULL,
    title_key  VARCHAR(1024) NOT NULL,
    starts     BIGINT        NOT NULL,
    ends       BIGINT        NOT NULL,
    timezone   VARCHAR(64)   NOT NULL,
    wikis      TEXT          NOT NULL,
    state      VARCHAR(16)   NOT NULL,
    frozen     VARCHAR(255)  NOT NULL,
    revision   BIGINT        NOT NULL,
    as_of      BIGINT        NOT NULL,
    coverage   TEXT          NOT NULL,
    pairs_read BIGINT        NOT NULL,
    pairs_all  BIGINT        NOT NULL,
    last_error VARCHAR(1000) NOT NULL,
    refreshed  BIGINT        NOT NULL,
    made_up    SMALLINT      NOT NULL,
    edit_rows  BIGINT        NOT NULL,
    listing    BIGINT        NOT NULL,
    listed     BIGINT        NOT NULL,
    list_began BIGINT        NOT NULL,
    list_place BIGINT        NOT NULL,
    FOREIGN KEY (farm) REFERENCES farms (name)
) /*! ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin */;

CREATE INDEX IF NOT EXISTS campaigns_event ON campaigns (farm, event);
CREATE INDEX IF NOT EXISTS campaigns_ends ON campaigns (ends, id);
CREATE INDEX IF NOT EXISTS campaigns_starts ON campaigns (starts, id);
CREATE INDEX IF NOT EXISTS campaigns_refreshed ON campaigns (refreshed, id);

-- The names of a list of participants, as given. account is 0 until the name is resolved.
CREATE TABLE IF NOT EXISTS entries (
    campaign VARCHAR(191) NOT NULL,
    position BIGINT       NOT NULL,
    name     VARCHAR(255) NOT NULL,
    joined   BIGINT       NOT NULL,
    account  BIGINT       NOT NULL,
    PRIMARY KEY (campaign, position),
    FOREIGN KEY (campaign) REFERENCES campaigns (id) ON DELETE CASCADE
) /*! ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin */;

-- account is negative for a name of a list that is nobody's: -position - 1.
-- listing is the reading of the list that saw the participant last.
CREATE TABLE IF NOT EXISTS participants (
    campaign VARCHAR(191) NOT NULL,
    account  BIGINT       NOT NULL,
    farm     VARCHAR(191) NOT NULL,
    joined   BIGINT       NOT NULL,
    state    VARCHAR(16)  NOT NULL,
    listing  BIGINT       NOT NULL,
    PRIMARY KEY (campaign, account),
    FOREIGN KEY (campaign) REFERENCES campaigns (id) ON DELETE CASCADE
) /*! ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin */;

CREATE INDEX IF NOT EXISTS participants_account ON participants (farm, account);

-- checked is the time up to which these facts are complete, 0 if only the name is known.
-- reach says what is known of where the account edits: see Reach.
CREATE TABLE IF NOT EXISTS accounts (
    farm       VARCHAR(191) NOT NULL,
    id         BIGINT       NOT NULL,
    name       VARCHAR(255) NOT NULL,
    registered BIGINT       NOT NULL,
    home_wiki  VARCHAR(64)  NOT NULL,
    edit_count BIGINT       NOT NULL,
    bot        SMALLINT     NOT NULL,
    missing    SMALLINT     NOT NULL,
    reach      VARCHAR(8)   NOT NULL,
    checked    BIGINT       NOT NULL,
    PRIMARY KEY (farm, id),
    FOREIGN KEY (farm) REFERENCES farms (name)
) /*! ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin */;

-- An account on a wiki. Its edits in [read_from, high_water) are all in edits, in
-- the given format, whichever campaign asked for them. They are last in the row
-- so that plans, which need only the marks, do not read them.
CREATE TABLE IF NOT EXISTS account_wikis (
    farm       VARCHAR(191) NOT NULL,
    account    BIGINT       NOT NULL,
    wiki       VARCHAR(64)  NOT NULL,
    read_from  BIGINT       NOT NULL,
    high_water BIGINT       NOT NULL,
    bot        SMALLINT     NOT NULL,
    bot_seen   BIGINT       NOT NULL,
    edit_rows  BIGINT       NOT NULL,
    format     SMALLINT     NOT NULL,
    edits      LONGBLOB     NOT NULL,
    PRIMARY KEY (farm, account, wiki),
    FOREIGN KEY (farm, account) REFERENCES accounts (farm, id) ON DELETE CASCADE
) /*! ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin */;

CREATE TABLE IF NOT EXISTS jobs (
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

-- Computed results that are kept: the baseline (mark 0), snapshots (their mark).
-- Figures only, never people.
CREATE TABLE IF NOT EXISTS figures (
    campaign VARCHAR(191) NOT NULL,
    kind     VARCHAR(32)  NOT NULL,
    mark     BIGINT       NOT NULL,
    as_of    BIGINT       NOT NULL,
    revision BIGINT       NOT NULL,
    saved    BIGINT       NOT NULL,
    format   VARCHAR(16)  NOT NULL,
    body     LONGBLOB     NOT NULL,
    PRIMARY KEY (campaign, kind, mark),
    FOREIGN KEY (campaign) REFERENCES campaigns (id) ON DELETE CASCADE
) /*! ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin */;

-- +goose Down
DROP TABLE IF EXISTS figures;
DROP TABLE IF EXISTS jobs;
DROP TABLE IF EXISTS account_wikis;
DROP TABLE IF EXISTS accounts;
DROP TABLE IF EXISTS participants;
DROP TABLE IF EXISTS entries;
DROP TABLE IF EXISTS campaigns;
DROP TABLE IF EXISTS wikis;
DROP TABLE IF EXISTS farms;
