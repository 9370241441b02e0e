//! What a report states against what the agency sent that owns the indicator. The report stands; the ward says why.

use super::check::Check;
use super::ledger::{Ledger, Raised, Skip};
use super::message::{Said, plain};
use super::rates::name;
use super::{Context, History, Rules, Stage};
use crate::domain::area::{AreaBook, AreaKey};
use crate::domain::calendar::{Calendar, date_in_vietnam};
use crate::domain::decimal::Decimal;
use crate::domain::finding::Finding;
use crate::domain::indicator::{Catalogue, IndicatorKey};
use crate::domain::observation::Observation;
use crate::domain::pushed::PushedFigure;
use crate::domain::quarter::Quarter;

/// What was published before, with what agencies sent for the report that is judged.
pub struct Beside<'a, H: ?Sized> {
    history: &'a H,
    pushed: &'a [PushedFigure],
}

impl<'a, H: History + ?Sized> Beside<'a, H> {
    /// Figures beside what was published before.
    pub const fn new(history: &'a H, pushed: &'a [PushedFigure]) -> Self {
        Self { history, pushed }
    }
}

impl<H: History + ?Sized> History for Beside<'_, H> {
    fn areas(&self) -> &AreaBook {
        self.history.areas()
    }

    fn catalogue(&self) -> &Catalogue {
        self.history.catalogue()
    }

    fn calendar(&self) -> &Calendar {
        self.history.calendar()
    }

    fn figure(&self, ward: AreaKey, quarter: Quarter, indicator: IndicatorKey) -> Option<Decimal> {
        self.history.figure(ward, quarter, indicator)
    }

    fn has_report(&self, ward: AreaKey, quarter: Quarter) -> bool {
        self.history.has_report(ward, quarter)
    }

    fn pushed(&self) -> &[PushedFigure] {
        self.pushed
    }
}

impl Rules {
    fn pushed_rule(&self) -> Option<&super::Rule> {
        self.list.iter().find(|rule| matches!(rule.check, Check::PushedDiffers {}))
    }

    /// Whether a finding is of the rule that holds reports against what agencies sent.
    #[must_use]
    pub fn is_of_pushed(&self, finding: &Finding) -> bool {
        self.pushed_rule().is_some_and(|rule| rule.id == finding.rule)
    }

    /// What that rule says of one figure that was sent, where the report states another or none; without places in the
    /// document.
    #[must_use]
    pub fn pushed_finding(
        &self,
        catalogue: &Catalogue,
        stated: Option<&Observation>,
        sent: &PushedFigure,
    ) -> Option<Finding> {
        let mut ledger = Ledger::of(self.pushed_rule()?, Stage::Submission);
        ledger.raise(raised(catalogue, stated, sent)?);
        ledger.findings.pop()
    }
}

fn shown(figure: &Observation) -> String {
    let number = plain(figure.value.ten_thousandths());
    if figure.operator.is_bound() { format!("{} {number}", figure.operator.as_str()) } else { number }
}

/// Nothing where the two say the same.
fn raised(catalogue: &Catalogue, stated: Option<&Observation>, sent: &PushedFigure) -> Option<Raised> {
    let figure = &sent.figure;
    if stated.is_some_and(|stated| stated.agrees_with(figure)) {
        return None;
    }
    let indicator = catalogue.find(&figure.indicator).and_then(|key| catalogue.get(key))?;
    let mut about = figure.indicator.clone();
    let apart = [
        (figure.nature != indicator.nature).then(|| figure.nature.as_str()),
        (figure.span != indicator.span).then(|| figure.span.as_str()),
        figure.reference_period.as_deref(),
    ];
    for part in apart.into_iter().flatten() {
        about.push('.');
        about.push_str(part);
    }
    let plain_numbers = stated.filter(|stated| !stated.operator.is_bound() && !figure.operator.is_bound());
    let difference = |stated: &Observation| plain(stated.value.ten_thousandths() - figure.value.ten_thousandths());
    Some(Raised {
        about,
        lesser: stated.is_none(),
        left: stated.map(shown),
        right: Some(shown(figure)),
        difference: plain_numbers.map(difference),
        words: vec![
            ("name", name(indicator)),
            ("other", Said::same(&sent.client_name)),
            ("date", Said::date(date_in_vietnam(sent.at.and_utc()))),
        ],
        ..Raised::default()
    })
}

/// What the report states is what the agency sent; what it does not state though it was sent is a hint.
pub(super) fn differs<H: History + ?Sized>(context: &Context<'_, H>, ledger: &mut Ledger<'_>) {
    let sheet = &context.sheet;
    if context.history.pushed().is_empty() {
        ledger.skip(Skip::Because("no agency sent a figure for it"));
    }
    for sent in context.history.pushed() {
        ledger.test();
        let stated = sheet.all(&sent.figure.indicator).find(|(_, stated)| stated.is_same_figure(&sent.figure));
        if let Some(raised) = raised(sheet.catalogue, stated.map(|(_, figure)| figure), sent) {
            let figures = stated.and_then(|(at, _)| sheet.involved(at)).into_iter().collect();
            ledger.raise(Raised { figures, ..raised });
        }
    }
}
