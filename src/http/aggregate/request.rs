//! What is added up, as an address asks for it.

use crate::domain::aggregate::PeerGroup;
use crate::error::{Code, Result};
use crate::http::params::Params;
use crate::service::read::{AggregateRequest, MAX_QUARTERS};

/// What is asked for, however it is answered; [`peers`] and [`compact`] apart, which pictures do not know.
pub(in crate::http) fn request(params: &mut Params) -> Result<AggregateRequest> {
    let list = |text: Option<String>| -> Vec<String> {
        text.map(|text| text.split(',').map(|code| code.trim().to_owned()).collect()).unwrap_or_default()
    };
    Ok(AggregateRequest {
        area: params.take("area")?.unwrap_or_default(),
        indicators: list(params.take("indicator")?),
        quarter: params.take("quarter")?,
        from: params.take("from")?,
        to: params.take("to")?,
        last: params.number("last", Code::InvalidParameter, 1..=i64::try_from(MAX_QUARTERS).unwrap_or(i64::MAX))?,
        period: params.choice("period")?,
        by_ward: params.word("by", |word| (word == "ward").then_some(()), &["ward"])?.is_some(),
        nature: params.choice("nature")?,
        method: params.choice("method")?,
        peers: None,
        boundaries: params.take("boundaries")?,
    })
}

/// With whom wards are to be compared; no picture shows that.
pub(in crate::http) fn peers(params: &mut Params) -> Result<Option<PeerGroup>> {
    params.choice("peers")
}

/// Whether the answer is to be compact.
pub(in crate::http) fn compact(params: &mut Params) -> Result<Option<bool>> {
    params.word("compact", |word| word.parse::<bool>().ok(), &["true", "false"])
}
