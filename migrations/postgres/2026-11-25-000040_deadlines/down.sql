DROP TRIGGER audit_entries_remain ON audit_entries;
DROP TRIGGER audit_entries_stay ON audit_entries;
DROP FUNCTION refuse_audit_change();
DROP INDEX audit_entries_service_chain;
DROP INDEX audit_entries_chain;
DROP INDEX reports_by_quarter;
DROP INDEX targets_in_force;
DROP TABLE area_locks;
DROP TABLE area_deadlines;
