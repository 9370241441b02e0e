//! The document itself: its header, what the ward issued, what it cites.

use std::collections::BTreeMap;

use chrono::{Datelike as _, NaiveDate};

use super::rules::{CheckKind, Rules, Sides};
use super::{History, Stage, Subject};
use crate::domain::calendar::Level;
use crate::domain::finding::{Finding, Severity};
use crate::domain::report::IssuedDocument;
use crate::domain::text::fold;

pub(super) fn findings<H: History + ?Sized>(rules: &Rules, history: &H, subject: &Subject<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (at, issued) in subject.document.issued_documents.iter().enumerate() {
        window(rules, history, subject, at, issued, &mut found);
        subject_year(rules, at, issued, &mut found);
        day_off(rules, history, at, issued, &mut found);
        unit(rules, history, subject, at, issued, &mut found);
    }
    order(rules, history, subject, &mut found);
    header(rules, subject, &mut found);
    acts(rules, history, subject, &mut found);
    // In the order of the rules, document by document.
    found.sort_by(|one, other| one.rule.cmp(&other.rule));
    found
}

fn about(issued: &IssuedDocument) -> (&str, &str) {
    (&issued.symbol, &issued.symbol)
}

fn placed(mut finding: Finding, at: usize, member: &str, issued: &IssuedDocument) -> Finding {
    finding.pointers = vec![format!("/issuedDocuments/{at}/{member}")];
    finding.quote.clone_from(&issued.quote);
    finding
}

/// Between the cut-off and the signing a document is only early for the next report.
fn window<H: History + ?Sized>(
    rules: &Rules,
    history: &H,
    subject: &Subject<'_>,
    at: usize,
    issued: &IssuedDocument,
    found: &mut Vec<Finding>,
) {
    let Some(check) = rules.check(CheckKind::DocumentOutsideWindow) else { return };
    let calendar = history.calendar();
    let window = calendar.window(subject.quarter);
    if (window.start..=window.cut_off).contains(&issued.date) {
        return;
    }
    let right = format!("{} – {}", window.start, window.cut_off);
    let sides = Sides { about: about(issued), left: issued.date.to_string(), right, difference: None };
    let mut finding = placed(check.finding(&issued.symbol, sides), at, "date", issued);
    let signed = subject.document.date.or_else(|| calendar.deadline(subject.quarter, Level::Ward));
    if issued.date > window.cut_off && signed.is_some_and(|signed| issued.date <= signed) {
        finding.severity = Severity::Hint;
    }
    found.push(finding);
}

/// From October on, a document may be about the year to come.
fn subject_year(rules: &Rules, at: usize, issued: &IssuedDocument, found: &mut Vec<Finding>) {
    let Some(check) = rules.check(CheckKind::DocumentSubjectYear) else { return };
    let folded = fold(&issued.subject);
    let Some(year) = folded.rsplit_once("nam ").and_then(|(_, rest)| rest.get(..4)).and_then(|text| text.parse().ok())
    else {
        return;
    };
    let next = issued.date.month() >= 10 && year == issued.date.year() + 1;
    if year == issued.date.year() || next {
        return;
    }
    let (left, right) = (issued.date.to_string(), i32::to_string(&year));
    let sides = Sides { about: about(issued), left, right, difference: None };
    found.push(placed(check.finding(&issued.symbol, sides), at, "date", issued));
}

fn day_off<H: History + ?Sized>(
    rules: &Rules,
    history: &H,
    at: usize,
    issued: &IssuedDocument,
    found: &mut Vec<Finding>,
) {
    let Some(check) = rules.check(CheckKind::DocumentDayOff) else { return };
    if history.calendar().is_working_day(issued.date) {
        return;
    }
    let sides = Sides { about: about(issued), left: issued.date.to_string(), right: String::new(), difference: None };
    found.push(placed(check.finding(&issued.symbol, sides), at, "date", issued));
}

/// The unit must be named as it was on the document's day.
fn unit<H: History + ?Sized>(
    rules: &Rules,
    history: &H,
    subject: &Subject<'_>,
    at: usize,
    issued: &IssuedDocument,
    found: &mut Vec<Finding>,
) {
    let Some(check) = rules.check(CheckKind::DocumentUnit) else { return };
    let Some(named) = issued.unit_named.as_deref() else { return };
    let version = history.areas().get(subject.ward).and_then(|area| area.on(issued.date));
    let Some(version) = version.filter(|version| fold(&version.name) != fold(named)) else { return };
    let sides = Sides { about: about(issued), left: named.to_owned(), right: version.name.clone(), difference: None };
    found.push(placed(check.finding(&issued.symbol, sides), at, "subject", issued));
}

/// A number and a register, as `08/KH-UBND` names them.
fn numbered(symbol: &str) -> Option<(u32, &str)> {
    let (number, register) = symbol.split_once('/')?;
    Some((number.trim().parse().ok()?, register.trim()))
}

/// Within one register of the report's year, numbers and dates go up together. Told are the documents outside the longest
/// run that does, so that one wrong date is one finding. A unit that is new, or of a new kind, opens a new register.
fn order<H: History + ?Sized>(rules: &Rules, history: &H, subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let Some(check) = rules.check(CheckKind::DocumentOrder) else { return };
    let area = history.areas().get(subject.ward);
    let since = |date: NaiveDate| area.and_then(|area| area.on(date)).and_then(|version| version.valid_from);
    let mut registers: BTreeMap<_, Vec<(u32, NaiveDate, usize)>> = BTreeMap::new();
    for (at, issued) in subject.document.issued_documents.iter().enumerate() {
        if let Some((number, register)) = numbered(&issued.symbol) {
            registers.entry((register, since(issued.date))).or_default().push((number, issued.date, at));
        }
    }
    for (_, mut entries) in registers {
        entries.sort_unstable();
        let window = history.calendar().window(subject.quarter);
        let run = longest_run(&entries, |date| (window.start..=window.cut_off).contains(&date));
        for (number, date, at) in entries.iter().filter(|entry| !run.contains(&entry.2)) {
            let Some(issued) = subject.document.issued_documents.get(*at) else { continue };
            let neighbour = |entry: Option<&(u32, NaiveDate, usize)>| {
                entry.map_or_else(String::new, |(number, date, _)| format!("{number}: {date}"))
            };
            let in_run = || entries.iter().filter(|entry| run.contains(&entry.2));
            let before = neighbour(in_run().rfind(|entry| entry.0 < *number));
            let after = neighbour(in_run().find(|entry| entry.0 > *number));
            let right = [before, after].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ");
            let sides = Sides { about: about(issued), left: date.to_string(), right, difference: None };
            found.push(placed(check.finding(&issued.symbol, sides), *at, "date", issued));
        }
    }
}

/// The longest run of entries, by their numbers, whose dates never go back; of two as long, the one with more dates that
/// are `likely`.
fn longest_run(entries: &[(u32, NaiveDate, usize)], likely: impl Fn(NaiveDate) -> bool) -> Vec<usize> {
    /// How long a run is, how many of its dates are likely, and which entries it has.
    type Run = (usize, usize, Vec<usize>);
    let mut runs: Vec<Run> = Vec::new();
    for (index, (_, date, at)) in entries.iter().enumerate() {
        let earlier = runs.iter().zip(entries.iter().take(index)).filter(|(_, (_, before, _))| before <= date);
        let longest = earlier.map(|(run, _)| run).max_by_key(|(length, likely, _)| (*length, *likely)).cloned();
        let (length, good, mut run) = longest.unwrap_or_default();
        run.push(*at);
        runs.push((length + 1, good + usize::from(likely(*date)), run));
    }
    runs.into_iter().max_by_key(|(length, likely, _)| (*length, *likely)).map(|(.., run)| run).unwrap_or_default()
}

/// The clerk gives number and date after signing, so they are missed only when the report is to be read.
fn header(rules: &Rules, subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let Some(check) = rules.check(CheckKind::Header) else { return };
    let document = subject.document;
    let parts = [
        ("number", ("số văn bản", "the number"), document.number.is_none()),
        ("date", ("ngày ban hành", "the date"), document.date.is_none()),
        ("signatory", ("người ký", "the signatory"), document.signatory.is_none()),
        ("recipients", ("nơi nhận", "the recipients"), document.recipients.is_empty()),
    ];
    for (part, about, _) in parts.into_iter().filter(|(.., missing)| *missing) {
        let sides = Sides { about, left: String::new(), right: String::new(), difference: None };
        let mut finding = check.finding(part, sides);
        if subject.stage == Stage::Publication {
            finding.severity = Severity::Error;
        }
        finding.pointers = vec![format!("/{part}")];
        found.push(finding);
    }
}

/// Acts that had ceased to be in force when the report was signed; one finding an act, with every mention.
fn acts<H: History + ?Sized>(rules: &Rules, history: &H, subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let Some(check) = rules.check(CheckKind::ActOutOfForce) else { return };
    let day = subject.document.date.unwrap_or_else(|| history.calendar().cut_off(subject.quarter));
    for act in rules.acts.iter().filter(|act| act.until <= day) {
        let cited = subject.document.cited_acts.iter().enumerate().filter(|(_, cited)| cited.act == act.symbol);
        let mentions: Vec<_> = cited.collect();
        let Some((_, first)) = mentions.first() else { continue };
        let (left, right) = (act.until.to_string(), act.replaced_by.clone());
        let sides = Sides { about: (&act.symbol, &act.symbol), left, right, difference: None };
        let mut finding = check.finding(&act.symbol, sides);
        finding.quote.clone_from(&first.quote);
        finding.pointers = mentions.iter().map(|(at, _)| format!("/citedActs/{at}")).collect();
        found.push(finding);
    }
}
