//! What the service promises, asked of the real service over a real database.

mod aggregates;
mod architecture;
mod areas;
mod authorization;
mod graphql;
mod graphql_authorization;
mod graphql_lists;
mod graphql_reports;
mod imports;
mod migrations;
mod openapi;
mod problems;
mod replicas;
mod report;
mod sessions;
mod support;
