//! Rules that the one real report has no occasion for, on made-up reports and a made-up past.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use danbiet::domain::area::{Area, AreaBook, AreaKey, AreaKind, AreaVersion, Succession, SuccessionKind};
use danbiet::domain::calendar::Calendar;
use danbiet::domain::decimal::Decimal;
use danbiet::domain::finding::{Finding, Severity, Validation};
use danbiet::domain::indicator::{Catalogue, IndicatorKey, Nature, Span};
use danbiet::domain::observation::{Mention, Observation, Operator, Origin, SurveyMethod};
use danbiet::domain::quarter::Quarter;
use danbiet::domain::report::{IssuedDocument, NarrativeSection, ReportDocument, Signatory};
use danbiet::domain::validation::{History, Rules, Stage, Subject, examine, validate};
use danbiet::service::seed;

/// What was published before.
struct Past {
    areas: AreaBook,
    catalogue: Catalogue,
    calendar: Calendar,
    figures: HashMap<(AreaKey, Quarter, IndicatorKey), Decimal>,
}

impl History for Past {
    fn areas(&self) -> &AreaBook {
        &self.areas
    }

    fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    fn figure(&self, ward: AreaKey, quarter: Quarter, indicator: IndicatorKey) -> Option<Decimal> {
        self.figures.get(&(ward, quarter, indicator)).copied()
    }

    fn has_report(&self, ward: AreaKey, quarter: Quarter) -> bool {
        self.figures.keys().any(|(known, of, _)| *known == ward && *of == quarter)
    }
}

impl Past {
    fn new() -> Self {
        let (areas, successions) = seed::areas().unwrap();
        Self {
            areas: AreaBook::new(areas, successions),
            catalogue: Catalogue::new(seed::indicators().unwrap()).unwrap(),
            calendar: Calendar::new(seed::calendar().unwrap(), BTreeMap::new()),
            figures: HashMap::new(),
        }
    }

    fn with(mut self, ward: &str, of: &str, figures: &[(&str, u32)]) -> Self {
        let (ward, of) = (self.areas.find(ward).unwrap(), quarter(of));
        for (code, value) in figures {
            let key = self.catalogue.find(code).unwrap();
            self.figures.insert((ward, of, key), Decimal::from(*value));
        }
        self
    }

    fn figure_of(&self, code: &str, value: &str) -> Observation {
        let indicator = self.catalogue.get(self.catalogue.find(code).unwrap()).unwrap();
        Observation {
            indicator: code.to_owned(),
            nature: Nature::Actual,
            operator: Operator::Equal,
            value: value.parse().unwrap(),
            span: indicator.span,
            origin: Origin::Stated,
            reference_period: None,
            project: None,
            method: None,
            synthetic: false,
            instruction: false,
            note: None,
            mentions: Vec::new(),
        }
    }

    fn report(&self, of: &str, figures: &[(&str, &str)]) -> ReportDocument {
        let figures = figures.iter().map(|(code, value)| self.figure_of(code, value)).collect();
        ReportDocument::of_figures("07792".to_owned(), quarter(of), figures)
    }

    fn judge_of(&self, ward: &str, document: &ReportDocument) -> Validation {
        let ward = self.areas.find(ward).unwrap();
        let subject = Subject { document, ward, quarter: document.quarter, stage: Stage::Submission };
        validate(&seed::rules().unwrap(), self, &subject)
    }

    fn judge(&self, document: &ReportDocument) -> Validation {
        self.judge_of("07792-1", document)
    }

    /// What figures of 2024-Q1 raise of some rules, as `id severity left right`.
    fn says(&self, rules: &[&str], figures: &[(&str, &str)]) -> Vec<String> {
        told(&self.judge(&self.report("2024-Q1", figures)), rules)
    }
}

fn quarter(text: &str) -> Quarter {
    text.parse().unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn told(validation: &Validation, rules: &[&str]) -> Vec<String> {
    let line = |finding: &Finding| {
        let side = |side: &Option<String>| side.clone().unwrap_or_default();
        format!("{} {} {} {}", finding.id, finding.severity.as_str(), side(&finding.left), side(&finding.right))
    };
    validation.findings.iter().filter(|finding| rules.contains(&finding.rule.as_str())).map(line).collect()
}

const NOTHING: [&str; 0] = [];
const ANY: &str = "SKIP_IF_ANY_VALUE_MISSING";

#[test]
fn a_balance_is_an_error_only_where_all_of_it_is_stated() {
    let past = Past::new();
    let all =
        [("dossiers_received_total", "58"), ("dossiers_resolved_total", "19"), ("dossiers_in_progress_total", "40")];
    assert_eq!(past.says(&["V01"], &all), ["V01 error 58 59"]);
    assert_eq!(past.says(&["V01"], &all[..2]), NOTHING);
    // A total that leaves out what was carried over: 50 new, 9 of the last quarter, 19 + 40.
    let mut new = all.to_vec();
    new[0].1 = "50";
    new.push(("dossiers_received_in_period", "50"));
    assert_eq!(past.says(&["V01", "N02"], &new), NOTHING);
    new.push(("dossiers_carried_over", "9"));
    assert_eq!(past.says(&["V01", "N02"], &new), ["N02 error 50 59"]);
    new[4].1 = "8";
    assert_eq!(past.says(&["V01", "N02"], &new), ["V01.carried-over error 58 59", "N02 error 50 58"]);
}

#[test]
fn bounds_targets_instructions_and_older_figures_enter_no_balance() {
    let past = Past::new();
    let sound = past.report(
        "2024-Q1",
        &[("dossiers_resolved_total", "19"), ("dossiers_resolved_on_time", "13"), ("dossiers_resolved_overdue", "7")],
    );
    assert_eq!(told(&past.judge(&sound), &["V02"]), ["V02 error 19 20"]);
    let changed: [fn(&mut Observation); 5] = [
        |figure| figure.operator = Operator::GreaterOrEqual,
        |figure| figure.nature = Nature::Target,
        |figure| figure.instruction = true,
        |figure| figure.reference_period = Some("2023-Q4".to_owned()),
        |figure| figure.span = Span::YearToDate,
    ];
    for change in changed {
        let mut document = sound.clone();
        change(&mut document.observations[2]);
        assert_eq!(told(&past.judge(&document), &["V02"]), NOTHING);
    }
}

#[test]
fn parts_are_not_more_than_their_whole() {
    let past = Past::new();
    let online = ("dossiers_received_online", "60");
    assert_eq!(past.says(&["V09"], &[online, ("dossiers_received_total", "58")]), ["V09 error 60 58"]);
    let both = [online, ("dossiers_received_in_period", "59"), ("dossiers_received_total", "58")];
    assert_eq!(past.says(&["V09"], &both), ["V09.online error 60 59", "V09.in-period error 59 58"]);
    let poor = [("poor_households", "12"), ("households_total", "11")];
    assert_eq!(past.says(&["V18"], &poor), ["V18.poverty_rate error 12 11"]);
    // Titles of a year are counted among the groups of that year.
    let groups = [("cultural_groups", "6"), ("residential_groups_total", "5"), ("conventions_updated", "5")];
    assert_eq!(past.says(&["V18"], &groups), NOTHING);
    let mut document = past.report("2024-Q1", &groups);
    let mention = |printed: &str| Mention {
        section: "II".to_owned(),
        quote: printed.to_owned(),
        printed: Some(printed.to_owned()),
    };
    document.observations[0].mentions.push(mention("6/5"));
    document.observations[2].mentions.push(mention("5/6"));
    let expected = ["V18.cultural_groups.printed error 6 5", "V18.whole.conventions_updated warning 6 5"];
    assert_eq!(told(&past.judge(&document), &["V18"]), expected);
}

#[test]
fn compensation_is_compared_project_by_project() {
    let past = Past::new();
    let mut document = past.report(
        "2024-Q1",
        &[
            ("land_compensation_approved", "900"),
            ("land_compensation_paid", "100"),
            ("land_compensation_approved", "50"),
            ("land_compensation_paid", "60"),
        ],
    );
    for (at, figure) in document.observations.iter_mut().enumerate() {
        figure.project = Some(if at < 2 { "đường 37" } else { "trạm y tế" }.to_owned());
    }
    assert_eq!(told(&past.judge(&document), &["V22"]), ["V22.tram-y-te error 60 50"]);
}

#[test]
fn a_rate_is_true_by_either_denominator_that_wards_use() {
    let past = Past::new();
    let counts =
        [("dossiers_received_online", "45"), ("dossiers_received_total", "58"), ("dossiers_received_in_period", "50")];
    let rate = |value| {
        let mut all = counts.to_vec();
        all.push(("online_submission_rate", value));
        past.says(&["V05", "V13"], &all)
    };
    // 45/58 = 77.586…, 45/50 = 90.
    assert_eq!(rate("77.6"), NOTHING);
    assert_eq!(rate("90"), NOTHING);
    assert_eq!(rate("77.58"), ["V05.online_submission_rate hint 77.58 77.5862"]);
    assert_eq!(rate("80"), ["V05.online_submission_rate warning 80 77.5862"]);
    // Without the numerator: of 7 groups 85.7 and 100 are possible, 90 is not.
    let groups = |value| {
        past.says(&["V05", "V13"], &[("residential_groups_total", "7"), ("residential_groups_met_rate", value)])
    };
    assert_eq!(groups("85.7"), NOTHING);
    assert_eq!(groups("90.0"), ["V13.residential_groups_met_rate warning 90.0 85.7 / 100.0"]);
}

#[test]
fn a_petition_rate_waits_for_what_was_transferred() {
    let past = Past::new();
    let counts = [
        ("petitions_received", "5"),
        ("petitions_ineligible", "2"),
        ("petitions_resolved", "2"),
        ("petition_resolution_rate", "100"),
    ];
    // 2 of 3 would be 66.7 %, but one may have been transferred.
    assert_eq!(past.says(&["V15"], &counts), NOTHING);
    let with = |transferred| {
        let mut all = counts.to_vec();
        all.push(("petitions_transferred", transferred));
        past.says(&["V15", "V18"], &all)
    };
    assert_eq!(with("1"), NOTHING);
    assert_eq!(with("0"), ["V15 warning 100 66.6667"]);
    assert_eq!(with("2"), ["V18.petition_resolution_rate error 2 1", "V15 warning 100 200"]);
}

#[test]
fn a_declared_method_stands_for_counts_and_decision_766_has_a_ceiling() {
    let past = Past::new();
    let mut document = past.report(
        "2024-Q1",
        &[
            ("satisfaction_rate", "99"),
            ("dossiers_received_total", "58"),
            ("dossiers_resolved_overdue", "13"),
            ("dossiers_in_progress_overdue", "6"),
        ],
    );
    assert_eq!(told(&past.judge(&document), &["V11", "V12"]), ["V12.satisfaction_rate warning 99 "]);
    document.observations[0].method = Some(SurveyMethod::Decision766);
    // 100 × (58 − 19)/58.
    assert_eq!(told(&past.judge(&document), &["V11", "V12"]), ["V11 hint 99 67.2414"]);
    document.observations[0].method = Some(SurveyMethod::Questionnaire);
    assert_eq!(told(&past.judge(&document), &["V11", "V12"]), NOTHING);
}

#[test]
fn counts_lie_on_the_side_of_a_bound() {
    let past = Past::new();
    let mut document = past.report(
        "2024-Q1",
        &[("online_submission_rate", "80"), ("dossiers_received_online", "45"), ("dossiers_received_total", "58")],
    );
    document.observations[0].operator = Operator::Greater;
    assert_eq!(told(&past.judge(&document), &["N07", "V05"]), ["N07.online_submission_rate warning >80 77.5862"]);
    document.observations[0].operator = Operator::Less;
    assert_eq!(told(&past.judge(&document), &["N07", "V05"]), NOTHING);
}

#[test]
fn what_a_quarter_begins_with_is_what_the_last_one_ended_with() {
    let past = Past::new().with(
        "07792-1",
        "2023-Q4",
        &[("dossiers_in_progress_total", 12), ("petitions_pending", 2), ("poor_households", 30)],
    );
    let begins = [("dossiers_carried_over", "11"), ("petitions_carried_over", "2"), ("poor_households_at_start", "30")];
    assert_eq!(past.says(&["N01"], &begins), ["N01.dossiers_carried_over warning 11 12"]);
    assert_eq!(Past::new().says(&["N01"], &begins), NOTHING);
    let review = [
        ("poor_households_at_start", "30"),
        ("households_escaped_poverty", "7"),
        ("households_re_entered_poverty", "1"),
        ("households_newly_poor", "2"),
        ("poor_households", "27"),
    ];
    assert_eq!(past.says(&["N05"], &review), ["N05 error 27 26"]);
    assert_eq!(past.says(&["N05"], &review[1..]), NOTHING);
}

#[test]
fn before_a_merger_the_past_is_the_sum_of_the_units_that_were_merged() {
    let units = ["07798-1", "07792-1", "07786-1", "07780-1", "07804-1"];
    let mut past = Past::new();
    for (unit, value) in units.iter().zip(1..) {
        past = past.with(unit, "2025-Q2", &[("dossiers_in_progress_total", value)]);
    }
    // 07798 is Vân Hà from 2025-07-01: 1 + 2 + 3 + 4 + 5, not Ninh Sơn's 1.
    let carried =
        |value| told(&past.judge_of("07798-2", &past.report("2025-Q3", &[("dossiers_carried_over", value)])), &["N01"]);
    assert_eq!(carried("15"), NOTHING);
    assert_eq!(carried("1"), ["N01.dossiers_carried_over warning 1 15"]);
    // One of them never reported: there is nothing to compare with.
    let key = past.catalogue.find("dossiers_in_progress_total").unwrap();
    let gone = past.areas.find("07804-1").unwrap();
    past.figures.remove(&(gone, quarter("2025-Q2"), key));
    let document = past.report("2025-Q3", &[("dossiers_carried_over", "1")]);
    assert_eq!(told(&past.judge_of("07798-2", &document), &["N01"]), NOTHING);
}

/// The areas of the seed and what never was: Vân Hà and Nếnh become one ward in 2026, and Tự Lạn is divided in two communes.
fn areas_to_come() -> AreaBook {
    let (mut areas, mut successions) = seed::areas().unwrap();
    let effective_on = day("2026-01-01");
    let changes = [
        (
            ["07798-2", "07795-2"].as_slice(),
            ["07798-3"].as_slice(),
            SuccessionKind::Merged,
            AreaKind::Ward,
            "Phường Vân Hà",
        ),
        (&["07774-2"], &["07774-3", "07771-2"], SuccessionKind::Split, AreaKind::Commune, "Xã Tự Lạn"),
    ];
    for (before, after, kind, area_kind, name) in changes {
        let mut ended = None;
        for area in areas.iter_mut().filter(|area| before.contains(&area.id.as_str())) {
            let last = area.versions.last_mut().unwrap();
            last.valid_to = Some(effective_on);
            ended = Some(last.clone());
        }
        for id in after {
            let version = AreaVersion {
                code: id[..5].to_owned(),
                name: name.to_owned(),
                kind: area_kind,
                valid_from: Some(effective_on),
                valid_to: None,
                ..ended.clone().unwrap()
            };
            areas.push(Area { id: (*id).to_owned(), versions: vec![version] });
            successions.extend(before.iter().map(|ended| Succession {
                predecessor: (*ended).to_owned(),
                successor: (*id).to_owned(),
                kind,
                effective_on,
                instrument: "made up".to_owned(),
            }));
        }
    }
    AreaBook::new(areas, successions)
}

#[test]
fn the_past_reaches_over_as_many_mergers_as_there_were() {
    let mut past = Past { areas: areas_to_come(), ..Past::new() };
    let units = past.areas.continues(past.areas.find("07798-3").unwrap());
    let units: Vec<String> = units.iter().map(|key| past.areas.get(*key).unwrap().id.clone()).collect();
    let units: Vec<&String> = units.iter().filter(|id| id.ends_with("-1")).collect();
    assert_eq!(units.len(), 9, "five became Vân Hà in 2025, four Nếnh");
    for unit in units {
        past = past.with(unit, "2025-Q2", &[("poor_households", 2)]);
    }
    let document = past.report("2026-Q1", &[("poor_households_at_start", "2")]);
    let found = past.judge_of("07798-3", &document);
    assert_eq!(told(&found, &["N01"]), ["N01.poor_households_at_start warning 2 18"]);
    // "UBND xã" was right for some of them once, and is wrong now; a part of a ward was never that ward.
    let said = |ward: &str, text: &str| told(&past.judge_of(ward, &letter(&past, "2026-Q1", text)), &["V29"]);
    assert_eq!(said("07798-3", "UBND xã báo cáo."), ["V29.UBND-xa hint UBND xã Phường Vân Hà"]);
    assert_eq!(said("07774-3", "UBND phường báo cáo."), NOTHING);
}

#[test]
fn what_a_ward_reported_is_not_what_its_parts_reported() {
    let codes = [
        "edocs_issued",
        "mediation_cases",
        "citizen_reception_visitors",
        "broadcast_news_items",
        "thanks_letters_sent",
    ];
    let past = Past { areas: areas_to_come(), ..Past::new() };
    let past = past.with("07774-2", "2025-Q4", &codes.map(|code| (code, 5)));
    let past = past.with("07795-2", "2025-Q4", &codes.map(|code| (code, 5)));
    let document = past.report("2026-Q1", &codes.map(|code| (code, "5")));
    let account = |ward: &str| {
        let ward = past.areas.find(ward).unwrap();
        let subject = Subject { document: &document, ward, quarter: document.quarter, stage: Stage::Submission };
        let (_, accounts) = examine(&seed::rules().unwrap(), &past, &subject);
        accounts.into_iter().find(|account| account.rule == "N04").unwrap()
    };
    assert_eq!(account("07798-3").tested, 1, "one of those that were merged has reported");
    assert_eq!(account("07774-3").skipped, ["the ward published nothing for the quarter before"]);
}

#[test]
fn a_year_to_date_is_the_sum_of_its_quarters() {
    let past = Past::new().with("07792-1", "2024-Q1", &[("mediation_cases", 2)]).with(
        "07792-1",
        "2024-Q2",
        &[("mediation_cases", 3)],
    );
    let stated = |own, so_far| {
        let mut document = past.report("2024-Q3", &[("mediation_cases", own), ("mediation_cases", so_far)]);
        document.observations[1].span = Span::YearToDate;
        told(&past.judge(&document), &["N03"])
    };
    assert_eq!(stated("4", "9"), NOTHING);
    assert_eq!(stated("9", "9"), ["N03.mediation_cases warning 9 14"]);
}

#[test]
fn a_copied_report_is_noticed_and_a_quiet_one_is_not() {
    let figures = [
        ("edocs_issued", 280),
        ("mediation_cases", 2),
        ("citizen_reception_visitors", 4),
        ("petitions_received_in_period", 4),
        ("broadcast_news_items", 28),
        ("thanks_letters_sent", 6),
    ];
    let past = Past::new().with("07792-1", "2023-Q4", &figures);
    let text: Vec<(&str, String)> = figures.iter().map(|(code, value)| (*code, value.to_string())).collect();
    let mut now: Vec<(&str, &str)> = text.iter().map(|(code, value)| (*code, value.as_str())).collect();
    assert_eq!(past.says(&["N04"], &now), ["N04 warning 6 6"]);
    (now[0].1, now[1].1) = ("281", "3");
    assert_eq!(past.says(&["N04"], &now), NOTHING);
}

#[test]
fn a_quoted_earlier_value_is_the_published_one_and_units_are_not_mistaken() {
    let past = Past::new().with("07792-1", "2023-Q4", &[("dossiers_resolved_total", 40), ("poor_households", 30)]);
    let mut document = past.report(
        "2024-Q1",
        &[("dossiers_resolved_total", "41"), ("poor_households", "30"), ("poor_households", "4000")],
    );
    document.observations[0].reference_period = Some("2023-Q4".to_owned());
    document.observations[1].reference_period = Some("2023".to_owned());
    assert_eq!(told(&past.judge(&document), &["N08", "N10"]), ["N08.dossiers_resolved_total.2023-Q4 warning 41 40"]);
    document.observations.remove(1);
    assert_eq!(told(&past.judge(&document), &["N10"]), ["N10.poor_households warning 4000 30"]);
}

#[test]
fn outliers_need_eight_quarters_of_the_ward_and_enough_peers() {
    let quarters: Vec<Quarter> = quarter("2022-Q1").through(quarter("2023-Q4")).collect();
    let mut past = Past::new();
    for (at, of) in quarters.iter().enumerate() {
        let value = u32::try_from(400 + at * 7).unwrap();
        past = past.with("07792-1", &of.to_string(), &[("dossiers_received_total", value)]);
    }
    let now = [("dossiers_received_total", "58"), ("population", "11600")];
    // The eight are 400, 407 … 449: median 424.5.
    assert_eq!(past.says(&["V40"], &now), ["V40.own.dossiers_received_total hint 58 424.5"]);
    let peers = ["07798-1", "07786-1", "07780-1", "07804-1", "07759-1"];
    for (at, peer) in peers.iter().enumerate() {
        let dossiers = u32::try_from(300 + at * 10).unwrap();
        past = past.with(peer, "2024-Q1", &[("dossiers_received_total", dossiers), ("population", 10_000)]);
    }
    // 58 of 11,600 is 5 a thousand; the peers have 30 to 34.
    assert_eq!(past.says(&["V40"], &now)[0], "V40 hint 5 32");
    let key = past.catalogue.find("dossiers_received_total").unwrap();
    past.figures.remove(&(past.areas.find("07792-1").unwrap(), quarters[0], key));
    assert_eq!(past.says(&["V40"], &now), NOTHING);
}

#[test]
fn a_rule_that_asks_for_more_quarters_than_there_are_says_how_many_it_asks_for() {
    let past = Past::new();
    let document = past.report("2024-Q1", &[("dossiers_received_total", "58"), ("population", "11600")]);
    for check in [
        "kind = \"own_outlier\"\nquarters = 3",
        "kind = \"peer_band\"\nof = \"dossiers_received_total\"\nper = \"population\"\nquarters = 3\npeers = 5",
    ] {
        let rule = "id = \"X1\"\nseverity = \"hint\"\nvi = \"x\"\nen = \"x\"\nsource = \"x\"";
        let rules = Rules::parse(&format!("[kinds]\n[[rule]]\n{rule}\n[rule.check]\n{check}\n"), "act = []").unwrap();
        let ward = past.areas.find("07792-1").unwrap();
        let subject = Subject { document: &document, ward, quarter: document.quarter, stage: Stage::Submission };
        let (_, accounts) = examine(&rules, &past, &subject);
        assert_eq!(accounts[0].skipped, ["fewer than 3 earlier quarters of the ward"], "{check}");
    }
}

#[test]
fn letters_matters_and_repeated_figures_are_compared() {
    let past = Past::new();
    assert_eq!(
        past.says(&["N09"], &[("apology_letters_sent", "5"), ("dossiers_resolved_overdue", "6")]),
        ["N09 warning 5 6"]
    );
    assert_eq!(
        past.says(&["V17"], &[("citizen_reception_matters", "5"), ("citizen_reception_visitors", "4")]),
        ["V17 hint 5 4"]
    );
    assert_eq!(past.says(&["V23"], &[("edocs_issued", "5"), ("edocs_issued", "6")]), ["V23.edocs_issued warning 5 6"]);
    let mut document = past.report("2024-Q1", &[("broadcast_news_items", "28")]);
    for printed in ["28 tin", "028", "27"] {
        document.observations[0].mentions.push(Mention {
            section: "I".to_owned(),
            quote: String::new(),
            printed: Some(printed.to_owned()),
        });
    }
    assert_eq!(told(&past.judge(&document), &["V23"]), ["V23.broadcast_news_items warning 28 tin 27"]);
    // The unit says what a mark is: of thousands in a count, of decimals in a percentage.
    let said = |code: &str, value: &str, printed: [&str; 2]| {
        let mut document = past.report("2024-Q1", &[(code, value)]);
        let mention = |printed: &str| Mention {
            section: "I".to_owned(),
            quote: String::new(),
            printed: Some(printed.to_owned()),
        };
        document.observations[0].mentions = printed.map(mention).to_vec();
        told(&past.judge(&document), &["V23"])
    };
    assert_eq!(said("edocs_issued", "33333", ["33.333", "33333 văn bản"]), NOTHING);
    assert_eq!(said("satisfaction_rate", "33.333", ["33.333%", "33,333"]), NOTHING);
    assert_eq!(
        said("satisfaction_rate", "33.333", ["33.333%", "33333%"]),
        ["V23.satisfaction_rate warning 33.333% 33333%"]
    );
}

#[test]
fn reception_is_asked_of_the_weekday_that_lost_the_most() {
    let past = Past::new();
    // 13 weeks; Monday lost 1 January and 12 February to holidays.
    assert_eq!(past.says(&["V16"], &[("citizen_reception_sessions", "11")]), NOTHING);
    assert_eq!(past.says(&["V16"], &[("citizen_reception_sessions", "10")]), ["V16 hint 10 11"]);
}

/// A document with a section of text.
fn letter(past: &Past, of: &str, text: &str) -> ReportDocument {
    let mut document = past.report(of, &[]);
    document.title = Some("Báo cáo".to_owned());
    document.narrative = vec![NarrativeSection {
        outline: "I".to_owned(),
        heading: "Kết quả".to_owned(),
        starred: false,
        text: text.to_owned(),
    }];
    document
}

#[test]
fn lists_are_counted_against_the_words_before_them() {
    let past = Past::new();
    let said = |text: &str| told(&past.judge(&letter(&past, "2024-Q1", text)), &["N06"]);
    assert_eq!(said("Phường có 03 dự án như sau:\n- một\n- hai\n"), ["N06.narrative-0-text.1 warning 3 2"]);
    assert_eq!(said("Phường có hai dự án sau:\n\n- một\n\n- hai\n\nCòn lại."), NOTHING);
    assert_eq!(said("Phường có 03 dự án gồm:\n1. một\n2. hai..."), NOTHING);
    assert_eq!(said("Phường có 01 dự án gồm:\n1. một\n2. hai..."), ["N06.narrative-0-text.1 warning 1 2"]);
    assert_eq!(said("Năm 2024 có 3 dự án. Kết quả:\n- một"), NOTHING);
    // A marked line may introduce those below it, and each is quoted as it is written.
    let nested = letter(&past, "2024-Q1", "- Có 2 dự án sau:\n- CÓ 2 dự án sau:\n- một\n");
    assert_eq!(told(&past.judge(&nested), &["N06"]), ["N06.narrative-0-text.2 warning 2 1"]);
    let found = past.judge(&nested).findings.into_iter().find(|finding| finding.rule == "N06").unwrap();
    assert_eq!(found.quote.as_deref(), Some("- CÓ 2 dự án sau:"));
}

/// Nothing here is timed: were any of it done for each line again, it would take many minutes.
#[test]
fn a_body_full_of_wrong_lists_is_judged_in_one_pass() {
    const LISTS: usize = 40_000;
    let past = Past::new();
    let all = told(&past.judge(&letter(&past, "2024-Q1", &"- có 0 dự án sau:\n".repeat(LISTS))), &["N06"]);
    assert_eq!(all.len(), LISTS - 1);
    assert_eq!(all[0], format!("N06.narrative-0-text.1 warning 0 {}", LISTS - 1));
    assert_eq!(all[LISTS - 2], format!("N06.narrative-0-text.{} warning 0 1", LISTS - 1));
}

#[test]
fn names_are_those_of_the_day() {
    let past = Past::new();
    let said = |of: &str, date: Option<&str>, text: &str| {
        let mut document = letter(&past, of, text);
        document.date = date.map(day);
        told(&past.judge(&document), &["V29", "V30", "V31"])
    };
    assert_eq!(
        said("2024-Q1", None, "UBND xã báo cáo UBND huyện; thôn Đông Long."),
        [
            "V29.UBND-xa hint UBND xã Phường Quảng Minh",
            "V30.huyen hint huyện Thị xã Việt Yên",
            "V31.thon hint thôn tổ dân phố"
        ]
    );
    // Before 1 February 2024 that was right, and the new words would be wrong.
    assert_eq!(said("2023-Q4", None, "UBND xã báo cáo UBND huyện; thôn Đông Long."), NOTHING);
    assert_eq!(said("2023-Q4", None, "UBND phường báo cáo UBND thị xã.").len(), 2);
    // Other units, levels of government and other words keep their names.
    let others =
        "UBND xã Hương Mai, huyện Hiệp Hòa, xã, phường, thị trấn, xã hội, nông thôn mới, cấp xã, thị xã Việt Yên.";
    assert_eq!(said("2024-Q1", None, others), NOTHING);
    // From 1 July 2025 there is no level between ward and province.
    let later = past.judge_of("07798-2", &letter(&past, "2025-Q3", "UBND phường báo cáo UBND thị xã và UBND tỉnh."));
    assert_eq!(told(&later, &["V29", "V30"]), ["V30.thi-xa hint thị xã Tỉnh Bắc Ninh"]);
}

#[test]
fn the_head_is_signed_and_addressed_in_names_of_the_day() {
    let past = Past::new();
    let mut document = letter(&past, "2024-Q1", "Nội dung.");
    document.date = Some(day("2024-03-18"));
    document.number = Some("45".to_owned());
    document.symbol = Some("BC-UBND".to_owned());
    document.recipients = vec!["UBND huyện (b/c)".to_owned()];
    let signed = |authority: &str| Signatory {
        name: "A".to_owned(),
        title: "CHỦ TỊCH".to_owned(),
        authority: authority.to_owned(),
    };
    document.signatory = Some(signed("TM. ỦY BAN NHÂN DÂN XÃ"));
    let found = told(&past.judge(&document), &["V29", "V30", "V32", "V33"]);
    assert_eq!(
        found,
        [
            "V29.signatory warning TM. ỦY BAN NHÂN DÂN XÃ Phường Quảng Minh",
            "V30.recipient.1 warning huyện Thị xã Việt Yên"
        ]
    );
    document.signatory = Some(signed("TM. HỘI ĐỒNG NHÂN DÂN"));
    assert_eq!(told(&past.judge(&document), &["V33"]), ["V33.BC-UBND hint BC-UBND TM. HỘI ĐỒNG NHÂN DÂN"]);
    document.signatory = None;
    document.recipients.clear();
    assert_eq!(told(&past.judge(&document), &["V32"]), ["V32.signatory warning  ", "V32.recipients warning  "]);
}

fn paper(symbol: &str, date: &str, subject: &str) -> IssuedDocument {
    IssuedDocument {
        kind: "plan".to_owned(),
        symbol: symbol.to_owned(),
        date: day(date),
        subject: subject.to_owned(),
        unit_named: None,
        section: None,
        quote: None,
        note: None,
    }
}

#[test]
fn papers_are_numbered_in_order_within_their_register() {
    let past = Past::new();
    let said = |papers: &[(&str, &str)]| {
        let mut document = letter(&past, "2024-Q1", "");
        document.issued_documents = papers.iter().map(|(symbol, date)| paper(symbol, date, "")).collect();
        told(&past.judge(&document), &["V26"])
    };
    // December has the old year's register, the ward has its own from 1 February, another symbol has another.
    assert_eq!(
        said(&[
            ("160/KH-UBND", "2023-12-20"),
            ("05/KH-UBND", "2024-01-03"),
            ("01/KH-UBND", "2024-02-05"),
            ("02/QC-UBND", "2024-01-02")
        ]),
        NOTHING
    );
    let swapped = [
        ("05/KH-UBND", "2024-01-03"),
        ("06/KH-UBND", "2024-01-12"),
        ("07/KH-UBND", "2024-01-08"),
        ("09/KH-UBND", "2024-01-09"),
    ];
    assert_eq!(said(&swapped), ["V26.06-KH-UBND warning 2024-01-12 2024-01-08"]);
}

#[test]
fn papers_are_dated_on_working_days_of_the_year_that_they_are_about() {
    let past = Past::new();
    let said = |of: &str, date: &str, subject: &str| {
        let mut document = letter(&past, of, "");
        document.issued_documents = vec![paper("05/KH-UBND", date, subject)];
        told(&past.judge(&document), &["V25", "V27", "V28"])
    };
    // Saturday 4 May 2024 was worked for 29 April, which was not.
    assert_eq!(said("2024-Q2", "2024-05-04", ""), NOTHING);
    assert_eq!(said("2024-Q2", "2024-04-29", "").len(), 1);
    assert_eq!(said("2024-Q4", "2024-10-15", "kế hoạch năm 2025"), NOTHING);
    assert_eq!(said("2024-Q3", "2024-08-15", "kế hoạch năm 2025"), ["V27.05-KH-UBND warning 2025 2024"]);
    assert_eq!(said("2024-Q1", "2024-01-15", "tổng kết công tác năm 2023"), NOTHING);
    assert_eq!(said("2024-Q1", "2024-01-15", "kế hoạch năm 2023"), ["V27.05-KH-UBND warning 2023 2024"]);
}

#[test]
fn papers_may_be_as_late_as_the_month_that_is_printed_beside_the_blank() {
    let past = Past::new();
    let said = |printed: &str, date: &str| {
        let mut document = letter(&past, "2024-Q4", "");
        document.date_printed = Some(printed.to_owned());
        document.issued_documents = vec![paper("05/KH-UBND", date, "")];
        told(&past.judge(&document), &["V25"])
    };
    let late = |severity: &str, date: &str| [format!("V25.05-KH-UBND {severity} {date} 2024-09-15/2024-12-14")];
    for (printed, last, next) in [
        ("Quảng Minh, ngày    tháng 12 năm 2024", "2024-12-31", "2025-01-01"),
        ("ngày tháng 02 năm 2028", "2028-02-29", "2028-03-01"),
        // A month that there is not is passed over, and the last day of the quarter counts.
        ("ngày tháng 13 năm 2024", "2024-12-31", "2025-01-01"),
        ("ngày tháng 2147483647 năm 2024", "2024-12-31", "2025-01-01"),
        ("ngày tháng 12 năm 2147483647", "2024-12-31", "2025-01-01"),
        ("ngày tháng 12 năm 262142", "2024-12-31", "2025-01-01"),
        ("ngày tháng -1 năm -2147483648", "2024-12-31", "2025-01-01"),
    ] {
        assert_eq!(said(printed, last), late("hint", last), "{printed}");
        assert_eq!(said(printed, next), late("warning", next), "{printed}");
    }
}

#[test]
fn rules_that_could_call_an_error_what_is_missing_are_refused() {
    let rule = |severity: &str, missing: &str, text: &str| {
        format!(
            "[kinds]\n[[rule]]\nid = \"X1\"\nseverity = \"{severity}\"\nvi = \"{text}\"\nen = \"{text}\"\nsource = \"x\"\n[rule.check]\nkind = \"compare\"\nleft = [\"edocs_issued\"]\noperator = \"equal_to\"\nright = [\"edocs_signed\"]\nmissing = \"{missing}\"\n"
        )
    };
    let acts = "act = []";
    assert!(Rules::parse(&rule("error", "SKIP_IF_ANY_VALUE_MISSING", "{left}"), acts).is_ok());
    assert!(Rules::parse(&rule("warning", "NEVER_SKIP", "{left}"), acts).is_ok());
    assert!(Rules::parse(&rule("error", "NEVER_SKIP", "{left}"), acts).unwrap_err().contains("missing"));
    assert!(Rules::parse(&rule("hint", "NEVER_SKIP", "{links}"), acts).unwrap_err().contains("links"));
    let twice = rule("hint", "NEVER_SKIP", "x");
    let twice = format!("{twice}{}", twice.replace("[kinds]\n", ""));
    assert!(Rules::parse(&twice, acts).unwrap_err().contains("twice"));
}

#[test]
fn operators_and_strategies_are_those_of_dhis2() {
    let past = Past::new();
    let raised = |operator: &str, missing: &str, figures: &[(&str, &str)]| {
        let file = format!(
            "[kinds]\n[[rule]]\nid = \"X1\"\nseverity = \"warning\"\nvi = \"x\"\nen = \"x\"\nsource = \"x\"\n[rule.check]\nkind = \"compare\"\nleft = [\"edocs_issued\"]\noperator = \"{operator}\"\nright = [\"edocs_signed\"]\nmissing = \"{missing}\"\n"
        );
        let rules = Rules::parse(&file, "act = []").unwrap();
        let document = past.report("2024-Q1", figures);
        let ward = past.areas.find("07792-1").unwrap();
        let subject = Subject { document: &document, ward, quarter: document.quarter, stage: Stage::Submission };
        let found = validate(&rules, &past, &subject);
        assert!(found.findings.iter().all(|finding| finding.severity == Severity::Warning));
        found.findings.len()
    };
    let both = |left, right| [("edocs_issued", left), ("edocs_signed", right)];
    // Raised for less, equal, greater.
    for (operator, expected) in [
        ("equal_to", [1, 0, 1]),
        ("not_equal_to", [0, 1, 0]),
        ("greater_than", [1, 1, 0]),
        ("greater_than_or_equal_to", [1, 0, 0]),
        ("less_than", [0, 1, 1]),
        ("less_than_or_equal_to", [0, 0, 1]),
        ("compulsory_pair", [0, 0, 0]),
        ("exclusive_pair", [1, 1, 1]),
    ] {
        let found = [("1", "2"), ("2", "2"), ("3", "2")].map(|(left, right)| raised(operator, ANY, &both(left, right)));
        assert_eq!(found, expected, "{operator}");
    }
    let one = [("edocs_issued", "3")];
    assert_eq!(raised("compulsory_pair", ANY, &one), 1);
    assert_eq!(raised("compulsory_pair", ANY, &[]), 0);
    assert_eq!(raised("exclusive_pair", ANY, &one), 0);
    for (missing, with_one, with_none) in [(ANY, 0, 0), ("SKIP_IF_ALL_VALUES_MISSING", 1, 0), ("NEVER_SKIP", 1, 0)] {
        assert_eq!(
            (raised("equal_to", missing, &one), raised("equal_to", missing, &[])),
            (with_one, with_none),
            "{missing}"
        );
    }
    assert_eq!(raised("less_than", "NEVER_SKIP", &[]), 1);
}
