DROP INDEX report_versions_readable;
DROP INDEX report_versions_at_work;
UPDATE report_versions SET findings = '[]' WHERE findings = '{"findings":[],"repairs":[]}';
ALTER TABLE report_versions DROP COLUMN explanations;
