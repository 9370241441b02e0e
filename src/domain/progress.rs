//! How far a quarter's reporting has come: who is expected, who has reported, who was in time, who is missing.
//!
//! Completeness and timeliness are what DHIS2 calls REPORTING_RATE and REPORTING_RATE_ON_TIME. Both rest on published
//! reports, so they are the same for everybody who may read figures, whatever more somebody may know of drafts.

use chrono::NaiveDate;

use super::statistics::{Fixed4, Ratio};

/// One expected ward, as far as everybody may know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Whether its report is published.
    pub published: bool,
    /// Whether that report came in time; nothing where there is none, or it is not on record when it came.
    pub in_time: Option<bool>,
}

/// A share of the expected wards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Percent, half even, four decimals; nothing where nobody is expected.
    pub value: Option<Fixed4>,
    /// How many.
    pub numerator: usize,
    /// Of how many.
    pub denominator: usize,
}

impl Share {
    fn of(numerator: usize, denominator: usize) -> Self {
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        Self { value: Ratio::of_counts(count(numerator), count(denominator)).percent(), numerator, denominator }
    }
}

/// The reporting of an area for a quarter.
///
/// `expected = reported + missing` and `reported = in_time + late + undated`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reporting {
    /// Wards that belong to the area at the cut-off.
    pub expected: usize,
    /// Of those, wards with a published report.
    pub reported: usize,
    /// Of those, reports that came by the ward's deadline.
    pub in_time: usize,
    /// Reports that came after it.
    pub late: usize,
    /// Reports of which it is not on record when they came: imported ones. They count as neither.
    pub undated: usize,
    /// Wards without a published report.
    pub missing: usize,
    /// Reported of expected.
    pub completeness: Share,
    /// In time of expected.
    pub timeliness: Share,
}

/// Counts the expected wards.
#[must_use]
pub fn reporting(wards: &[Standing]) -> Reporting {
    let count = |wanted: &dyn Fn(&Standing) -> bool| wards.iter().filter(|ward| wanted(ward)).count();
    let expected = wards.len();
    let reported = count(&|ward| ward.published);
    let in_time = count(&|ward| ward.published && ward.in_time == Some(true));
    Reporting {
        expected,
        reported,
        in_time,
        late: count(&|ward| ward.published && ward.in_time == Some(false)),
        undated: count(&|ward| ward.published && ward.in_time.is_none()),
        missing: expected - reported,
        completeness: Share::of(reported, expected),
        timeliness: Share::of(in_time, expected),
    }
}

/// Days until a deadline, negative once it has passed; zero on its day, which is still in time.
#[must_use]
pub fn days_left(today: NaiveDate, due_on: NaiveDate) -> i64 {
    due_on.signed_duration_since(today).num_days()
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ward(published: bool, in_time: Option<bool>) -> Standing {
        Standing { published, in_time }
    }

    #[test]
    fn every_ward_is_counted_once() {
        let mut wards = vec![ward(true, Some(true)); 11];
        wards.extend([ward(true, Some(false)), ward(true, Some(false)), ward(true, None)]);
        wards.extend([ward(false, None); 3]);
        let found = reporting(&wards);
        assert_eq!((found.expected, found.reported, found.missing), (17, 14, 3));
        assert_eq!((found.in_time, found.late, found.undated), (11, 2, 1));
        // 14 ÷ 17 = 0.823529411…, 11 ÷ 17 = 0.647058823…, by long division.
        assert_eq!(found.completeness.value.unwrap().ten_thousandths(), 823_529);
        assert_eq!(found.timeliness.value.unwrap().ten_thousandths(), 647_059);
    }

    #[test]
    fn where_nobody_is_expected_there_is_no_share() {
        let found = reporting(&[]);
        assert_eq!((found.completeness.value, found.completeness.denominator), (None, 0));
    }

    #[test]
    fn the_day_of_the_deadline_is_in_time() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(days_left(day("2024-03-15"), day("2024-03-15")), 0);
        assert_eq!(days_left(day("2024-03-10"), day("2024-03-15")), 5);
        assert_eq!(days_left(day("2024-04-01"), day("2024-03-15")), -17);
    }
}
