//! The use cases: what REST, GraphQL and the command line all call.

pub mod account;
pub mod actor;
pub mod app;
pub mod audit;
pub mod chart;
pub mod client;
pub mod deadline;
pub mod demo;
pub mod export;
pub mod feed;
pub mod figure_input;
pub mod idempotency;
pub mod import;
pub mod integrity;
pub mod json;
pub mod lock;
pub mod precondition;
pub mod progress;
pub mod publish;
pub mod push;
pub mod read;
pub mod reason;
pub mod report;
pub mod sdmx;
pub mod seed;
pub mod session;
pub mod spreadsheet;
mod synthetic;
pub mod target;
pub mod token;
pub mod trail;
mod verdict;
pub mod webhook;
pub mod workflow;

pub use actor::Actor;
pub use app::{App, Settings, migrate, published};
