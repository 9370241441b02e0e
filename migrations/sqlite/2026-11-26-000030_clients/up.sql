-- Other agencies' systems: what they may ask for, which figures they own, and the secrets by which they prove themselves.
CREATE TABLE clients (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    -- OAuth scopes with a space between them, in the order of the list in src/domain.
    scopes TEXT NOT NULL,
    disabled BOOLEAN NOT NULL,
    tokens_valid_after TIMESTAMP NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

-- The areas within which a client owns figures, and the indicators that it owns there.
CREATE TABLE client_areas (
    client TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    area INTEGER NOT NULL REFERENCES areas (number) ON DELETE RESTRICT,
    PRIMARY KEY (client, area)
);
CREATE TABLE client_indicators (
    client TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    indicator INTEGER NOT NULL REFERENCES indicators (number) ON DELETE RESTRICT,
    PRIMARY KEY (client, indicator)
);

-- Only hashes are kept. What is revoked stays on record until it would have expired.
CREATE TABLE client_secrets (
    id TEXT NOT NULL PRIMARY KEY,
    client TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    hash TEXT NOT NULL UNIQUE,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    revoked_at TIMESTAMP
);
CREATE INDEX client_secrets_by_client ON client_secrets (client);
