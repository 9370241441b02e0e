//! Figures that agencies send for the wards: their own indicators, within their own areas, all of a request or nothing.
//!
//! They live beside what the wards write. A draft is offered them, a report that states something else must say why, and
//! no report is ever changed by them.

mod rows;
mod view;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use serde_json::{Map, Value};

pub use rows::Source;
pub use view::{PushedItem, PushedPage, PushedQuestion, pushed};

use self::rows::{Read, Wards, read};
use super::actor::reaches;
use super::idempotency::{Answered, Idempotent, once};
use super::lock::ensure_open;
use super::{Actor, App};
use crate::db::Conn;
use crate::db::audit::{self, Entry};
use crate::db::client::{self, Client};
use crate::db::head::take_head;
use crate::db::pushed::{self, New, Row, Sender};
use crate::domain::aggregate::Published as _;
use crate::domain::area::AreaKey;
use crate::domain::entry::PushInput;
use crate::domain::observation::{FigureKey, Observation};
use crate::domain::policy::{Action, Scope};
use crate::domain::quarter::Quarter;
use crate::error::{Code, Error, FieldError, Result};
use crate::service::figure_input::excesses;
use crate::snapshot::Snapshot;
use crate::text;

/// Figures in one request.
pub const MAX_ROWS: usize = 5_000;
/// Faults reported for one request; past this the rest is counted only.
const MAX_FAULTS: usize = 1_000;

/// What became of the figures of a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pushed {
    /// How many rows it had.
    pub rows: usize,
    /// Figures that were not sent before.
    pub created: usize,
    /// Figures that say something else than before.
    pub updated: usize,
    /// Figures that say the same.
    pub unchanged: usize,
}

/// Keeps figures that a client sends: all of them, or none. `write` makes the answer of what became of them, which is kept
/// with them under the request's key.
///
/// # Errors
/// What the policy table refuses; every row that cannot be with its pointer: `forbidden` where the ward or the indicator is
/// not the client's own, `areaNotFound`, `quarterNotFound`, `quarterInFuture`, `indicatorNotFound`, `notMeaningful`, and
/// `conflict` for a locked quarter. As [`once`] otherwise.
pub async fn push(
    app: &App,
    actor: &Actor,
    (source, rows): (Source, Vec<PushInput>),
    request: Option<Idempotent>,
    write: impl Fn(Pushed) -> Result<String> + Send + 'static,
) -> Result<Answered> {
    let snapshot = app.snapshots.read(&actor.caller, Action::ObservationPush)?;
    let doer = actor.clone();
    let work = move |conn: &mut Conn, _: &Scope| {
        let client = client::find(conn, doer.id().unwrap_or_default())?.ok_or_else(gone)?;
        let desk = Desk { snapshot: &snapshot, actor: &doer, client: &client };
        let pushed = desk.keep(conn, source, &rows)?;
        Ok(Ok::<_, Infallible>((200, write(pushed)?)))
    };
    once(app, actor, Action::ObservationPush, request, work).await.map(|Ok(answered)| answered)
}

fn gone() -> Error {
    let detail = text!("Ứng dụng của mã truy cập này không còn.", "The client of this token is gone.");
    Error::new(Code::InvalidToken, detail)
}

/// What a request is worked on with.
struct Desk<'a> {
    snapshot: &'a Arc<Snapshot>,
    actor: &'a Actor,
    client: &'a Client,
}

/// What is new of one ward's quarter.
#[derive(Default)]
struct Changes {
    superseded: Vec<i64>,
    before: Map<String, Value>,
    after: Map<String, Value>,
}

impl Desk<'_> {
    fn keep(&self, conn: &mut Conn, source: Source, rows: &[PushInput]) -> Result<Pushed> {
        let Read { wards, mut faults } = read(self.snapshot, self.actor.today(), source, rows);
        self.check_owned(&wards, &mut faults);
        refuse(faults)?;
        // Requests queue here, as publications do: each sees what the one before it kept, and appends to the chains of the
        // trail without waiting for another that waits for it.
        take_head(conn)?;
        self.check_open(conn, &wards)?;
        let mut pushed = Pushed { rows: rows.len(), ..Pushed::default() };
        let (mut superseded, mut new, mut changed) = (Vec::new(), Vec::new(), BTreeMap::new());
        let mut faults = Vec::new();
        for ((ward, quarter), given) in &wards {
            let present = pushed::of_report(conn, ward.position(), *quarter)?;
            let mut all: Vec<Observation> = present.iter().map(|row| row.pushed.figure.clone()).collect();
            let mut changes = Changes::default();
            for figure in &given.figures {
                let known = present.iter().find(|row| row.pushed.figure.is_same_figure(figure));
                match known {
                    Some(row) if self.says_the_same(row, figure) => pushed.unchanged += 1,
                    _ => {
                        if known.is_some() {
                            pushed.updated += 1;
                        } else {
                            pushed.created += 1;
                        }
                        changes.note(known, figure);
                        new.push(New { area: ward.position(), quarter: *quarter, figure });
                    }
                }
                figure.clone().put_into(&mut all);
            }
            let pointer = |at: usize| given.places.get(&FigureKey::from(all.get(at)?));
            for excess in excesses(self.snapshot.catalogue(), &all, |at| pointer(at).map(|_| at)) {
                let Some(pointer) = pointer(excess.place).cloned() else { continue };
                faults.push(FieldError { pointer, code: Code::NotMeaningful, detail: excess.detail });
            }
            superseded.append(&mut changes.superseded);
            if !changes.after.is_empty() {
                changed.insert((*ward, *quarter), changes);
            }
        }
        refuse(faults)?;
        let sender =
            Sender { client: &self.client.id, at: self.actor.instant(), request_id: self.actor.request_id.as_deref() };
        pushed::replace(conn, self.snapshot.catalogue(), sender, &superseded, &new)?;
        for ((ward, quarter), changes) in changed {
            self.record(conn, (ward, quarter), changes)?;
        }
        Ok(pushed)
    }

    /// A figure that another client sent is sent anew, for its source is another.
    fn says_the_same(&self, row: &Row, figure: &Observation) -> bool {
        let Row { pushed, .. } = row;
        pushed.client == self.client.id && pushed.figure == *figure
    }

    /// One audit entry a ward's quarter, in its own chain: its people see who sent what.
    fn record(&self, conn: &mut Conn, (ward, quarter): (AreaKey, Quarter), changes: Changes) -> Result<()> {
        let before = (!changes.before.is_empty()).then(|| Value::Object(changes.before).to_string());
        let after = Value::Object(changes.after).to_string();
        let entry = Entry {
            report: Some((ward.position(), quarter)),
            before: before.as_deref(),
            after: Some(&after),
            ..self.actor.entry("push", "observations")
        };
        audit::append(conn, &entry)
    }

    fn check_owned(&self, wards: &Wards, faults: &mut Vec<FieldError>) {
        let name = &self.client.name;
        for ((ward, quarter), given) in wards {
            if !self.owns(*ward, *quarter) {
                let code = &given.code;
                let detail = text!(
                    "{code} không thuộc phạm vi của {name} trong {quarter}.",
                    "{code} is not within the areas of {name} in {quarter}."
                );
                faults.extend(given.wards_at.iter().map(|pointer| FieldError {
                    pointer: pointer.clone(),
                    code: Code::Forbidden,
                    detail: detail.clone(),
                }));
            }
            let foreign = given.figures.iter().filter(|figure| !self.client.indicators.contains(&figure.indicator));
            for figure in foreign {
                let code = &figure.indicator;
                let detail = text!(
                    "Chỉ tiêu {code} không do {name} quản lý; đơn vị tự báo cáo số này.",
                    "The indicator {code} is not owned by {name}; the ward reports it itself."
                );
                faults.push(FieldError { pointer: given.named_at(figure), code: Code::Forbidden, detail });
            }
        }
    }

    fn owns(&self, ward: AreaKey, quarter: Quarter) -> bool {
        self.client.areas.iter().any(|id| {
            let id: Arc<str> = id.as_str().into();
            [Scope::Own(Arc::clone(&id)), Scope::Within(id)]
                .iter()
                .any(|scope| reaches(self.snapshot, scope, ward, quarter))
        })
    }

    fn check_open(&self, conn: &mut Conn, wards: &Wards) -> Result<()> {
        let mut faults = Vec::new();
        for ((ward, quarter), given) in wards {
            match ensure_open(conn, self.snapshot, *ward, *quarter) {
                Err(error) if error.code() == Code::Conflict => {
                    let pointer = given.quarter_at.clone();
                    faults.push(FieldError { pointer, code: Code::Conflict, detail: error.detail().clone() });
                }
                other => other?,
            }
        }
        refuse(faults)
    }
}

impl Changes {
    fn note(&mut self, known: Option<&Row>, figure: &Observation) {
        let name = figure.name();
        if let Some(row) = known {
            self.superseded.push(row.id);
            self.before.insert(name.clone(), shown(&row.pushed.figure));
        }
        self.after.insert(name, shown(figure));
    }
}

fn shown(figure: &Observation) -> Value {
    let operator = if figure.operator.is_bound() { figure.operator.as_str() } else { "" };
    format!("{operator}{}", figure.value).into()
}

/// Refuses a request for its faults: with their code where they share one, `forbidden` where one of them is that.
fn refuse(mut faults: Vec<FieldError>) -> Result<()> {
    let Some(first) = faults.first() else { return Ok(()) };
    let shared = faults.iter().all(|fault| fault.code == first.code);
    let forbidden = faults.iter().any(|fault| fault.code == Code::Forbidden);
    let of_places = !matches!(first.code, Code::MissingParameter | Code::InvalidParameter);
    let code = match (shared && of_places, forbidden) {
        (true, _) => first.code,
        (false, true) => Code::Forbidden,
        (false, false) => Code::NotMeaningful,
    };
    let count = faults.len();
    let detail = text!(
        "{count} số liệu không nhận được; không có gì được ghi. Sửa các dòng nêu dưới đây rồi gửi lại tất cả.",
        "{count} figures cannot be taken; nothing was kept. Correct the rows named below and send all of it again."
    );
    faults.truncate(MAX_FAULTS);
    Err(Error::new(code, detail).with_fields(faults))
}
