//! The steps of a report, one by one or many at once.

use std::sync::Arc;

use super::place::BulkItem;
use super::view::own_submission;
use super::{Desk, Place, Precondition, View, no_report, was_submitted};
use crate::db::audit::{self, Entry};
use crate::db::head::{open_revision, take_head};
use crate::db::version::{Version, begin, end_readable, make_readable, versions, write};
use crate::db::{Conn, replacement};
use crate::domain::aggregate::Published as _;
use crate::domain::policy::{Action, Role, Scope, authorize};
use crate::domain::report::ReportStatus;
use crate::domain::workflow::{Step, blocking};
use crate::error::{Code, Error, FieldError, Result, Text};
use crate::service::Actor;
use crate::service::App;
use crate::service::publish::figures;
use crate::service::reason;
use crate::snapshot::Snapshot;
use crate::text;

/// What a caller wants a report to become.
#[derive(Debug, Clone)]
pub struct Transition {
    /// The state.
    pub to: ReportStatus,
    /// Why, or what else there is to say.
    pub comment: Option<String>,
}

impl Transition {
    /// The action that it needs. A draft is what becomes of both a withdrawal and a reopening, so it depends on the role.
    fn action(&self, caller_role: Role) -> Action {
        match self.to {
            ReportStatus::Submitted => Action::ReportSubmit,
            ReportStatus::Draft if caller_role == Role::WardLeader => Action::ReportSubmit,
            _ => Action::ReportDecide,
        }
    }

    fn is_revision(&self) -> bool {
        matches!(self.to, ReportStatus::Published | ReportStatus::Retracted)
    }
}

/// What a step needs beside the report.
struct Taking<'a> {
    scope: &'a Scope,
    transition: &'a Transition,
    comment: Option<String>,
    /// The revision that it is part of.
    revision: Option<i64>,
}

/// Takes a step with one report.
///
/// # Errors
/// 428, 412, 409 with the present state, `openFindings` with what stands in the way, 403, 404.
pub async fn transition(
    app: &App,
    snapshot: &Arc<Snapshot>,
    actor: &Actor,
    place: &Place,
    precondition: Precondition,
    transition: Transition,
) -> Result<View> {
    let desk = Desk::of(app, snapshot, actor, place);
    let (action, published) = (transition.action(actor.caller.role), transition.is_revision());
    let work = move |conn: &mut Conn, scope: &Scope| {
        let comment = reason::read("/comment", transition.comment.as_deref(), false)?;
        if transition.is_revision() {
            take_head(conn)?;
        }
        let before = versions(conn, desk.place.ward.position(), desk.place.quarter)?;
        let mut taking = Taking { scope, transition: &transition, comment, revision: None };
        let (step, subject) = desk.prepare(conn, &taking, &precondition, &before)?;
        if transition.is_revision() {
            let summary = format!("{} {}", desk.place.code, desk.place.quarter);
            let opened = open_revision(conn, step.as_str(), desk.actor.id(), &summary, desk.actor.instant())?;
            taking.revision = Some(opened);
        }
        desk.take(conn, &taking, step, subject)?;
        let after = versions(conn, desk.place.ward.position(), desk.place.quarter)?;
        let newest = after.into_iter().next().ok_or_else(|| no_report(&desk.place))?;
        desk.show(conn, newest)
    };
    let view = app.store.write(&actor.caller, action, work).await?;
    if published {
        app.take_over().await;
    }
    Ok(view)
}

/// What became of one report of a bulk transition.
#[derive(Debug, Clone)]
pub struct Moved {
    /// Which report.
    pub place: Place,
    /// Its new state.
    pub status: ReportStatus,
    /// What its ETags begin with now.
    pub tag: String,
}

/// Takes the same step with many reports: all of them, as one revision, or none.
///
/// # Errors
/// `conflict` with one fault a report that refuses, under `/reports/N`.
pub async fn transition_all(
    app: &App,
    snapshot: &Arc<Snapshot>,
    actor: &Actor,
    items: Vec<BulkItem>,
    transition: Transition,
) -> Result<(Option<i64>, Vec<Moved>)> {
    let desks: Vec<_> =
        items.into_iter().map(|item| (Desk::of(app, snapshot, actor, &item.place), item.precondition)).collect();
    let action = transition.action(actor.caller.role);
    let (account, now) = (actor.caller.subject.clone(), actor.instant());
    let work = move |conn: &mut Conn, scope: &Scope| {
        let comment = reason::read("/comment", transition.comment.as_deref(), false)?;
        let mut taking = Taking { scope, transition: &transition, comment, revision: None };
        if transition.is_revision() {
            take_head(conn)?;
        }
        let (mut ready, mut faults) = (Vec::new(), Vec::new());
        for (index, (desk, precondition)) in desks.iter().enumerate() {
            let before = versions(conn, desk.place.ward.position(), desk.place.quarter)?;
            match desk.prepare(conn, &taking, precondition, &before) {
                Ok(prepared) => ready.push((desk, prepared)),
                // What is wrong with us is wrong with all of it.
                Err(error) if error.code().status() >= 500 => return Err(error),
                Err(error) => faults.push(fault(index, &desk.place, &error)),
            }
        }
        if !faults.is_empty() {
            let count = faults.len();
            let detail = text!(
                "{count} báo cáo không chuyển được; không báo cáo nào bị thay đổi.",
                "{count} reports cannot take this step; none was changed."
            );
            return Err(Error::new(Code::Conflict, detail).with_fields(faults));
        }
        if transition.is_revision() {
            let summary = format!("{} reports", ready.len());
            let kind = ready.first().map_or("", |(_, (step, _))| step.as_str());
            taking.revision = Some(open_revision(conn, kind, account.as_deref(), &summary, now)?);
        }
        let mut moved = Vec::new();
        for (desk, (step, subject)) in ready {
            desk.take(conn, &taking, step, subject)?;
            let newest = versions(conn, desk.place.ward.position(), desk.place.quarter)?.into_iter().next();
            let newest = newest.ok_or_else(|| no_report(&desk.place))?;
            moved.push(Moved { place: desk.place.clone(), status: newest.status, tag: newest.tag() });
        }
        Ok((taking.revision, moved))
    };
    let done = app.store.write(&actor.caller, action, work).await?;
    app.take_over().await;
    Ok(done)
}

fn fault(index: usize, place: &Place, error: &Error) -> FieldError {
    let (code, quarter, reason) = (&place.code, place.quarter, error.detail());
    let mut findings = error.fields().iter().map(|field| &field.detail);
    let (vi, en) = findings.next().map_or((reason.vi.as_ref(), reason.en.as_ref()), |first| (&first.vi, &first.en));
    FieldError {
        pointer: format!("/reports/{index}"),
        code: error.code(),
        detail: text!("{code} {quarter}: {vi}", "{code} {quarter}: {en}"),
    }
}

impl Desk {
    /// Checks everything that a step needs; changes nothing.
    fn prepare(
        &self,
        conn: &mut Conn,
        taking: &Taking<'_>,
        precondition: &Precondition,
        versions: &[Version],
    ) -> Result<(Step, Version)> {
        if !self.reached_by(taking.scope, true) {
            return Err(self.not_yours());
        }
        // The town may not know of a draft that was never sent.
        let known = !matches!(taking.scope, Scope::Within(_)) || was_submitted(versions);
        let newest = versions.first().filter(|_| known).ok_or_else(|| no_report(&self.place))?;
        precondition.check(Some(newest))?;
        self.refuse_if_locked(conn)?;
        // What is readable may be taken back though a newer version is being worked on.
        let readable = versions.iter().find(|version| version.is_readable());
        let subject = readable.filter(|_| taking.transition.to == ReportStatus::Retracted).unwrap_or(newest);
        let (from, to) = (subject.status, taking.transition.to);
        let step = Step::between(from, to).ok_or_else(|| impossible(from, to))?;
        let at_work = || versions.iter().any(|version| version.status.is_at_work());
        if step == Step::Reopen && at_work() {
            return Err(impossible(from, to));
        }
        let scope = authorize(&self.actor.caller, step.action())?;
        if !self.reached_by(&scope, true) {
            return Err(self.not_yours());
        }
        reason::read("/comment", taking.comment.as_deref(), step.needs_reason())?;
        if step == Step::Approve && subject.submitted_by.as_deref() == self.actor.id() {
            return Err(Error::new(Code::Forbidden, own_submission()));
        }
        let mut subject = subject.clone();
        if step.is_judged() {
            subject.validation = self.findings(conn, &subject)?;
            refuse_blocked(&subject)?;
        }
        Ok((step, subject))
    }

    /// Takes a step that was prepared.
    fn take(&self, conn: &mut Conn, taking: &Taking<'_>, step: Step, mut version: Version) -> Result<()> {
        let (now, account) = (self.actor.instant(), self.actor.id().map(ToOwned::to_owned));
        let key = (self.place.ward.position(), self.place.quarter);
        let before = state(&version);
        version.updated_at = now;
        version.reason = taking.comment.clone().filter(|_| step.needs_reason());
        match step {
            Step::Submit => {
                version.status = ReportStatus::Submitted;
                (version.submitted_by, version.submitted_at) = (account.clone(), Some(now));
                (version.approved_by, version.approved_at) = (None, None);
                write(conn, &version)?;
            }
            Step::Withdraw | Step::Return => {
                version.status = taking.transition.to;
                write(conn, &version)?;
            }
            Step::Approve => {
                version.status = ReportStatus::Approved;
                (version.approved_by, version.approved_at) = (account.clone(), Some(now));
                write(conn, &version)?;
            }
            Step::Publish => {
                let revision = revision(taking)?;
                let catalogue = self.snapshot.catalogue();
                let published =
                    figures(catalogue, (self.place.ward, self.place.quarter), &version.document, &version.validation)?;
                make_readable(conn, &version, revision, account.as_deref(), now)?;
                replacement::replace_figures(conn, version.id, key, &published, revision)?;
            }
            Step::Reopen => {
                let next = begin(conn, key, &version.document, account.as_deref(), now)?;
                let mut next = Version { id: next, ..version.clone() };
                (next.status, next.edits) = (ReportStatus::Draft, 1);
                (next.submitted_by, next.submitted_at, next.approved_by, next.approved_at) = (None, None, None, None);
                write(conn, &next)?;
            }
            Step::Retract => {
                let revision = revision(taking)?;
                version.status = ReportStatus::Retracted;
                write(conn, &version)?;
                end_readable(conn, version.report, revision)?;
                replacement::replace_figures(conn, version.id, key, &[], revision)?;
            }
        }
        let mut after = serde_json::json!({ "status": taking.transition.to.as_str() });
        if let (Some(revision), Some(members)) = (taking.revision, after.as_object_mut()) {
            members.insert("revision".to_owned(), revision.into());
        }
        let after = after.to_string();
        let entry = Entry {
            report: Some(key),
            before: Some(&before),
            after: Some(&after),
            reason: taking.comment.as_deref(),
            ..self.actor.entry(step.as_str(), "report")
        };
        audit::append(conn, &entry)
    }
}

fn state(version: &Version) -> String {
    serde_json::json!({ "version": version.number, "status": version.status.as_str() }).to_string()
}

fn revision(taking: &Taking<'_>) -> Result<i64> {
    taking.revision.ok_or_else(|| Error::internal("a publication without a revision"))
}

fn refuse_blocked(version: &Version) -> Result<()> {
    let faults: Vec<FieldError> = blocking(&version.validation, &version.explanations)
        .map(|finding| FieldError {
            pointer: pointer(finding).to_owned(),
            code: Code::OpenFindings,
            detail: Text {
                vi: format!("{}: {}", finding.id, finding.message.vi).into(),
                en: format!("{}: {}", finding.id, finding.message.en).into(),
            },
        })
        .collect();
    if faults.is_empty() {
        return Ok(());
    }
    let count = faults.len();
    let detail = text!(
        "Còn {count} điểm: lỗi phải sửa, cảnh báo phải giải trình.",
        "{count} findings are open: errors are to be mended, warnings to be explained."
    );
    Err(Error::new(Code::OpenFindings, detail).with_fields(faults))
}

fn pointer(finding: &crate::domain::finding::Finding) -> &str {
    let figures = finding.figures.iter().filter_map(|figure| figure.pointer.as_ref());
    finding.pointers.iter().chain(figures).next().map_or("", String::as_str)
}

fn impossible(from: ReportStatus, to: ReportStatus) -> Error {
    let (from, to, possible) =
        (from.as_str(), to.as_str(), Step::from(from).map(|(_, to)| to.as_str()).collect::<Vec<_>>().join(", "));
    let detail = text!(
        "Báo cáo đang ở trạng thái {from}, không chuyển sang {to} được; có thể sang: {possible}.",
        "The report is {from} and cannot become {to}; it can become: {possible}."
    );
    Error::new(Code::Conflict, detail)
}
