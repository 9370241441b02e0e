//! What a ward sends as its report: the document's own form, with figures as people enter them.

mod figures;

use serde_json::{Map, Value};

use super::Place;
use crate::domain::aggregate::Published as _;
use crate::domain::entry::FigureInput;
use crate::domain::observation::Observation;
use crate::domain::report::ReportDocument;
use crate::domain::text::nfc;
use crate::error::{Code, Error, FieldError, Result};
use crate::service::figure_input::{Element, known};
use crate::service::json::{from_value, invalid, normalised};
use crate::snapshot::Snapshot;
use crate::text;
use figures::{figures, named};

/// Figures in one report; the longest real one has about fifty.
const MAX_FIGURES: usize = 1_000;
/// Entries of any other list of a report.
const MAX_ENTRIES: usize = 500;

/// The whole document that a body holds.
///
/// # Errors
/// `invalidBody` for what has not the documented form, `notMeaningful` and `indicatorNotFound` with every figure that
/// cannot be, each with its pointer.
pub(super) fn whole(snapshot: &Snapshot, place: &Place, body: Value) -> Result<ReportDocument> {
    let mut members = members(place, body)?;
    let entered = entered(members.remove("observations"))?;
    if let Some(at) = entered.iter().position(|figure| figure.remove) {
        let pointer = format!("/observations/{at}/remove");
        return Err(invalid(&pointer, text!("remove chỉ dùng với PATCH.", "remove is for PATCH only.")));
    }
    let figures = figures(snapshot.catalogue(), entered.iter().enumerate())?;
    document(place, members, figures)
}

/// A document with what a body holds merged in: members replace members (RFC 7396), figures the same figures.
///
/// # Errors
/// As [`whole`].
pub(super) fn merged(
    snapshot: &Snapshot,
    place: &Place,
    before: &ReportDocument,
    body: Value,
) -> Result<ReportDocument> {
    let mut given = members(place, body)?;
    let entered = entered(given.remove("observations"))?;
    let (removed, kept): (Vec<_>, Vec<_>) = entered.iter().enumerate().partition(|(_, figure)| figure.remove);
    let catalogue = snapshot.catalogue();
    let mut observations = before.observations.clone();
    for (at, figure) in removed {
        let place = Element { list: "/observations", position: at };
        let indicator = known(catalogue, &figure.indicator, &place).map_err(one)?;
        let key = named(indicator, figure);
        let known = observations.len();
        observations.retain(|observation| !observation.is_same_figure(&key));
        if observations.len() == known {
            let detail = text!("Báo cáo không có số liệu này.", "The report has no such figure.");
            return Err(one(FieldError { pointer: format!("/observations/{at}"), code: Code::NotMeaningful, detail }));
        }
    }
    let new = figures(catalogue, kept)?;
    for figure in new {
        figure.put_into(&mut observations);
    }
    let before = serde_json::to_value(before).map_err(Error::internal)?;
    let Value::Object(mut all) = before else { return Err(Error::internal("a document that is no object")) };
    all.remove("observations");
    for (name, value) in given {
        merge(&mut all, name, value);
    }
    document(place, all, observations)
}

/// RFC 7396: null takes away, objects merge, everything else replaces.
fn merge(into: &mut Map<String, Value>, name: String, value: Value) {
    match (value, into.get_mut(&name)) {
        (Value::Null, _) => drop(into.remove(&name)),
        (Value::Object(members), Some(Value::Object(known))) => {
            for (name, value) in members {
                merge(known, name, value);
            }
        }
        (value, _) => drop(into.insert(name, value)),
    }
}

/// The members of a body but its place, which the address names and which the body may repeat.
fn members(place: &Place, body: Value) -> Result<Map<String, Value>> {
    let Value::Object(mut members) = normalised(body) else {
        return Err(invalid("", text!("Nội dung phải là đối tượng JSON.", "The body must be a JSON object.")));
    };
    for (name, expected) in [("ward", place.code.clone()), ("quarter", place.quarter.to_string())] {
        if members.remove(name).is_some_and(|given| given.as_str() != Some(&*expected)) {
            let detail = text!(
                "{name} phải là {expected} như báo cáo được gọi, hoặc bỏ đi.",
                "{name} must be {expected}, which is the report that is written, or be left out."
            );
            return Err(invalid(&format!("/{name}"), detail));
        }
    }
    Ok(members)
}

fn entered(given: Option<Value>) -> Result<Vec<FigureInput>> {
    let Some(given) = given else { return Ok(Vec::new()) };
    if given.as_array().is_some_and(|figures| figures.len() > MAX_FIGURES) {
        return Err(too_many(Code::InvalidBody));
    }
    from_value(given, "/observations")
}

fn document(place: &Place, mut members: Map<String, Value>, figures: Vec<Observation>) -> Result<ReportDocument> {
    for (name, value) in &members {
        if value.as_array().is_some_and(|entries| entries.len() > MAX_ENTRIES) {
            let detail = text!("{name} có nhiều nhất {MAX_ENTRIES} mục.", "{name} has at most {MAX_ENTRIES} entries.");
            return Err(invalid(&format!("/{name}"), detail));
        }
    }
    members.insert("ward".to_owned(), place.code.clone().into());
    members.insert("quarter".to_owned(), place.quarter.to_string().into());
    let mut document: ReportDocument = from_value(Value::Object(members), "")?;
    document.observations = figures;
    let given = document.observations.iter().enumerate();
    let given = given.map(|(at, figure)| (figure.project.as_deref(), format!("/observations/{at}/project")));
    bounded(&document, given)?;
    Ok(document)
}

/// Holds a document to what a report may be: so many figures, and none of a project that it does not list. The projects
/// come with where they were given.
///
/// # Errors
/// `notMeaningful`.
pub(super) fn bounded<'p>(
    document: &ReportDocument,
    given: impl Iterator<Item = (Option<&'p str>, String)>,
) -> Result<()> {
    if document.observations.len() > MAX_FIGURES {
        return Err(too_many(Code::NotMeaningful));
    }
    let lost = |(project, pointer): (Option<&str>, String)| {
        let project = project.map(nfc).filter(|code| !code.is_empty())?;
        let known = document.projects.iter().any(|known| known.code == project);
        let detail = text!(
            "Báo cáo không có dự án “{project}” trong projects: thêm dự án vào báo cáo trước.",
            "The report has no project “{project}” among its projects: add the project to the report first."
        );
        (!known).then_some(FieldError { pointer, code: Code::NotMeaningful, detail })
    };
    let faults: Vec<_> = given.filter_map(lost).collect();
    if faults.is_empty() { Ok(()) } else { Err(refused(faults)) }
}

fn too_many(code: Code) -> Error {
    let detail =
        text!("Một báo cáo có nhiều nhất {MAX_FIGURES} số liệu.", "A report has at most {MAX_FIGURES} figures.");
    Error::new(code, detail.clone()).at("/observations", code, detail)
}

fn refused(faults: Vec<FieldError>) -> Error {
    let count = faults.len();
    let detail = text!("{count} số liệu không nhập được.", "{count} figures cannot be taken.");
    let code = faults.first().map_or(Code::NotMeaningful, |fault| fault.code);
    let code = if code == Code::IndicatorNotFound { code } else { Code::NotMeaningful };
    Error::new(code, detail).with_fields(faults)
}

fn one(fault: FieldError) -> Error {
    refused(vec![fault])
}
