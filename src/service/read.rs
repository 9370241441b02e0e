//! Questions about what is published, as both transports ask them: names in, domain values out.

mod aggregate;
mod contested;

use chrono::NaiveDate;

pub use aggregate::{AggregateRequest, MAX_INDICATORS, MAX_QUARTERS, MAX_VALUES, aggregate_query};
pub use contested::{Contested, contested};

use crate::domain::aggregate::Published as _;
use crate::domain::area::{AreaKey, AreaKind, AreaRef, AreaVersion};
use crate::domain::indicator::{Indicator, IndicatorKey, IndicatorKind, Nature};
use crate::domain::quarter::Quarter;
use crate::domain::text::fold;
use crate::error::{Code, Error, Result, Text};
use crate::snapshot::{PublishedFigure, Snapshot};
use crate::text;

/// Reads a quarter that the service keeps, begun or not.
///
/// # Errors
/// `invalidQuarter`, `quarterNotFound` outside 2020–2099.
pub fn kept_quarter(parameter: &str, text: &str) -> Result<Quarter> {
    let quarter: Quarter = text.parse().map_err(|_| {
        let detail =
            text!("Quý viết như 2024-Q1, không phải “{text}”.", "A quarter is written like 2024-Q1, not “{text}”.");
        Error::parameter(Code::InvalidQuarter, parameter, detail)
    })?;
    if quarter > Quarter::LAST {
        let last = Quarter::LAST;
        let detail = text!(
            "Hệ thống giữ số liệu đến {last}; không có {quarter}.",
            "The service keeps quarters up to {last}; there is no {quarter}."
        );
        return Err(Error::parameter(Code::QuarterNotFound, parameter, detail));
    }
    if !quarter.is_kept() {
        let detail = text!(
            "Hệ thống giữ số liệu từ 2020-Q1; không có {quarter}.",
            "The service keeps quarters from 2020-Q1; there is no {quarter}."
        );
        return Err(Error::parameter(Code::QuarterNotFound, parameter, detail));
    }
    Ok(quarter)
}

/// Reads a quarter that has begun.
///
/// # Errors
/// As [`kept_quarter`], and `quarterInFuture`.
pub fn quarter(snapshot: &Snapshot, today: NaiveDate, parameter: &str, text: &str) -> Result<Quarter> {
    let quarter = kept_quarter(parameter, text)?;
    let start = snapshot.calendar().window(quarter).start;
    if start > today {
        let detail = text!(
            "Kỳ số liệu của {quarter} bắt đầu ngày {start}.",
            "The reporting window of {quarter} opens on {start}."
        );
        return Err(Error::parameter(Code::QuarterInFuture, parameter, detail));
    }
    Ok(quarter)
}

/// The quarters of a list, the latest first, and the area that it is about: every quarter of a range that has begun, or
/// without one, those for which anything is published.
///
/// # Errors
/// `missingParameter` for one end of a range, `reversedRange`, `ambiguousArea` where a code passed to another area within
/// it, and what is wrong with a name.
pub fn quarters(
    snapshot: &Snapshot,
    today: NaiveDate,
    area: Option<&str>,
    from: Option<&str>,
    to: Option<&str>,
) -> Result<(Vec<Quarter>, Option<AreaKey>)> {
    let mut found: Vec<Quarter> = match (from, to) {
        (None, None) => snapshot.quarters().collect(),
        (Some(from), Some(to)) => {
            let (first, last) = (quarter(snapshot, today, "from", from)?, quarter(snapshot, today, "to", to)?);
            if last < first {
                let detail = text!("from ({first}) đứng sau to ({last}).", "from ({first}) is after to ({last}).");
                return Err(Error::parameter(Code::ReversedRange, "from", detail));
            }
            first.through(last).collect()
        }
        (from, _) => {
            let missing = if from.is_some() { "to" } else { "from" };
            let detail = text!("Cần cả from và to.", "Give both from and to.");
            return Err(Error::parameter(Code::MissingParameter, missing, detail));
        }
    };
    let resolve = |code: &str| {
        let reference = area_reference(code)?;
        let cut_offs: Vec<_> = found.iter().map(|quarter| (*quarter, snapshot.calendar().cut_off(*quarter))).collect();
        if cut_offs.is_empty() {
            return snapshot.areas().resolve(&reference, None);
        }
        snapshot.areas().resolve_range(&reference, &cut_offs)
    };
    let area = area.map(resolve).transpose().map_err(|error| error.placed("area"))?;
    found.reverse();
    Ok((found, area))
}

/// Reads `at`: a date, or a quarter, which means its cut-off.
///
/// # Errors
/// As [`quarter`].
pub fn date(snapshot: &Snapshot, today: NaiveDate, text: &str) -> Result<NaiveDate> {
    if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Ok(date);
    }
    if text.parse::<Quarter>().is_err() {
        let detail = text!(
            "at là một quý như 2024-Q1 hoặc một ngày như 2024-03-14, không phải “{text}”.",
            "at is a quarter like 2024-Q1 or a date like 2024-03-14, not “{text}”."
        );
        return Err(Error::parameter(Code::InvalidQuarter, "at", detail));
    }
    Ok(snapshot.calendar().cut_off(quarter(snapshot, today, "at", text)?))
}

/// Reads a reference to an area.
///
/// # Errors
/// `areaNotFound` for what cannot be a code.
pub fn area_reference(text: &str) -> Result<AreaRef> {
    AreaRef::parse(text).ok_or_else(|| {
        Error::new(Code::AreaNotFound, text!("“{text}” không phải mã đơn vị.", "“{text}” is not the code of an area."))
    })
}

/// The area that a code means on a date, or its latest holder; `parameter` is where the code was written.
///
/// # Errors
/// `areaNotFound`.
pub fn area(snapshot: &Snapshot, parameter: &str, code: &str, on: Option<NaiveDate>) -> Result<(AreaRef, AreaKey)> {
    let found = area_reference(code).and_then(|reference| {
        let key = snapshot.areas().resolve(&reference, on)?;
        Ok((reference, key))
    });
    found.map_err(|error| error.placed(parameter))
}

/// The indicator with a code.
///
/// # Errors
/// `indicatorNotFound`.
pub fn indicator(snapshot: &Snapshot, parameter: &str, code: &str) -> Result<IndicatorKey> {
    let unknown = || Error::parameter(Code::IndicatorNotFound, parameter, unknown_indicator(code));
    snapshot.catalogue().find(code).ok_or_else(unknown)
}

/// What is said of a code that no indicator has.
pub(super) fn unknown_indicator(code: &str) -> Text {
    text!("Danh mục không có chỉ tiêu “{code}”.", "The catalogue has no indicator “{code}”.")
}

/// What the catalogue is narrowed by.
#[derive(Debug, Clone, Default)]
pub struct IndicatorFilter {
    /// The family that indicators are shown with.
    pub family: Option<String>,
    /// Their kind.
    pub kind: Option<IndicatorKind>,
    /// Part of the code or of a name, without accents.
    pub search: Option<String>,
}

/// The indicators that pass a filter, in the order of the catalogue.
#[must_use]
pub fn indicators<'a>(snapshot: &'a Snapshot, filter: &IndicatorFilter) -> Vec<(IndicatorKey, &'a Indicator)> {
    let folded = filter.search.as_deref().map(fold);
    let named = |indicator: &Indicator, text: &str| {
        [&indicator.code, &indicator.name_vi, &indicator.name_en].iter().any(|name| fold(name).contains(text))
    };
    snapshot
        .catalogue()
        .iter()
        .filter(|(_, indicator)| filter.family.as_deref().is_none_or(|family| indicator.family == family))
        .filter(|(_, indicator)| filter.kind.is_none_or(|kind| indicator.kind == kind))
        .filter(|(_, indicator)| folded.as_deref().is_none_or(|text| named(indicator, text)))
        .collect()
}

/// What a list of areas is narrowed by.
#[derive(Debug, Clone, Default)]
pub struct AreaFilter {
    /// The date at which the areas exist; nothing for every area that ever was.
    pub on: Option<NaiveDate>,
    /// The area that they belong to, at any depth.
    pub parent: Option<AreaKey>,
    /// Their kind.
    pub kind: Option<AreaKind>,
    /// Whether only areas that report are wanted.
    pub reporting: bool,
    /// Part of a name, without accents, or the beginning of a code.
    pub search: Option<String>,
}

/// The areas that pass a filter, with the version that holds on its date (else the latest), in the order of the book.
#[must_use]
pub fn areas<'a>(snapshot: &'a Snapshot, filter: &AreaFilter) -> Vec<(AreaKey, &'a AreaVersion)> {
    let book = snapshot.areas();
    let folded = filter.search.as_deref().map(fold);
    let below = |mut key: AreaKey, parent: AreaKey, date: Option<NaiveDate>| {
        // Depth is bounded so that a cycle in the data cannot hang a request.
        (0..8).any(|_| {
            let version = book.get(key).and_then(|area| date.map_or_else(|| area.latest(), |date| area.on(date)));
            match version.and_then(|version| version.parent.as_deref()).and_then(|id| book.find(id)) {
                Some(above) if above == parent => true,
                Some(above) => {
                    key = above;
                    false
                }
                None => false,
            }
        })
    };
    book.iter()
        .filter_map(|(key, area)| {
            let version = filter.on.map_or_else(|| area.latest(), |date| area.on(date))?;
            Some((key, version))
        })
        .filter(|(_, version)| !filter.reporting || version.kind.reports())
        .filter(|(_, version)| filter.kind.is_none_or(|kind| version.kind == kind))
        .filter(|(key, _)| filter.parent.is_none_or(|parent| below(*key, parent, filter.on)))
        .filter(|(key, version)| {
            folded.as_deref().is_none_or(|text| version.code.starts_with(text) || book.name_matches(*key, text))
        })
        .collect()
}

/// What a list of figures is narrowed by.
#[derive(Debug, Clone, Default)]
pub struct FigureFilter {
    /// Only this ward's, by its code.
    pub ward: Option<String>,
    /// Only this quarter's.
    pub quarter: Option<Quarter>,
    /// Only this indicator's.
    pub indicator: Option<IndicatorKey>,
    /// Only of this nature.
    pub nature: Option<Nature>,
}

/// The published figures that pass a filter, by quarter, ward and place in the report.
///
/// # Errors
/// `areaNotFound` where the filter names a ward that is none.
pub fn figures<'a>(snapshot: &'a Snapshot, filter: &FigureFilter) -> Result<Vec<&'a PublishedFigure>> {
    let mut found = Vec::new();
    // A code is its holder at the quarter's cut-off; without a quarter, its latest holder and no other.
    let on = filter.quarter.map(|quarter| snapshot.calendar().cut_off(quarter));
    let resolve = |code: &String| area(snapshot, "ward", code, on).map(|(_, key)| key);
    let ward = filter.ward.as_ref().map(resolve).transpose()?;
    for quarter in snapshot.quarters().filter(|quarter| filter.quarter.is_none_or(|wanted| wanted == *quarter)) {
        for key in snapshot.wards_with_figures(quarter).filter(|key| ward.is_none_or(|wanted| wanted == *key)) {
            found.extend(
                snapshot
                    .figures(key, quarter)
                    .iter()
                    .filter(|figure| filter.indicator.is_none_or(|wanted| wanted == figure.indicator))
                    .filter(|figure| filter.nature.is_none_or(|wanted| wanted == figure.nature)),
            );
        }
    }
    Ok(found)
}
