//! The field itself: areas, quarters, indicators, figures, how they aggregate, and who may do what.
//!
//! Pure: no input or output, no framework, no clock. Everything here can be tested with values alone.

pub mod aggregate;
pub mod area;
pub mod calendar;
pub mod client;
pub mod deadline;
pub mod decimal;
pub mod entry;
pub mod feed;
pub mod figures;
pub mod finding;
pub mod identity;
pub mod indicator;
pub mod observation;
pub mod page;
pub mod policy;
pub mod printed_number;
pub mod progress;
pub mod pushed;
pub mod quarter;
pub mod report;
pub mod revision;
pub mod statistics;
pub mod text;
pub mod validation;
pub mod webhook;
pub mod words;
pub mod workflow;
