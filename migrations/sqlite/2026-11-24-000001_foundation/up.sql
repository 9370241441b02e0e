-- The foundation: what is published and at which revision, who may sign in, and what was done.
--
-- Written the same for both databases; only the spelling of generated keys differs. Instants are UTC. Quarters are
-- serial numbers, year * 4 + index - 1. The small numbers for nature, operator, span, origin and method are the
-- positions of the words in the lists of src/domain (appended to, never reordered).

-- One row: what every replica polls.
CREATE TABLE head (
    id SMALLINT NOT NULL PRIMARY KEY CHECK (id = 1),
    epoch TEXT NOT NULL,
    revision BIGINT NOT NULL CHECK (revision >= 0),
    authorization_generation BIGINT NOT NULL
);

CREATE TABLE revisions (
    revision BIGINT NOT NULL PRIMARY KEY CHECK (revision > 0),
    epoch TEXT NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT,
    summary TEXT NOT NULL,
    published_at TIMESTAMP NOT NULL
);

-- The digest of the seed files that were last applied.
CREATE TABLE seeds (
    name TEXT NOT NULL PRIMARY KEY,
    digest TEXT NOT NULL,
    applied_at TIMESTAMP NOT NULL
);

CREATE TABLE areas (
    number INTEGER NOT NULL PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    origin TEXT NOT NULL CHECK (origin IN ('seed', 'administrator'))
);

CREATE TABLE area_versions (
    area INTEGER NOT NULL REFERENCES areas (number) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    parent TEXT,
    valid_from DATE,
    valid_to DATE,
    PRIMARY KEY (area, ordinal),
    CHECK (valid_from IS NULL OR valid_to IS NULL OR valid_from < valid_to)
);

CREATE TABLE successions (
    predecessor TEXT NOT NULL,
    successor TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('merged', 'split')),
    effective_on DATE NOT NULL,
    instrument TEXT NOT NULL,
    PRIMARY KEY (predecessor, successor)
);

CREATE TABLE indicators (
    number INTEGER NOT NULL PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    definition TEXT NOT NULL,
    origin TEXT NOT NULL CHECK (origin IN ('seed', 'administrator'))
);

-- Dates that were set for a quarter instead of the decree's.
CREATE TABLE quarter_windows (
    quarter INTEGER NOT NULL PRIMARY KEY,
    window_start DATE NOT NULL,
    cut_off DATE NOT NULL,
    CHECK (window_start <= cut_off)
);

CREATE TABLE deadlines (
    quarter INTEGER NOT NULL,
    level TEXT NOT NULL CHECK (level IN ('ward', 'town', 'province')),
    due_on DATE NOT NULL,
    PRIMARY KEY (quarter, level)
);

CREATE TABLE quarter_locks (
    quarter INTEGER NOT NULL PRIMARY KEY,
    locked_at TIMESTAMP NOT NULL
);

-- Targets set by the town; those that a report states are its observations.
CREATE TABLE targets (
    id INTEGER NOT NULL PRIMARY KEY,
    area INTEGER NOT NULL REFERENCES areas (number) ON DELETE RESTRICT,
    indicator INTEGER NOT NULL REFERENCES indicators (number) ON DELETE RESTRICT,
    reference_period TEXT NOT NULL,
    mantissa BIGINT NOT NULL CHECK (mantissa >= 0),
    scale SMALLINT NOT NULL CHECK (scale BETWEEN 0 AND 4),
    from_revision BIGINT NOT NULL,
    until_revision BIGINT,
    CHECK (until_revision IS NULL OR from_revision < until_revision)
);
CREATE INDEX targets_by_area ON targets (area, indicator);

CREATE TABLE accounts (
    id TEXT NOT NULL PRIMARY KEY,
    username TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    role TEXT NOT NULL,
    area INTEGER REFERENCES areas (number) ON DELETE RESTRICT,
    password_hash TEXT NOT NULL,
    disabled BOOLEAN NOT NULL,
    tokens_valid_after TIMESTAMP NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

-- A session is a family of refresh tokens, each replacing the one before.
CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    revoked_at TIMESTAMP,
    revoked_because TEXT
);
CREATE INDEX sessions_by_account ON sessions (account);

CREATE TABLE refresh_tokens (
    hash TEXT NOT NULL PRIMARY KEY,
    session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    replaces TEXT,
    issued_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    used_at TIMESTAMP
);
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session);
CREATE INDEX refresh_tokens_by_replaces ON refresh_tokens (replaces);

-- Private keys are sealed under the configured key; public keys are what the JWKS shows.
CREATE TABLE signing_keys (
    kid TEXT NOT NULL PRIMARY KEY,
    algorithm TEXT NOT NULL CHECK (algorithm IN ('EdDSA', 'ES256')),
    public_key TEXT NOT NULL,
    private_key_sealed TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    signs_from TIMESTAMP NOT NULL,
    verifies_until TIMESTAMP
);

-- Attempts per account name and per address, as the instant (milliseconds) at which the bucket is full again.
CREATE TABLE login_throttles (
    bucket TEXT NOT NULL PRIMARY KEY,
    full_again_at BIGINT NOT NULL
);
CREATE INDEX login_throttles_by_time ON login_throttles (full_again_at);

CREATE TABLE reports (
    id INTEGER NOT NULL PRIMARY KEY,
    area INTEGER NOT NULL REFERENCES areas (number) ON DELETE RESTRICT,
    quarter INTEGER NOT NULL,
    synthetic BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL,
    UNIQUE (area, quarter)
);

-- Every version of a report; at most one is being worked on and at most one is published.
CREATE TABLE report_versions (
    id INTEGER NOT NULL PRIMARY KEY,
    report BIGINT NOT NULL REFERENCES reports (id) ON DELETE RESTRICT,
    version INTEGER NOT NULL CHECK (version > 0),
    status TEXT NOT NULL
        CHECK (status IN ('draft', 'submitted', 'returned', 'approved', 'published', 'retracted')),
    imported BOOLEAN NOT NULL,
    edits BIGINT NOT NULL,
    document TEXT NOT NULL,
    findings TEXT NOT NULL,
    reason TEXT,
    created_by TEXT,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    submitted_by TEXT,
    submitted_at TIMESTAMP,
    approved_by TEXT,
    approved_at TIMESTAMP,
    published_by TEXT,
    published_at TIMESTAMP,
    from_revision BIGINT,
    until_revision BIGINT,
    UNIQUE (report, version),
    CHECK (until_revision IS NULL OR from_revision < until_revision)
);
CREATE INDEX report_versions_by_from ON report_versions (from_revision);
CREATE INDEX report_versions_by_until ON report_versions (until_revision);

-- Published figures, each with the revisions from which and until which it holds.
CREATE TABLE observations (
    id INTEGER NOT NULL PRIMARY KEY,
    report_version BIGINT NOT NULL REFERENCES report_versions (id) ON DELETE RESTRICT,
    area INTEGER NOT NULL REFERENCES areas (number) ON DELETE RESTRICT,
    quarter INTEGER NOT NULL,
    indicator INTEGER NOT NULL REFERENCES indicators (number) ON DELETE RESTRICT,
    nature SMALLINT NOT NULL,
    operator SMALLINT NOT NULL,
    mantissa BIGINT NOT NULL CHECK (mantissa >= 0),
    scale SMALLINT NOT NULL CHECK (scale BETWEEN 0 AND 4),
    span SMALLINT NOT NULL,
    origin SMALLINT NOT NULL,
    method SMALLINT,
    reference_period TEXT NOT NULL,
    project TEXT NOT NULL,
    synthetic BOOLEAN NOT NULL,
    contested BOOLEAN NOT NULL,
    detail TEXT,
    from_revision BIGINT NOT NULL,
    until_revision BIGINT,
    CHECK (until_revision IS NULL OR from_revision < until_revision)
);
CREATE INDEX observations_by_from ON observations (from_revision);
CREATE INDEX observations_by_until ON observations (until_revision);
CREATE INDEX observations_by_report ON observations (area, quarter);

-- Append-only. The entries of one report are chained by hash.
CREATE TABLE audit_entries (
    id INTEGER NOT NULL PRIMARY KEY,
    at TIMESTAMP NOT NULL,
    actor TEXT,
    role TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    area INTEGER,
    quarter INTEGER,
    before_state TEXT,
    after_state TEXT,
    reason TEXT,
    request_id TEXT,
    previous_hash TEXT,
    hash TEXT NOT NULL
);
CREATE INDEX audit_entries_by_report ON audit_entries (area, quarter);
