//! What the rules say about the one real report, rule by rule, against the reviewed file; and that made-up but honest
//! reports raise no error.

use std::fmt::Write as _;

use danbiet::domain::aggregate::Published as _;
use danbiet::domain::area::AreaKey;
use danbiet::domain::finding::{Finding, Repair, RepairKind, Severity, Validation};
use danbiet::domain::indicator::IndicatorKind;
use danbiet::domain::observation::Observation;
use danbiet::domain::policy::{Action, Caller, Role};
use danbiet::domain::quarter::Quarter;
use danbiet::domain::report::ReportDocument;
use danbiet::domain::validation::{Account, Stage, Subject, apply, contested, examine, validate};
use danbiet::service::seed;
use danbiet::snapshot::{PublishedFigure, Snapshot};

use crate::support::TestApp;

fn snapshot(app: &TestApp) -> std::sync::Arc<Snapshot> {
    let admin = Caller { role: Role::Admin, ..Caller::public() };
    app.app.snapshots.read(&admin, Action::FiguresRead).unwrap()
}

fn ward(snapshot: &Snapshot) -> AreaKey {
    snapshot.areas().find("07792-1").unwrap()
}

fn judged(snapshot: &Snapshot, document: &ReportDocument, stage: Stage) -> (Validation, Vec<Account>) {
    let subject = Subject { document, ward: ward(snapshot), quarter: document.quarter, stage };
    examine(&seed::rules().unwrap(), snapshot, &subject)
}

fn written(text: &mut String, finding: &Finding) {
    write!(
        text,
        "\n### {} ({})\n\n{}\n\n{}\n\n",
        finding.id,
        finding.severity.as_str(),
        finding.message.vi,
        finding.message.en
    )
    .unwrap();
    for (name, side) in [("left", &finding.left), ("right", &finding.right), ("difference", &finding.difference)] {
        if let Some(side) = side {
            writeln!(text, "- {name}: {side}").unwrap();
        }
    }
    for figure in &finding.figures {
        let value = figure.value.map_or_else(String::new, |value| value.to_string());
        let pointer = figure.pointer.as_deref().unwrap_or_default();
        writeln!(text, "- figure: {} {} = {value} at {pointer}", figure.indicator, figure.nature.as_str()).unwrap();
    }
    if !finding.pointers.is_empty() {
        writeln!(text, "- at: {}", finding.pointers.join(", ")).unwrap();
    }
    if let Some(quote) = &finding.quote {
        writeln!(text, "- quote: {quote}").unwrap();
    }
    if !finding.repairs.is_empty() {
        writeln!(text, "- repairs: {}", finding.repairs.join(", ")).unwrap();
    }
}

fn mended(text: &mut String, repair: &Repair) {
    write!(
        text,
        "\n### {} (rank {}, {} tied)\n\n{}\n\n{}\n\n",
        repair.id, repair.rank, repair.tied, repair.message.vi, repair.message.en
    )
    .unwrap();
    for change in &repair.changes {
        writeln!(text, "- {} {} → {} at {}", change.indicator, change.from, change.to, change.pointer).unwrap();
    }
    writeln!(text, "- keeps: {}", repair.keeps.join(", ")).unwrap();
    for change in &repair.restate {
        writeln!(text, "- restate: {} {} → {} at {}", change.indicator, change.from, change.to, change.pointer)
            .unwrap();
    }
}

fn accounted(text: &mut String, account: &Account) {
    let name = account.part.as_ref().map_or_else(|| account.rule.clone(), |part| format!("{}.{part}", account.rule));
    let outcome = match (account.form, account.raised.as_slice(), account.tested) {
        (true, ..) => "held by the form".to_owned(),
        (_, [], 0) => "skipped".to_owned(),
        (_, [], _) => "passes".to_owned(),
        (_, raised, _) => raised.join(", "),
    };
    writeln!(text, "| {name} | {outcome} | {} | {} |", account.tested, account.skipped.join("; ")).unwrap();
}

/// Reviewed line by line against the table of the rules and their first reading of this report.
#[actix_web::test]
async fn the_real_report_raises_what_was_reviewed() {
    let app = TestApp::real().await;
    let document = seed::report().unwrap();
    let (validation, accounts) = judged(&snapshot(&app), &document, Stage::Submission);
    let mut text = String::from("# The report of Quảng Minh, 2024-Q1, at submission\n\n## Every rule\n\n");
    text.push_str("| rule | outcome | compared | not compared |\n|---|---|---|---|\n");
    for account in &accounts {
        accounted(&mut text, account);
    }
    text.push_str("\n## Findings\n");
    for finding in &validation.findings {
        written(&mut text, finding);
    }
    text.push_str("\n## Repairs\n");
    for repair in &validation.repairs {
        mended(&mut text, repair);
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/api/rules.md");
    if std::env::var_os("UPDATE_REVIEWED_FILES").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    let reviewed = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(
        text, reviewed,
        "the findings changed: run the test with UPDATE_REVIEWED_FILES=1 and review the difference"
    );
}

fn raised(validation: &Validation, severity: Severity) -> Vec<&str> {
    let of = validation.findings.iter().filter(|finding| finding.severity == severity);
    of.map(|finding| finding.id.as_str()).collect()
}

#[actix_web::test]
async fn number_and_date_weigh_more_the_nearer_publication_is() {
    let app = TestApp::real().await;
    let (snapshot, document) = (snapshot(&app), seed::report().unwrap());
    let weight = |stage| {
        let (validation, _) = judged(&snapshot, &document, stage);
        let header = validation.findings.iter().filter(|finding| finding.rule == "V32");
        header.map(|finding| finding.severity).collect::<Vec<_>>()
    };
    assert_eq!(weight(Stage::Submission), [Severity::Warning; 2]);
    assert_eq!(weight(Stage::Publication), [Severity::Error; 2]);
    let (validation, _) = judged(&snapshot, &document, Stage::Submission);
    assert_eq!(raised(&validation, Severity::Error), ["V02", "V03"]);
    assert_eq!(contested(&validation).into_iter().collect::<Vec<_>>(), [11, 12, 14, 16, 17, 18]);
}

#[actix_web::test]
async fn each_repair_of_the_real_report_mends_it_and_restates_the_rate_that_it_makes_wrong() {
    let app = TestApp::real().await;
    let (snapshot, document) = (snapshot(&app), seed::report().unwrap());
    let (validation, _) = judged(&snapshot, &document, Stage::Submission);
    let changes = |repair: &Repair| -> Vec<(String, String, String)> {
        let all = repair.changes.iter().chain(&repair.restate);
        all.map(|change| (change.indicator.clone(), change.from.to_string(), change.to.to_string())).collect()
    };
    let change = |code: &str, from: &str, to: &str| (code.to_owned(), from.to_owned(), to.to_owned());
    // 13 + 6 = 19 and 26 + 13 = 39 either way; 6/19 is 31.6 %.
    let expected = [
        [
            change("dossiers_resolved_on_time", "13", "6"),
            change("dossiers_in_progress_overdue", "6", "13"),
            change("on_time_resolution_rate", "68.4", "31.6"),
        ],
        [
            change("dossiers_resolved_overdue", "13", "6"),
            change("dossiers_in_progress_overdue", "6", "13"),
            change("overdue_resolution_rate", "68.4", "31.6"),
        ],
    ];
    assert_eq!(validation.repairs.iter().map(changes).collect::<Vec<_>>(), expected);
    for repair in &validation.repairs {
        assert_eq!((repair.kind, repair.rank, repair.tied, repair.keeps.len()), (RepairKind::Exchange, 1, 2, 1));
        let mended = apply(repair, true, &document).unwrap();
        let (after, _) = judged(&snapshot, &mended, Stage::Submission);
        assert_eq!(raised(&after, Severity::Error), [""; 0]);
        // 31.6 + 68.4 = 100, so that goes too, and nothing new comes.
        let before = raised(&validation, Severity::Warning);
        let left: Vec<&str> = before.into_iter().filter(|id| *id != "V08").collect();
        assert_eq!(raised(&after, Severity::Warning), left);
        // Without restating, the rate is found wrong.
        let (unrestated, _) = judged(&snapshot, &apply(repair, false, &document).unwrap(), Stage::Submission);
        let wrong = if repair.id.contains("on_time") { "V06" } else { "V07" };
        assert!(raised(&unrestated, Severity::Warning).contains(&wrong));
        // A repair is of the figures that it was found for.
        assert!(apply(repair, true, &mended).is_err());
    }
}

#[actix_web::test]
async fn figures_alone_are_not_judged_as_a_document() {
    let app = TestApp::real().await;
    let document = seed::report().unwrap();
    let figures = ReportDocument::of_figures(document.ward.clone(), document.quarter, document.observations);
    let (validation, _) = judged(&snapshot(&app), &figures, Stage::Publication);
    assert_eq!(raised(&validation, Severity::Error), ["V02", "V03"]);
    assert!(
        validation
            .findings
            .iter()
            .all(|finding| { finding.pointers.iter().all(|pointer| pointer.starts_with("/observations/")) })
    );
}

/// A document of the figures that a ward has published.
fn published(snapshot: &Snapshot, ward: AreaKey, quarter: Quarter) -> ReportDocument {
    let figure = |figure: &PublishedFigure| Observation {
        indicator: snapshot.catalogue().get(figure.indicator).unwrap().code.clone(),
        nature: figure.nature,
        operator: figure.operator,
        value: figure.value,
        span: figure.span,
        origin: figure.origin,
        reference_period: figure.reference_period.as_deref().map(ToOwned::to_owned),
        project: figure.project.as_deref().map(ToOwned::to_owned),
        method: figure.method,
        synthetic: figure.synthetic,
        instruction: false,
        note: None,
        mentions: Vec::new(),
    };
    let figures = snapshot.figures(ward, quarter).iter().map(figure).collect();
    ReportDocument::of_figures(String::new(), quarter, figures)
}

/// The figures of the neighbours were made to add up; what they raise must be rare and no error.
#[actix_web::test]
async fn honest_reports_raise_no_error_and_few_warnings() {
    let app = TestApp::demo().await;
    let (snapshot, rules) = (snapshot(&app), seed::rules().unwrap());
    let (mut reports, mut warned) = (0, Vec::new());
    for quarter in snapshot.quarters().collect::<Vec<_>>() {
        for ward in snapshot.wards_with_figures(quarter).filter(|known| *known != ward(&snapshot)) {
            let document = published(&snapshot, ward, quarter);
            let subject = Subject { document: &document, ward, quarter, stage: Stage::Publication };
            let validation = validate(&rules, &*snapshot, &subject);
            assert_eq!(raised(&validation, Severity::Error), [""; 0], "{ward:?} {quarter}");
            warned.extend(raised(&validation, Severity::Warning).into_iter().map(ToOwned::to_owned));
            reports += 1;
        }
    }
    assert!(reports > 150, "{reports}");
    // Where a report of the quarter before never came there is nothing to compare with, so nothing is left to warn of.
    assert_eq!(warned, [""; 0]);
}

#[test]
fn the_rules_name_indicators_of_the_catalogue_and_all_of_them_are_there() {
    let rules = seed::rules().unwrap();
    let indicators = seed::indicators().unwrap();
    for code in rules.indicators() {
        assert!(indicators.iter().any(|indicator| indicator.code == code), "{code}");
    }
    // V24 was struck from the table: the town's programme that a ward relays is not the ward's.
    let expected: Vec<String> = (1..=40)
        .filter(|number| *number != 24)
        .map(|number| format!("V{number:02}"))
        .chain((1..=11).map(|number| format!("N{number:02}")))
        .collect();
    let mut known: Vec<&str> = rules.sources().map(|(id, _)| id).collect();
    known.sort_by_key(|id| (id.starts_with('N'), (*id).to_owned()));
    assert_eq!(known, expected);
    assert!(rules.sources().all(|(_, source)| !source.is_empty()));
    assert!(indicators.iter().any(|indicator| indicator.kind == IndicatorKind::Rate));
}

#[actix_web::test]
async fn every_finding_of_the_real_report_can_be_followed_and_named_in_a_path() {
    let app = TestApp::real().await;
    let document = seed::report().unwrap();
    let (validation, _) = judged(&snapshot(&app), &document, Stage::Publication);
    let json = serde_json::to_value(&document).unwrap();
    let mut ids = std::collections::HashSet::new();
    for finding in &validation.findings {
        assert!(ids.insert(&finding.id), "{}", finding.id);
        assert!(
            finding.id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte)),
            "{}",
            finding.id
        );
        assert!(!finding.message.vi.contains('{') && !finding.message.en.contains('{'), "{}", finding.id);
        for figure in &finding.figures {
            let found = json.pointer(figure.pointer.as_deref().unwrap()).unwrap();
            assert_eq!(found.as_str().unwrap(), figure.value.unwrap().to_string(), "{}", finding.id);
        }
        for pointer in finding.pointers.iter().filter(|_| finding.rule != "V32") {
            assert!(json.pointer(pointer).is_some(), "{} {pointer}", finding.id);
        }
        if let Some(quote) = finding.quote.as_ref().filter(|_| finding.rule != "V32") {
            // As serde escapes it, so that what stands on two lines is found as well.
            let escaped = serde_json::to_string(quote).unwrap();
            assert!(json.to_string().contains(escaped.trim_matches('"')), "{}: {quote}", finding.id);
        }
    }
}
