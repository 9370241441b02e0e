//! What is added up, as an address asks for it.

use crate::domain::aggregate::Period;
use crate::domain::indicator::Nature;
use crate::domain::observation::SurveyMethod;
use crate::error::Result;
use crate::http::params::Params;
use crate::service::read::AggregateRequest;

/// What is asked for, however it is answered.
pub(in crate::http) fn request(params: &mut Params) -> Result<AggregateRequest> {
    let words = |all: &'static [&'static str]| all;
    let list = |text: Option<String>| -> Vec<String> {
        text.map(|text| text.split(',').map(|code| code.trim().to_owned()).collect()).unwrap_or_default()
    };
    Ok(AggregateRequest {
        area: params.take("area")?.unwrap_or_default(),
        indicators: list(params.take("indicator")?),
        quarter: params.take("quarter")?,
        from: params.take("from")?,
        to: params.take("to")?,
        period: params.word("period", Period::parse, words(&["quarter", "year", "total"]))?,
        by_ward: params.word("by", |word| (word == "ward").then_some(()), words(&["ward"]))?.is_some(),
        nature: params.word("nature", Nature::parse, words(&["actual", "target", "registered", "reference"]))?,
        method: params.word(
            "method",
            SurveyMethod::parse,
            words(&["questionnaire", "counterRating", "portalRating", "decision766"]),
        )?,
    })
}

/// Whether the answer is to be compact.
pub(in crate::http) fn compact(params: &mut Params) -> Result<Option<bool>> {
    params.word("compact", |word| word.parse::<bool>().ok(), &["true", "false"])
}
