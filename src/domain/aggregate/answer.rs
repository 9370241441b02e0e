//! What an aggregate says of itself.

use std::ops::Deref;
use std::sync::Arc;

use chrono::NaiveDate;

use super::query::PeriodSpan;
use crate::domain::area::{AreaKey, AreaKind};
use crate::domain::decimal::Decimal;
use crate::domain::indicator::{IndicatorKey, Nature};
use crate::domain::observation::SurveyMethod;
use crate::domain::quarter::Quarter;
use crate::domain::statistics::{Fixed4, Ratio};
use crate::domain::words::words;

words! {
    /// What a value rests on.
    Basis {
        /// Counts of every contributor.
        Counts = "counts",
        /// At least one contributor's stated rate times its published denominator.
        Estimated = "estimated",
        /// The rate that a single ward states, without counts.
        Stated = "stated",
    }
}

words! {
    /// SDMX `CL_OBS_STATUS`, the codes that the service gives, the strongest first.
    Status {
        /// The area's ground is other than that of the quarter before: a break in the series.
        Break = "B",
        /// Missing value.
        Missing = "O",
        /// The value cannot exist: nothing to divide by, or no such area then.
        CannotExist = "M",
        /// The value exists but no report has been published.
        NotCollected = "L",
        /// Rests on an estimate.
        Estimated = "E",
        /// Expected wards are still missing.
        Provisional = "P",
        /// A figure that it rests on stands under an open finding.
        LowReliability = "U",
        /// Normal.
        Normal = "A",
    }
}

words! {
    /// Why a ward does not contribute.
    MissingReason {
        /// Its report for the quarter is not published.
        NotReported = "notReported",
        /// Its report does not have the indicator.
        NoValue = "noValue",
        /// It states a rate, and no denominator is published to multiply it with.
        NoDenominator = "noDenominator",
        /// It gives only a bound.
        BoundOnly = "boundOnly",
        /// Some quarter of the period is missing.
        IncompletePeriod = "incompletePeriod",
        /// It asked people in another way than the one wanted.
        OtherMethod = "otherMethod",
    }
}

words! {
    /// Why there is no value.
    NullReason {
        /// The area did not exist at the cut-off.
        AreaDidNotExist = "areaDidNotExist",
        /// Within the boundaries asked for, only a part of a ward that reported belongs to the area, and what it reported
        /// cannot be told apart.
        AreaDivided = "areaDivided",
        /// Nobody contributes.
        NoData = "noData",
        /// The denominators add up to nothing.
        ZeroDenominator = "zeroDenominator",
        /// Less than 80 % of the wards that report the indicator contribute.
        TooFewContribute = "tooFewContribute",
        /// Wards asked in different ways.
        MethodsDiffer = "methodsDiffer",
        /// The indicator does not add over areas.
        NotAdditiveOverAreas = "notAdditiveOverAreas",
        /// The indicator does not add over time.
        NotAdditiveOverTime = "notAdditiveOverTime",
        /// The sum is beyond what clients can hold exactly (2^53 - 1).
        TooLarge = "tooLarge",
    }
}

words! {
    /// Why two quarters are not compared.
    DifferenceReason {
        /// One value rests on counts and the other does not.
        BasisDiffers = "basisDiffers",
        /// The indicator's definition changed in between.
        DefinitionDiffers = "definitionDiffers",
        /// The area is the successor of others.
        AreaDiffers = "areaDiffers",
        /// People were asked in different ways.
        MethodsDiffer = "methodsDiffer",
        /// In the earlier quarter too few of the wards that report the indicator contribute.
        TooFewContribute = "tooFewContribute",
        /// In one of the quarters there is nothing to divide by.
        ZeroDenominator = "zeroDenominator",
        /// No ward is present in both quarters.
        NoCommonWards = "noCommonWards",
        /// The indicator is yearly.
        Annual = "annualIndicator",
        /// The shares of the wards that contribute are more than ten points apart. The difference over the common wards is
        /// given all the same.
        CoverageDiffers = "coverageDiffers",
        /// A side rests on rates that are only stated, so that nothing says how much of the difference is chance. The
        /// difference is given all the same.
        NoCounts = "noCounts",
    }
}

words! {
    /// Where a rate with a direction goes, from the 95 % interval of its difference.
    Trend {
        /// The whole interval is on the good side of zero.
        Better = "better",
        /// The whole interval is on the bad side of zero.
        Worse = "worse",
        /// The interval has zero in it.
        NoSignificantChange = "noSignificantChange",
        /// Something else than the rate may have changed; the reasons say what.
        NotComparable = "notComparable",
    }
}

words! {
    /// Where a ward stands beside its peers, from the 95 % interval of its own rate.
    Standing {
        /// The whole interval is on the good side of what the peers come to.
        Better = "better",
        /// What the peers come to is in the interval.
        Similar = "similar",
        /// The whole interval is on the bad side of what the peers come to.
        Worse = "worse",
        /// The ward has no counts, or too few; or too few of its peers have any.
        NotComparable = "notComparable",
    }
}

words! {
    /// Whom a ward is compared with.
    PeerGroup {
        /// The other areas of its kind: wards with wards, communes with communes.
        Kind = "kind",
    }
}

words! {
    /// Who set a target.
    TargetSource {
        /// The town.
        Town = "town",
        /// The ward, in its report.
        Report = "report",
    }
}

/// A ward that is expected and does not contribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing {
    /// The ward.
    pub ward: AreaKey,
    /// Why.
    pub reason: MissingReason,
}

/// Who stands behind a value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Wards that belong to the area at the cut-off.
    pub expected: usize,
    /// Of those, wards with a published report for the quarter (for a period: for each of its quarters).
    pub reported: usize,
    /// Of those, wards that contribute to this value.
    pub included: usize,
    /// The rest.
    pub missing: Vec<Missing>,
}

/// The plain mean of the rates of wards, one vote each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatedMean {
    /// Percent.
    pub value: Fixed4,
    /// Over how many wards.
    pub wards: usize,
}

/// A 95 % interval, in percent, or in percentage points for a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// The lower end.
    pub lower: Fixed4,
    /// The upper end.
    pub upper: Fixed4,
}

impl Interval {
    /// From ends in the unit 1.
    pub(super) fn of((lower, upper): (f64, f64)) -> Option<Self> {
        Some(Self { lower: Fixed4::from_f64(lower * 100.0)?, upper: Fixed4::from_f64(upper * 100.0)? })
    }
}

/// The place among comparable wards; equal values share a place and the next is passed over (1, 2, 2, 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rank {
    /// 1 is best.
    pub position: usize,
    /// How many wards are ranked.
    pub of: usize,
    /// How many wards share the place.
    pub tied: usize,
}

/// A target and the period that it is set for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetValue {
    /// In the indicator's unit.
    pub value: Decimal,
    /// The year.
    pub reference_period: String,
    /// Who set it.
    pub source: TargetSource,
}

/// How far a value is towards its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attainment {
    /// Percent of the way: value over target where more is better, target over value where less is; nothing where that
    /// would divide by zero.
    pub percent: Option<Fixed4>,
    /// The value less the target: percentage points for a rate.
    pub gap: Fixed4,
    /// Whether the value is at the target or past it.
    pub met: bool,
}

/// What the others of a ward's kind come to, and its place among them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peers {
    /// The kind.
    pub kind: AreaKind,
    /// How many others there are.
    pub wards: usize,
    /// How many of them contribute to the value: those with counts that asked in the same way.
    pub included: usize,
    /// Percent: the sum of their numerators over the sum of their denominators; nothing where less than 80 % of those that
    /// report the rate in any form contribute.
    pub value: Option<Fixed4>,
    /// Where the ward stands beside that; nothing where neither more nor less is better.
    pub standing: Option<Standing>,
    /// Its place among the wards of its kind, itself included.
    pub rank: Option<Rank>,
    /// Whether what it is compared with was generated, be it in part.
    pub synthetic: bool,
}

/// The change against an earlier quarter, over the wards present in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    /// The earlier quarter.
    pub quarter: Quarter,
    /// The present value less the earlier one, both over the common wards; percentage points for a rate.
    pub difference: Option<Fixed4>,
    /// The earlier value over the common wards.
    pub from: Option<Fixed4>,
    /// How many wards are common.
    pub wards: usize,
    /// Whether the earlier value rests on generated figures.
    pub synthetic: bool,
    /// For a rate with counts in both quarters: the Newcombe hybrid score interval of the difference.
    pub interval: Option<Interval>,
    /// For a rate of which more, or less, is better.
    pub trend: Option<Trend>,
    /// Why there is no difference, or no trend that can be told from one; never more than two hold at once.
    pub reasons: [Option<DifferenceReason>; 2],
}

/// The changes that every value is shown with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Change {
    /// Against the quarter before.
    pub previous_quarter: Option<Difference>,
    /// Against the same quarter of the year before.
    pub previous_year: Option<Difference>,
}

/// A value with everything that it takes to understand it.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    /// The area.
    pub area: AreaKey,
    /// The cut-off at which the area's wards were taken.
    pub cut_off: NaiveDate,
    /// The day within whose boundaries the figures are added up; nothing for those of the cut-off.
    pub boundaries: Option<NaiveDate>,
    /// Whether the area had ended by the cut-off, so that what stands on its ground since is added up.
    pub former: bool,
    /// The quarters that it is over.
    pub period: PeriodSpan,
    /// The indicator.
    pub indicator: IndicatorKey,
    /// The nature of every figure in it.
    pub nature: Nature,
    /// The value: percent for a rate, else the indicator's unit.
    pub value: Option<Fixed4>,
    /// Why there is none.
    pub reason: Option<NullReason>,
    /// For a single ward: the figure as its report states it.
    pub stated: Option<Decimal>,
    /// For several wards: the mean of their rates. Never the value.
    pub stated_mean: Option<StatedMean>,
    /// Above and below the line, for a rate.
    pub ratio: Option<Ratio>,
    /// How much of the denominator stands under stated rates, in percent; nothing where there are only counts.
    pub estimated_share: Option<Fixed4>,
    /// The quarter that a yearly denominator is of, where that is another than the numerator's.
    pub denominator_quarter: Option<Quarter>,
    /// What the value rests on.
    pub basis: Option<Basis>,
    /// SDMX observation status.
    pub status: Status,
    /// The wards in it whose figures stand under an open error, whatever stronger status it has.
    pub contested: Vec<AreaKey>,
    /// Whether the value itself was generated, be it in part.
    pub value_synthetic: bool,
    /// Whether anything in it was generated, what it is compared with included.
    pub synthetic: bool,
    /// How people were asked, where every contributor says the same.
    pub method: Option<SurveyMethod>,
    /// For survey rates with counts from a declared sample.
    pub interval: Option<Interval>,
    /// Who stands behind it.
    pub coverage: Coverage,
    /// Against earlier quarters.
    pub change: Change,
    /// What was aimed at.
    pub target: Option<TargetValue>,
    /// How far the value is towards that.
    pub attainment: Option<Attainment>,
}

impl Aggregate {
    /// The day as of which the area is shown.
    #[must_use]
    pub fn as_of(&self) -> NaiveDate {
        self.boundaries.unwrap_or(self.cut_off)
    }

    /// Whether nobody who is expected is missing.
    pub(super) const fn is_whole(&self) -> bool {
        self.coverage.missing.is_empty()
    }
}

/// A value in an answer. The value is shared with whoever else asks for it; its place depends on the company.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// The value.
    pub aggregate: Arc<Aggregate>,
    /// Whether anything in it or in its peers was generated; hides what the value says of itself alone.
    pub synthetic: bool,
    /// In a breakdown by ward.
    pub rank: Option<Rank>,
    /// Where peers are asked for.
    pub peers: Option<Peers>,
}

impl From<Arc<Aggregate>> for Placed {
    fn from(aggregate: Arc<Aggregate>) -> Self {
        Self { synthetic: aggregate.synthetic, aggregate, rank: None, peers: None }
    }
}

impl Deref for Placed {
    type Target = Aggregate;

    fn deref(&self) -> &Aggregate {
        &self.aggregate
    }
}
