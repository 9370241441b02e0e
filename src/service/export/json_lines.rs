//! A JSON object a figure, with the members that imports take.

use serde::Serialize;
use serde_json::value::RawValue;

use super::selection::Walk;
use crate::domain::aggregate::Published as _;
use crate::domain::area::AreaKey;
use crate::domain::observation::Mention;
use crate::domain::quarter::Quarter;
use crate::error::{Error, Result};
use crate::service::publish::FigureDetail;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'f> {
    ward: &'f str,
    quarter: &'f str,
    indicator: &'f str,
    nature: &'static str,
    /// With the decimals it was printed with.
    value: Box<RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operator: Option<&'static str>,
    span: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference_period: Option<&'f str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<&'f str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<&'static str>,
    origin: &'static str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    synthetic: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    instruction: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mentions: Vec<Mention>,
}

/// Writes the figures of a report.
pub(super) fn write(walk: &Walk, ward: AreaKey, quarter: Quarter, bytes: &mut Vec<u8>) -> Result<()> {
    let code = walk.ward(ward, quarter).map_or("", |version| &version.code);
    let when = quarter.to_string();
    let catalogue = walk.snapshot().catalogue();
    for figure in walk.figures(ward, quarter) {
        let detail = FigureDetail::read(figure.detail.as_deref())?;
        let line = Line {
            ward: code,
            quarter: &when,
            indicator: catalogue.get(figure.indicator).map_or("", |indicator| &indicator.code),
            nature: figure.nature.as_str(),
            value: RawValue::from_string(figure.value.to_string()).map_err(Error::internal)?,
            operator: figure.operator.is_bound().then(|| figure.operator.as_str()),
            span: figure.span.as_str(),
            reference_period: figure.reference_period.as_deref(),
            project: figure.project.as_deref(),
            method: figure.method.map(|method| method.as_str()),
            origin: figure.origin.as_str(),
            synthetic: figure.synthetic,
            instruction: detail.instruction,
            note: detail.note,
            mentions: detail.mentions,
        };
        serde_json::to_writer(&mut *bytes, &line).map_err(Error::internal)?;
        bytes.push(b'\n');
    }
    Ok(())
}
