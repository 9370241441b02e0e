-- Figures that agencies send, beside what the wards write, and the answers of requests that may be sent twice.

-- The small numbers are the positions of the words in the lists of src/domain, as in observations. The latest of a figure
-- holds; those before it stay.
CREATE TABLE pushed_observations (
    id INTEGER NOT NULL PRIMARY KEY,
    client TEXT NOT NULL REFERENCES clients (id) ON DELETE RESTRICT,
    area INTEGER NOT NULL REFERENCES areas (number) ON DELETE RESTRICT,
    quarter INTEGER NOT NULL,
    indicator INTEGER NOT NULL REFERENCES indicators (number) ON DELETE RESTRICT,
    nature SMALLINT NOT NULL,
    operator SMALLINT NOT NULL,
    mantissa BIGINT NOT NULL CHECK (mantissa >= 0),
    scale SMALLINT NOT NULL CHECK (scale BETWEEN 0 AND 4),
    span SMALLINT NOT NULL,
    method SMALLINT,
    reference_period TEXT NOT NULL,
    note TEXT,
    pushed_at TIMESTAMP NOT NULL,
    request_id TEXT,
    superseded_at TIMESTAMP
);
CREATE UNIQUE INDEX pushed_observations_in_force
    ON pushed_observations (area, quarter, indicator, nature, span, reference_period) WHERE superseded_at IS NULL;
CREATE INDEX pushed_observations_by_client ON pushed_observations (client, id);

-- What a request with a key was answered, for whoever sends it again: written in the transaction of what it did.
CREATE TABLE idempotency_keys (
    subject TEXT NOT NULL,
    operation TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    request_digest TEXT NOT NULL,
    status SMALLINT NOT NULL,
    body TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    PRIMARY KEY (subject, operation, idempotency_key)
);
CREATE INDEX idempotency_keys_by_time ON idempotency_keys (expires_at);
