//! How a change is written.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::aggregate::Published as _;
use crate::domain::area::AreaKey;
use crate::domain::calendar::Level;
use crate::domain::feed::{ChangeKind, ChangeVerb, FeedCursor};
use crate::domain::indicator::{IndicatorKey, Nature, Span};
use crate::domain::quarter::Quarter;
use crate::http::observation::FigureBody;
use crate::http::wire::{AreaBody, Number};
use crate::service::feed::{Change, FeedPage, What};
use crate::snapshot::Snapshot;

/// What is the same thing in two changes has the same key: the area by its `id`, and whatever else is there.
#[derive(Serialize, ToSchema, Default)]
#[serde(rename_all = "camelCase")]
#[schema(as = ChangeKey)]
struct KeyBody<'a> {
    /// As it was at the quarter's cut-off, or at the end of the year; only its `id` is part of the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    area: Option<AreaBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quarter: Option<Quarter>,
    /// The indicator's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    indicator: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nature: Option<Nature>,
    #[serde(skip_serializing_if = "Option::is_none")]
    span: Option<Span>,
    /// The year of a target, or of a figure that is not the quarter's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    reference_period: Option<String>,
    /// The code of the project that a figure is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<&'a str>,
    /// Whose reports a deadline is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<Level>,
}

/// A report that became readable.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PublishedReport)]
struct ReportBody {
    version: i32,
    /// Whether it came from a file.
    imported: bool,
    /// When the ward submitted it, where that is known.
    #[schema(required)]
    submitted_at: Option<DateTime<Utc>>,
}

/// A target that an area set, in the indicator's unit.
#[derive(Serialize, ToSchema)]
#[schema(as = TargetValue)]
struct TargetBody {
    value: Number,
}

/// A date that an area set, or a ward was given.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DeadlineDate)]
struct DeadlineBody {
    /// The last day in time.
    due_on: NaiveDate,
}

/// One change. What is `set` has a member that is named like its `type`, but for `catalogue`.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = FeedChange)]
pub(in crate::http) struct ChangeBody<'a> {
    /// Where a reader stands who has taken it: what `after` and `Last-Event-ID` go on from.
    cursor: String,
    /// The revision that it is part of.
    revision: i64,
    /// When that was published.
    published_at: DateTime<Utc>,
    /// What it is about.
    #[serde(rename = "type")]
    kind: ChangeKind,
    /// What became of it.
    change: ChangeVerb,
    key: KeyBody<'a>,
    /// The figure, as `/observations` has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    observation: Option<FigureBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<ReportBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<TargetBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deadline: Option<DeadlineBody>,
    /// Why the quarter may no longer change.
    #[serde(skip_serializing_if = "Option::is_none")]
    lock: Option<LockBody<'a>>,
}

/// A lock that an area set.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = LockReason)]
struct LockBody<'a> {
    reason: &'a str,
    locked_at: DateTime<Utc>,
}

impl<'a> ChangeBody<'a> {
    pub fn of(snapshot: &'a Snapshot, change: &'a Change) -> Self {
        let (kind, verb) = change.what.section();
        let mut body = Self {
            cursor: FeedCursor::text(&snapshot.epoch, change.at),
            revision: change.at.revision,
            published_at: change.published_at,
            kind,
            change: verb,
            key: key(snapshot, &change.what),
            observation: None,
            report: None,
            target: None,
            deadline: None,
            lock: None,
        };
        match &change.what {
            What::Catalogue | What::WithdrawnFigure(_) => {}
            What::Figure(figure) => body.observation = Some(FigureBody::of(snapshot, figure)),
            What::Report(.., report) => {
                body.report = report.as_ref().map(|report| ReportBody {
                    version: report.version,
                    imported: report.imported,
                    submitted_at: report.submitted_at.map(|instant| instant.and_utc()),
                });
            }
            What::Target(.., value) => body.target = value.map(|value| TargetBody { value: value.into() }),
            What::Deadline(.., set) => {
                body.deadline = set.as_ref().map(|set| DeadlineBody { due_on: set.due_on });
            }
            What::Lock(.., set) => {
                body.lock =
                    set.as_ref().map(|set| LockBody { reason: &set.reason, locked_at: set.locked_at.and_utc() });
            }
        }
        body
    }
}

fn key<'a>(snapshot: &'a Snapshot, what: &'a What) -> KeyBody<'a> {
    let area = |key: AreaKey, quarter: Quarter| AreaBody::on(snapshot, key, snapshot.calendar().cut_off(quarter));
    let code = |key: IndicatorKey| snapshot.catalogue().get(key).map(|indicator| indicator.code.as_str());
    match what {
        What::Catalogue => KeyBody::default(),
        What::Report(ward, quarter, _) | What::Lock(ward, quarter, _) => {
            KeyBody { area: area(*ward, *quarter), quarter: Some(*quarter), ..KeyBody::default() }
        }
        What::Deadline(ward, quarter, level, _) => {
            KeyBody { area: area(*ward, *quarter), quarter: Some(*quarter), level: Some(*level), ..KeyBody::default() }
        }
        What::Target(of, indicator, year, _) => {
            let on = NaiveDate::from_ymd_opt(*year, 12, 31).unwrap_or(NaiveDate::MAX);
            KeyBody {
                area: AreaBody::on(snapshot, *of, on),
                indicator: code(*indicator),
                reference_period: Some(year.to_string()),
                ..KeyBody::default()
            }
        }
        What::Figure(figure) | What::WithdrawnFigure(figure) => KeyBody {
            area: area(figure.ward, figure.quarter),
            quarter: Some(figure.quarter),
            indicator: code(figure.indicator),
            nature: Some(figure.nature),
            span: Some(figure.span),
            reference_period: figure.reference_period.as_deref().map(ToOwned::to_owned),
            project: figure.project.as_deref(),
            level: None,
        },
    }
}

/// A page of the feed.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ChangePage)]
pub(in crate::http) struct PageBody<'a> {
    /// The line of revisions; a new one begins when a backup is restored.
    epoch: &'a str,
    /// The newest revision that this answer knows of.
    revision: i64,
    /// In the order of revisions. A filter thins a page out, so that it may be short or empty and not be the last.
    items: Vec<ChangeBody<'a>>,
    /// What `after` goes on from, to be kept for the next time.
    pub next_cursor: String,
    /// Whether there is more by now.
    has_more: bool,
    /// Whether the page ends where a revision ends. Else what was taken is no state that was ever published.
    complete: bool,
    /// The last revision that is whole with this page: compare with `asOf` that revision.
    through: i64,
}

impl<'a> PageBody<'a> {
    pub fn of(page: &'a FeedPage) -> Self {
        let snapshot = &page.snapshot;
        Self {
            epoch: &snapshot.epoch,
            revision: snapshot.revision,
            items: page.changes.iter().map(|change| ChangeBody::of(snapshot, change)).collect(),
            next_cursor: FeedCursor::text(&snapshot.epoch, page.next),
            has_more: page.has_more,
            complete: page.is_complete(),
            through: page.through,
        }
    }
}
