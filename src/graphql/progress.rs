//! How far a quarter's reporting has come, with REST's names and numbers.

use std::sync::Arc;

use async_graphql::{Object, SimpleObject};
use chrono::NaiveDate;

use super::area::Area;
use super::scalar::{Count, Instant, Word};
use crate::domain::aggregate::Published as _;
use crate::domain::progress;
use crate::domain::report::ReportStatus;
use crate::service::progress::Progress;

/// A share of the wards that are expected.
#[derive(SimpleObject)]
pub struct Share {
    /// Percent; null where nobody is expected.
    value: Option<f64>,
    /// How many.
    numerator: usize,
    /// Of how many.
    denominator: usize,
}

impl From<progress::Share> for Share {
    fn from(share: progress::Share) -> Self {
        Self {
            value: share.value.map(|value| value.to_f64()),
            numerator: share.numerator,
            denominator: share.denominator,
        }
    }
}

/// Counts of the wards that belong to an area at a quarter's cut-off, from what is published: `expected` is `reported` and
/// `missing`; `reported` is `inTime`, `late` and `undated`.
#[derive(SimpleObject)]
pub struct Reporting {
    /// Wards that belong to the area at the cut-off.
    expected: usize,
    /// With a published report.
    reported: usize,
    /// Published reports that came by their ward's deadline.
    in_time: usize,
    /// Published reports that came after it.
    late: usize,
    /// Published reports of which it is not on record when they came.
    undated: usize,
    /// Without a published report.
    missing: usize,
    /// `reported` of `expected`.
    completeness: Share,
    /// `inTime` of `expected`.
    timeliness: Share,
}

impl From<progress::Reporting> for Reporting {
    fn from(found: progress::Reporting) -> Self {
        Self {
            expected: found.expected,
            reported: found.reported,
            in_time: found.in_time,
            late: found.late,
            undated: found.undated,
            missing: found.missing,
            completeness: found.completeness.into(),
            timeliness: found.timeliness.into(),
        }
    }
}

/// One ward's report, as of now.
#[derive(SimpleObject)]
pub struct WardProgress {
    /// The ward, at the quarter's cut-off.
    area: Area,
    /// The last day in time.
    deadline: Option<NaiveDate>,
    /// Whether the ward was given longer than the others.
    extended: bool,
    /// Days until the deadline, negative once it has passed; null once the report has come, as far as you may know.
    days_left: Option<Count>,
    /// Whether its report is published.
    published: bool,
    /// How far the report has come, as far as you may know; of one that is reopened, how far its new version has.
    status: Option<Word<ReportStatus>>,
    /// When the ward submitted it, as far as you may know.
    submitted_at: Option<Instant>,
    /// Whether that was by the deadline.
    in_time: Option<bool>,
    /// Whether it came late, or is still to come past its deadline; null where it is not on record when it came.
    late: Option<bool>,
}

/// A quarter's reporting in an area, as of now.
pub struct ProgressNode(pub(super) Progress);

/// Tiến độ báo cáo / who of an area has reported for a quarter, as of now.
#[Object(name = "Progress")]
impl ProgressNode {
    /// The area, at the quarter's cut-off.
    async fn area(&self) -> Area {
        self.named(self.0.area)
    }

    /// The quarter.
    async fn quarter(&self) -> String {
        self.0.quarter.to_string()
    }

    /// The counts.
    async fn reporting(&self) -> Reporting {
        self.0.reporting.into()
    }

    /// Every expected ward.
    async fn wards(&self) -> Vec<WardProgress> {
        let of = |ward: &crate::service::progress::WardProgress| WardProgress {
            area: self.named(ward.ward),
            deadline: ward.deadline.as_ref().map(|deadline| deadline.due_on),
            extended: ward.extended(),
            days_left: ward.days_left.map(Count),
            published: ward.published,
            status: ward.status.map(Into::into),
            submitted_at: ward.submitted_at.map(|instant| Instant(instant.and_utc())),
            in_time: ward.in_time,
            late: ward.late,
        };
        self.0.wards.iter().map(of).collect()
    }
}

impl ProgressNode {
    fn named(&self, key: crate::domain::area::AreaKey) -> Area {
        let snapshot = &self.0.snapshot;
        Area { snapshot: Arc::clone(snapshot), key, on: Some(snapshot.calendar().cut_off(self.0.quarter)) }
    }
}
