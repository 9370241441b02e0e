//! What no single figure shows: a count above the count that it is a part of.

use std::collections::HashMap;

use crate::domain::indicator::Catalogue;
use crate::domain::observation::Observation;
use crate::error::Text;
use crate::text;

/// A numerator above its denominator.
#[derive(Debug)]
pub struct Excess<'c> {
    /// Where it was given: what `given` told of the one of the two that was.
    pub place: usize,
    /// The code of that one.
    pub indicator: &'c str,
    /// Whether that is the numerator.
    pub of_numerator: bool,
    /// What is wrong.
    pub detail: Text,
}

/// The figures that put a numerator above its denominator among all that there are, where one of the two was given: the
/// numerator if both were. `given` says of a position among the observations where that figure was given, if it was.
pub fn excesses<'c>(
    catalogue: &'c Catalogue,
    observations: &[Observation],
    given: impl Fn(usize) -> Option<usize>,
) -> Vec<Excess<'c>> {
    let mut by_code: HashMap<&str, Vec<usize>> = HashMap::with_capacity(observations.len());
    for (at, figure) in observations.iter().enumerate() {
        by_code.entry(&figure.indicator).or_default().push(at);
    }
    let all = |code: &str| {
        let positions = by_code.get(code).map(Vec::as_slice).unwrap_or_default();
        positions.iter().filter_map(|at| Some((*at, observations.get(*at)?)))
    };
    let alike = |above: &Observation, below: &Observation| {
        below.nature == above.nature
            && below.span == above.span
            && below.reference_period == above.reference_period
            && below.project == above.project
    };
    let rates = catalogue.iter().filter_map(|(_, rate)| rate.numerator.as_deref().zip(rate.denominator.as_deref()));
    let mut found = Vec::new();
    for (numerator, denominator) in rates {
        for (above_at, above) in all(numerator) {
            let Some((below_at, below)) = all(denominator).find(|(_, below)| alike(above, below)) else { continue };
            let plain = !above.operator.is_bound() && !below.operator.is_bound();
            if !plain || above.value.ten_thousandths() <= below.value.ten_thousandths() {
                continue;
            }
            let of_above = given(above_at).map(|place| (place, numerator, true));
            let of_below = || given(below_at).map(|place| (place, denominator, false));
            let Some((place, indicator, of_numerator)) = of_above.or_else(of_below) else { continue };
            let (over, under) = (above.value, below.value);
            let detail = text!(
                "{numerator} ({over}) lớn hơn {denominator} ({under}).",
                "{numerator} ({over}) is above {denominator} ({under})."
            );
            found.push(Excess { place, indicator, of_numerator, detail });
        }
    }
    found
}
