//! Pictures of aggregates: well-formed, saying what they show, and showing what the JSON says.

use std::collections::HashMap;
use std::fmt::Write as _;

use actix_web::test::TestRequest;
use quick_xml::events::Event;
use serde_json::Value;

use crate::support::{Answer, TestApp};

const TOWN: &str = "area=222&indicator=satisfaction_rate";
const RANGE: &str = "from=2022-Q3&to=2025-Q2";
/// No picture has more bytes.
const MOST_BYTES: usize = 256 * 1024;

struct Element {
    name: String,
    attributes: HashMap<String, String>,
    text: String,
}

impl Element {
    fn number(&self, name: &str) -> f64 {
        self.attributes[name].parse().unwrap()
    }

    /// The corners of a path.
    fn points(&self) -> Vec<(f64, f64)> {
        let pair = |pair: &str| {
            let (x, y) = pair.split_once(',').unwrap();
            (x.parse().unwrap(), y.parse().unwrap())
        };
        self.attributes["points"].split_whitespace().map(pair).collect()
    }
}

/// A document of SVG, every element in its order.
struct Svg(Vec<Element>);

impl Svg {
    fn read(answer: &Answer) -> Self {
        let text = std::str::from_utf8(&answer.body).unwrap();
        assert_eq!(answer.status, 200, "{text}");
        assert_eq!(answer.header("content-type"), "image/svg+xml");
        assert!(text.len() <= MOST_BYTES, "{} bytes", text.len());
        let mut reader = quick_xml::Reader::from_str(text);
        let (mut found, mut open): (Vec<Element>, Vec<usize>) = (Vec::new(), Vec::new());
        loop {
            let event = reader.read_event().unwrap_or_else(|error| panic!("{error}: {text}"));
            match &event {
                Event::Start(tag) | Event::Empty(tag) => {
                    let attributes = tag.attributes().map(|attribute| {
                        let attribute = attribute.unwrap();
                        let name = String::from_utf8_lossy(attribute.key.as_ref().as_ref()).into_owned();
                        (name, attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).unwrap().into_owned())
                    });
                    let name = String::from_utf8_lossy(tag.name().as_ref().as_ref()).into_owned();
                    found.push(Element { name, attributes: attributes.collect(), text: String::new() });
                    if matches!(event, Event::Start(_)) {
                        open.push(found.len() - 1);
                    }
                }
                Event::End(_) => {
                    open.pop().unwrap();
                }
                Event::Text(text) => {
                    if let Some(at) = open.last() {
                        found[*at].text.push_str(&text.xml_content(quick_xml::XmlVersion::Implicit1_0));
                    }
                }
                Event::GeneralRef(reference) => {
                    let character = match &**reference {
                        name if AsRef::<[u8]>::as_ref(name) == b"lt" => '<',
                        name if AsRef::<[u8]>::as_ref(name) == b"gt" => '>',
                        name if AsRef::<[u8]>::as_ref(name) == b"amp" => '&',
                        name if AsRef::<[u8]>::as_ref(name) == b"quot" => '"',
                        name if AsRef::<[u8]>::as_ref(name) == b"apos" => '\'',
                        other => panic!("{other:?}"),
                    };
                    found[*open.last().unwrap()].text.push(character);
                }
                Event::Eof => break,
                Event::Decl(_) => {}
                other => panic!("{other:?}"),
            }
        }
        assert!(open.is_empty());
        Self(found)
    }

    fn all<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s Element> {
        self.0.iter().filter(move |element| element.name == name)
    }

    fn one<'s>(&'s self, name: &'s str) -> &'s Element {
        let mut found = self.all(name);
        let one = found.next().unwrap_or_else(|| panic!("no {name}"));
        assert!(found.next().is_none(), "several {name}");
        one
    }

    /// Everything that is written in it.
    fn texts(&self) -> Vec<&str> {
        self.all("text").map(|element| element.text.trim()).collect()
    }

    fn shows(&self, text: &str) -> bool {
        // Long sentences stand in several lines.
        self.texts().join(" ").contains(text)
    }

    /// Lines that data are drawn as, in the first colour.
    fn lines(&self) -> Vec<Vec<(f64, f64)>> {
        let drawn = self.all("polyline").filter(|line| line.attributes["stroke"] == "#0072B2");
        drawn.filter(|line| line.attributes["stroke-width"] == "2").map(Element::points).collect()
    }
}

async fn draw(app: &TestApp, token: &str, query: &str, language: &str) -> Svg {
    Svg::read(&fetch(app, token, &format!("/api/v1/aggregates.svg?{query}"), language, None).await)
}

async fn fetch(app: &TestApp, token: &str, path: &str, language: &str, accept: Option<&str>) -> Answer {
    let mut request = TestRequest::get().uri(path).insert_header(("Authorization", format!("Bearer {token}")));
    request = request.insert_header(("Accept-Language", language));
    if let Some(accept) = accept {
        request = request.insert_header(("Accept", accept));
    }
    app.send(request).await
}

async fn values(app: &TestApp, token: &str, query: &str) -> Vec<Value> {
    app.items(token, &format!("/api/v1/aggregates?{query}")).await
}

/// Half up at some decimals, as Vietnamese writes numbers below a thousand.
fn shown(value: &Value, decimals: i32) -> String {
    let power = 10_f64.powi(decimals);
    let rounded = (value.as_f64().unwrap() * power + 1e-6).round() / power;
    format!("{rounded:.0$}", usize::try_from(decimals).unwrap()).replace('.', ",")
}

#[actix_web::test]
async fn every_picture_says_what_it_shows_in_either_language_theme_and_size() {
    let app = TestApp::demo().await;
    let officer = app.token_of("town_officer");
    let three = "online_submission_rate,satisfaction_rate,poverty_rate";
    for (query, area, code, time) in [
        (format!("{TOWN}&{RANGE}"), "Thị xã Việt Yên", "222", "2022-Q3 – 2025-Q2"),
        (format!("{TOWN}&{RANGE}&period=year"), "Thị xã Việt Yên", "222", "2022-Q3 – 2025-Q2"),
        (format!("{TOWN}&{RANGE}&period=total"), "Thị xã Việt Yên", "222", "2022-Q3 – 2025-Q2"),
        (format!("{TOWN}&{RANGE}&by=ward"), "Thị xã Việt Yên", "222", "2022-Q3 – 2025-Q2"),
        (format!("{TOWN}&quarter=2024-Q1&by=ward"), "Thị xã Việt Yên", "222", "2024-Q1"),
        (format!("area=222&indicator={three}&quarter=2024-Q1"), "Thị xã Việt Yên", "222", "2024-Q1"),
        (format!("area=222&indicator={three}&{RANGE}"), "Thị xã Việt Yên", "222", "2022-Q3 – 2025-Q2"),
        (format!("area=222&indicator={three}&quarter=2024-Q1&by=ward"), "Thị xã Việt Yên", "222", "2024-Q1"),
        (format!("area=222&indicator={three},survey_respondents&{RANGE}"), "Thị xã Việt Yên", "222", "2022-Q3"),
        (format!("area=07792&indicator={three}&quarter=2024-Q1"), "Phường Quảng Minh", "07792", "2024-Q1"),
        ("area=07792&indicator=poverty_rate&quarter=2024-Q1&nature=target".to_owned(), "Phường", "07792", "2024-Q1"),
    ] {
        let items = values(&app, &officer, &query).await;
        let synthetic = items.iter().any(|item| item["synthetic"] == true);
        for (theme, size, width, language) in
            [("light", "report", "960", "vi"), ("dark", "phone", "360", "en"), ("light", "phone", "360", "vi")]
        {
            let about = format!("{query} {theme} {size} {language}");
            let picture = draw(&app, &officer, &format!("{query}&theme={theme}&size={size}"), language).await;
            let root = &picture.0[0];
            assert_eq!((root.name.as_str(), root.attributes["role"].as_str()), ("svg", "img"), "{about}");
            assert_eq!((root.attributes["width"].as_str(), root.attributes["xml:lang"].as_str()), (width, language));
            assert_eq!(root.attributes["viewBox"], format!("0 0 {width} {}", root.attributes["height"]));
            let (title, told) = (&picture.one("title").text, &picture.one("desc").text);
            assert!(!title.is_empty() && told.contains(&format!("({code})")) && told.contains(time), "{about}: {told}");
            for words in [area, code, time] {
                assert!(picture.shows(words), "{about} does not show {words}: {:?}", picture.texts());
            }
            let source = if language == "vi" { "Lần công bố 3 (epoch " } else { "Revision 3 (epoch " };
            assert!(picture.shows(source), "{about}");
            let generated = if language == "vi" { "DỮ LIỆU SINH RA" } else { "SYNTHETIC DATA" };
            if synthetic {
                assert!(picture.shows(generated) && told.contains(generated), "{about}");
            }
            let coverage = if language == "vi" { "/17 phường, xã" } else { "/17 wards" };
            let lone = code == "07792" || (query.contains("by=ward") && query.contains("to="));
            assert!(lone || picture.shows(coverage), "{about}: {:?}", picture.texts());
            let paper = if theme == "light" { "#FFFFFF" } else { "#14181D" };
            assert_eq!(picture.all("rect").next().unwrap().attributes["fill"], paper);
            let (across, down) = (root.number("width"), root.number("height"));
            for element in &picture.0 {
                let named = ["svg", "title", "desc", "rect", "line", "polyline", "polygon", "circle", "text"];
                assert!(named.contains(&element.name.as_str()), "{about}: {}", element.name);
                if let (Some(x), Some(y)) = (element.attributes.get("x"), element.attributes.get("y")) {
                    let (x, y): (f64, f64) = (x.parse().unwrap(), y.parse().unwrap());
                    assert!((0.0..=across).contains(&x) && (0.0..=down).contains(&y), "{about}: {}", element.text);
                }
                if element.attributes.contains_key("points") {
                    let inside = |(x, y): &(f64, f64)| (0.0..=across).contains(x) && (0.0..=down).contains(y);
                    assert!(element.points().iter().all(inside), "{about}: {}", element.attributes["points"]);
                }
            }
        }
    }
    let real = draw(&app, &officer, "area=07792&indicator=online_submission_rate&quarter=2024-Q1", "vi").await;
    assert!(!real.shows("DỮ LIỆU SINH RA"), "the real report is real");
    assert!(real.shows("77,6 %") && real.shows("45/58"), "{:?}", real.texts());
}

#[actix_web::test]
async fn a_line_runs_through_the_values_of_the_json() {
    let app = TestApp::demo().await;
    let officer = app.token_of("town_officer");
    let query = format!("{TOWN}&{RANGE}");
    let items = values(&app, &officer, &query).await;
    let picture = draw(&app, &officer, &query, "vi").await;
    let lines = picture.lines();
    assert_eq!((lines.len(), lines[0].len()), (1, items.len()));
    // Where the axis says that two of its numbers are.
    let number = |text: &&Element| text.text.trim().replace(',', ".").parse::<f64>().ok();
    let ticks = picture.all("text").filter(|text| text.attributes["text-anchor"] == "end");
    let ticks: Vec<_> = ticks.filter_map(|text| Some((number(&text)?, text.number("y")))).collect();
    let (low, high) = (ticks[0], ticks[ticks.len() - 1]);
    let height = |value: f64| low.1 + (value - low.0) / (high.0 - low.0) * (high.1 - low.1);
    let within = |y: f64, value: &Value, about: &Value| {
        let expected = height(value.as_f64().unwrap());
        assert!((y - expected).abs() <= 1.5, "{about}: drawn at {y}, not {expected}");
    };
    let band = picture.all("polygon").next().unwrap().points();
    assert_eq!(band.len(), items.len() * 2);
    for (position, item) in items.iter().enumerate() {
        within(lines[0][position].1, &item["value"], item);
        within(band[position].1, &item["interval"]["upper"], item);
        within(band[band.len() - 1 - position].1, &item["interval"]["lower"], item);
        assert!(picture.texts().contains(&shown(&item["value"], 1).as_str()), "{item}");
        let quarter = item["quarter"].as_str().unwrap();
        let told = format!("{quarter}: {} %; ", shown(&item["value"], 1));
        assert!(picture.one("desc").text.contains(&told), "{told}");
        let coverage = &item["coverage"];
        let coverage = format!("{}/{}", coverage["included"], coverage["expected"]);
        assert!(picture.texts().contains(&coverage.as_str()), "{coverage}");
    }
    assert!(lines[0].windows(2).all(|pair| pair[0].0 < pair[1].0), "time runs to the right");
}

#[actix_web::test]
async fn a_line_is_broken_where_a_value_is_missing() {
    let app = TestApp::demo().await;
    let officer = app.token_of("town_officer");
    let mut broken = 0;
    for ward in ["07759", "07774", "07789", "07801", "07792"] {
        let query = format!("area={ward}&indicator=on_time_resolution_rate&{RANGE}");
        let items = values(&app, &officer, &query).await;
        let runs: Vec<usize> = items
            .chunk_by(|left, right| left["value"].is_null() == right["value"].is_null())
            .filter(|run| !run[0]["value"].is_null() && run.len() > 1)
            .map(<[Value]>::len)
            .collect();
        let picture = draw(&app, &officer, &query, "vi").await;
        let lines = picture.lines();
        assert_eq!(lines.iter().map(Vec::len).collect::<Vec<_>>(), runs, "{ward}");
        let missing = items.iter().filter(|item| item["value"].is_null()).count();
        assert_eq!(picture.texts().iter().filter(|text| **text == "–").count(), missing, "{ward}");
        assert_eq!(picture.shows("– không có giá trị:"), missing > 0, "{ward}");
        broken += usize::from(missing > 0);
    }
    assert!(broken > 2, "the seed has gaps");
}

/// The names of wards above the panels.
fn headings(picture: &Svg) -> Vec<String> {
    let bold = picture.all("text").filter(|text| text.attributes.get("font-weight").is_some_and(|at| at == "bold"));
    bold.map(|text| text.text.trim().to_owned()).collect()
}

#[actix_web::test]
async fn wards_through_time_are_those_of_the_json_stretch_by_stretch() {
    let app = TestApp::demo().await;
    let officer = app.token_of("town_officer");
    let mut steps = Vec::new();
    // The town ended on 2025-07-01, so that in the last of these quarters it had no wards.
    for (query, wards, part) in [
        (format!("{TOWN}&from=2024-Q1&to=2025-Q3&by=ward"), 17, true),
        (format!("{TOWN}&from=2024-Q1&to=2025-Q2&by=ward"), 17, false),
        ("area=24&boundaries=2025-07-01&indicator=satisfaction_rate&from=2023-Q1&to=2024-Q4&by=ward".into(), 4, false),
    ] {
        let items = values(&app, &officer, &query).await;
        let mut named: HashMap<&str, (&str, Vec<&Value>)> = HashMap::new();
        for item in &items {
            let area = &item["area"];
            let ward = named.entry(area["id"].as_str().unwrap()).or_default();
            ward.0 = area["name"].as_str().unwrap();
            ward.1.push(item);
        }
        assert_eq!(named.len(), wards, "{query}");
        let picture = draw(&app, &officer, &query, "en").await;
        let headings = headings(&picture);
        for (name, _) in named.values() {
            assert!(headings.iter().any(|heading| heading == name), "{query}: no {name} in {headings:?}");
        }
        let runs = |items: &Vec<&Value>| {
            let runs = items.chunk_by(|left, right| left["value"].is_null() == right["value"].is_null());
            runs.filter(|run| !run[0]["value"].is_null()).map(<[_]>::len).filter(|length| *length > 1).collect()
        };
        let mut expected: Vec<usize> = named.values().flat_map(|(_, items)| -> Vec<usize> { runs(items) }).collect();
        let mut drawn: Vec<usize> = picture.lines().iter().map(Vec::len).collect();
        expected.sort_unstable();
        drawn.sort_unstable();
        assert_eq!(drawn, expected, "{query}");
        assert!(!drawn.is_empty(), "{query}");
        assert_eq!(picture.shows("for a part of the time only"), part, "{query}");
        steps.extend(picture.lines().first().map(|line| line[1].0 - line[0].0));
    }
    // A quarter without the wards has its place all the same.
    assert!(steps[0] < steps[1], "{steps:?}");
    let without = "area=27&indicator=satisfaction_rate&by=ward";
    for time in ["from=2024-Q1&to=2024-Q2", "quarter=2024-Q1"] {
        assert!(values(&app, &officer, &format!("{without}&{time}")).await.is_empty());
        let picture = draw(&app, &officer, &format!("{without}&{time}"), "en").await;
        assert!(picture.shows("There are no wards"), "{time}: {:?}", picture.texts());
        assert!(picture.one("desc").text.contains("There are no wards."), "{time}");
    }
}

#[actix_web::test]
async fn a_picture_within_boundaries_names_their_day_and_the_areas_of_that_day() {
    let app = TestApp::demo().await;
    let officer = app.token_of("town_officer");
    let within = "boundaries=2024-02-01&indicator=on_time_resolution_rate";
    let english = "within the boundaries of 2024-02-01";
    // A commune until that day, and a ward since; the quarter ended before it.
    let query = format!("area=07792&{within}&quarter=2023-Q4");
    let picture = draw(&app, &officer, &query, "en").await;
    let subject = format!("Phường Quảng Minh (07792) · 2023-Q4 · {english}");
    assert!(picture.shows(&subject), "{:?}", picture.texts());
    assert!(picture.one("desc").text.starts_with(&subject), "{}", picture.one("desc").text);
    assert!(draw(&app, &officer, &query, "vi").await.shows("2023-Q4 · trong địa giới ngày 2024-02-01"));
    let path = format!("/api/v1/aggregates.svg?{query}");
    let name = |answer: &Answer| answer.header("content-disposition").split_once(';').unwrap().1.to_owned();
    let saved = name(&fetch(&app, &officer, &path, "en", None).await);
    assert!(saved.contains("phuong-quang-minh-on_time_resolution_rate-2023-Q4.svg"), "{saved}");
    let path = path.replace("boundaries=2024-02-01&", "");
    let reported = fetch(&app, &officer, &path, "en", None).await;
    assert!(name(&reported).contains("xa-quang-minh-on_time"), "{}", name(&reported));
    let reported = Svg::read(&reported);
    assert!(reported.shows("Xã Quảng Minh (07792) · 2023-Q4") && !reported.shows("boundaries"));

    let query = format!("area=222&{within}&quarter=2023-Q4&by=ward");
    let picture = draw(&app, &officer, &query, "en").await;
    assert!(picture.shows(english), "{:?}", picture.texts());
    let items = values(&app, &officer, &query).await;
    assert_eq!(items.len(), 17);
    for name in items.iter().map(|item| item["area"]["name"].as_str().unwrap()) {
        assert!(picture.texts().contains(&name), "no {name} in {:?}", picture.texts());
    }

    for (quarter, former) in [("2025-Q2", false), ("2025-Q3", true)] {
        let query = format!("area=222&{within}&from=2025-Q1&to={quarter}");
        let item = values(&app, &officer, &query).await.pop().unwrap();
        assert_eq!(item["former"] == true, former, "{item}");
        let picture = draw(&app, &officer, &query, "en").await;
        assert_eq!(picture.shows("A former area had ended by the cut-off"), former, "{:?}", picture.texts());
        let told = &picture.one("desc").text;
        let sentence = told.lines().find(|line| line.starts_with(&format!("{quarter}: "))).unwrap();
        assert_eq!(sentence.contains("; former area"), former, "{sentence}");
        assert_eq!(told.contains("A former area had ended"), former, "{told}");
    }
}

#[actix_web::test]
async fn what_is_asked_for_is_told_before_what_led_to_it() {
    let app = TestApp::demo().await;
    let officer = app.token_of("town_officer");
    let twelve = "survey_respondents,respondents_satisfied,respondents_very_satisfied,respondents_dissatisfied,\
                  satisfaction_rate,dossiers_received_total,dossiers_received_in_period,dossiers_received_online,\
                  dossiers_received_direct,dossiers_carried_over,dossiers_resolved_total,on_time_resolution_rate";
    for (query, when, asked, all) in [
        (format!("area=222&indicator={twelve}&quarter=2024-Q4"), "2024-Q4", 12, 12 * 8),
        (format!("{TOWN}&{RANGE}&by=ward"), "2025-Q2", 17, 17 * 12),
    ] {
        let picture = draw(&app, &officer, &query, "en").await;
        let told: Vec<_> = picture.one("desc").text.lines().collect();
        let is_asked = |line: &&&str| line.contains(&format!(", {when}: "));
        assert_eq!(told[1..=asked].iter().filter(is_asked).count(), asked, "{told:#?}");
        assert_eq!(told.iter().filter(is_asked).count(), asked, "none is told twice: {told:#?}");
        let more = format!("And {} more values.", all - 60);
        assert!(told.contains(&more.as_str()), "{told:#?}");
    }
}

#[actix_web::test]
async fn a_sentence_says_of_which_indicator_it_is() {
    let app = TestApp::demo().await;
    let officer = app.token_of("town_officer");
    let query = "area=222&indicator=online_submission_rate,satisfaction_rate&quarter=2024-Q1&by=ward";
    let picture = draw(&app, &officer, query, "en").await;
    let told = &picture.one("desc").text;
    for name in ["Online submission rate", "Citizens satisfied or very satisfied"] {
        for area in ["Thị xã Việt Yên", "Phường Quảng Minh"] {
            let start = format!("{name}, {area}: ");
            assert_eq!(told.lines().filter(|line| line.starts_with(&start)).count(), 1, "{start}{told}");
        }
    }
}

#[actix_web::test]
async fn bars_stand_in_the_order_of_their_values_and_are_as_long() {
    let app = TestApp::demo().await;
    let officer = app.token_of("town_officer");
    for (indicator, best_first) in [("on_time_resolution_rate", true), ("dossiers_resolved_overdue", false)] {
        let query = format!("area=222&indicator={indicator}&quarter=2024-Q1&by=ward");
        let items = values(&app, &officer, &query).await;
        let picture = draw(&app, &officer, &query, "vi").await;
        let bars: Vec<_> = picture
            .all("rect")
            .filter(|rect| rect.attributes["fill"] == "#0072B2")
            .map(|rect| rect.number("width"))
            .collect();
        let mut drawn: Vec<_> = items.iter().filter(|item| !item["value"].is_null()).collect();
        let value = |item: &Value| item["value"].as_f64().unwrap();
        drawn.sort_by(|left, right| {
            let order = value(left).total_cmp(&value(right));
            if best_first { order.reverse() } else { order }
        });
        assert_eq!(bars.len(), drawn.len(), "{indicator}");
        let scale = bars.iter().copied().fold(0.0, f64::max) / drawn.iter().map(|item| value(item)).fold(0.0, f64::max);
        let row = |name: &str| {
            let found =
                picture.all("text").find(|text| text.text.trim() == name && text.attributes["text-anchor"] == "start");
            found.unwrap_or_else(|| panic!("{name}: {:?}", picture.texts())).number("y")
        };
        for (item, bar) in drawn.iter().zip(&bars) {
            assert!((bar - value(item) * scale).abs() <= 2.5, "{item}: {bar}");
        }
        let rows: Vec<_> = drawn.iter().map(|item| row(item["area"]["name"].as_str().unwrap())).collect();
        let ordered = drawn.windows(2).zip(rows.windows(2));
        assert!(
            ordered.into_iter().all(|(pair, at)| pair[0]["value"] == pair[1]["value"] || at[0] < at[1]),
            "{indicator}"
        );
        for item in items.iter().filter(|item| item["value"].is_null()) {
            assert!(
                row(item["area"]["name"].as_str().unwrap()) > rows[rows.len() - 1],
                "those without a value are last"
            );
            assert!(picture.shows("chưa công bố báo cáo"));
        }
        let whole = &values(&app, &officer, &query.replace("&by=ward", "")).await[0];
        let decimals = i32::from(best_first);
        assert!(picture.shows(&format!("Thị xã Việt Yên: {}", shown(&whole["value"], decimals))), "{indicator}");
    }
}

#[actix_web::test]
async fn what_a_value_rests_on_is_marked_and_a_target_is_no_value() {
    let app = TestApp::real().await;
    let viewer = app.token_of("viewer");
    let ward = |indicator: &str| format!("area=07792&indicator={indicator}&from=2023-Q4&to=2024-Q2");
    let contested = draw(&app, &viewer, &ward("on_time_resolution_rate"), "vi").await;
    assert!(contested.shows("U – đang có sai lệch chưa xử lý"), "{:?}", contested.texts());
    assert_eq!(contested.all("circle").count(), 0, "a cross, no dot");
    let target = draw(&app, &viewer, &ward("poverty_rate"), "vi").await;
    assert!(target.shows("Mục tiêu 2024: 0,43") && target.shows("Không có giá trị nào"), "{:?}", target.texts());
    assert_eq!(target.all("circle").count(), 0);
    let provisional = draw(&app, &viewer, "area=222&indicator=online_submission_rate&quarter=2024-Q1", "en").await;
    assert!(provisional.shows("P – provisional, wards missing") && provisional.shows("1/17 wards"));
    let file = "ward,quarter,indicator,nature,numerator,denominator,value\n\
                07795,2024-Q3,dossiers_received_total,actual,,,40\n07795,2024-Q3,online_submission_rate,actual,,,55\n";
    app.import("town_officer", file.as_bytes()).unwrap();
    app.app.follow().await.unwrap();
    let estimated = draw(&app, &viewer, "area=07795&indicator=online_submission_rate&quarter=2024-Q3", "en").await;
    assert!(estimated.shows("E – estimated") || estimated.shows("stated in the report"), "{:?}", estimated.texts());
}

#[actix_web::test]
async fn what_is_contested_is_said_also_where_a_stronger_status_hides_it() {
    let app = TestApp::demo().await;
    let viewer = app.token_of("viewer");
    let asked = "indicator=dossiers_in_progress_overdue";
    let town = format!("area=222&{asked}");
    for (query, name) in [
        (format!("{town}&quarter=2024-Q1"), "2024-Q1"),
        (format!("{town}&from=2023-Q4&to=2024-Q2"), "2024-Q1"),
        (format!("{town}&quarter=2024-Q1&by=ward"), "Thị xã Việt Yên"),
    ] {
        let items = values(&app, &viewer, &query.replace("&by=ward", "")).await;
        let hidden =
            |item: &&Value| item["status"] != "U" && item["contested"].as_array().is_some_and(|it| it.len() == 1);
        assert_eq!(items.iter().filter(hidden).count(), 1, "{query}");
        for (language, words) in
            [("en", "1 ward under an open finding"), ("vi", "1 phường, xã đang có sai lệch chưa xử lý")]
        {
            let picture = draw(&app, &viewer, &query, language).await;
            let note = format!("{name}: {words}.");
            assert!(picture.shows(&note), "{query}: {:?}", picture.texts());
            let told = &picture.one("desc").text;
            assert!(told.lines().any(|line| line == note), "{told}");
            let sentence = told.lines().find(|line| line.starts_with(&format!("{name}: ")) && **line != note);
            assert!(sentence.unwrap().contains(words), "{told}");
        }
    }
    // A status that says so itself needs no note, nor does a quarter in which nothing is contested.
    for query in [format!("area=07792&{asked}&quarter=2024-Q1"), format!("{town}&from=2024-Q2&to=2024-Q4")] {
        let picture = draw(&app, &viewer, &query, "en").await;
        assert!(!picture.one("desc").text.contains("ward under an open finding"), "{}", picture.one("desc").text);
    }
}

#[actix_web::test]
async fn each_representation_has_its_own_tag_and_is_not_sent_twice() {
    let app = TestApp::demo().await;
    let viewer = app.token_of("viewer");
    let path = format!("/api/v1/aggregates?{TOWN}&quarter=2024-Q1");
    let drawn = format!("/api/v1/aggregates.svg?{TOWN}&quarter=2024-Q1");
    let json = fetch(&app, &viewer, &path, "vi", None).await;
    let browser = Some("image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8");
    let picture = fetch(&app, &viewer, &path, "vi", browser).await;
    let named = fetch(&app, &viewer, &drawn, "vi", None).await;
    assert_eq!(picture.body, named.body, "one picture at both addresses");
    assert!(json.header("content-type").starts_with("application/json"));
    assert_ne!(json.header("etag"), picture.header("etag"));
    for answer in [&json, &picture, &named] {
        assert!(answer.header("vary").contains("Accept, Accept-Language, Authorization"), "{}", answer.header("vary"));
    }
    assert_eq!(
        named.header("content-disposition"),
        "inline; filename=\"thi-xa-viet-yen-satisfaction_rate-2024-Q1.svg\"; \
         filename*=UTF-8''Th%E1%BB%8B%20x%C3%A3%20Vi%E1%BB%87t%20Y%C3%AAn%20satisfaction_rate%202024-Q1.svg"
    );
    for (tag, accept, expected) in [
        (picture.header("etag"), "image/svg+xml", 304),
        (json.header("etag"), "image/svg+xml", 200),
        (picture.header("etag"), "application/json", 200),
        (json.header("etag"), "*/*", 304),
    ] {
        let request = TestRequest::get().uri(&path).insert_header(("Authorization", format!("Bearer {viewer}")));
        let request = request.insert_header(("If-None-Match", tag)).insert_header(("Accept", accept));
        let again = app.send(request.insert_header(("Accept-Language", "vi"))).await;
        assert_eq!(again.status, expected, "{tag} {accept}");
        assert!(expected == 200 || again.body.is_empty());
    }
    let replica = app.another();
    let elsewhere = fetch(&replica, &viewer, &drawn, "vi", None).await;
    assert_eq!((&elsewhere.body, elsewhere.header("etag")), (&named.body, named.header("etag")));
    let english = fetch(&app, &viewer, &drawn, "en", None).await;
    assert_ne!(english.header("etag"), named.header("etag"));
    assert_eq!(app.get(&drawn).await.refusal(), "401 unauthenticated");
}

#[actix_web::test]
async fn a_question_that_cannot_be_drawn_is_refused() {
    let app = TestApp::real().await;
    let viewer = app.token_of("viewer");
    let picture = format!("/api/v1/aggregates.svg?{TOWN}");
    let json = format!("/api/v1/aggregates?{TOWN}");
    let many = vec!["poverty_rate"; 13].join(",");
    for (path, accept, expected, pointer) in [
        (format!("{picture}&quarter=2024-Q1&theme=sepia"), "*/*", "400 invalidParameter", "?theme"),
        (format!("{picture}&quarter=2024-Q1&size=poster"), "*/*", "400 invalidParameter", "?size"),
        (format!("{picture}&quarter=2024-Q1&theme="), "*/*", "400 invalidParameter", "?theme"),
        (format!("{picture}&quarter=2024-Q1&width=100000"), "*/*", "400 unknownParameter", "?width"),
        (format!("{picture}&quarter=2024-Q1&compact=true"), "*/*", "400 unknownParameter", "?compact"),
        (format!("{picture}&quarter=2024-Q5"), "*/*", "400 invalidQuarter", "?quarter"),
        (picture.clone(), "*/*", "400 missingParameter", "?quarter"),
        (format!("{picture}&from=2024-Q2&to=2024-Q1"), "*/*", "400 reversedRange", "?from"),
        (format!("{picture},online_submission_rate&{RANGE}&by=ward"), "*/*", "422 notMeaningful", "?indicator"),
        (format!("{json}&quarter=2024-Q1&theme=dark"), "*/*", "400 invalidParameter", "?theme"),
        (format!("{json}&quarter=2024-Q1&size=phone"), "application/json", "400 invalidParameter", "?size"),
        (format!("{json}&quarter=2024-Q1&compact=true"), "image/svg+xml", "400 invalidParameter", "?compact"),
        (
            format!("/api/v1/aggregates.svg?area=222&quarter=2024-Q1&indicator={many}"),
            "*/*",
            "400 queryTooExpensive",
            "?indicator",
        ),
        (
            "/api/v1/aggregates.svg?area=99999&indicator=poverty_rate&quarter=2024-Q1".to_owned(),
            "*/*",
            "404 areaNotFound",
            "?area",
        ),
    ] {
        let answer = fetch(&app, &viewer, &path, "en", Some(accept)).await;
        assert_eq!(answer.refusal(), expected, "{path}");
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{path}");
        assert!(answer.header("content-type").starts_with("application/problem+json"), "{path}");
    }
}

#[actix_web::test]
async fn a_picture_of_nothing_says_so() {
    let app = TestApp::empty().await;
    let viewer = app.token_of("viewer");
    for (query, words) in [
        (format!("{TOWN}&from=2024-Q1&to=2024-Q4"), "There is no value"),
        (format!("{TOWN}&quarter=2024-Q1"), "no value: nobody has it"),
        (format!("{TOWN}&quarter=2024-Q1&by=ward"), "Thị xã Việt Yên: nobody has it"),
        ("area=07792&indicator=satisfaction_rate&quarter=2020-Q1".to_owned(), "no value: no published report"),
    ] {
        let picture = draw(&app, &viewer, &query, "en").await;
        assert!(picture.shows(words), "{query}: {:?}", picture.texts());
        assert_eq!(picture.all("circle").count(), 0, "{query}");
        assert!(picture.lines().is_empty(), "{query}");
    }
}

#[actix_web::test]
async fn four_hundred_wards_with_names_and_values_of_any_size_are_bounded() {
    let app = TestApp::empty().await;
    let mut statement = String::new();
    let mut file = "ward,quarter,indicator,nature,numerator,denominator,value\n".to_owned();
    for number in 1000..1400 {
        let name = format!("Phường <{number}> & “Rất dài” {}", "rất dài ".repeat(number % 40));
        write!(
            statement,
            "INSERT INTO areas (number, id, origin) SELECT max(number) + 1, 'Z{number}-1', 'administrator' FROM areas;\
             INSERT INTO area_versions (area, ordinal, code, name, kind, parent) \
             SELECT number, 0, 'Z{number}', '{}', 'ward', '222-1' FROM areas WHERE id = 'Z{number}-1';",
            name.trim()
        )
        .unwrap();
        let value = if number % 3 == 0 { 0 } else { 900_000_000_000 + i64::from(u32::try_from(number).unwrap()) };
        if number % 7 != 0 {
            writeln!(file, "Z{number},2024-Q1,dossiers_received_total,actual,,,{value}").unwrap();
        }
    }
    app.execute(&statement).unwrap();
    app.import("town_officer", file.as_bytes()).unwrap();
    let app = app.another();
    app.app.follow().await.unwrap();
    let viewer = app.token_of("viewer");
    let query = "area=222&indicator=dossiers_received_total";
    let wards = values(&app, &viewer, &format!("{query}&quarter=2024-Q1&by=ward")).await;
    assert_eq!((wards.len(), wards.iter().filter(|ward| !ward["value"].is_null()).count()), (417, 343));
    let is_bar = |rect: &&Element| rect.attributes["fill"] == "#0072B2";
    for size in ["report", "phone"] {
        let bars = draw(&app, &viewer, &format!("{query}&quarter=2024-Q1&by=ward&size={size}"), "en").await;
        assert!(
            bars.shows("Only 100 of 343 wards with a value are drawn") && bars.shows("243 wards in between"),
            "{:?}",
            bars.texts()
        );
        assert!(bars.shows("Not drawn, having no value: 74 wards (no published report: 74)."), "{:?}", bars.texts());
        // Both ends of the ranking, of bars and not of names: the least have nothing.
        let ends = bars.all("text").filter(|text| text.attributes["text-anchor"] == "end");
        let nothing = ends.filter(|text| text.text.trim() == "0").count();
        assert_eq!((bars.all("rect").filter(is_bar).count(), nothing), (100, 50));
        assert!(bars.0[0].number("height") < 3_000.0);
        assert!(bars.shows("Phường <1"), "markup in a name is text");
        assert!(bars.one("desc").text.contains("more values."));
        let nobody = draw(&app, &viewer, &format!("{query}&quarter=2023-Q1&by=ward&size={size}"), "en").await;
        assert!(
            nobody.shows("There is no value") && nobody.shows("having no value: 417 wards"),
            "{:?}",
            nobody.texts()
        );
        let panels = draw(&app, &viewer, &format!("{query}&from=2020-Q1&to=2024-Q4&by=ward&size={size}"), "en").await;
        assert!(panels.shows("Only 24 of 417 wards are drawn"), "{:?}", panels.texts());
        assert!(panels.0[0].number("height") < 5_000.0);
        let town = draw(&app, &viewer, &format!("{query}&from=2020-Q1&to=2026-Q4&size={size}"), "en").await;
        assert!(town.shows(" bn"), "{:?}", town.texts());
    }
}
