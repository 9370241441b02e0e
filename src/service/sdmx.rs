//! What is published as SDMX knows it (ISO 17369, TCVN 7981): one dataflow of figures as wards state them.

use crate::domain::observation::Operator;

/// The agency that maintains the structures.
pub const AGENCY: &str = "DANBIET";
/// The dataflow, and the structure that it follows.
pub const OBSERVATIONS: &str = "OBSERVATIONS";
/// The version of both.
pub const VERSION: &str = "1.0.0";
/// The media type of SDMX-CSV, without its parameters.
pub const CSV: &str = "application/vnd.sdmx.data+csv";
/// What a dimension holds where it does not apply.
pub const NOT_APPLICABLE: &str = "_Z";

/// The code of an operator: codes hold letters only.
#[must_use]
pub const fn operator_code(operator: Operator) -> &'static str {
    match operator {
        Operator::Equal => "EQ",
        Operator::Greater => "GT",
        Operator::GreaterOrEqual => "GE",
        Operator::Less => "LT",
        Operator::LessOrEqual => "LE",
    }
}
