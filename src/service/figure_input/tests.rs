//! What figures become, and what is refused.

use super::{Element, GivenFigure, into_observations};
use crate::domain::indicator::{Catalogue, Span};
use crate::domain::observation::{Mention, Observation, Operator};
use crate::service::seed;

fn figure(indicator: &str, [numerator, denominator, value]: [&str; 3]) -> GivenFigure {
    let number = |text: &str| (!text.is_empty()).then(|| text.parse().unwrap());
    let (numerator, denominator, value) = (number(numerator), number(denominator), number(value));
    GivenFigure { value, numerator, denominator, ..GivenFigure::of(indicator) }
}

fn read(inputs: Vec<GivenFigure>) -> Result<Vec<Observation>, Vec<(String, &'static str)>> {
    let catalogue = Catalogue::new(seed::indicators().unwrap()).unwrap();
    let place = |position| Element { list: "/observations", position };
    let placed = inputs.into_iter().enumerate().map(|(position, input)| (input, place(position)));
    into_observations(&catalogue, placed)
        .map_err(|faults| faults.into_iter().map(|fault| (fault.pointer, fault.code.as_str())).collect())
}

fn plain(found: &[Observation]) -> Vec<String> {
    found.iter().map(|figure| format!("{} {} {}", figure.indicator, figure.span.as_str(), figure.value)).collect()
}

#[test]
fn counts_of_a_rate_are_written_to_its_measures() {
    let found = read(vec![figure("online_submission_rate", ["45", "58", "77.5"])]).unwrap();
    assert_eq!(
        plain(&found),
        [
            "dossiers_received_online period 45",
            "dossiers_received_total period 58",
            "online_submission_rate period 77.5"
        ]
    );
}

#[test]
fn a_span_of_a_rate_is_that_of_its_counts() {
    let rate = GivenFigure { span: Some(Span::YearToDate), ..figure("online_submission_rate", ["45", "58", ""]) };
    let found = read(vec![rate]).unwrap();
    assert_eq!(plain(&found), ["dossiers_received_online yearToDate 45", "dossiers_received_total yearToDate 58"]);
}

#[test]
fn a_count_may_be_given_again_alike_and_keeps_its_own_words() {
    let mention = Mention { section: "II.1".into(), quote: "45 hồ sơ".into(), printed: Some("45".into()) };
    let count = GivenFigure { mentions: vec![mention], ..figure("dossiers_received_online", ["", "", "45"]) };
    for inputs in [
        vec![figure("online_submission_rate", ["45", "58", ""]), count.clone()],
        vec![count.clone(), figure("online_submission_rate", ["45", "58", ""])],
    ] {
        let found = read(inputs).unwrap();
        let online: Vec<_> = found.iter().filter(|figure| figure.indicator == count.indicator).collect();
        assert_eq!(online.len(), 1);
        assert_eq!(online[0].mentions, count.mentions);
    }
    let bound = GivenFigure { operator: Operator::Greater, ..count };
    let found = read(vec![figure("online_submission_rate", ["45", "58", ""]), bound]);
    assert_eq!(found, Err(vec![("/observations/1/value".into(), "notMeaningful")]));
}

#[test]
fn every_fault_is_told_with_its_place() {
    let long = GivenFigure { note: Some("x".repeat(2_001)), ..figure("edocs_issued", ["", "", "1"]) };
    let faults = read(vec![
        figure("happiness", ["", "", "1"]),
        figure("edocs_issued", ["1", "", "1"]),
        figure("edocs_issued", ["", "", "1.5"]),
        figure("edocs_issued", ["", "", ""]),
        figure("online_submission_rate", ["45", "", ""]),
        figure("online_submission_rate", ["", "45", ""]),
        figure("online_submission_rate", ["60", "58", ""]),
        figure("online_submission_rate", ["45", "58.5", ""]),
        figure("online_submission_rate", ["", "", "100.1"]),
        figure("petitions_eligible", ["", "", "1"]),
        figure("petition_resolution_rate", ["1", "1", "100"]),
        long,
        figure("mediation_cases", ["", "", "2"]),
        figure("mediation_cases", ["", "", "2"]),
        figure("satisfaction_rate", ["9", "10", ""]),
        figure("satisfaction_rate", ["", "", "90"]),
    ])
    .unwrap_err();
    let places: Vec<_> = faults.iter().map(|(pointer, _)| pointer.trim_start_matches("/observations/")).collect();
    assert_eq!(
        places,
        [
            "0/indicator",
            "1/numerator",
            "2/value",
            "3/value",
            "4/denominator",
            "5/numerator",
            "6/numerator",
            "7/denominator",
            "8/value",
            "9/indicator",
            "10/denominator",
            "11/note",
            "13/indicator",
            "15/indicator",
        ]
    );
}
