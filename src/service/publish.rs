//! Publishing documents: the one way in which figures become readable.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::db::bulk::{NewPublished, Publishing, insert_published};
use crate::db::head::open_revision;
use crate::db::publication::Published;
use crate::db::replacement::Difference;
use crate::db::{Conn, audit};
use crate::domain::aggregate::Published as _;
use crate::domain::area::AreaKey;
use crate::domain::finding::Validation;
use crate::domain::indicator::Catalogue;
use crate::domain::observation::{Mention, Observation};
use crate::domain::quarter::Quarter;
use crate::domain::report::ReportDocument;
use crate::domain::validation::{Rules, Stage, Subject, Together, validate};
use crate::error::{Error, Result};
use crate::service::actor::Actor;
use crate::snapshot::Snapshot;

/// Reports that are written together: enough that few statements write many, few enough to hold.
const AT_ONCE: usize = 200;

/// What a published figure carries besides its number.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FigureDetail {
    /// Where the report states it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<Mention>,
    /// Whether it is an instruction rather than a result.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub instruction: bool,
    /// What a reader should mind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The open errors that it stands under, by the ids of its report's findings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<String>,
}

impl FigureDetail {
    /// What is kept with a published figure; nothing is said where nothing is kept.
    ///
    /// # Errors
    /// `internal` for what this service did not write.
    pub fn read(kept: Option<&str>) -> Result<Self> {
        kept.map_or_else(|| Ok(Self::default()), |text| serde_json::from_str(text).map_err(Error::internal))
    }
}

/// A document to publish.
#[derive(Debug)]
pub struct Publication {
    /// The document.
    pub document: ReportDocument,
    /// When the ward sent it; nothing where that is not on record.
    pub submitted_at: Option<NaiveDateTime>,
}

impl From<ReportDocument> for Publication {
    fn from(document: ReportDocument) -> Self {
        Self { document, submitted_at: None }
    }
}

/// Documents to publish together, as one revision.
#[derive(Debug)]
pub struct Batch<'a> {
    /// What kind of publication this is, for the list of revisions.
    pub kind: &'a str,
    /// A sentence for the list of revisions.
    pub summary: &'a str,
    /// Who publishes; nothing for the service itself.
    pub actor: Option<&'a Actor>,
    /// When.
    pub now: NaiveDateTime,
    /// The documents by ward and quarter.
    pub documents: BTreeMap<(AreaKey, Quarter), Publication>,
}

/// Publishes every document of a batch in place of what was published before: one revision, or nothing at all.
///
/// # Errors
/// Where a document names an indicator that the catalogue does not have, or the database is away.
pub fn publish(conn: &mut Conn, rules: &Rules, snapshot: &Snapshot, batch: &Batch<'_>) -> Result<(i64, Difference)> {
    let account = batch.actor.and_then(Actor::id);
    let revision = open_revision(conn, batch.kind, account, batch.summary, batch.now)?;
    let by = Publishing { account, revision, now: batch.now };
    let mut total = Difference::default();
    let documents = batch.documents.iter().map(|(place, publication)| (*place, &publication.document));
    let history = Together::new(snapshot, documents);
    let after = format!("published at revision {revision}");
    let by_the_service = audit::Entry {
        at: batch.now,
        role: "service",
        action: batch.kind,
        subject: "report",
        ..audit::Entry::default()
    };
    let entry = batch.actor.map_or(by_the_service, |actor| actor.entry(batch.kind, "report"));
    let all: Vec<_> = batch.documents.iter().collect();
    for some in all.chunks(AT_ONCE) {
        let (mut new, mut entries) = (Vec::with_capacity(some.len()), Vec::with_capacity(some.len()));
        for ((ward, quarter), Publication { document, submitted_at }) in some {
            let subject = Subject { document, ward: *ward, quarter: *quarter, stage: Stage::Submission };
            let validation = validate(rules, &history, &subject);
            let figures = figures(snapshot.catalogue(), (*ward, *quarter), document, &validation)?;
            let (area, quarter, submitted_at) = (ward.position(), *quarter, *submitted_at);
            new.push(NewPublished { area, quarter, document, validation, figures, submitted_at });
            entries.push(audit::Entry { report: Some((area, quarter)), after: Some(&after), ..entry.clone() });
        }
        total.add(insert_published(conn, by, &new)?);
        audit::append_all(conn, &entries)?;
    }
    Ok((revision, total))
}

/// What a figure does to a document that it is put into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// The document says so already.
    Unchanged,
    /// The document says something else of the same figure.
    Updated,
    /// The document does not have the figure.
    Created,
}

/// A document with figures put into it.
#[derive(Debug)]
pub struct Merged {
    /// The document.
    pub document: ReportDocument,
    /// What each of the figures did.
    pub outcomes: Vec<Outcome>,
    /// By the position in the document: which of the figures stands there.
    pub given: Vec<Option<usize>>,
}

/// The document that results from putting figures into what is published of a ward's quarter. Each figure, by its position,
/// is first shown the one whose place it takes, whose words it may keep.
#[must_use]
pub fn merged(
    published: Option<ReportDocument>,
    code: &str,
    quarter: Quarter,
    figures: Vec<Observation>,
    keep: impl Fn(usize, &mut Observation, &Observation),
) -> Merged {
    let mut document = published.unwrap_or_else(|| ReportDocument::of_figures(code.to_owned(), quarter, Vec::new()));
    let places: Vec<_> = {
        let known = document.observations.iter().enumerate().map(|(at, known)| (known.identity(), at));
        let known: HashMap<_, _> = known.collect();
        figures.iter().map(|figure| known.get(&figure.identity()).copied()).collect()
    };
    let mut given = vec![None; document.observations.len()];
    let mut outcomes = Vec::with_capacity(figures.len());
    for (position, (mut figure, place)) in figures.into_iter().zip(places).enumerate() {
        let Some((known, by)) = place.and_then(|at| Some((document.observations.get_mut(at)?, given.get_mut(at)?)))
        else {
            outcomes.push(Outcome::Created);
            document.observations.push(figure);
            given.push(Some(position));
            continue;
        };
        keep(position, &mut figure, known);
        *by = Some(position);
        let same = figure == *known;
        outcomes.push(if same { Outcome::Unchanged } else { Outcome::Updated });
        *known = figure;
    }
    Merged { document, outcomes, given }
}

/// The figures of a document as they are published: those under an open error carry its finding.
///
/// # Errors
/// Where it names an indicator that the catalogue does not have.
pub(super) fn figures(
    catalogue: &Catalogue,
    (ward, quarter): (AreaKey, Quarter),
    document: &ReportDocument,
    validation: &Validation,
) -> Result<Vec<Published>> {
    let mut open: HashMap<&str, Vec<String>> = HashMap::new();
    for finding in validation.errors() {
        for pointer in finding.figures.iter().filter_map(|figure| figure.pointer.as_deref()) {
            open.entry(pointer).or_default().push(finding.id.clone());
        }
    }
    let figure = |(at, observation): (usize, &Observation)| {
        let indicator = catalogue
            .find(&observation.indicator)
            .ok_or_else(|| Error::internal(format!("the catalogue has no indicator {}", observation.indicator)))?;
        let findings = open.remove(&*format!("/observations/{at}/value")).unwrap_or_default();
        let contested = !findings.is_empty();
        let detail = FigureDetail {
            mentions: observation.mentions.clone(),
            instruction: observation.instruction,
            note: observation.note.clone(),
            findings,
        };
        let detail = (detail != FigureDetail::default()).then(|| serde_json::to_string(&detail)).transpose();
        Ok(Published {
            area: ward.position(),
            quarter,
            indicator: indicator.position(),
            nature: observation.nature,
            operator: observation.operator,
            value: observation.value,
            span: observation.span,
            origin: observation.origin,
            method: observation.method,
            reference_period: observation.reference_period.clone().unwrap_or_default(),
            project: observation.project.clone().unwrap_or_default(),
            synthetic: observation.synthetic,
            contested,
            detail: detail.map_err(Error::internal)?,
        })
    };
    document.observations.iter().enumerate().map(figure).collect()
}
