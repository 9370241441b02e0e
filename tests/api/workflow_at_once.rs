//! Many people at once: whatever they try, what is published is what was last approved, and the aggregates are its sums.

use std::cell::RefCell;
use std::collections::BTreeMap;

use danbiet::domain::policy::Role;
use futures_util::future::join_all;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use crate::support::{Answer, TestApp};

const WARDS: [&str; 3] = ["07792", "07783", "07798"];
const QUARTER: &str = "2024-Q1";
const ROUNDS: usize = 30;
/// The figures that people write: received, of these online; asked, of these satisfied.
const COUNTS: [&str; 4] =
    ["dossiers_received_total", "dossiers_received_online", "survey_respondents", "respondents_satisfied"];

type Figures = BTreeMap<String, i64>;

/// A report as somebody was told that it now is.
#[derive(Debug, Clone)]
struct State {
    status: String,
    /// Nothing where the answer does not repeat the document.
    figures: Option<Figures>,
    /// The revision of the step that led here, where it made one.
    revision: Option<i64>,
}

/// What everybody was told, by version and edits: the order in which it happened.
#[derive(Default)]
struct Ward {
    told: BTreeMap<(u64, u64), State>,
    retractions: usize,
}

impl Ward {
    fn newest(&self) -> Option<(&(u64, u64), &State)> {
        self.told.iter().next_back()
    }
}

fn tag((version, edits): (u64, u64)) -> String {
    format!("\"{version}-{edits}\"")
}

fn read_tag(etag: &str) -> (u64, u64) {
    let name = etag.trim_matches('"').split('.').next().unwrap();
    let (version, edits) = name.split_once('-').unwrap();
    (version.parse().unwrap(), edits.parse().unwrap())
}

fn figures(document: &Value) -> Figures {
    let figures = document["observations"].as_array().unwrap();
    figures
        .iter()
        .map(|figure| {
            (figure["indicator"].as_str().unwrap().into(), figure["value"].as_str().unwrap().parse().unwrap())
        })
        .collect()
}

struct Town {
    app: TestApp,
    wards: RefCell<Vec<Ward>>,
    rng: RefCell<ChaCha8Rng>,
    publications: RefCell<usize>,
}

#[derive(Clone, Copy, PartialEq)]
enum Person {
    Officer(usize),
    Leader(usize),
    Town,
}

impl Town {
    fn chance(&self, of: f64) -> bool {
        self.rng.borrow_mut().random_bool(of)
    }

    /// The tag that somebody has read: mostly the newest, sometimes an old one.
    fn seen(&self, at: usize) -> Option<(u64, u64)> {
        let wards = self.wards.borrow();
        let told: Vec<_> = wards[at].told.keys().copied().collect();
        if self.chance(0.85) { told.last().copied() } else { told.choose(&mut *self.rng.borrow_mut()).copied() }
    }

    fn counts(&self) -> Value {
        let mut rng = self.rng.borrow_mut();
        let (received, asked): (i64, i64) = (rng.random_range(10..100), rng.random_range(10..100));
        let online = rng.random_range(0..=received);
        // More online than there are in all is an error that no submission gets past.
        let online = if rng.random_bool(0.1) { received + 1 } else { online };
        let satisfied = rng.random_range(0..=asked);
        let figure = |(code, count): (&&str, i64)| json!({"indicator": code, "value": count});
        COUNTS.iter().zip([received, online, asked, satisfied]).map(figure).collect()
    }

    async fn act(&self, person: Person, token: &str) {
        let at = match person {
            Person::Officer(at) | Person::Leader(at) => at,
            Person::Town => self.rng.borrow_mut().random_range(0..WARDS.len()),
        };
        let path = format!("/api/v1/wards/{}/reports/{QUARTER}", WARDS[at]);
        let seen = self.seen(at);
        let precondition = seen.map_or_else(|| "*".to_owned(), tag);
        if let Person::Officer(_) = person {
            // Whoever writes without a rest keeps everybody else from ever holding the newest tag.
            if seen.is_some() && self.chance(0.6) {
                return;
            }
            let method = if seen.is_none() || self.chance(0.5) { "PUT" } else { "PATCH" };
            let body = json!({"observations": self.counts()});
            let answer = self.app.write(token, method, &path, Some(&precondition), Some(body)).await;
            return self.heard(at, &answer, None);
        }
        let status = self.wards.borrow()[at].newest().map(|(_, state)| state.status.clone()).unwrap_or_default();
        let likely = match (person, status.as_str()) {
            (Person::Leader(_), "submitted") => &["draft", "submitted", "submitted", "submitted"][..],
            (Person::Leader(_), _) => &["submitted"],
            (_, "submitted") => &["approved", "approved", "returned"],
            (_, "approved") => &["published", "published", "returned"],
            (_, "published") => &["draft", "draft", "retracted"],
            (_, "retracted") => &["draft"],
            _ => &["approved", "published"],
        };
        let to = *likely.choose(&mut *self.rng.borrow_mut()).unwrap();
        if person == Person::Town && matches!(to, "approved" | "published") && self.chance(0.3) {
            return self.move_all(token, to).await;
        }
        let body = json!({"to": to, "comment": "Vì lý do nghiệp vụ."});
        let answer =
            self.app.write(token, "POST", &format!("{path}/transitions"), Some(&precondition), Some(body)).await;
        self.heard(at, &answer, Some(to));
    }

    async fn move_all(&self, token: &str, to: &str) {
        let places: Vec<_> = (0..WARDS.len()).filter_map(|at| Some((at, self.seen(at)?))).collect();
        if places.is_empty() {
            return;
        }
        let reports: Vec<_> = places.iter().map(|(at, seen)| json!({"ward": WARDS[*at], "etag": tag(*seen)})).collect();
        let body = json!({"quarter": QUARTER, "to": to, "reports": reports});
        let answer = self.app.write(token, "POST", "/api/v1/reports/transitions", None, Some(body)).await;
        if answer.status != 200 {
            return refused(&answer);
        }
        let answer = answer.json();
        *self.publications.borrow_mut() += usize::from(to == "published");
        for ((at, _), moved) in places.iter().zip(answer["reports"].as_array().unwrap()) {
            let now = read_tag(moved["etag"].as_str().unwrap());
            let state = State { status: to.into(), figures: None, revision: answer["revision"].as_i64() };
            assert!(self.wards.borrow_mut()[*at].told.insert(now, state).is_none(), "two were told {now:?}");
        }
    }

    fn heard(&self, at: usize, answer: &Answer, to: Option<&str>) {
        if !matches!(answer.status, 200 | 201) {
            return refused(answer);
        }
        let now = read_tag(answer.header("etag"));
        let report = answer.json();
        let mut wards = self.wards.borrow_mut();
        if matches!(to, Some("published" | "retracted")) {
            *self.publications.borrow_mut() += 1;
        }
        let status = report["status"].as_str().unwrap().to_owned();
        if to == Some("retracted") {
            wards[at].retractions += 1;
            if status != "retracted" {
                // What is shown is a version at work beside the one that was taken back.
                return;
            }
        }
        let revision = to.filter(|to| *to == "published").and_then(|_| report["revision"].as_i64());
        let state = State { status, figures: Some(figures(&report["document"])), revision };
        assert!(wards[at].told.insert(now, state).is_none(), "two were told {now:?}");
    }

    /// Holds what was told to the workflow, and what is published to what was told.
    async fn check(&self, token: &str) {
        let mut sums = [0_i64; 4];
        let mut published = 0;
        let wards: Vec<_> = self.wards.borrow().iter().map(|ward| (ward.told.clone(), ward.retractions)).collect();
        for (at, (told, retractions)) in wards.iter().enumerate() {
            let mut happened = publications(told);
            let history = format!("/api/v1/wards/{}/reports/{QUARTER}/history?limit=200", WARDS[at]);
            let mut retracted = 0;
            for entry in self.app.items(token, &history).await.iter().filter(|entry| entry["action"] == "retract") {
                let after: Value = serde_json::from_str(entry["after"].as_str().unwrap()).unwrap();
                assert!(happened.insert(after["revision"].as_i64().unwrap(), None).is_none());
                retracted += 1;
            }
            assert_eq!(retracted, *retractions);
            let expected = happened.pop_last().and_then(|(_, figures)| figures);
            let path = format!("/api/v1/wards/{}/reports/{QUARTER}?version=published", WARDS[at]);
            let answer = self.app.get_as(token, &path).await;
            let observations =
                self.app.items(token, &format!("/api/v1/observations?ward={}&quarter={QUARTER}", WARDS[at])).await;
            let Some(expected) = expected else {
                assert_eq!(answer.status, 404);
                assert!(observations.is_empty());
                continue;
            };
            published += 1;
            assert_eq!(figures(&answer.json()["document"]), expected);
            let shown: Figures = observations
                .iter()
                .map(|figure| (figure["indicator"].as_str().unwrap().into(), figure["value"].as_i64().unwrap()))
                .collect();
            assert_eq!(shown, expected);
            for (sum, code) in sums.iter_mut().zip(COUNTS) {
                *sum += expected[code];
            }
        }
        let path =
            format!("/api/v1/aggregates?area=222&indicator=online_submission_rate,satisfaction_rate&quarter={QUARTER}");
        for (item, [below, above]) in self.app.items(token, &path).await.iter().zip([[0, 1], [2, 3]]) {
            assert_eq!(item["coverage"]["reported"], published);
            let counts = (published > 0).then_some((sums[above], sums[below]));
            assert_eq!(item["numerator"].as_i64().zip(item["denominator"].as_i64()), counts, "{item}");
            let shown = item["value"].as_f64().map(|value| format!("{value:.4}"));
            assert_eq!(shown, counts.map(|(above, below)| percent(above, below)), "{item}");
        }
    }
}

/// A percentage with four decimals, rounded half to even.
fn percent(above: i64, below: i64) -> String {
    let whole = above * 1_000_000;
    let (down, rest) = (whole.div_euclid(below), whole.rem_euclid(below));
    let up = 2 * rest > below || (2 * rest == below && down.rem_euclid(2) == 1);
    let rounded = down + i64::from(up);
    format!("{}.{:04}", rounded.div_euclid(10_000), rounded.rem_euclid(10_000))
}

/// No refusal is a fault of ours.
fn refused(answer: &Answer) {
    assert!([404, 409, 412].contains(&answer.status), "{}", String::from_utf8_lossy(&answer.body));
}

/// Walks through what was told, in order: every step is one that the state before allowed, and what was published is what
/// was approved. Answers the figures of every publication by its revision.
fn publications(told: &BTreeMap<(u64, u64), State>) -> BTreeMap<i64, Option<Figures>> {
    /// A version on its way: its state, its figures, and those that were approved.
    #[derive(Clone, Default)]
    struct Version {
        status: String,
        figures: Figures,
        approved: Option<Figures>,
    }
    let (mut published, mut versions) = (BTreeMap::new(), BTreeMap::<u64, Version>::new());
    for ((version, edits), state) in told {
        let mut now = versions.remove(version).unwrap_or_default();
        let (from, to) = (now.status.as_str(), state.status.as_str());
        let allowed: &[&str] = match to {
            "draft" => &["", "draft", "submitted"],
            "submitted" => &["draft", "returned"],
            "returned" => &["returned", "submitted", "approved"],
            "approved" => &["submitted"],
            "published" => &["approved"],
            "retracted" => &["published"],
            _ => &[],
        };
        assert!(allowed.contains(&from), "{from} became {to} at {version}-{edits}");
        let written = from.is_empty() || from == to;
        if let Some(figures) = &state.figures {
            assert!(written || *figures == now.figures, "a step changes no figure, at {version}-{edits}");
            now.figures.clone_from(figures);
        }
        if to == "approved" {
            now.approved = Some(now.figures.clone());
        }
        if let (Some(revision), "published") = (state.revision, to) {
            assert_eq!(now.approved.as_ref(), Some(&now.figures), "what is published is what was approved");
            assert!(published.insert(revision, Some(now.figures.clone())).is_none());
        }
        to.clone_into(&mut now.status);
        versions.insert(*version, now);
    }
    published
}

#[actix_web::test]
async fn whatever_many_people_try_at_once_what_is_published_is_what_was_approved() {
    let town = Town {
        app: TestApp::empty().await,
        wards: RefCell::new(WARDS.iter().map(|_| Ward::default()).collect()),
        rng: RefCell::new(ChaCha8Rng::seed_from_u64(20_240_314)),
        publications: RefCell::new(0),
    };
    let mut people = vec![(Person::Town, "town_officer".to_owned()), (Person::Town, "second_officer".to_owned())];
    town.app.add_account("second_officer", Role::TownOfficer, "222-1").await;
    for (at, ward) in WARDS.iter().enumerate() {
        for (role, person) in [(Role::WardOfficer, Person::Officer(at)), (Role::WardLeader, Person::Leader(at))] {
            let name = format!("{}_{ward}", role.as_str());
            town.app.add_account(&name, role, &format!("{ward}-1")).await;
            people.push((person, name));
        }
    }
    let people: Vec<_> = people.into_iter().map(|(person, name)| (person, town.app.token_of(&name))).collect();
    let reader = town.app.token_of("town_officer");
    let before = revision(&town.app, &reader).await;
    // Who is faster decides how much comes of a round, so they go on until enough did.
    let mut round = 0;
    while round < ROUNDS || *town.publications.borrow() <= 5 {
        assert!(round < 20 * ROUNDS, "too little happens to say anything");
        join_all(people.iter().map(|(person, token)| town.act(*person, token))).await;
        if round % 6 == 5 {
            town.check(&reader).await;
        }
        round += 1;
    }
    town.check(&reader).await;
    let publications = i64::try_from(*town.publications.borrow()).unwrap();
    assert_eq!(revision(&town.app, &reader).await - before, publications, "each is one revision, and nothing else is");
}

async fn revision(app: &TestApp, token: &str) -> i64 {
    app.app.follow().await.unwrap();
    app.get_as(token, "/api/v1/areas").await.json()["revision"].as_i64().unwrap()
}
