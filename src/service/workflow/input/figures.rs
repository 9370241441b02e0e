//! Figures as a body enters them, and the observations that they make.

use super::refused;
use crate::domain::decimal::Decimal;
use crate::domain::entry::{Entered, FigureInput};
use crate::domain::indicator::{Catalogue, Indicator};
use crate::domain::observation::{Observation, Operator};
use crate::error::{Code, FieldError, Result};
use crate::service::figure_input::{Element, Field, Figures, GivenFigure, Place as _, number, shape};

/// The member of a report that holds its figures.
const LIST: &str = "/observations";

/// The figure that an entry names, whatever its number.
pub(super) fn named(indicator: &Indicator, entered: &FigureInput) -> Observation {
    shape(indicator, given(entered, [None; 3]), Decimal::from(0))
}

/// The observations that entered figures make, each entry with its position in the body.
///
/// # Errors
/// Every figure that cannot be, each with its pointer.
pub(super) fn figures<'e>(
    catalogue: &Catalogue,
    entered: impl IntoIterator<Item = (usize, &'e FigureInput)>,
) -> Result<Vec<Observation>> {
    let (mut figures, mut faults) = (Figures::of_report(catalogue), Vec::new());
    for (position, figure) in entered {
        let place = Element { list: LIST, position };
        let before = faults.len();
        let numbers = [
            (figure.value.as_ref(), Field::Value),
            (figure.numerator.as_ref(), Field::Numerator),
            (figure.denominator.as_ref(), Field::Denominator),
        ]
        .map(|(entered, field)| read(entered, field, place, &mut faults));
        if faults.len() == before {
            figures.add(given(figure, numbers), place, &mut faults);
        }
    }
    if faults.is_empty() { Ok(figures.into_observations()) } else { Err(refused(faults)) }
}

fn read(entered: Option<&Entered>, field: Field, place: Element<'_>, faults: &mut Vec<FieldError>) -> Option<Decimal> {
    let fault = |detail| FieldError { pointer: place.pointer(field), code: Code::NotMeaningful, detail };
    number(entered?.as_str()).map_err(|detail| faults.push(fault(detail))).ok()
}

fn given(entered: &FigureInput, [value, numerator, denominator]: [Option<Decimal>; 3]) -> GivenFigure {
    GivenFigure {
        indicator: entered.indicator.clone(),
        nature: entered.nature,
        operator: entered.operator.unwrap_or(Operator::Equal),
        value,
        numerator,
        denominator,
        span: entered.span,
        origin: entered.origin,
        reference_period: entered.reference_period.clone(),
        project: entered.project.clone(),
        method: entered.method,
        synthetic: entered.synthetic,
        instruction: entered.instruction,
        note: entered.note.clone(),
        mentions: entered.mentions.clone(),
    }
}
