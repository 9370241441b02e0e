//! danbiet takes the quarterly reports of Vietnamese wards, checks and publishes them, and answers for wards, quarters
//! and indicators over REST and GraphQL.
//!
//! Dependencies run one way:
//!
//! ```text
//! main → cli → server → http → graphql → service → { snapshot, db, auth } → domain
//! error, clock, config, telemetry: leaves
//! ```

pub mod auth;
pub mod cli;
pub mod clock;
pub mod config;
pub mod db;
pub mod domain;
pub mod error;
pub mod graphql;
pub mod http;
pub mod server;
pub mod service;
pub mod snapshot;
pub mod telemetry;
