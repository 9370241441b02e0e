//! Which figures go out, and in which order: by quarter, ward and place in the report.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use chrono::NaiveDate;

use crate::domain::aggregate::Published as _;
use crate::domain::area::{AreaKey, AreaVersion};
use crate::domain::indicator::Nature;
use crate::domain::quarter::Quarter;
use crate::error::{Code, Error, Result};
use crate::service::read::{area_reference, indicator, quarter as read_quarter};
use crate::snapshot::{PublishedFigure, Snapshot};
use crate::text;

/// What is asked for, by its names.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Only this ward's, by its code.
    pub ward: Option<String>,
    /// Only those of the wards within this area at each quarter's cut-off.
    pub area: Option<String>,
    /// Only this quarter's.
    pub quarter: Option<String>,
    /// From this quarter on.
    pub from: Option<String>,
    /// Until this quarter.
    pub to: Option<String>,
    /// Only these indicators', by their codes with commas between.
    pub indicator: Option<String>,
    /// Only of this nature.
    pub nature: Option<Nature>,
}

/// Whose figures.
#[derive(Debug, Clone)]
pub enum Wards {
    /// Everybody's.
    All,
    /// Those of these wards.
    Of(BTreeSet<AreaKey>),
    /// Those of the wards within an area at each quarter's cut-off.
    Within(AreaKey),
}

/// Which of a ward's figures.
pub type Keep = Box<dyn Fn(&PublishedFigure) -> bool + Send + Sync>;

/// Figures that are to go out.
pub struct Selection {
    /// Of which quarters, in order.
    pub quarters: Vec<Quarter>,
    /// Of which wards.
    pub wards: Wards,
    /// Which of them.
    pub keep: Keep,
}

impl Selection {
    /// Understands what is asked for.
    ///
    /// # Errors
    /// `missingParameter` for one end of a range or for two ways of naming quarters, `reversedRange`, `ambiguousArea` where a
    /// code passed to another area within the range, and what is wrong with a name.
    pub fn read(snapshot: &Snapshot, today: NaiveDate, asked: &Asked) -> Result<Self> {
        let quarters = quarters(snapshot, today, asked)?;
        let wards = match (&asked.ward, &asked.area) {
            (Some(_), Some(_)) => {
                let detail = text!("Chỉ cho ward hoặc area.", "Give ward or area, not both.");
                return Err(Error::parameter(Code::InvalidParameter, "area", detail));
            }
            (Some(ward), None) => Wards::Of(BTreeSet::from([resolved(snapshot, asked, &quarters, "ward", ward)?])),
            (None, Some(area)) => Wards::Within(resolved(snapshot, asked, &quarters, "area", area)?),
            (None, None) => Wards::All,
        };
        let codes = asked.indicator.iter().flat_map(|codes| codes.split(','));
        let indicators =
            codes.map(|code| indicator(snapshot, "indicator", code.trim())).collect::<Result<BTreeSet<_>>>()?;
        let nature = asked.nature;
        let keep = move |figure: &PublishedFigure| {
            (indicators.is_empty() || indicators.contains(&figure.indicator))
                && nature.is_none_or(|nature| nature == figure.nature)
        };
        Ok(Self { quarters, wards, keep: Box::new(keep) })
    }
}

fn quarters(snapshot: &Snapshot, today: NaiveDate, asked: &Asked) -> Result<Vec<Quarter>> {
    match (&asked.quarter, &asked.from, &asked.to) {
        (None, None, None) => Ok(snapshot.quarters().collect()),
        (Some(text), None, None) => Ok(vec![read_quarter(snapshot, today, "quarter", text)?]),
        (None, Some(from), Some(to)) => {
            let (first, last) =
                (read_quarter(snapshot, today, "from", from)?, read_quarter(snapshot, today, "to", to)?);
            if last < first {
                let detail = text!("from ({first}) đứng sau to ({last}).", "from ({first}) is after to ({last}).");
                return Err(Error::parameter(Code::ReversedRange, "from", detail));
            }
            Ok(first.through(last).collect())
        }
        (None, from, _) => {
            let missing = if from.is_some() { "to" } else { "from" };
            let detail = text!("Cần cả from và to.", "Give both from and to.");
            Err(Error::parameter(Code::MissingParameter, missing, detail))
        }
        (Some(_), _, _) => {
            let detail = text!("Chỉ cho quarter, hoặc from và to.", "Give quarter, or from and to.");
            Err(Error::parameter(Code::InvalidParameter, "quarter", detail))
        }
    }
}

/// The area that a code means over the quarters asked for; its latest holder where none are named.
fn resolved(snapshot: &Snapshot, asked: &Asked, quarters: &[Quarter], parameter: &str, code: &str) -> Result<AreaKey> {
    let named = asked.quarter.is_some() || asked.from.is_some();
    let found = area_reference(code).and_then(|reference| {
        if !named {
            return snapshot.areas().resolve(&reference, None);
        }
        let cut_offs: Vec<_> =
            quarters.iter().map(|quarter| (*quarter, snapshot.calendar().cut_off(*quarter))).collect();
        snapshot.areas().resolve_range(&reference, &cut_offs)
    });
    found.map_err(|error| error.placed(parameter))
}

/// A way through the reports of a selection.
pub struct Walk {
    snapshot: Arc<Snapshot>,
    selection: Selection,
    next_quarter: usize,
    quarter: Option<Quarter>,
    wards: VecDeque<AreaKey>,
}

impl Walk {
    /// At its beginning.
    #[must_use]
    pub const fn new(snapshot: Arc<Snapshot>, selection: Selection) -> Self {
        Self { snapshot, selection, next_quarter: 0, quarter: None, wards: VecDeque::new() }
    }

    /// What the figures are read from.
    #[must_use]
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The figures of a report that are to go out, in its order.
    pub fn figures(&self, ward: AreaKey, quarter: Quarter) -> impl Iterator<Item = &PublishedFigure> {
        self.snapshot.figures(ward, quarter).iter().filter(|figure| (self.selection.keep)(figure))
    }

    /// A ward as it was at the cut-off.
    #[must_use]
    pub fn ward(&self, ward: AreaKey, quarter: Quarter) -> Option<&AreaVersion> {
        self.snapshot.areas().get(ward)?.on_or_latest(self.snapshot.calendar().cut_off(quarter))
    }

    /// How many figures there are from here on.
    #[must_use]
    pub fn count(mut self) -> usize {
        let mut count = 0;
        while let Some((ward, quarter)) = self.next() {
            count += self.figures(ward, quarter).count();
        }
        count
    }

    fn enter(&mut self, quarter: Quarter) {
        let (snapshot, cut_off) = (&self.snapshot, self.snapshot.calendar().cut_off(quarter));
        let within = match &self.selection.wards {
            Wards::Within(area) => Some(snapshot.areas().members(*area, cut_off)),
            Wards::All | Wards::Of(_) => None,
        };
        let wanted = |ward: &AreaKey| match &self.selection.wards {
            Wards::All => true,
            Wards::Of(wards) => wards.contains(ward),
            Wards::Within(area) => area == ward || within.is_some_and(|members| members.contains(ward)),
        };
        self.wards = snapshot.wards_with_figures(quarter).filter(wanted).collect();
        self.quarter = Some(quarter);
    }
}

impl Iterator for Walk {
    type Item = (AreaKey, Quarter);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let (Some(quarter), Some(ward)) = (self.quarter, self.wards.pop_front()) {
                return Some((ward, quarter));
            }
            let quarter = *self.selection.quarters.get(self.next_quarter)?;
            self.next_quarter += 1;
            self.enter(quarter);
        }
    }
}
