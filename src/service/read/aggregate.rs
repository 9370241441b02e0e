//! Aggregates as they are asked for.

use chrono::NaiveDate;

use super::{area_reference, indicator, quarter};
use crate::domain::aggregate::{AggregateQuery, PeerGroup, Period, Published as _};
use crate::domain::area::{AreaKey, AreaRef};
use crate::domain::indicator::{IndicatorKey, Nature};
use crate::domain::observation::SurveyMethod;
use crate::domain::quarter::Quarter;
use crate::error::{Code, Error, Result};
use crate::snapshot::Snapshot;
use crate::text;

/// Quarters in one aggregate.
pub const MAX_QUARTERS: usize = 80;
/// Values in one answer: every commune of the nation once, or a town's wards for years.
pub const MAX_VALUES: usize = 12_000;
/// Indicators in one request.
pub const MAX_INDICATORS: usize = 50;

/// An aggregate as it is asked for.
#[derive(Debug, Clone, Default)]
pub struct AggregateRequest {
    /// Code of the area, with or without a date.
    pub area: String,
    /// Codes of the indicators.
    pub indicators: Vec<String>,
    /// One quarter…
    pub quarter: Option<String>,
    /// …or a range.
    pub from: Option<String>,
    /// The end of the range.
    pub to: Option<String>,
    /// …or so many quarters up to the one, else up to the latest that is published of the area.
    pub last: Option<i64>,
    /// How the quarters of a range are put together.
    pub period: Option<Period>,
    /// Whether one value a ward is wanted.
    pub by_ward: bool,
    /// The nature of the figures.
    pub nature: Option<Nature>,
    /// Only wards that asked in this way.
    pub method: Option<SurveyMethod>,
    /// Whom wards are compared with.
    pub peers: Option<PeerGroup>,
    /// `asReported`, or the day within whose boundaries every quarter is added up.
    pub boundaries: Option<String>,
}

/// Resolves the names of an aggregate.
///
/// # Errors
/// `missingParameter`, `reversedRange`, `ambiguousArea`, `notMeaningful` for peers of an area that does not report and for
/// the boundaries of a day on which there was no such area, and whatever is wrong with a name.
pub fn aggregate_query(snapshot: &Snapshot, today: NaiveDate, request: &AggregateRequest) -> Result<AggregateQuery> {
    if request.area.is_empty() {
        let detail = text!("Thiếu area, mã của đơn vị.", "The parameter area is missing: the code of an area.");
        return Err(Error::parameter(Code::MissingParameter, "area", detail));
    }
    let reference = area_reference(&request.area).map_err(|error| error.placed("area"))?;
    let boundaries = boundaries(snapshot, request)?;
    let fixed = boundaries.map(|day| area_on(snapshot, &reference, day)).transpose()?;
    let subject = fixed.zip(boundaries).map_or(Subject::Named(&reference), |(area, day)| Subject::Within(area, day));
    let (first, last) = range(snapshot, today, request, subject)?;
    let indicators = indicators(snapshot, request)?;
    let area = match subject {
        Subject::Within(area, _) => area,
        Subject::Named(reference) => {
            let cut_off = |quarter| (quarter, snapshot.calendar().cut_off(quarter));
            let cut_offs: Vec<_> = first.through(last).map(cut_off).collect();
            snapshot.areas().resolve_range(reference, &cut_offs).map_err(|error| error.placed("area"))?
        }
    };
    let query = AggregateQuery {
        area,
        indicators,
        first,
        last,
        period: request.period.unwrap_or(Period::Quarter),
        by_ward: request.by_ward,
        nature: request.nature.unwrap_or(Nature::Actual),
        method: request.method,
        peers: request.peers,
        boundaries,
    };
    bounded(snapshot, &query)?;
    Ok(query)
}

/// What an aggregate is about.
#[derive(Clone, Copy)]
enum Subject<'a> {
    /// A code, which each quarter's cut-off gives a holder.
    Named(&'a AreaRef),
    /// An area within its boundaries of a day.
    Within(AreaKey, NaiveDate),
}

fn boundaries(snapshot: &Snapshot, request: &AggregateRequest) -> Result<Option<NaiveDate>> {
    let known = snapshot.areas().boundaries();
    let Some(text) = request.boundaries.as_deref().filter(|text| *text != "asReported") else { return Ok(None) };
    known.iter().find(|day| day.to_string() == text).copied().map(Some).ok_or_else(|| {
        let days = known.iter().map(|day| day.to_string()).collect::<Vec<_>>().join(", ");
        let detail = text!(
            "boundaries là asReported hoặc một ngày sắp xếp đơn vị: {days}; không phải “{text}”.",
            "boundaries is asReported or a day on which areas changed: {days}; not “{text}”."
        );
        Error::parameter(Code::InvalidParameter, "boundaries", detail)
    })
}

/// The area of a reference within the boundaries of a day.
fn area_on(snapshot: &Snapshot, reference: &AreaRef, day: NaiveDate) -> Result<AreaKey> {
    let areas = snapshot.areas();
    let placed = |error: Error| error.placed("area");
    if reference.on.is_none()
        && let Some(holder) = areas.holder(&reference.code, day)
    {
        return Ok(holder);
    }
    let meant = areas.resolve(reference, None).map_err(placed)?;
    if areas.get(meant).is_some_and(|area| area.on(day).is_some()) {
        return Ok(meant);
    }
    let code = &reference.code;
    let ids = areas.successors(meant).iter().filter(|next| next.effective_on <= day).map(|next| &next.successor);
    let before = areas.predecessors(meant).iter().filter(|next| next.effective_on > day).map(|next| &next.predecessor);
    let named = |id: &String| {
        let version = areas.get(areas.find(id)?)?.on(day)?;
        Some(format!("{}@{day} ({})", version.code, version.name))
    };
    let others = ids.chain(before).filter_map(named).collect::<Vec<_>>().join(", ");
    let others = if others.is_empty() { "–".to_owned() } else { others };
    let detail = text!(
        "Ngày {day} không có đơn vị {code} mà câu hỏi nói đến; địa bàn khi đó thuộc: {others}.",
        "On {day} there was no such area {code}; its ground then belonged to: {others}."
    );
    Err(Error::parameter(Code::NotMeaningful, "boundaries", detail))
}

fn range(
    snapshot: &Snapshot,
    today: NaiveDate,
    request: &AggregateRequest,
    subject: Subject<'_>,
) -> Result<(Quarter, Quarter)> {
    let read = |parameter: &str, text: &str| quarter(snapshot, today, parameter, text);
    let (first, last) = match (&request.quarter, &request.from, &request.to, request.last) {
        (Some(one), None, None, None) => read("quarter", one).map(|one| (one, one))?,
        (None, Some(from), Some(to), None) => (read("from", from)?, read("to", to)?),
        (end, None, None, Some(count)) => {
            let end = end.as_deref().map_or_else(|| latest(snapshot, subject), |end| read("quarter", end))?;
            (earlier(end, count)?, end)
        }
        (_, _, _, Some(_)) => {
            let detail = text!(
                "last đi một mình hoặc cùng quarter, không cùng from và to.",
                "last goes alone or with quarter, not with from and to."
            );
            return Err(Error::parameter(Code::InvalidParameter, "last", detail));
        }
        (given, ..) => {
            let detail = text!("Cần quarter, cả from và to, hoặc last.", "Give quarter, both from and to, or last.");
            let code = if given.is_some() { Code::InvalidParameter } else { Code::MissingParameter };
            return Err(Error::parameter(code, "quarter", detail));
        }
    };
    if last < first {
        let detail = text!("from ({first}) đứng sau to ({last}).", "from ({first}) is after to ({last}).");
        return Err(Error::parameter(Code::ReversedRange, "from", detail));
    }
    if first.through(last).count() > MAX_QUARTERS {
        let detail = text!("Tối đa {MAX_QUARTERS} quý mỗi lần hỏi.", "At most {MAX_QUARTERS} quarters in one request.");
        return Err(Error::parameter(Code::InvalidParameter, "from", detail));
    }
    Ok((first, last))
}

/// The first of so many quarters.
fn earlier(last: Quarter, count: i64) -> Result<Quarter> {
    let most = i64::try_from(MAX_QUARTERS).unwrap_or(i64::MAX);
    let count = i32::try_from(count).ok().filter(|_| (1..=most).contains(&count)).ok_or_else(|| {
        let detail = text!("last là số nguyên từ 1 đến {most}.", "last is a whole number from 1 to {most}.");
        Error::parameter(Code::InvalidParameter, "last", detail)
    })?;
    last.earlier(count - 1).ok_or_else(|| {
        let first = Quarter::FIRST;
        let detail = text!(
            "Hệ thống giữ số liệu từ {first}; trước {last} không có đủ {count} quý.",
            "The service keeps quarters from {first}; there are not {count} of them up to {last}."
        );
        Error::parameter(Code::QuarterNotFound, "last", detail)
    })
}

/// The latest quarter for which a report of the area is published.
fn latest(snapshot: &Snapshot, subject: Subject<'_>) -> Result<Quarter> {
    let areas = snapshot.areas();
    if let Subject::Named(reference) = subject {
        areas.resolve(reference, None).map_err(|error| error.placed("area"))?;
    }
    let reported = |quarter: &Quarter| {
        let cut_off = snapshot.calendar().cut_off(*quarter);
        let any = |wards: &[AreaKey]| wards.iter().any(|ward| snapshot.has_report(*ward, *quarter));
        match subject {
            Subject::Named(reference) => {
                areas.resolve(reference, Some(cut_off)).is_ok_and(|area| any(areas.members(area, cut_off)))
            }
            Subject::Within(area, day) => areas.carried(areas.members(area, day), cut_off).is_some_and(|it| any(&it)),
        }
    };
    snapshot.quarters().rev().find(reported).ok_or_else(|| {
        let detail = text!(
            "Chưa có báo cáo nào của đơn vị này được công bố; hãy cho biết quarter.",
            "No report of this area is published; say quarter."
        );
        Error::parameter(Code::QuarterNotFound, "last", detail)
    })
}

fn indicators(snapshot: &Snapshot, request: &AggregateRequest) -> Result<Vec<IndicatorKey>> {
    if request.indicators.is_empty() || request.indicators.len() > MAX_INDICATORS {
        let detail = text!("Cần từ 1 đến {MAX_INDICATORS} chỉ tiêu.", "Give 1 to {MAX_INDICATORS} indicators.");
        let code = if request.indicators.is_empty() { Code::MissingParameter } else { Code::InvalidParameter };
        return Err(Error::parameter(code, "indicator", detail));
    }
    request.indicators.iter().map(|code| indicator(snapshot, "indicator", code)).collect()
}

/// Refuses what has no answer, or too long a one.
fn bounded(snapshot: &Snapshot, query: &AggregateQuery) -> Result<()> {
    let areas = snapshot.areas();
    let of_ward = areas.get(query.area).is_some_and(|area| area.ever_reports());
    if query.peers.is_some() && !query.by_ward && !of_ward {
        let detail = text!(
            "peers so sánh các phường, xã với nhau; hãy thêm by=ward hoặc hỏi về một phường, xã.",
            "peers compares wards with one another; add by=ward, or ask about a ward."
        );
        return Err(Error::parameter(Code::NotMeaningful, "peers", detail));
    }
    // An area may end within a range, and the wards of each quarter are that quarter's.
    let rows = |quarter: Quarter| {
        let date = query.boundaries.unwrap_or_else(|| snapshot.calendar().cut_off(quarter));
        let among = if query.by_ward {
            Some(query.area)
        } else {
            query.peers.and_then(|_| areas.parent_at(query.area, Some(date))).map(|(above, _)| above)
        };
        among.map_or(1, |area| areas.members(area, date).len().max(1))
    };
    let values = query.indicators.len() * query.first.through(query.last).map(rows).sum::<usize>();
    if values > MAX_VALUES {
        let detail = text!(
            "Câu hỏi này có {values} giá trị; tối đa {MAX_VALUES}. Hãy hỏi ít chỉ tiêu, ít quý hoặc một đơn vị nhỏ hơn.",
            "This asks for {values} values; at most {MAX_VALUES}. Ask for fewer indicators or quarters, or a smaller area."
        );
        return Err(Error::parameter(Code::QueryTooExpensive, "indicator", detail));
    }
    Ok(())
}
