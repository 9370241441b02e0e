//! How figures of wards become a figure of an area: exact, with its coverage, its basis and its status.
//!
//! Pure functions over what is published; the rules are numbered as in the project's design: counts first, then
//! stated rates over a published denominator, never a mean of rates, never a zero for what is missing.

mod answer;
mod asked;
mod attainment;
mod change;
mod columns;
mod part;
mod peers;
mod query;
mod rank;
mod reader;
mod sum;
mod territory;
mod value;

pub use answer::{
    Aggregate, Attainment, Basis, Change, Coverage, Difference, DifferenceReason, Interval, Missing, MissingReason,
    NullReason, PeerGroup, Peers, Placed, Rank, Standing, StatedMean, Status, TargetSource, TargetValue, Trend,
};
pub use query::{AggregateQuery, Period, PeriodSpan, aggregate};

use std::sync::Arc;

use chrono::NaiveDate;

use super::area::{AreaBook, AreaKey};
use super::calendar::Calendar;
use super::decimal::Decimal;
use super::figures::Column;
use super::indicator::{Catalogue, IndicatorKey, Nature};
use super::quarter::Quarter;

/// What names the value of one indicator, one area and one quarter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ValueKey {
    /// The area.
    pub area: AreaKey,
    /// The indicator.
    pub indicator: IndicatorKey,
    /// The nature of the figures.
    pub nature: Nature,
    /// The quarter.
    pub quarter: Quarter,
    /// The day within whose boundaries it is added up; nothing for those of the quarter.
    pub boundaries: Option<NaiveDate>,
}

/// What is published at one revision, as the aggregation reads it.
pub trait Published {
    /// Areas and their history.
    fn areas(&self) -> &AreaBook;
    /// Indicators.
    fn catalogue(&self) -> &Catalogue;
    /// Windows and cut-offs.
    fn calendar(&self) -> &Calendar;
    /// The figures of one indicator and nature in one quarter: those of the indicator's own span.
    fn column(&self, quarter: Quarter, indicator: IndicatorKey, nature: Nature) -> Option<&Column>;
    /// Which wards have a published report for the quarter, by their position in the book; those beyond its end have
    /// none.
    fn reported(&self, quarter: Quarter) -> &[bool];
    /// Whether a ward has a published report for the quarter.
    fn has_report(&self, ward: AreaKey, quarter: Quarter) -> bool {
        self.reported(quarter).get(ward.position()).copied().unwrap_or_default()
    }
    /// The target that the town set for an area and a year.
    fn set_target(&self, area: AreaKey, indicator: IndicatorKey, year: i32) -> Option<Decimal>;
    /// The target that a ward's published report states for a year.
    fn reported_target(&self, ward: AreaKey, indicator: IndicatorKey, year: i32) -> Option<Decimal>;
    /// A value that was computed before: what is published at a revision never changes, so neither does it.
    fn remembered(&self, _key: ValueKey) -> Option<Arc<Aggregate>> {
        None
    }
    /// Keeps a value for the next who asks.
    fn remember(&self, _key: ValueKey, _value: &Arc<Aggregate>) {}
}
