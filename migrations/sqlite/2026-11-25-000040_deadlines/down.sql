DROP TRIGGER audit_entries_remain;
DROP TRIGGER audit_entries_stay;
DROP INDEX audit_entries_service_chain;
DROP INDEX audit_entries_chain;
DROP INDEX reports_by_quarter;
DROP INDEX targets_in_force;
DROP TABLE area_locks;
DROP TABLE area_deadlines;
