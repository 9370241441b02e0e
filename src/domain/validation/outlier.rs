//! Figures that lie far from a ward's own quarters or from those of its peers: hints, never more.
//!
//! The measure is the modified z-score, 0.6745 × |x − median| ÷ MAD > 3.5 (Iglewicz and Hoaglin, 1993), which one
//! earlier slip does not blind; it is reckoned in whole numbers.

use super::ledger::{Ledger, Raised, Skip};
use super::message::{Said, plain};
use super::rates::name;
use super::sheet::Pick;
use super::{Context, History};
use crate::domain::area::AreaKey;
use crate::domain::indicator::{IndicatorKey, IndicatorKind, OverTime, Unit};
use crate::domain::quarter::Quarter;

/// How many quarters are looked through for enough figures.
const LOOK_BACK: i32 = 12;
/// How old a ward's population may be.
const POPULATION_QUARTERS: i32 = 4;

/// Twice the median.
fn twice_the_median(values: &mut [i128]) -> Option<i128> {
    values.sort_unstable();
    let upper = values.len().div_euclid(2);
    let lower = values.len().checked_sub(1)?.div_euclid(2);
    Some(values.get(lower)? + values.get(upper)?)
}

/// The median in the unit of the values, where a value lies beyond it; nothing where it does not, or where half of
/// the sample is the same and there is no scale to measure by.
fn beyond(value: i128, sample: &[i128]) -> Option<i128> {
    let mut sorted = sample.to_vec();
    let median = twice_the_median(&mut sorted)?;
    let mut deviations: Vec<i128> = sample.iter().map(|other| (2 * other - median).abs()).collect();
    let spread = twice_the_median(&mut deviations)?;
    let distance = (2 * value - median).abs();
    // distance is twice and spread four times what the score is made of.
    (spread > 0 && 2 * 6_745 * distance > 35_000 * spread).then(|| median.div_euclid(2))
}

/// A count far from the ward's own last quarters.
pub(super) fn own_outlier<H: History + ?Sized>(context: &Context<'_, H>, quarters: i32, ledger: &mut Ledger<'_>) {
    let sheet = &context.sheet;
    for (at, figure) in sheet.observations.iter().enumerate() {
        let Some((indicator, key)) = sheet.indicator(&figure.indicator).zip(sheet.catalogue.find(&figure.indicator))
        else {
            continue;
        };
        let own = sheet.find(&figure.indicator, Pick::ACTUAL).is_some_and(|(found, _)| found == at);
        let counted = indicator.kind == IndicatorKind::Measure
            && matches!(indicator.unit, Unit::Count | Unit::Vnd)
            && indicator.over_time != OverTime::None;
        if !own || !counted || indicator.per_project {
            continue;
        }
        let before = |count| context.past(context.quarter.earlier(count)?, key);
        let sample: Vec<i128> = (1..=LOOK_BACK).filter_map(before).collect();
        if i32::try_from(sample.len()).is_ok_and(|found| found < quarters) {
            ledger.skip(Skip::FewerQuarters(quarters));
            continue;
        }
        ledger.test();
        let value = figure.value.ten_thousandths();
        if let Some(median) = beyond(value, &sample) {
            ledger.raise(Raised {
                about: figure.indicator.clone(),
                left: Some(plain(value)),
                right: Some(plain(median)),
                difference: Some(plain(value - median)),
                figures: sheet.involved(at).into_iter().collect(),
                words: vec![("name", name(indicator)), ("count", Said::count(sample.len()))],
                ..Raised::default()
            });
        }
    }
}

/// What happened per thousand residents, far from the band of the wards under the same parent. Asked only of a ward
/// that has enough quarters of its own: a new ward's first quarters are short.
pub(super) fn peer_band<H: History + ?Sized>(
    context: &Context<'_, H>,
    (of, per): (&str, &str),
    (quarters, peers): (i32, usize),
    ledger: &mut Ledger<'_>,
) {
    let (sheet, history) = (&context.sheet, context.history);
    let Some((at, value)) = sheet.actual(of) else {
        ledger.skip(Skip::Missing(vec![of.to_owned()]));
        return;
    };
    let (Some(of), Some(per_key)) = (sheet.catalogue.find(of), sheet.catalogue.find(per)) else { return };
    let before = |count: &i32| context.quarter.earlier(*count).and_then(|quarter| context.past(quarter, of)).is_some();
    if i32::try_from((1..=LOOK_BACK).filter(before).count()).is_ok_and(|found| found < quarters) {
        ledger.skip(Skip::FewerQuarters(quarters));
        return;
    }
    let stated = sheet.actual(per).map(|(_, value)| value.ten_thousandths());
    let Some(residents) = stated.or_else(|| Some(context.latest(per_key, POPULATION_QUARTERS)?.1)).filter(|of| *of > 0)
    else {
        ledger.skip(Skip::Missing(vec![per.to_owned()]));
        return;
    };
    let per_thousand =
        |of: i128, residents: i128| of.checked_mul(10_000_000).map(|scaled| scaled.div_euclid(residents));
    let sample = |quarter: Quarter| -> Vec<i128> {
        let rate = |peer: &AreaKey| {
            let back = |indicator: IndicatorKey| {
                (0..=POPULATION_QUARTERS).find_map(|count| history.figure(*peer, quarter.earlier(count)?, indicator))
            };
            let residents = back(per_key)?.ten_thousandths();
            let of = history.figure(*peer, quarter, of)?.ten_thousandths();
            (residents > 0).then(|| per_thousand(of, residents)).flatten()
        };
        context.peers(quarter).iter().filter(|peer| **peer != context.ward).filter_map(rate).collect()
    };
    // While a quarter is being reported, the quarter before is what there is to compare with.
    let found = [Some(context.quarter), context.quarter.previous()]
        .into_iter()
        .flatten()
        .map(sample)
        .find(|sample| sample.len() >= peers);
    let (Some(sample), Some(own)) = (found, per_thousand(value.ten_thousandths(), residents)) else {
        ledger.skip(Skip::Because("too few peers with figures"));
        return;
    };
    ledger.test();
    if let Some(median) = beyond(own, &sample) {
        ledger.raise(Raised {
            left: Some(plain(own)),
            right: Some(plain(median)),
            difference: Some(plain(own - median)),
            figures: sheet.involved(at).into_iter().collect(),
            words: vec![("count", Said::count(sample.len()))],
            ..Raised::default()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_earlier_slip_does_not_blind_the_score() {
        // Median 104.5, MAD 2.5: the limit is 3.5 × 2.5 ÷ 0.6745 = 12.97 off, so 117 lies within and 118 beyond.
        let sample = [100, 102, 103, 104, 105, 107, 107, 1_000].map(|value| value * 10_000);
        assert_eq!(beyond(1_170_000, &sample), None);
        assert_eq!(beyond(1_180_000, &sample), Some(1_045_000));
        assert_eq!(beyond(50_000, &sample), Some(1_045_000));
        assert_eq!(beyond(70_000, &[50_000; 8]), None);
        assert_eq!(beyond(70_000, &[]), None);
    }
}
