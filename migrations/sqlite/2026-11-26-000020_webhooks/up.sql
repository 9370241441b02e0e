-- Webhooks: whom to tell of every revision. The revisions themselves are the outbox: a publication writes nothing here, and
-- whichever replica is free makes deliveries of the revisions that a webhook has not been told of.

CREATE TABLE webhooks (
    id TEXT NOT NULL PRIMARY KEY,
    -- The account or client that it belongs to.
    owner TEXT NOT NULL,
    url TEXT NOT NULL,
    description TEXT NOT NULL,
    enabled BOOLEAN NOT NULL,
    -- Why the service disabled it.
    disabled_because TEXT CHECK (disabled_because IN ('gone', 'failing', 'owner')),
    secret_sealed TEXT NOT NULL,
    previous_secret_sealed TEXT,
    previous_secret_until TIMESTAMP,
    -- Up to which revision deliveries were made.
    told_revision BIGINT NOT NULL,
    edits BIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
CREATE INDEX webhooks_by_owner ON webhooks (owner);

CREATE TABLE webhook_deliveries (
    id INTEGER NOT NULL PRIMARY KEY,
    webhook TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    -- The header webhook-id: the same however often it is sent.
    message TEXT NOT NULL,
    event TEXT NOT NULL,
    revision BIGINT,
    payload TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'delivered', 'failed', 'cancelled')),
    attempts INTEGER NOT NULL,
    due_at TIMESTAMP NOT NULL,
    -- Until when whoever took it may be sending it.
    leased_until TIMESTAMP,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook, id);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (due_at) WHERE status = 'pending';

CREATE TABLE webhook_attempts (
    id INTEGER NOT NULL PRIMARY KEY,
    delivery BIGINT NOT NULL REFERENCES webhook_deliveries (id) ON DELETE CASCADE,
    at TIMESTAMP NOT NULL,
    milliseconds BIGINT NOT NULL,
    -- What the receiver answered, where it did.
    status_code INTEGER,
    -- What went wrong, where it did not.
    fault TEXT,
    answer TEXT NOT NULL
);
CREATE INDEX webhook_attempts_by_delivery ON webhook_attempts (delivery);
