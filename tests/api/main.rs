//! What the service promises, asked of the real service over a real database.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a test stops where something is not as it should be, and opens databases of its own"
)]

mod accounts;
mod addresses;
mod aggregate_rules;
mod aggregates;
mod architecture;
mod areas;
mod as_of;
mod audit;
mod authorization;
mod boundaries;
mod bulk_imports;
mod changes;
mod changes_at_once;
mod charts;
mod clients;
mod commands;
mod comparisons;
mod connections;
mod dashboard;
mod exports;
mod graphql;
mod graphql_authorization;
mod graphql_lists;
mod graphql_persisted;
mod graphql_reports;
mod graphql_settings;
mod graphql_workflow;
mod imports;
mod limits;
mod listening;
mod listening_socket;
mod migrations;
mod openapi;
mod problems;
mod process;
mod progress;
mod pushing;
mod quarters;
mod replicas;
mod report;
mod report_lists;
mod restore;
mod rules;
mod rules_made_up;
mod sessions;
mod spreadsheet_upload;
mod spreadsheets;
mod support;
mod targets;
mod telemetry;
mod trail;
mod webhooks;
mod workflow;
mod workflow_at_once;
