-- What areas set for a quarter, each with the revisions from which and until which it holds; and an audit trail that the
-- database itself keeps from being changed.

-- A date that an area set for the wards within it (or its own report up), or that a ward was given as an extension. The
-- nearest area counts.
CREATE TABLE area_deadlines (
    id INTEGER NOT NULL PRIMARY KEY,
    area INTEGER NOT NULL REFERENCES areas (number) ON DELETE RESTRICT,
    quarter INTEGER NOT NULL,
    level TEXT NOT NULL CHECK (level IN ('ward', 'town', 'province')),
    due_on DATE NOT NULL,
    reason TEXT,
    from_revision BIGINT NOT NULL,
    until_revision BIGINT,
    CHECK (until_revision IS NULL OR from_revision < until_revision)
);
CREATE UNIQUE INDEX area_deadlines_in_force ON area_deadlines (area, quarter, level) WHERE until_revision IS NULL;
CREATE INDEX area_deadlines_by_quarter ON area_deadlines (quarter);

-- A quarter whose reports may no longer change, for an area and all within it.
CREATE TABLE area_locks (
    id INTEGER NOT NULL PRIMARY KEY,
    area INTEGER NOT NULL REFERENCES areas (number) ON DELETE RESTRICT,
    quarter INTEGER NOT NULL,
    reason TEXT NOT NULL,
    locked_at TIMESTAMP NOT NULL,
    from_revision BIGINT NOT NULL,
    until_revision BIGINT,
    CHECK (until_revision IS NULL OR from_revision < until_revision)
);
CREATE UNIQUE INDEX area_locks_in_force ON area_locks (area, quarter) WHERE until_revision IS NULL;
CREATE INDEX area_locks_by_quarter ON area_locks (quarter);

CREATE UNIQUE INDEX targets_in_force ON targets (area, indicator, reference_period) WHERE until_revision IS NULL;
-- Who has not reported is asked by quarter.
CREATE INDEX reports_by_quarter ON reports (quarter);

-- No entry has two that follow it: a chain cannot fork, whoever writes at once. The entries of an area's quarter are one
-- chain; those that are about no area's quarter are one more.
CREATE UNIQUE INDEX audit_entries_chain ON audit_entries (area, quarter, (coalesce(previous_hash, '')))
    WHERE area IS NOT NULL AND quarter IS NOT NULL;
CREATE UNIQUE INDEX audit_entries_service_chain ON audit_entries ((coalesce(previous_hash, '')))
    WHERE area IS NULL OR quarter IS NULL;

CREATE TRIGGER audit_entries_stay BEFORE UPDATE ON audit_entries
BEGIN
    SELECT RAISE(ABORT, 'audit entries are never changed');
END;
CREATE TRIGGER audit_entries_remain BEFORE DELETE ON audit_entries
BEGIN
    SELECT RAISE(ABORT, 'audit entries are never deleted');
END;
