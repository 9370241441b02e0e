//! The rows of a request: every fault is found, each with its pointer.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

use crate::domain::aggregate::Published as _;
use crate::domain::area::AreaKey;
use crate::domain::decimal::Decimal;
use crate::domain::entry::{Entered, PushInput};
use crate::domain::indicator::Catalogue;
use crate::domain::observation::{FigureKey, Observation, Operator, Origin};
use crate::domain::quarter::Quarter;
use crate::error::{Code, Error, FieldError, Text};
use crate::service::figure_input::{Field, Figures, GivenFigure, Place, number};
use crate::service::workflow::place;
use crate::snapshot::Snapshot;
use crate::text;

/// Where a request has its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// In the list `observations` of its body.
    List,
    /// In its address, with the rest in its body.
    Address,
}

/// A row of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct At {
    source: Source,
    row: usize,
}

impl At {
    fn member(self, name: &str) -> String {
        match self.source {
            Source::List => format!("/observations/{}/{name}", self.row),
            Source::Address if matches!(name, "ward" | "quarter" | "indicator") => format!("{{{name}}}"),
            Source::Address => format!("/{name}"),
        }
    }
}

impl Place for At {
    fn pointer(&self, field: Field) -> String {
        self.member(field.as_str())
    }

    fn name(&self) -> Text {
        let row = self.row;
        text!("/observations/{row}", "/observations/{row}")
    }

    fn contradiction(&self) -> Code {
        Code::NotMeaningful
    }
}

/// The figures of one ward's quarter.
#[derive(Debug)]
pub(super) struct WardFigures {
    /// The ward's code.
    pub code: String,
    /// What the rows make.
    pub figures: Vec<Observation>,
    /// Where each of them was given.
    pub places: HashMap<FigureKey, String>,
    /// Where the ward is named.
    pub wards_at: Vec<String>,
    /// Where the quarter is named first.
    pub quarter_at: String,
}

impl WardFigures {
    /// Where the indicator of a figure is named: by its own row, or by the count that a rate's row brings.
    pub fn named_at(&self, figure: &Observation) -> String {
        let pointer = self.places.get(&FigureKey::from(figure)).map(String::as_str).unwrap_or_default();
        match pointer.strip_suffix("/value") {
            Some("") => "{indicator}".to_owned(),
            Some(row) => format!("{row}/indicator"),
            None => pointer.to_owned(),
        }
    }
}

/// Figures by ward and quarter.
pub(super) type Wards = BTreeMap<(AreaKey, Quarter), WardFigures>;

/// What was read of a request.
pub(super) struct Read {
    pub wards: Wards,
    pub faults: Vec<FieldError>,
}

/// A ward's quarter while it is read.
struct Reading<'c> {
    code: String,
    figures: Figures<'c, At>,
    places: HashMap<FigureKey, String>,
    wards_at: Vec<String>,
    quarter_at: String,
}

/// Reads the rows of a request; the wards must exist, and report, on the cut-off of their quarter.
pub(super) fn read(snapshot: &Snapshot, today: NaiveDate, source: Source, rows: &[PushInput]) -> Read {
    let mut faults = Vec::new();
    let mut reading: BTreeMap<(AreaKey, Quarter), Reading<'_>> = BTreeMap::new();
    let mut known: HashMap<(&str, &str), Option<(AreaKey, Quarter)>> = HashMap::new();
    for (row, input) in rows.iter().enumerate() {
        let at = At { source, row };
        let names = (input.ward.as_str(), input.quarter.as_str());
        let key = if let Some(Some(key)) = known.get(&names) {
            *key
        } else {
            let (ward_at, quarter_at) = (at.member("ward"), at.member("quarter"));
            match place(snapshot, today, (&ward_at, names.0), (&quarter_at, names.1)) {
                Ok(found) => {
                    let key = (found.ward, found.quarter);
                    known.insert(names, Some(key));
                    reading.entry(key).or_insert_with(|| Reading {
                        code: found.code,
                        figures: Figures::of_report(snapshot.catalogue()),
                        places: HashMap::new(),
                        wards_at: Vec::new(),
                        quarter_at,
                    });
                    key
                }
                Err(error) => {
                    faults.extend(told(&error, &ward_at));
                    continue;
                }
            }
        };
        let Some(ward) = reading.get_mut(&key) else { continue };
        ward.wards_at.push(at.member("ward"));
        let before = faults.len();
        let numbers = [
            (input.value.as_ref(), Field::Value),
            (input.numerator.as_ref(), Field::Numerator),
            (input.denominator.as_ref(), Field::Denominator),
        ]
        .map(|(entered, field)| decimal(entered, field, at, &mut faults));
        if faults.len() == before {
            ward.figures.add(given(input, numbers), at, &mut faults);
            for figure in ward.figures.last().iter().filter_map(|last| ward.figures.observations().get(*last)) {
                let field = at_field(snapshot.catalogue(), input, figure);
                ward.places.entry(FigureKey::from(figure)).or_insert_with(|| at.pointer(field));
            }
        }
    }
    let wards = reading.into_iter().map(|(key, Reading { code, figures, places, wards_at, quarter_at })| {
        (key, WardFigures { code, figures: figures.into_observations(), places, wards_at, quarter_at })
    });
    Read { wards: wards.collect(), faults }
}

/// Which member of its row gave a figure: a rate's row may bring its counts.
fn at_field(catalogue: &Catalogue, input: &PushInput, figure: &Observation) -> Field {
    if figure.indicator == input.indicator {
        return Field::Value;
    }
    let rate = catalogue.find(&input.indicator).and_then(|key| catalogue.get(key));
    let of_numerator = rate.and_then(|rate| rate.numerator.as_deref()) == Some(figure.indicator.as_str());
    if of_numerator { Field::Numerator } else { Field::Denominator }
}

/// What is wrong with the place of a row.
fn told(error: &Error, otherwise: &str) -> Vec<FieldError> {
    if !error.fields().is_empty() {
        return error.fields().to_vec();
    }
    vec![FieldError { pointer: otherwise.to_owned(), code: error.code(), detail: error.detail().clone() }]
}

fn decimal(entered: Option<&Entered>, field: Field, at: At, faults: &mut Vec<FieldError>) -> Option<Decimal> {
    let fault = |detail| FieldError { pointer: at.pointer(field), code: Code::NotMeaningful, detail };
    number(entered?.as_str()).map_err(|detail| faults.push(fault(detail))).ok()
}

fn given(input: &PushInput, [value, numerator, denominator]: [Option<Decimal>; 3]) -> GivenFigure {
    GivenFigure {
        nature: input.nature,
        operator: input.operator.unwrap_or(Operator::Equal),
        value,
        numerator,
        denominator,
        span: input.span,
        origin: Some(Origin::Pushed),
        reference_period: input.reference_period.clone(),
        method: input.method,
        note: input.note.clone(),
        ..GivenFigure::of(&*input.indicator)
    }
}
