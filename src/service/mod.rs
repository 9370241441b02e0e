//! The use cases: what REST, GraphQL and the command line all call.

pub mod account;
pub mod app;
pub mod demo;
pub mod import;
pub mod publish;
pub mod read;
pub mod report;
pub mod seed;
pub mod session;
mod synthetic;

pub use app::{App, Settings, migrate, published};
