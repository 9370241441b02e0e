//! What the service promises, asked of the real service over a real database.

mod aggregates;
mod architecture;
mod areas;
mod authorization;
mod graphql;
mod imports;
mod migrations;
mod openapi;
mod problems;
mod replicas;
mod report;
mod sessions;
mod support;
