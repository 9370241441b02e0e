//! A filled sheet as a draft.

use std::sync::Arc;

use super::edit::{Edit, edit};
use super::input::bounded;
use super::{Desk, Place, Precondition, View};
use crate::domain::policy::{Action, authorize};
use crate::domain::report::ReportDocument;
use crate::error::{Code, Error, Result};
use crate::service::figure_input::{Field, Place as _};
use crate::service::spreadsheet::{Kind, SheetFigures, read_figures};
use crate::service::{Actor, App};
use crate::snapshot::Snapshot;

/// What became of an upload.
#[derive(Debug)]
pub struct Uploaded {
    /// The report as it now is.
    pub view: View,
    /// Whether it was begun by this.
    pub begun: bool,
    /// Headings of the file that mean nothing here.
    pub ignored_columns: Vec<String>,
}

/// Puts the figures of a file into a report: they replace the same figures, and everything else stays.
///
/// # Errors
/// As [`edit`], and `invalidFile` with every fault and its cell; nothing is changed then.
pub async fn upload(
    app: &App,
    snapshot: &Arc<Snapshot>,
    actor: &Actor,
    place: &Place,
    precondition: Precondition,
    (bytes, kind): (Vec<u8>, Kind),
) -> Result<Uploaded> {
    // Reading a file is work, which is not done for whoever may not write here.
    let scope = authorize(&actor.caller, Action::DraftWrite)?;
    let desk = Desk::of(app, snapshot, actor, place);
    if !desk.reached_by(&scope, true) {
        return Err(desk.not_yours());
    }
    let (published, ward, quarter) = (Arc::clone(snapshot), place.ward, place.quarter);
    let read = tokio::task::spawn_blocking(move || read_figures(&bytes, kind, &published, ward, quarter));
    let sheet = read.await.map_err(Error::internal)??;
    let ignored_columns = sheet.ignored_columns.clone();
    let (view, begun) = edit(app, snapshot, actor, place, precondition, Edit::Fill(sheet)).await?;
    Ok(Uploaded { view, begun, ignored_columns })
}

/// A document with the figures of a sheet in place of the same ones.
///
/// # Errors
/// `invalidFile` where a figure is about a project that the document does not list, and what no report may be.
pub(super) fn filled(before: &ReportDocument, sheet: &SheetFigures) -> Result<ReportDocument> {
    let mut after = before.clone();
    for figure in &sheet.observations {
        figure.clone().put_into(&mut after.observations);
    }
    let given = sheet.figures.iter().map(|(figure, place)| (figure.project.as_deref(), place.pointer(Field::Project)));
    bounded(&after, given).map_err(|error| match error.code() {
        Code::NotMeaningful => {
            Error::new(Code::InvalidFile, error.detail().clone()).with_fields(error.fields().to_vec())
        }
        _ => error,
    })?;
    Ok(after)
}
