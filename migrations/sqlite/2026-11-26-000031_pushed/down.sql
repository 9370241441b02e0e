DROP TABLE idempotency_keys;
DROP TABLE pushed_observations;
