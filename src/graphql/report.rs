//! Published reports, their documents read together.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, ID, Object};

use super::area::Area;
use super::context::{Refusable, asked};
use super::document::Document;
use super::error::refuse;
use super::finding::{Finding, Repair};
use super::scalar::{Count, Instant, Word};
use crate::db::report::Readable;
use crate::domain::aggregate::Published as _;
use crate::domain::area::AreaKey;
use crate::domain::policy::Caller;
use crate::domain::quarter::Quarter;
use crate::domain::report::ReportStatus;
use crate::error::{Error, Language};
use crate::service::App;
use crate::service::report::documents;
use crate::snapshot::{ReportMark, Snapshot};

/// Reads the documents of one request.
pub struct Documents {
    pub(super) app: Arc<App>,
    pub(super) caller: Caller,
}

/// A report as it was published at a revision.
type Key = (i64, AreaKey, Quarter);

impl Loader<Key> for Documents {
    type Value = Arc<Readable>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[Key]) -> Result<HashMap<Key, Self::Value>, Self::Error> {
        let mut by_revision: HashMap<i64, Vec<(AreaKey, Quarter)>> = HashMap::new();
        for (revision, ward, quarter) in keys {
            by_revision.entry(*revision).or_default().push((*ward, *quarter));
        }
        let mut found = HashMap::new();
        for (revision, reports) in by_revision {
            let documents = documents(&self.app, &self.caller, revision, reports).await.map_err(Arc::new)?;
            found.extend(documents.into_iter().map(|((ward, quarter), loaded)| ((revision, ward, quarter), loaded)));
        }
        Ok(found)
    }
}

/// A published report.
pub struct ReportNode {
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) ward: AreaKey,
    pub(super) quarter: Quarter,
    pub(super) mark: ReportMark,
}

impl ReportNode {
    pub(super) fn of(snapshot: &Arc<Snapshot>, (ward, quarter, mark): (AreaKey, Quarter, ReportMark)) -> Self {
        Self { snapshot: Arc::clone(snapshot), ward, quarter, mark }
    }
}

/// Báo cáo quý của phường / a ward's published report for a quarter.
#[Object(name = "Report")]
impl ReportNode {
    /// The id of the area and the quarter, such as `07792-1/2024-Q1`.
    pub(super) async fn id(&self) -> ID {
        let area = self.snapshot.areas().get(self.ward).map_or("", |area| &area.id);
        ID(format!("{area}/{}", self.quarter))
    }

    /// The ward, at the quarter's cut-off.
    async fn area(&self) -> Area {
        let on = Some(self.snapshot.calendar().cut_off(self.quarter));
        Area { snapshot: Arc::clone(&self.snapshot), key: self.ward, on }
    }

    /// The quarter.
    async fn quarter(&self) -> String {
        self.quarter.to_string()
    }

    /// How far it has come.
    async fn status(&self) -> Word<ReportStatus> {
        ReportStatus::Published.into()
    }

    /// The number of the version.
    async fn version(&self) -> i32 {
        self.mark.version
    }

    /// Whether it came from a file.
    async fn imported(&self) -> bool {
        self.mark.imported
    }

    /// Whether its figures were generated.
    async fn synthetic(&self) -> bool {
        self.mark.synthetic
    }

    /// The revision that published it.
    async fn revision(&self) -> Count {
        Count(self.mark.revision)
    }

    /// When.
    async fn published_at(&self) -> Instant {
        Instant(self.mark.published_at.and_utc())
    }

    /// When the ward sent it; null where that is not on record.
    async fn submitted_at(&self) -> Option<Instant> {
        self.mark.submitted_at.map(|instant| Instant(instant.and_utc()))
    }

    /// Whether it came by the ward's deadline; null where that cannot be said.
    async fn in_time(&self) -> Option<bool> {
        self.snapshot.in_time(self.ward, self.quarter, self.mark)
    }

    /// What the ward wrote, as it wrote it.
    async fn document(&self, context: &Context<'_>) -> Refusable<Document> {
        Some(self.load(context).await.map(|loaded| loaded.document.clone().into()))
    }

    /// What the rules said of it when it was published, and what the ward says to that.
    async fn findings(&self, context: &Context<'_>) -> Refusable<Vec<Finding>> {
        let language = asked(context).map_or(Language::Vi, |asked| asked.language);
        let told = |loaded: Arc<Readable>| {
            let findings = loaded.validation.findings.iter();
            findings.map(|finding| Finding::of(finding, &loaded.explanations, language)).collect()
        };
        Some(self.load(context).await.map(told))
    }

    /// What would mend its failing balances, the best first.
    async fn repairs(&self, context: &Context<'_>) -> Refusable<Vec<Repair>> {
        let language = asked(context).map_or(Language::Vi, |asked| asked.language);
        let told = |loaded: Arc<Readable>| {
            loaded.validation.repairs.iter().map(|repair| Repair::of(repair, language)).collect()
        };
        Some(self.load(context).await.map(told))
    }
}

impl ReportNode {
    async fn load(&self, context: &Context<'_>) -> async_graphql::Result<Arc<Readable>> {
        let asked = asked(context)?;
        let loaded = asked.documents().load_one((self.snapshot.revision, self.ward, self.quarter)).await;
        match loaded {
            Ok(Some(loaded)) => Ok(loaded),
            Ok(None) => Err(refuse(&Error::internal("a published report without a document"), asked.language)),
            Err(error) => Err(refuse(&error, asked.language)),
        }
    }
}
