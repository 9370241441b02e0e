//! What the rules say about a report: the rules are data (`seed/rules.toml`), the kinds of checks are here.
//!
//! An `error` is a balance of whole numbers or a true subset, all of whose terms the report states, so that an honest
//! report raises none. Bounds, targets, pledges and figures quoted from an earlier time enter no arithmetic unless the
//! rule is about them, and what is missing is never nought. A document of figures alone, as files bring them, is not
//! judged as a document.

mod check;
mod compare;
mod counting;
mod counts;
mod header;
mod ledger;
mod message;
mod outlier;
mod papers;
mod past;
mod printed;
mod pushed;
mod rates;
mod repair;
mod rule;
mod scan;
mod sheet;
mod together;
mod wording;

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{Months, NaiveDate};

pub use ledger::Account;
pub use pushed::Beside;
pub use repair::apply;
pub use rule::Rules;
pub use together::Together;

use self::check::Check;
use self::compare::Constraint;
use self::ledger::{Ledger, Raised};
use self::message::Said;
use self::rule::Rule;
use self::scan::Part;
use self::sheet::Sheet;
use super::aggregate::Published;
use super::area::{AreaBook, AreaKey};
use super::calendar::{Calendar, Window};
use super::decimal::Decimal;
use super::finding::{Finding, Repair, Severity, Validation};
use super::indicator::{Catalogue, IndicatorKey, Nature};
use super::pushed::PushedFigure;
use super::quarter::Quarter;
use super::report::ReportDocument;
use super::text::fold;

/// How far a report has come when it is judged: number and day are given by the clerk after signing, so that their
/// lack weighs more the later it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Being written, or sent to the town.
    Submission,
    /// To be published.
    Publication,
}

/// What was published before.
pub trait History {
    /// Areas and their history.
    fn areas(&self) -> &AreaBook;
    /// Indicators.
    fn catalogue(&self) -> &Catalogue;
    /// Windows, cut-offs and working days.
    fn calendar(&self) -> &Calendar;
    /// The actual, unbounded figure of the indicator's own span of a ward's published report.
    fn figure(&self, ward: AreaKey, quarter: Quarter, indicator: IndicatorKey) -> Option<Decimal>;
    /// Whether a ward has a published report for the quarter.
    fn has_report(&self, ward: AreaKey, quarter: Quarter) -> bool;
    /// What agencies sent for the report that is judged.
    fn pushed(&self) -> &[PushedFigure] {
        &[]
    }
}

impl<P: Published + ?Sized> History for P {
    fn areas(&self) -> &AreaBook {
        Published::areas(self)
    }

    fn catalogue(&self) -> &Catalogue {
        Published::catalogue(self)
    }

    fn calendar(&self) -> &Calendar {
        Published::calendar(self)
    }

    fn figure(&self, ward: AreaKey, quarter: Quarter, indicator: IndicatorKey) -> Option<Decimal> {
        let figure = self.column(quarter, indicator, Nature::Actual)?.get(ward)?;
        (!figure.is_bound()).then(|| figure.value())
    }

    fn has_report(&self, ward: AreaKey, quarter: Quarter) -> bool {
        Published::has_report(self, ward, quarter)
    }
}

/// The report that is judged.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The document.
    pub document: &'a ReportDocument,
    /// The ward that reports.
    pub ward: AreaKey,
    /// The quarter reported on.
    pub quarter: Quarter,
    /// How far it has come.
    pub stage: Stage,
}

/// A report with everything that the checks look at.
struct Context<'a, H: History + ?Sized> {
    rules: &'a Rules,
    history: &'a H,
    document: &'a ReportDocument,
    ward: AreaKey,
    quarter: Quarter,
    stage: Stage,
    window: Window,
    /// The day on which names and acts are judged: that of the report, else the cut-off.
    on: NaiveDate,
    /// The latest day on which the report may have been signed.
    signed_by: NaiveDate,
    sheet: Sheet<'a>,
    parts: Vec<Part<'a>>,
}

impl<'a, H: History + ?Sized> Context<'a, H> {
    fn new(rules: &'a Rules, history: &'a H, subject: &Subject<'a>) -> Self {
        let Subject { document, ward, quarter, stage } = *subject;
        let window = history.calendar().window(quarter);
        let sheet = Sheet::new(history.catalogue(), quarter, &document.observations);
        Self {
            rules,
            history,
            document,
            ward,
            quarter,
            stage,
            window,
            on: document.date.unwrap_or(window.cut_off),
            signed_by: signed_by(document, quarter),
            sheet,
            parts: if is_document(document) { scan::parts(document) } else { Vec::new() },
        }
    }

    fn covers(&self, date: NaiveDate) -> bool {
        (self.window.start..=self.window.cut_off).contains(&date)
    }

    /// Whether the ward, or a unit that was merged into it, published the quarter.
    fn reported(&self, quarter: Quarter) -> bool {
        self.history.areas().continues(self.ward).iter().any(|ward| self.history.has_report(*ward, quarter))
    }

    /// The wards under the same parent at a quarter's cut-off.
    fn peers(&self, quarter: Quarter) -> &'a [AreaKey] {
        let (areas, cut_off) = (self.history.areas(), self.history.calendar().cut_off(quarter));
        let version = areas.get(self.ward).and_then(|area| area.on(cut_off));
        let parent = version.and_then(|version| areas.find(version.parent.as_deref()?));
        parent.map_or(&[], |parent| areas.members(parent, cut_off))
    }
}

/// Whether there is more than figures.
fn is_document(document: &ReportDocument) -> bool {
    document.title.is_some()
        || document.preamble.is_some()
        || document.number.is_some()
        || document.signatory.is_some()
        || !document.recipients.is_empty()
        || !document.narrative.is_empty()
        || !document.issued_documents.is_empty()
        || !document.cited_acts.is_empty()
}

/// The day of signing; else the end of the month that is printed beside the blank, else the quarter's last day.
fn signed_by(document: &ReportDocument, quarter: Quarter) -> NaiveDate {
    let printed = || {
        let folded = fold(document.date_printed.as_deref()?);
        let after = |word: &str| folded.split_once(word)?.1.split(' ').next();
        let (month, year) = (after("thang ")?.parse().ok()?, after("nam ")?.parse().ok()?);
        NaiveDate::from_ymd_opt(year, month, 1)?.checked_add_months(Months::new(1))?.pred_opt()
    };
    let last = Quarter::from_serial(quarter.serial() + 1).and_then(|next| next.first_day().pred_opt());
    document.date.or_else(printed).or(last).unwrap_or_else(|| quarter.day_of(2, 28))
}

/// Judges a report by every rule.
pub fn validate<H: History + ?Sized>(rules: &Rules, history: &H, subject: &Subject<'_>) -> Validation {
    examine(rules, history, subject).0
}

/// Judges a report and accounts for every rule: what it compared, what it raised, what it could not look at and why.
pub fn examine<H: History + ?Sized>(rules: &Rules, history: &H, subject: &Subject<'_>) -> (Validation, Vec<Account>) {
    let context = Context::new(rules, history, subject);
    let mut constraints = Vec::new();
    let mut ledgers: Vec<Ledger<'_>> = Vec::with_capacity(rules.list.len());
    for rule in &rules.list {
        let mut ledger = Ledger::new(&context, rule);
        if rule.check.is_of_documents() && !is_document(context.document) {
            ledger.skip(ledger::Skip::Because("a document of figures alone"));
        } else {
            run(&context, rule, &mut ledger, &mut constraints);
        }
        ledgers.push(ledger);
    }
    let repairs = offer_repairs(&context, &constraints, &mut ledgers);
    let accounts = ledgers.iter().map(Ledger::account).collect();
    let mut findings: Vec<Finding> = ledgers.into_iter().flat_map(|ledger| ledger.findings).collect();
    // Stable: the order of the rules within a severity.
    findings.sort_by_key(|finding| Severity::ALL.iter().position(|known| *known == finding.severity));
    keep_ids_apart(&mut findings);
    (Validation { findings, repairs }, accounts)
}

impl Check {
    fn is_of_documents(&self) -> bool {
        matches!(
            self,
            Self::DocumentWindow {}
                | Self::DocumentOrder {}
                | Self::DocumentYear { .. }
                | Self::DocumentWorkingDay {}
                | Self::UnitName { .. }
                | Self::ParentName { .. }
                | Self::Subunit { .. }
                | Self::Header {}
                | Self::SymbolIssuer { .. }
                | Self::ActInForce {}
                | Self::Vocabulary { .. }
                | Self::PeriodLabel { .. }
                | Self::Addressee { .. }
        )
    }
}

fn run<'a, H: History + ?Sized>(
    context: &Context<'a, H>,
    rule: &'a Rule,
    ledger: &mut Ledger<'_>,
    constraints: &mut Vec<Constraint>,
) {
    match &rule.check {
        Check::Compare(comparison) => compare::compare(context, comparison, ledger, constraints),
        Check::StatedRate(rates) => rates::stated_rate(context, rates, ledger),
        Check::ReachableRate(rates) => rates::reachable_rate(context, rates, ledger),
        Check::NumeratorWithinDenominator(rates) => rates::numerator_within(context, rates, ledger, constraints),
        Check::RateWithoutCounts { headline } => rates::rate_without_counts(context, headline, ledger),
        Check::BoundedRate {} => rates::bounded_rate(context, ledger),
        Check::RatesApart { first, second, points } => rates::rates_apart(context, (first, second, *points), ledger),
        Check::ReceptionWeeks { indicator } => counting::reception_weeks(context, indicator, ledger),
        Check::PrintedFraction {} => counting::printed_fraction(context, ledger),
        Check::OneValue {} => counting::one_value(context, ledger),
        Check::Claim { indicator, rate, phrases } => counting::claim(context, (indicator, rate, phrases), ledger),
        Check::ListCount { lists, nouns, numerals, introduces } => {
            counting::list_count(context, (lists, nouns, numerals, introduces), ledger);
        }
        Check::DocumentWindow {} => papers::window(context, ledger),
        Check::DocumentOrder {} => papers::order(context, ledger),
        Check::DocumentYear { next_year_from_month, last_year_until_month, looking_back } => {
            papers::year(context, (*next_year_from_month, *last_year_until_month, looking_back), ledger);
        }
        Check::DocumentWorkingDay {} => papers::working_day(context, ledger),
        Check::UnitName { bodies } => wording::unit_name(context, bodies, ledger),
        Check::ParentName { party_committee } => wording::parent_name(context, party_committee, ledger),
        Check::Subunit { words } => wording::subunit(context, words, ledger),
        Check::Header {} => header::header(context, ledger),
        Check::SymbolIssuer { issuers } => header::symbol_issuer(context, issuers, ledger),
        Check::ActInForce {} => header::act_in_force(context, ledger),
        Check::Vocabulary { renamed } => wording::vocabulary(context, renamed, ledger),
        Check::PeriodLabel { numbered } => wording::period_label(context, numbered, ledger),
        Check::Addressee { bodies } => header::addressee(context, bodies, ledger),
        Check::ContinuedStock { stocks } => past::continued_stock(context, stocks, ledger),
        Check::YearToDate {} => past::year_to_date(context, ledger),
        Check::Copied { at_least, percent } => past::copied(context, (*at_least, *percent), ledger),
        Check::EarlierValue {} => past::earlier_value(context, ledger),
        Check::Magnitude { factor, indicators } => past::magnitude(context, (*factor, indicators), ledger),
        Check::PushedDiffers {} => pushed::differs(context, ledger),
        Check::OwnOutlier { quarters } => outlier::own_outlier(context, *quarters, ledger),
        Check::PeerBand { of, per, quarters, peers } => {
            outlier::peer_band(context, (of, per), (*quarters, *peers), ledger);
        }
        // Repairs come when every balance is known.
        Check::Repairs {} | Check::Form {} => {}
    }
}

/// Says which repairs there are, and hangs them on the findings that they mend.
fn offer_repairs<H: History + ?Sized>(
    context: &Context<'_, H>,
    constraints: &[Constraint],
    ledgers: &mut [Ledger<'_>],
) -> Vec<Repair> {
    let groups = repair::repairs(context.rules, &context.sheet, constraints);
    let mut all = Vec::new();
    for group in groups {
        let ids: Vec<String> = group.repairs.iter().map(|repair| repair.id.clone()).collect();
        let told = |pick: fn(&Repair) -> &str| group.repairs.iter().map(pick).collect::<Vec<_>>().join(" ");
        for finding in ledgers.iter_mut().flat_map(|ledger| &mut ledger.findings) {
            if group.findings.contains(&finding.id) {
                finding.repairs.extend(ids.iter().cloned());
            }
        }
        if let Some(ledger) = ledgers.iter_mut().find(|ledger| matches!(ledger.rule.check, Check::Repairs {})) {
            ledger.test();
            let changed: BTreeSet<usize> = group
                .repairs
                .iter()
                .flat_map(|repair| &repair.changes)
                .filter_map(|change| sheet::position(&change.pointer))
                .collect();
            ledger.raise(Raised {
                about: group.findings.join("-"),
                figures: changed.into_iter().filter_map(|at| context.sheet.involved(at)).collect(),
                words: vec![
                    ("about", Said::same(&group.findings.join(", "))),
                    ("count", Said::count(ids.len())),
                    ("words", Said::both(told(|repair| &repair.message.vi), told(|repair| &repair.message.en))),
                ],
                ..Raised::default()
            });
            if let Some(finding) = ledger.findings.last_mut() {
                finding.repairs = ids;
            }
        }
        all.extend(group.repairs);
    }
    if let Some(ledger) = ledgers.iter_mut().find(|ledger| matches!(ledger.rule.check, Check::Repairs {}))
        && all.is_empty()
    {
        ledger.skip(ledger::Skip::Because("every balance holds, or no single repair restores one"));
    }
    all
}

/// Two findings about things of one name are numbered in their order.
fn keep_ids_apart(findings: &mut [Finding]) {
    let mut seen: HashSet<String> = HashSet::with_capacity(findings.len());
    // Where the numbers of a name go on: one body may repeat a name tens of thousands of times.
    let mut next: HashMap<String, usize> = HashMap::new();
    for finding in findings {
        if seen.insert(finding.id.clone()) {
            continue;
        }
        let ordinal = next.entry(finding.id.clone()).or_insert(2);
        let base = std::mem::take(&mut finding.id);
        while finding.id.is_empty() {
            let id = format!("{base}.{ordinal}");
            *ordinal += 1;
            if seen.insert(id.clone()) {
                finding.id = id;
            }
        }
    }
}

/// The figures that stand under an open error, as positions in the document's observations.
#[must_use]
pub fn contested(validation: &Validation) -> BTreeSet<usize> {
    let figures = validation.errors().flat_map(|finding| &finding.figures);
    figures.filter_map(|figure| sheet::position(figure.pointer.as_deref()?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::finding::Sentence;

    /// Nothing here is timed: were the numbers of a name tried from the first again, it would take minutes.
    #[test]
    fn findings_of_one_name_are_numbered_past_those_that_have_the_number_already() {
        let finding = |id: &str| {
            let message = Sentence { vi: String::new(), en: String::new() };
            let (id, rule, severity) = (id.to_owned(), "V25".to_owned(), Severity::Hint);
            let (left, right, difference, quote) = (None, None, None, None);
            let (figures, pointers, repairs) = (Vec::new(), Vec::new(), Vec::new());
            Finding { id, rule, severity, message, left, right, difference, figures, pointers, quote, repairs }
        };
        let names = ["V25.a", "V25.a.2", "V25.a.2"].into_iter().chain(std::iter::repeat_n("V25.a", 30_000));
        let mut findings: Vec<Finding> = names.map(finding).collect();
        keep_ids_apart(&mut findings);
        let ids: Vec<&str> = findings.iter().map(|finding| finding.id.as_str()).collect();
        assert_eq!(ids.get(..5), Some(["V25.a", "V25.a.2", "V25.a.2.2", "V25.a.3", "V25.a.4"].as_slice()));
        assert_eq!((ids.last(), ids.iter().collect::<HashSet<_>>().len()), (Some(&"V25.a.30002"), ids.len()));
    }
}
