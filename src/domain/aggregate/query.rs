//! The aggregation itself.

use chrono::NaiveDate;

use super::answer::{PeerGroup, Placed};
use super::rank::places;
use super::reader::Reader;
use super::territory::Territory;
use super::value::One;
use super::{Published, peers};
use crate::domain::area::AreaKey;
use crate::domain::indicator::{IndicatorKey, Nature};
use crate::domain::observation::SurveyMethod;
use crate::domain::quarter::Quarter;
use crate::domain::words::words;

words! {
    /// How the quarters of a range are put together.
    Period {
        /// One value a quarter.
        Quarter = "quarter",
        /// One value a year.
        Year = "year",
        /// One value.
        Total = "total",
    }
}

/// The quarters that a value is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PeriodSpan {
    /// How they are put together.
    pub kind: Period,
    /// The first.
    pub first: Quarter,
    /// The last, whose cut-off decides which wards belong to the area.
    pub last: Quarter,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct AggregateQuery {
    /// The area.
    pub area: AreaKey,
    /// The indicators, in the order of the answer.
    pub indicators: Vec<IndicatorKey>,
    /// The first quarter.
    pub first: Quarter,
    /// The last quarter.
    pub last: Quarter,
    /// How the quarters are put together.
    pub period: Period,
    /// Whether one value a ward is wanted instead of one for the area.
    pub by_ward: bool,
    /// The nature of the figures; natures never mix.
    pub nature: Nature,
    /// For survey rates: only wards that asked in this way.
    pub method: Option<SurveyMethod>,
    /// Whom wards are compared with; without a breakdown, the area with the others below what it belongs to.
    pub peers: Option<PeerGroup>,
    /// The day within whose boundaries every quarter is added up, on which the area exists; nothing for the boundaries of
    /// each quarter's own cut-off.
    pub boundaries: Option<NaiveDate>,
}

impl AggregateQuery {
    /// One value an indicator, of the area and one quarter.
    #[must_use]
    pub const fn of_quarter(area: AreaKey, indicators: Vec<IndicatorKey>, quarter: Quarter, nature: Nature) -> Self {
        Self {
            area,
            indicators,
            first: quarter,
            last: quarter,
            period: Period::Quarter,
            by_ward: false,
            nature,
            method: None,
            peers: None,
            boundaries: None,
        }
    }

    /// The stretches that the answer has one value for.
    #[must_use]
    pub fn spans(&self) -> Vec<PeriodSpan> {
        let kind = self.period;
        let quarters = self.first.through(self.last);
        match kind {
            Period::Total => vec![PeriodSpan { kind, first: self.first, last: self.last }],
            Period::Quarter => quarters.map(|quarter| PeriodSpan { kind, first: quarter, last: quarter }).collect(),
            Period::Year => quarters.fold(Vec::new(), |mut spans: Vec<PeriodSpan>, quarter| {
                match spans.last_mut().filter(|span| span.last.year() == quarter.year()) {
                    Some(span) => span.last = quarter,
                    None => spans.push(PeriodSpan { kind, first: quarter, last: quarter }),
                }
                spans
            }),
        }
    }
}

/// Answers a query: for each indicator, each stretch of time, and each ward if a breakdown is asked for.
#[must_use]
pub fn aggregate<P: Published>(source: &P, query: &AggregateQuery) -> Vec<Placed> {
    let spans = query.spans();
    let territory = Territory::new(source, query.boundaries);
    let mut answer = Vec::with_capacity(spans.len() * query.indicators.len());
    for key in &query.indicators {
        let Some(reader) = Reader::new(&territory, *key, query.nature) else { continue };
        let one = One { territory: &territory, reader: &reader, key: *key, query };
        for span in &spans {
            let cut_off = source.calendar().cut_off(span.last);
            if query.by_ward {
                let mut rows = one.rows(query.area, *span, cut_off);
                for (at, rank) in places(rows.iter().enumerate(), reader.indicator().direction) {
                    if let Some(row) = rows.get_mut(at) {
                        row.rank = Some(rank);
                    }
                }
                answer.append(&mut rows);
            } else {
                answer.push(one.alone(*span, cut_off));
            }
        }
    }
    answer
}

impl<P: Published> One<'_, '_, P> {
    /// The value of the area itself, beside its peers where they are asked for.
    fn alone(&self, span: PeriodSpan, cut_off: NaiveDate) -> Placed {
        let area = self.query.area;
        let as_of = self.territory.as_of(cut_off);
        let above = self.query.peers.and_then(|_| self.territory.source.areas().parent_at(area, Some(as_of)));
        let company = above.map(|(above, _)| self.rows(above, span, cut_off)).unwrap_or_default();
        let known = company.into_iter().find(|row| row.area == area);
        known.unwrap_or_else(|| self.remembered(area, span, cut_off).into())
    }

    /// The values of the wards that belong to an area, each beside its peers where they are asked for.
    fn rows(&self, area: AreaKey, span: PeriodSpan, cut_off: NaiveDate) -> Vec<Placed> {
        let (areas, as_of) = (self.territory.source.areas(), self.territory.as_of(cut_off));
        let wards = areas.members(area, as_of);
        let mut rows: Vec<Placed> = wards.iter().map(|ward| self.remembered(*ward, span, cut_off).into()).collect();
        if self.query.peers == Some(PeerGroup::Kind) {
            let kind = |ward: &AreaKey| Some(areas.get(*ward)?.on(as_of)?.kind);
            let kinds: Vec<_> = wards.iter().map(kind).collect();
            peers::put(&mut rows, &kinds, self.reader.indicator());
        }
        rows
    }
}
