-- What the ward says of the findings that need an explanation.
ALTER TABLE report_versions ADD COLUMN explanations TEXT NOT NULL DEFAULT '[]';

-- The findings of a version are kept with the repairs that would mend them.
UPDATE report_versions SET findings = '{"findings":[],"repairs":[]}' WHERE findings = '[]';

-- At most one version of a report is being worked on, and at most one is readable, whoever writes at once.
CREATE UNIQUE INDEX report_versions_at_work ON report_versions (report)
    WHERE status IN ('draft', 'submitted', 'returned', 'approved');
CREATE UNIQUE INDEX report_versions_readable ON report_versions (report)
    WHERE from_revision IS NOT NULL AND until_revision IS NULL;
