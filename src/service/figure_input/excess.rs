//! What no single figure shows: a count above the count that it is a part of.

use crate::domain::indicator::Catalogue;
use crate::domain::observation::Observation;
use crate::error::{Code, FieldError};
use crate::text;

/// The figures that were given and put a numerator above its denominator among all that there are, whichever of the two
/// was given. `given` says where a figure was, if it was.
pub fn excesses(
    catalogue: &Catalogue,
    observations: &[Observation],
    given: impl Fn(&Observation) -> Option<String>,
) -> Vec<FieldError> {
    let companion = |above: &Observation, code: &str| {
        observations.iter().find(|below| {
            below.indicator == code
                && below.nature == above.nature
                && below.span == above.span
                && below.reference_period == above.reference_period
                && below.project == above.project
        })
    };
    let rates = catalogue.iter().filter_map(|(_, rate)| rate.numerator.as_deref().zip(rate.denominator.as_deref()));
    let mut faults = Vec::new();
    for (numerator, denominator) in rates {
        for above in observations.iter().filter(|above| above.indicator == numerator) {
            let Some(below) = companion(above, denominator) else { continue };
            let plain = !above.operator.is_bound() && !below.operator.is_bound();
            if !plain || above.value.ten_thousandths() <= below.value.ten_thousandths() {
                continue;
            }
            let Some(pointer) = given(above).or_else(|| given(below)) else { continue };
            let (over, under) = (above.value, below.value);
            let detail = text!(
                "{numerator} ({over}) lớn hơn {denominator} ({under}).",
                "{numerator} ({over}) is above {denominator} ({under})."
            );
            faults.push(FieldError { pointer, code: Code::NotMeaningful, detail });
        }
    }
    faults
}
