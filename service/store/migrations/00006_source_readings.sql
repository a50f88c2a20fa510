-- +goose Up

-- When a campaign's source (a page, a category, a course) was last read, and
-- what in it was not counted: JSON of numbers by reason.
CREATE TABLE IF NOT EXISTS source_readings (
    campaign VARCHAR(191)  NOT NULL PRIMARY KEY,
    read_at  BIGINT        NOT NULL,
    left_out VARCHAR(2000) NOT NULL,
    FOREIGN KEY (campaign) REFERENCES campaigns (id) ON DELETE CASCADE
) /*! ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin */;

-- +goose Down
DROP TABLE IF EXISTS source_readings;
