//! Building a snapshot from the database, whole or from the one before.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::{PublishedFigure, QuarterChunk, ReportMark, Snapshot, column_index};
use crate::db::head::{Head, catalogue_revision, current_head};
use crate::db::publication::{self, Published, PublishedReport};
use crate::db::{Conn, calendar, catalogue, past};
use crate::domain::area::{AreaBook, AreaKey};
use crate::domain::calendar::{Calendar, CalendarRules};
use crate::domain::decimal::Decimal;
use crate::domain::figures::Figure;
use crate::domain::indicator::{Catalogue, IndicatorKey, IndicatorKind, Nature, Span};
use crate::domain::quarter::Quarter;
use crate::error::{Error, Result};

/// Reads everything that is published at the head.
pub(super) fn whole(conn: &mut Conn, head: &Head, rules: &CalendarRules) -> Result<Snapshot> {
    let mut snapshot = frame(conn, head, rules)?;
    snapshot.catalogue_revision = catalogue_revision(conn, head.revision)?;
    let mut chunks: BTreeMap<Quarter, QuarterChunk> = BTreeMap::new();
    for report in publication::published_reports(conn, None)? {
        let (area, mark) = marked(&report)?;
        chunks.entry(report.quarter).or_default().mark(area, Some(mark));
    }
    let mut figures: BTreeMap<(Quarter, AreaKey), Vec<PublishedFigure>> = BTreeMap::new();
    for row in publication::current_figures(conn)? {
        let figure = PublishedFigure::of(row.figure)?;
        figures.entry((figure.quarter, figure.ward)).or_default().push(figure);
    }
    for ((quarter, ward), figures) in figures {
        chunks.entry(quarter).or_default().put(&snapshot.catalogue, ward, figures);
    }
    snapshot.quarters = chunks.into_iter().map(|(quarter, chunk)| (quarter, Arc::new(chunk))).collect();
    Ok(snapshot)
}

/// Reads what changed since a snapshot; quarters that were not touched are shared with it.
pub(super) fn since(conn: &mut Conn, before: &Snapshot, head: &Head, rules: &CalendarRules) -> Result<Snapshot> {
    let mut snapshot = frame(conn, head, rules)?;
    snapshot.catalogue_revision = before.catalogue_revision;
    snapshot.quarters.clone_from(&before.quarters);
    let mut touched: BTreeMap<Quarter, QuarterChunk> = BTreeMap::new();
    for (area, quarter) in publication::changed_reports(conn, before.revision)? {
        let key = area_key(area)?;
        let chunk = touched
            .entry(quarter)
            .or_insert_with(|| before.quarters.get(&quarter).map(|chunk| (**chunk).clone()).unwrap_or_default());
        let reports = publication::published_reports(conn, Some((area, quarter)))?;
        let mark = reports.first().map(marked).transpose()?.map(|(_, mark)| mark);
        chunk.mark(key, mark);
        let figures = publication::figures_of(conn, area, quarter)?
            .into_iter()
            .map(|row| PublishedFigure::of(row.figure))
            .collect::<Result<_>>()?;
        chunk.put(&snapshot.catalogue, key, figures);
    }
    for (quarter, chunk) in touched {
        snapshot.quarters.insert(quarter, Arc::new(chunk));
    }
    Ok(snapshot)
}

/// What was published at a past revision: the present with what changed since put back as it was, so that it costs what
/// changed, and shares the rest. Areas, catalogue and windows have no past in the database: they are the present's.
pub(super) fn at(conn: &mut Conn, present: &Snapshot, revision: i64, rules: &CalendarRules) -> Result<Snapshot> {
    let calendar = Calendar::new(rules.clone(), catalogue::quarter_overrides(conn)?);
    let mut snapshot = Snapshot {
        epoch: present.epoch.clone(),
        revision,
        catalogue_revision: present.catalogue_revision,
        areas: Arc::clone(&present.areas),
        catalogue: Arc::clone(&present.catalogue),
        calendar: Arc::new(calendar.with_settings(calendar::in_force(conn, Some(revision))?)),
        targets: set_targets(conn, Some(revision))?,
        quarters: present.quarters.clone(),
        values: None,
    };
    let mut touched: BTreeMap<Quarter, Vec<usize>> = BTreeMap::new();
    for (ward, quarter) in publication::changed_reports(conn, revision)? {
        touched.entry(quarter).or_default().push(ward);
    }
    for (quarter, wards) in touched {
        let mut chunk = snapshot.quarters.get(&quarter).map(|chunk| (**chunk).clone()).unwrap_or_default();
        let mut figures: BTreeMap<AreaKey, Vec<PublishedFigure>> =
            wards.iter().map(|ward| area_key(*ward).map(|key| (key, Vec::new()))).collect::<Result<_>>()?;
        for row in past::figures(conn, &wards, quarter, revision)? {
            let figure = PublishedFigure::of(row.figure)?;
            figures.entry(figure.ward).or_default().push(figure);
        }
        let reports = past::published_reports(conn, &wards, quarter, revision)?;
        let mut marks: BTreeMap<_, _> = reports.iter().map(marked).collect::<Result<_>>()?;
        for (ward, figures) in figures {
            // Whether a report was generated is kept of its newest version only, and follows from its figures.
            let synthetic = figures.iter().any(|figure| figure.synthetic);
            chunk.mark(ward, marks.remove(&ward).map(|mark| ReportMark { synthetic, ..mark }));
            chunk.put(&snapshot.catalogue, ward, figures);
        }
        if chunk.reports.is_empty() && chunk.figures.is_empty() {
            snapshot.quarters.remove(&quarter);
        } else {
            snapshot.quarters.insert(quarter, Arc::new(chunk));
        }
    }
    Ok(snapshot)
}

/// Areas, catalogue, calendar and targets: small, and read whole.
fn frame(conn: &mut Conn, head: &Head, rules: &CalendarRules) -> Result<Snapshot> {
    let areas = AreaBook::new(catalogue::areas(conn)?, catalogue::all_successions(conn)?);
    let indicators = Catalogue::new(catalogue::all_indicators(conn)?).map_err(Error::internal)?;
    let overrides = catalogue::quarter_overrides(conn)?;
    let calendar = Calendar::new(rules.clone(), overrides).with_settings(calendar::in_force(conn, None)?);
    Ok(Snapshot {
        epoch: head.epoch.clone(),
        revision: head.revision,
        catalogue_revision: 0,
        areas: Arc::new(areas),
        catalogue: Arc::new(indicators),
        calendar: Arc::new(calendar),
        targets: set_targets(conn, None)?,
        quarters: BTreeMap::new(),
        values: None,
    })
}

fn set_targets(conn: &mut Conn, at: Option<i64>) -> Result<HashMap<(AreaKey, IndicatorKey, i32), Decimal>> {
    let mut targets = HashMap::new();
    for target in catalogue::targets_in_force(conn, at)? {
        let year: i32 = target.reference_period.parse().map_err(Error::internal)?;
        targets.insert((area_key(target.area)?, indicator_key(target.indicator)?, year), target.value);
    }
    Ok(targets)
}

fn area_key(position: usize) -> Result<AreaKey> {
    AreaKey::new(position).ok_or_else(|| Error::internal("too many areas"))
}

fn indicator_key(position: usize) -> Result<IndicatorKey> {
    IndicatorKey::new(position).ok_or_else(|| Error::internal("too many indicators"))
}

fn marked(report: &PublishedReport) -> Result<(AreaKey, ReportMark)> {
    let mark = ReportMark {
        version: report.version,
        edits: report.edits,
        imported: report.imported,
        synthetic: report.synthetic,
        revision: report.revision,
        submitted_at: report.submitted_at,
        published_at: report.published_at,
    };
    Ok((area_key(report.area)?, mark))
}

impl PublishedFigure {
    /// A figure as the database holds it.
    ///
    /// # Errors
    /// Where it is of an area or an indicator past what fits into memory.
    pub fn of(figure: Published) -> Result<Self> {
        let given = |text: String| (!text.is_empty()).then(|| text.into_boxed_str());
        Ok(Self {
            ward: area_key(figure.area)?,
            quarter: figure.quarter,
            indicator: indicator_key(figure.indicator)?,
            nature: figure.nature,
            operator: figure.operator,
            value: figure.value,
            span: figure.span,
            origin: figure.origin,
            method: figure.method,
            reference_period: given(figure.reference_period),
            project: given(figure.project),
            synthetic: figure.synthetic,
            contested: figure.contested,
            detail: figure.detail.map(String::into_boxed_str),
        })
    }
}

impl Snapshot {
    /// Areas, catalogue, calendar and targets at the head, and nothing that is published.
    pub(crate) fn frame(conn: &mut Conn, rules: &CalendarRules) -> Result<Self> {
        let head = current_head(conn)?;
        frame(conn, &head, rules)
    }

    /// The same with one quarter: these reports, and figures wherever they come from.
    pub(crate) fn with_quarter(
        &self,
        quarter: Quarter,
        reports: &[PublishedReport],
        figures: Vec<Published>,
    ) -> Result<Self> {
        let (mut chunk, mut by_ward) = (QuarterChunk::default(), BTreeMap::<AreaKey, Vec<PublishedFigure>>::new());
        for report in reports {
            let (area, mark) = marked(report)?;
            chunk.mark(area, Some(mark));
        }
        for figure in figures {
            let figure = PublishedFigure::of(figure)?;
            by_ward.entry(figure.ward).or_default().push(figure);
        }
        for (ward, figures) in by_ward {
            chunk.put(&self.catalogue, ward, figures);
        }
        Ok(Self {
            epoch: self.epoch.clone(),
            revision: self.revision,
            catalogue_revision: self.catalogue_revision,
            areas: Arc::clone(&self.areas),
            catalogue: Arc::clone(&self.catalogue),
            calendar: Arc::clone(&self.calendar),
            targets: self.targets.clone(),
            quarters: BTreeMap::from([(quarter, Arc::new(chunk))]),
            values: None,
        })
    }
}

impl QuarterChunk {
    /// Notes that a ward's report is published, or that it is not.
    fn mark(&mut self, ward: AreaKey, mark: Option<ReportMark>) {
        if self.reported.len() <= ward.position() {
            self.reported.resize(ward.position() + 1, false);
        }
        if let Some(reported) = self.reported.get_mut(ward.position()) {
            *reported = mark.is_some();
        }
        match mark {
            Some(mark) => self.reports.insert(ward, mark),
            None => self.reports.remove(&ward),
        };
    }

    /// Replaces a ward's figures, in the rows and in every column.
    fn put(&mut self, catalogue: &Catalogue, ward: AreaKey, figures: Vec<PublishedFigure>) {
        let keys = |figures: &[PublishedFigure]| -> BTreeSet<(IndicatorKey, Nature)> {
            figures.iter().map(|figure| (figure.indicator, figure.nature)).collect()
        };
        let mut touched = keys(&figures);
        if let Some(before) = self.figures.get(&ward) {
            touched.extend(keys(before));
        }
        for (indicator, nature) in touched {
            let of_this = figures.iter().filter(|figure| figure.indicator == indicator && figure.nature == nature);
            let cell = cell(catalogue, indicator, of_this);
            let index = column_index(indicator, nature);
            if self.columns.len() <= index {
                self.columns.resize(index + 1, None);
            }
            if let Some(column) = self.columns.get_mut(index) {
                Arc::make_mut(column.get_or_insert_default()).set(ward, cell);
            }
        }
        if figures.is_empty() {
            self.figures.remove(&ward);
        } else {
            self.figures.insert(ward, figures.into());
        }
    }
}

/// Whether a figure is about the stretch of time that its indicator's values are about. What a ward aims at or pledges
/// is for a year, whatever the indicator; and a figure for a year is one of that year's quarters only if it names the
/// year: a title won in a year that nobody states is no figure of this one.
fn is_of_the_quarter(figure: &PublishedFigure, span: Span) -> bool {
    let for_a_year = matches!(figure.nature, Nature::Target | Nature::Registered) && figure.span == Span::Year;
    let year = |text: &str| text.parse() == Ok(figure.quarter.year());
    (figure.span == span || for_a_year)
        && (figure.span != Span::Year || figure.reference_period.as_deref().is_some_and(year))
}

/// The figure that enters aggregates: of the indicator's own span, and a value rather than a bound where there are both.
/// A figure of a project is not its ward's; where the indicator is held per project, all of them together are, unless the
/// ward states its own.
fn cell<'a>(
    catalogue: &Catalogue,
    indicator: IndicatorKey,
    figures: impl Iterator<Item = &'a PublishedFigure>,
) -> Option<Figure> {
    let definition = catalogue.get(indicator)?;
    let (mut own, mut of_projects) = (None, Vec::new());
    for figure in figures.filter(|figure| is_of_the_quarter(figure, definition.span)) {
        if figure.project.is_some() {
            of_projects.push(figure);
        } else if own.is_none_or(|known: &PublishedFigure| known.operator.is_bound() && !figure.operator.is_bound()) {
            own = Some(figure);
        }
    }
    let entered = |figure: &PublishedFigure| {
        Figure::new(figure.value, figure.operator, figure.method, figure.contested, figure.synthetic)
    };
    // Shares of different wholes have no sum.
    let summed = definition.per_project && definition.kind != IndicatorKind::Rate;
    own.map(entered).or_else(|| summed.then(|| sum_of_projects(&of_projects))?)
}

/// What a ward's projects add up to: a bound where only a bound of one of them is known, for the rest is no sum.
fn sum_of_projects(figures: &[&PublishedFigure]) -> Option<Figure> {
    let (first, bound) = (figures.first()?, figures.iter().find(|figure| figure.operator.is_bound()));
    let sum = if bound.is_some() {
        first.value
    } else {
        figures.iter().skip(1).try_fold(first.value, |sum, figure| sum.plus(figure.value))?
    };
    let method = first.method.filter(|method| figures.iter().all(|figure| figure.method == Some(*method)));
    let (contested, synthetic) =
        (figures.iter().any(|figure| figure.contested), figures.iter().any(|figure| figure.synthetic));
    Some(Figure::new(sum, bound.map_or(first.operator, |figure| figure.operator), method, contested, synthetic))
}
