-- +goose Up

-- Who comes from an event's page asks by its title: of very many campaigns that
-- must not read all.
CREATE INDEX IF NOT EXISTS campaigns_page ON campaigns (page);

-- +goose Down
DROP INDEX IF EXISTS campaigns_page /*M! ON campaigns */;
