-- The change feed reads rows in the order of the revisions at which they begin and end, a page at a time, each from an index.

-- A figure that ended and was not replaced at the same revision: a tombstone.
ALTER TABLE observations ADD COLUMN withdrawn BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE observations SET withdrawn = TRUE
    WHERE until_revision IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM observations AS next
            WHERE next.area = observations.area AND next.quarter = observations.quarter
            AND next.indicator = observations.indicator AND next.nature = observations.nature
            AND next.span = observations.span AND next.reference_period = observations.reference_period
            AND next.project = observations.project AND next.from_revision = observations.until_revision
    );

DROP INDEX observations_by_from;
DROP INDEX observations_by_until;
CREATE INDEX observations_begun ON observations (from_revision, id);
CREATE INDEX observations_withdrawn ON observations (until_revision, id) WHERE withdrawn;

DROP INDEX report_versions_by_from;
CREATE INDEX report_versions_begun ON report_versions (from_revision, id);
CREATE INDEX report_versions_retracted ON report_versions (until_revision, id) WHERE status = 'retracted';

CREATE INDEX revisions_of_catalogue ON revisions (revision) WHERE kind = 'catalogue';
CREATE INDEX targets_begun ON targets (from_revision, id);
CREATE INDEX targets_ended ON targets (until_revision, id);
CREATE INDEX area_deadlines_begun ON area_deadlines (from_revision, id);
CREATE INDEX area_deadlines_ended ON area_deadlines (until_revision, id);
CREATE INDEX area_locks_begun ON area_locks (from_revision, id);
CREATE INDEX area_locks_ended ON area_locks (until_revision, id);
