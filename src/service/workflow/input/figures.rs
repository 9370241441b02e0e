//! Figures as they are entered, and the observations that they make.

use std::collections::HashMap;

use super::{find, refused, unknown};
use crate::domain::decimal::{Decimal, DecimalError};
use crate::domain::entry::{Entered, FigureInput};
use crate::domain::indicator::{Catalogue, Indicator, IndicatorKind, Nature, Unit};
use crate::domain::observation::{Observation, Operator, Origin};
use crate::error::{Code, FieldError, Result, Text};
use crate::text;

pub(super) fn template(indicator: &Indicator, figure: &FigureInput) -> Observation {
    Observation {
        indicator: indicator.code.clone(),
        nature: figure.nature.unwrap_or(indicator.nature),
        operator: figure.operator.unwrap_or(Operator::Equal),
        value: Decimal::from(0),
        span: figure.span.unwrap_or(indicator.span),
        origin: figure.origin.unwrap_or(Origin::Stated),
        reference_period: figure.reference_period.clone(),
        project: figure.project.clone(),
        method: figure.method,
        synthetic: false,
        instruction: figure.instruction,
        note: figure.note.clone(),
        mentions: figure.mentions.clone(),
    }
}

/// The observations that entered figures make: a rate's counts are written to its two measures.
pub(super) fn figures(catalogue: &Catalogue, entered: &[FigureInput]) -> Result<Vec<Observation>> {
    let mut reading = Reading { catalogue, made: Vec::new(), from: HashMap::new(), faults: Vec::new() };
    for (at, figure) in entered.iter().enumerate() {
        reading.figure(at, figure);
    }
    if reading.faults.is_empty() { Ok(reading.made) } else { Err(refused(reading.faults)) }
}

/// Where a figure came from: the entry, and whether it was entered itself or as the count of a rate.
#[derive(Clone, Copy)]
struct Source {
    at: usize,
    itself: bool,
}

struct Reading<'a> {
    catalogue: &'a Catalogue,
    made: Vec<Observation>,
    from: HashMap<usize, Source>,
    faults: Vec<FieldError>,
}

impl Reading<'_> {
    fn fault(&mut self, at: usize, member: &str, code: Code, detail: Text) {
        self.faults.push(FieldError { pointer: format!("/observations/{at}/{member}"), code, detail });
    }

    fn figure(&mut self, at: usize, figure: &FigureInput) {
        let Some(indicator) = find(self.catalogue, &figure.indicator).cloned() else {
            self.faults.push(unknown(at, &figure.indicator));
            return;
        };
        let shape = template(&indicator, figure);
        if matches!(shape.nature, Nature::Target | Nature::Registered) && shape.reference_period.is_none() {
            let detail = text!(
                "Chỉ tiêu phấn đấu hoặc đăng ký cần năm, như 2024.",
                "A target or a pledge needs its year, such as 2024."
            );
            self.fault(at, "referencePeriod", Code::MissingParameter, detail);
        }
        let value = self.number(at, "value", figure.value.as_ref());
        let above = self.number(at, "numerator", figure.numerator.as_ref());
        let below = self.number(at, "denominator", figure.denominator.as_ref());
        let code = &indicator.code;
        match indicator.kind {
            IndicatorKind::Derived => {
                let detail = text!(
                    "{code} được tính từ chỉ tiêu khác, không nhập.",
                    "{code} is computed from other indicators and not entered."
                );
                self.fault(at, "indicator", Code::NotMeaningful, detail);
            }
            IndicatorKind::Measure => {
                if figure.numerator.is_some() || figure.denominator.is_some() {
                    let detail = text!("{code} là số đếm: ghi vào value.", "{code} is a measure: put it into value.");
                    self.fault(at, "numerator", Code::NotMeaningful, detail);
                }
                match value {
                    Some(value) if indicator.unit != Unit::PerWeek && value.as_integer().is_none() => {
                        let detail = text!(
                            "{code} phải là số nguyên, không phải {value}.",
                            "{code} must be a whole number, not {value}."
                        );
                        self.fault(at, "value", Code::NotMeaningful, detail);
                    }
                    Some(value) => self.push(at, Observation { value, ..shape }, "value", true),
                    None if figure.value.is_none() => {
                        let detail = text!("Thiếu số liệu.", "The figure is missing.");
                        self.fault(at, "value", Code::MissingParameter, detail);
                    }
                    None => {}
                }
            }
            IndicatorKind::Rate => self.rate(at, figure, &indicator, shape, [value, above, below]),
        }
    }

    fn rate(
        &mut self,
        at: usize,
        figure: &FigureInput,
        indicator: &Indicator,
        shape: Observation,
        [value, above, below]: [Option<Decimal>; 3],
    ) {
        let code = &indicator.code;
        if figure.numerator.is_some() != figure.denominator.is_some() {
            let missing = if figure.numerator.is_some() { "denominator" } else { "numerator" };
            let detail = text!("{code} cần cả tử số và mẫu số.", "{code} needs both counts.");
            self.fault(at, missing, Code::MissingParameter, detail);
            return;
        }
        if figure.value.is_none() && figure.numerator.is_none() {
            let detail = text!(
                "Thiếu số liệu: cần tử số và mẫu số, hoặc tỷ lệ.",
                "The figure is missing: give both counts, or the rate."
            );
            self.fault(at, "value", Code::MissingParameter, detail);
        }
        if let (Some(above), Some(below)) = (above, below) {
            match (above.as_integer(), below.as_integer()) {
                (Some(upper), Some(lower)) if upper <= lower => self.counts(at, indicator, &shape, [above, below]),
                (Some(upper), Some(lower)) => {
                    let detail = text!(
                        "Tử số {upper} lớn hơn mẫu số {lower}.",
                        "The numerator {upper} is above the denominator {lower}."
                    );
                    self.fault(at, "numerator", Code::NotMeaningful, detail);
                }
                _ => {
                    let detail =
                        text!("Tử số và mẫu số phải là số nguyên.", "Numerator and denominator must be whole numbers.");
                    self.fault(at, "numerator", Code::NotMeaningful, detail);
                }
            }
        }
        match value {
            Some(percent) if percent.ten_thousandths() > 1_000_000 => {
                let detail = text!("Tỷ lệ {percent}% lớn hơn 100%.", "The rate {percent} % is above 100 %.");
                self.fault(at, "value", Code::NotMeaningful, detail);
            }
            Some(value) => self.push(at, Observation { value, ..shape }, "value", true),
            None => {}
        }
    }

    fn counts(&mut self, at: usize, indicator: &Indicator, shape: &Observation, counts: [Decimal; 2]) {
        let parts = [indicator.numerator.as_deref(), indicator.denominator.as_deref()];
        for ((part, value), member) in parts.into_iter().zip(counts).zip(["numerator", "denominator"]) {
            let Some(measure) = part.and_then(|code| find(self.catalogue, code)).cloned() else { continue };
            if measure.kind == IndicatorKind::Derived {
                let (name, parts) = (&measure.code, [&*measure.plus, &*measure.minus].concat().join(", "));
                let detail = text!(
                    "{name} được tính từ {parts}: nhập riêng các số đó, ở đây chỉ ghi tỷ lệ.",
                    "{name} is computed from {parts}: enter those by themselves and only the rate here."
                );
                self.fault(at, member, Code::NotMeaningful, detail);
                continue;
            }
            let figure = Observation {
                indicator: measure.code,
                operator: Operator::Equal,
                span: measure.span,
                value,
                note: None,
                ..shape.clone()
            };
            self.push(at, figure, member, false);
        }
    }

    /// Adds a figure. What a rate brings along as its count may be entered again, if it is the same.
    fn push(&mut self, at: usize, figure: Observation, member: &str, itself: bool) {
        let Some(known) = self.made.iter().position(|known| known.is_same_figure(&figure)) else {
            self.from.insert(self.made.len(), Source { at, itself });
            self.made.push(figure);
            return;
        };
        let (Some(first), Some(before)) = (self.from.get(&known).copied(), self.made.get_mut(known)) else { return };
        let (code, place) = (figure.indicator.clone(), first.at);
        if first.itself && itself {
            let detail =
                text!("{code} đã nhập ở /observations/{place}.", "{code} has been entered at /observations/{place}.");
            self.fault(at, "indicator", Code::NotMeaningful, detail);
        } else if before.value.ten_thousandths() != figure.value.ten_thousandths() {
            let (given, value) = (figure.value, before.value);
            let detail = text!(
                "{code} là {given} ở đây nhưng {value} ở /observations/{place}.",
                "{code} is {given} here but {value} at /observations/{place}."
            );
            self.fault(at, member, Code::NotMeaningful, detail);
        } else if itself {
            // What was entered itself carries the sentences that state it.
            *before = figure;
            self.from.insert(known, Source { at, itself });
        }
    }

    fn number(&mut self, at: usize, member: &str, entered: Option<&Entered>) -> Option<Decimal> {
        let text = entered?.as_str();
        let detail = match text.parse::<Decimal>() {
            Ok(number) => return Some(number),
            Err(DecimalError::NotANumber) => text!(
                "“{text}” không phải là số (viết như 1234 hoặc 77.5).",
                "“{text}” is not a number (write 1234 or 77.5)."
            ),
            Err(DecimalError::Negative) => {
                text!("“{text}” là số âm; số liệu không âm.", "“{text}” is negative; figures never are.")
            }
            Err(DecimalError::TooLarge) => {
                text!("“{text}” vượt quá 9007199254740991.", "“{text}” is above 9007199254740991.")
            }
            Err(DecimalError::TooPrecise) => {
                text!("“{text}” có quá bốn chữ số thập phân.", "“{text}” has more than four decimals.")
            }
        };
        self.fault(at, member, Code::NotMeaningful, detail);
        None
    }
}
