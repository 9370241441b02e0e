//! What figures become: observations, each once, with its place.

use std::collections::HashMap;

use super::{Field, GivenFigure, Place};
use crate::domain::decimal::Decimal;
use crate::domain::indicator::{Catalogue, Indicator, IndicatorKind, Nature, Unit};
use crate::domain::observation::{FigureKey, Observation, Operator, Origin};
use crate::domain::text::nfc;
use crate::error::{Code, FieldError, Text};
use crate::service::read::unknown_indicator;
use crate::text;

/// Bytes of a quote, a note or a name.
const MAX_TEXT: usize = 2_000;
/// A hundred, in the ten-thousandths that rates are compared in.
const HUNDRED: i128 = 1_000_000;

/// A figure that was met: in which row, and whether a row of its own gave it.
#[derive(Debug, Clone)]
struct Seen<P> {
    place: P,
    own_row: bool,
    /// Its position among the observations; nothing for a rate whose row gave its counts only.
    position: Option<usize>,
}

/// The figures of one ward's quarter while they are read.
#[derive(Debug)]
pub struct Figures<'c, P> {
    catalogue: &'c Catalogue,
    need_years: bool,
    seen: HashMap<FigureKey, Seen<P>>,
    observations: Vec<Observation>,
    last: Vec<usize>,
}

/// The observations that figures become, in the order in which they were given; counts before the rate that brings them.
///
/// # Errors
/// Every fault, each with its place.
pub fn into_observations<P: Place>(
    catalogue: &Catalogue,
    inputs: impl IntoIterator<Item = (GivenFigure, P)>,
) -> Result<Vec<Observation>, Vec<FieldError>> {
    let mut figures = Figures::new(catalogue);
    let mut faults = Vec::new();
    for (input, place) in inputs {
        figures.add(input, place, &mut faults);
    }
    if faults.is_empty() { Ok(figures.observations) } else { Err(faults) }
}

/// The indicator that a figure names.
///
/// # Errors
/// `indicatorNotFound`.
pub fn known<'c, P: Place>(catalogue: &'c Catalogue, code: &str, place: &P) -> Result<&'c Indicator, FieldError> {
    catalogue
        .find(code)
        .and_then(|key| catalogue.get(key))
        .ok_or_else(|| refuse(place, Field::Indicator, Code::IndicatorNotFound, unknown_indicator(code)))
}

/// A rate's two counts: the measure, the count, and which of the two it is.
type Counts = [(String, Decimal, Field); 2];
type Outcome = Result<(), FieldError>;

fn refuse<P: Place>(place: &P, field: Field, code: Code, detail: Text) -> FieldError {
    FieldError { pointer: place.pointer(field), code, detail }
}

impl<'c, P: Place> Figures<'c, P> {
    /// No figures yet.
    #[must_use]
    pub fn new(catalogue: &'c Catalogue) -> Self {
        Self { catalogue, need_years: false, seen: HashMap::new(), observations: Vec::new(), last: Vec::new() }
    }

    /// No figures yet of a report that is being written, where targets and pledges need their year: they are yearly figures
    /// in a quarter's report, and whoever writes it knows the year.
    #[must_use]
    pub fn of_report(catalogue: &'c Catalogue) -> Self {
        Self { need_years: true, ..Self::new(catalogue) }
    }

    /// The observations so far.
    #[must_use]
    pub fn observations(&self) -> &[Observation] {
        &self.observations
    }

    /// The observations.
    #[must_use]
    pub fn into_observations(self) -> Vec<Observation> {
        self.observations
    }

    /// Where those observations stand that the figure taken last brought, or said again.
    #[must_use]
    pub fn last(&self) -> &[usize] {
        &self.last
    }

    /// Takes one figure, or says what is wrong with it.
    pub fn add(&mut self, input: GivenFigure, place: P, faults: &mut Vec<FieldError>) {
        let before = faults.len();
        self.last.clear();
        let input = texts(input, &place, faults);
        let indicator = match known(self.catalogue, &input.indicator, &place) {
            Ok(indicator) => indicator,
            Err(fault) => return faults.push(fault),
        };
        let nature = input.nature.unwrap_or(indicator.nature);
        if self.need_years && matches!(nature, Nature::Target | Nature::Registered) && input.reference_period.is_none()
        {
            let detail = text!(
                "Chỉ tiêu phấn đấu hoặc đăng ký cần năm, như 2024.",
                "A target or a pledge needs its year, such as 2024."
            );
            faults.push(refuse(&place, Field::ReferencePeriod, Code::MissingParameter, detail));
        }
        if faults.len() > before {
            return;
        }
        let taken = match indicator.kind {
            IndicatorKind::Rate => self.rate(indicator, input, &place),
            IndicatorKind::Measure => self.measure(indicator, input, &place),
            IndicatorKind::Derived => {
                let code = &indicator.code;
                let detail = text!(
                    "{code} được tính từ chỉ tiêu khác, không nhập.",
                    "{code} is computed from other indicators and not entered."
                );
                Err(refuse(&place, Field::Indicator, Code::NotMeaningful, detail))
            }
        };
        faults.extend(taken.err());
    }

    fn measure(&mut self, indicator: &Indicator, input: GivenFigure, place: &P) -> Outcome {
        let code = &indicator.code;
        if let Some(field) =
            [(input.numerator, Field::Numerator), (input.denominator, Field::Denominator)].into_iter().find_map(given)
        {
            let detail =
                text!("{code} là số đếm: ghi vào cột value.", "{code} is a measure: put it in the column value.");
            return Err(refuse(place, field, Code::NotMeaningful, detail));
        }
        let value = input.value.ok_or_else(|| {
            let detail = text!("Thiếu số liệu.", "The figure is missing.");
            refuse(place, Field::Value, Code::MissingParameter, detail)
        })?;
        if indicator.unit != Unit::PerWeek && value.as_integer().is_none() {
            let detail =
                text!("{code} phải là số nguyên, không phải {value}.", "{code} must be a whole number, not {value}.");
            return Err(refuse(place, Field::Value, Code::NotMeaningful, detail));
        }
        self.push(shape(indicator, input, value), place, Field::Value, true)
    }

    fn rate(&mut self, indicator: &Indicator, mut input: GivenFigure, place: &P) -> Outcome {
        if let Some(percent) = input.value
            && percent.ten_thousandths() > HUNDRED
        {
            let detail = text!("Tỷ lệ {percent}% lớn hơn 100%.", "The rate {percent} % is above 100 %.");
            return Err(refuse(place, Field::Value, Code::NotMeaningful, detail));
        }
        let counts = counts(indicator, &input, place)?;
        let stated = input.value;
        if stated.is_none() && counts.is_none() {
            let detail = text!(
                "Thiếu số liệu: cần tử số và mẫu số, hoặc tỷ lệ.",
                "The figure is missing: give both counts, or the rate."
            );
            return Err(refuse(place, Field::Value, Code::MissingParameter, detail));
        }
        // The words that state a rate go with the rate; where only its counts are given, they state those.
        let (mentions, note) = if stated.is_some() {
            (std::mem::take(&mut input.mentions), input.note.take())
        } else {
            (Vec::new(), None)
        };
        for (code, count, field) in counts.into_iter().flatten() {
            let Some(measure) = self.catalogue.find(&code).and_then(|key| self.catalogue.get(key)) else { continue };
            if measure.kind == IndicatorKind::Derived {
                let (name, parts) = (&measure.code, [&*measure.plus, &*measure.minus].concat().join(", "));
                let detail = text!(
                    "{name} được tính từ {parts}: ghi các số đó ở dòng riêng, ở đây chỉ ghi tỷ lệ.",
                    "{name} is computed from {parts}: put those in rows of their own and only the rate here."
                );
                return Err(refuse(place, field, Code::NotMeaningful, detail));
            }
            // A span that was chosen for the rate is that of its counts; otherwise each measure has its own.
            let span = input.span.filter(|span| *span != indicator.span).unwrap_or(measure.span);
            let figure = Observation {
                indicator: measure.code.clone(),
                operator: Operator::Equal,
                span,
                ..shape(indicator, input.clone(), count)
            };
            self.push(figure, place, field, false)?;
        }
        (input.mentions, input.note) = (mentions, note);
        let figure = shape(indicator, input, stated.unwrap_or(Decimal::from(0)));
        if stated.is_some() {
            return self.push(figure, place, Field::Value, true);
        }
        // The row stated no rate; it must still be the only row for this rate.
        let seen = Seen { place: place.clone(), own_row: true, position: None };
        self.seen.insert(FigureKey::from(&figure), seen).map_or(Ok(()), |first| Err(duplicate(place, &first.place)))
    }

    /// Adds a figure. A count that a rate's row brings along may be given again, if it is the same.
    fn push(&mut self, figure: Observation, place: &P, field: Field, own_row: bool) -> Outcome {
        let key = FigureKey::from(&figure);
        let Some(first) = self.seen.get_mut(&key) else {
            let position = Some(self.observations.len());
            self.seen.insert(key, Seen { place: place.clone(), own_row, position });
            self.last.push(self.observations.len());
            self.observations.push(figure);
            return Ok(());
        };
        if first.own_row && own_row {
            return Err(duplicate(place, &first.place));
        }
        let Some(at) = first.position else { return Ok(()) };
        let Some(known) = self.observations.get_mut(at) else { return Ok(()) };
        let same = known.value.ten_thousandths() == figure.value.ten_thousandths() && known.operator == figure.operator;
        if !same {
            let (code, given, before) = (&figure.indicator, shown(&figure), shown(known));
            let Text { vi, en } = first.place.name();
            let detail =
                text!("{code} là {given} ở đây nhưng {before} ở {vi}.", "{code} is {given} here but {before} in {en}.");
            return Err(refuse(place, field, place.contradiction(), detail));
        }
        if own_row {
            // The row that is about this figure knows its words and its origin.
            *known = figure;
            first.own_row = true;
        }
        self.last.push(at);
        Ok(())
    }
}

fn given((number, field): (Option<Decimal>, Field)) -> Option<Field> {
    number.map(|_| field)
}

fn shown(figure: &Observation) -> String {
    if figure.operator.is_bound() {
        format!("{} {}", figure.operator.as_str(), figure.value)
    } else {
        figure.value.to_string()
    }
}

fn duplicate<P: Place>(place: &P, first: &P) -> FieldError {
    let Text { vi, en } = first.name();
    let detail = text!("Dòng này lặp lại {vi}.", "This row repeats {en}.");
    refuse(place, Field::Indicator, place.contradiction(), detail)
}

/// The counts of a rate with the measures that they belong to, if they were given.
fn counts<P: Place>(rate: &Indicator, input: &GivenFigure, place: &P) -> Result<Option<Counts>, FieldError> {
    let code = &rate.code;
    let (above, below) = match (input.numerator, input.denominator) {
        (None, None) => return Ok(None),
        (Some(above), Some(below)) => (above, below),
        (above, _) => {
            let field = if above.is_some() { Field::Denominator } else { Field::Numerator };
            let detail = text!("{code} cần cả tử số và mẫu số.", "{code} needs both counts.");
            return Err(refuse(place, field, Code::MissingParameter, detail));
        }
    };
    let whole = [(above, Field::Numerator), (below, Field::Denominator)];
    if let Some((_, field)) = whole.into_iter().find(|(count, _)| count.as_integer().is_none()) {
        let detail = text!("Tử số và mẫu số phải là số nguyên.", "Numerator and denominator must be whole numbers.");
        return Err(refuse(place, field, Code::NotMeaningful, detail));
    }
    if above.ten_thousandths() > below.ten_thousandths() {
        let detail =
            text!("Tử số {above} lớn hơn mẫu số {below}.", "The numerator {above} is above the denominator {below}.");
        return Err(refuse(place, Field::Numerator, Code::NotMeaningful, detail));
    }
    let parts = rate.numerator.clone().zip(rate.denominator.clone());
    Ok(parts.map(|(over, under)| [(over, above, Field::Numerator), (under, below, Field::Denominator)]))
}

/// The observation that a figure of an indicator becomes with a value.
#[must_use]
pub fn shape(indicator: &Indicator, input: GivenFigure, value: Decimal) -> Observation {
    Observation {
        indicator: indicator.code.clone(),
        nature: input.nature.unwrap_or(indicator.nature),
        operator: input.operator,
        value,
        span: input.span.unwrap_or(indicator.span),
        origin: input.origin.unwrap_or(Origin::Stated),
        reference_period: input.reference_period,
        project: input.project,
        method: input.method,
        synthetic: input.synthetic,
        instruction: input.instruction,
        note: input.note,
        mentions: input.mentions,
    }
}

/// The same figure with its texts in normal form C, empty ones left out; unfit ones are told.
fn texts<P: Place>(mut input: GivenFigure, place: &P, faults: &mut Vec<FieldError>) -> GivenFigure {
    let mut take = |text: &str, field: Field| {
        let text = nfc(text);
        if text.contains('\0') || text.len() > MAX_TEXT {
            let detail =
                text!("Văn bản quá dài hoặc có ký tự NUL.", "The text is too long or contains a NUL character.");
            faults.push(refuse(place, field, Code::InvalidParameter, detail));
        }
        Some(text).filter(|text| !text.is_empty())
    };
    input.reference_period = input.reference_period.and_then(|text| take(&text, Field::ReferencePeriod));
    input.project = input.project.and_then(|text| take(&text, Field::Project));
    input.note = input.note.and_then(|text| take(&text, Field::Note));
    for mention in &mut input.mentions {
        mention.section = take(&mention.section, Field::Quote).unwrap_or_default();
        mention.quote = take(&mention.quote, Field::Quote).unwrap_or_default();
        mention.printed = mention.printed.as_deref().and_then(|text| take(text, Field::Quote));
    }
    input
}
