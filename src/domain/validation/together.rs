//! Reports that are published in one go: each is judged by the others too, whose figures no reader has seen yet.

use std::collections::{BTreeMap, HashMap};

use super::History;
use super::sheet::Sheet;
use crate::domain::area::{AreaBook, AreaKey};
use crate::domain::calendar::Calendar;
use crate::domain::decimal::Decimal;
use crate::domain::indicator::{Catalogue, IndicatorKey};
use crate::domain::quarter::Quarter;
use crate::domain::report::ReportDocument;

/// What was published before, with these reports in the place of their predecessors.
pub struct Together<'a, H: ?Sized> {
    before: &'a H,
    reports: BTreeMap<(AreaKey, Quarter), HashMap<IndicatorKey, Decimal>>,
}

impl<'a, H: History + ?Sized> Together<'a, H> {
    /// Reports over what was published before.
    pub fn new<'d>(
        before: &'a H,
        documents: impl IntoIterator<Item = ((AreaKey, Quarter), &'d ReportDocument)>,
    ) -> Self {
        let catalogue = before.catalogue();
        let figures = |(place, document): ((AreaKey, Quarter), &'d ReportDocument)| {
            let sheet = Sheet::new(catalogue, place.1, &document.observations);
            let mut found = HashMap::new();
            for observation in &document.observations {
                let code = observation.indicator.as_str();
                if let (Some(key), Some((_, value))) = (catalogue.find(code), sheet.actual(code)) {
                    found.insert(key, value);
                }
            }
            (place, found)
        };
        Self { before, reports: documents.into_iter().map(figures).collect() }
    }
}

impl<H: History + ?Sized> History for Together<'_, H> {
    fn areas(&self) -> &AreaBook {
        self.before.areas()
    }

    fn catalogue(&self) -> &Catalogue {
        self.before.catalogue()
    }

    fn calendar(&self) -> &Calendar {
        self.before.calendar()
    }

    fn figure(&self, ward: AreaKey, quarter: Quarter, indicator: IndicatorKey) -> Option<Decimal> {
        match self.reports.get(&(ward, quarter)) {
            Some(figures) => figures.get(&indicator).copied(),
            None => self.before.figure(ward, quarter, indicator),
        }
    }

    fn has_report(&self, ward: AreaKey, quarter: Quarter) -> bool {
        self.reports.contains_key(&(ward, quarter)) || self.before.has_report(ward, quarter)
    }
}
