//! Plausible figures for the neighbours of the one real report, so that the demonstration has something to add up.
//!
//! Always the same for the same seed, published as synthetic and marked so wherever they are read.

use std::collections::BTreeMap;

use chrono::{NaiveDateTime, TimeDelta};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::domain::aggregate::Published as _;
use crate::domain::area::AreaKey;
use crate::domain::calendar::Level;
use crate::domain::decimal::Decimal;
use crate::domain::indicator::Nature;
use crate::domain::observation::{Observation, Origin, SurveyMethod};
use crate::domain::quarter::Quarter;
use crate::domain::report::ReportDocument;
use crate::service::publish::Publication;
use crate::snapshot::Snapshot;

const SEED: u64 = 222_2024;
/// Reports out of a hundred that never came.
const NEVER_REPORTED: u32 = 4;
/// Reports out of a hundred that came after the deadline.
const LATE: u32 = 9;

/// What stays the same about a ward over the quarters.
struct Character {
    households: u32,
    poor: u32,
    dossiers: u32,
    online: f64,
    punctual: f64,
    satisfied: f64,
    carried_over: u32,
}

/// Documents for every ward of an area but some, over the quarters from `first` to `last`.
pub(super) fn documents(
    snapshot: &Snapshot,
    area: AreaKey,
    except: &[AreaKey],
    first: Quarter,
    last: Quarter,
) -> BTreeMap<(AreaKey, Quarter), Publication> {
    let mut documents = BTreeMap::new();
    let wards = snapshot.areas().members(area, snapshot.calendar().cut_off(last));
    for ward in wards.iter().filter(|ward| !except.contains(ward)) {
        let mut random = ChaCha8Rng::seed_from_u64(SEED + u64::try_from(ward.position()).unwrap_or_default());
        // Apart from the figures', so that neither moves the other.
        let mut hurry = ChaCha8Rng::seed_from_u64(!SEED ^ u64::try_from(ward.position()).unwrap_or_default());
        let mut character = Character {
            households: random.random_range(1_700..5_200),
            poor: random.random_range(8..60),
            dossiers: random.random_range(180..620),
            online: random.random_range(0.35..0.62),
            punctual: random.random_range(0.86..0.97),
            satisfied: random.random_range(0.88..0.965),
            carried_over: random.random_range(10..50),
        };
        for quarter in first.through(last) {
            let observations = character.quarter(snapshot, &mut random, quarter);
            if random.random_range(0..100) < NEVER_REPORTED {
                continue;
            }
            let cut_off = snapshot.calendar().cut_off(quarter);
            let Some(version) = snapshot.areas().get(*ward).and_then(|area| area.on(cut_off)) else { continue };
            let document = ReportDocument::of_figures(version.code.clone(), quarter, observations);
            let submitted_at = submission(snapshot, &mut hurry, quarter);
            documents.insert((*ward, quarter), Publication { document, submitted_at });
        }
    }
    documents
}

/// When a ward sends its report: mostly within the day or two that it has, in office hours (UTC here), sometimes late.
fn submission(snapshot: &Snapshot, random: &mut ChaCha8Rng, quarter: Quarter) -> Option<NaiveDateTime> {
    let calendar = snapshot.calendar();
    let due = calendar.deadline(quarter, Level::Ward)?;
    let late = if random.random_range(0..100) < LATE { random.random_range(1..8) } else { 0 };
    let (day, minute) = (calendar.working_days_after(due, late), random.random_range(0..540));
    day.and_hms_opt(1, 0, 0)?.checked_add_signed(TimeDelta::minutes(minute))
}

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small positive numbers of a made-up ward"
)]
fn share(of: u32, rate: f64) -> u32 {
    ((f64::from(of) * rate).round() as u32).min(of)
}

impl Character {
    fn quarter(&mut self, snapshot: &Snapshot, random: &mut ChaCha8Rng, quarter: Quarter) -> Vec<Observation> {
        self.online = (self.online + random.random_range(0.0..0.04)).min(0.97);
        self.satisfied = (self.satisfied + random.random_range(-0.01..0.012)).clamp(0.85, 0.995);
        let season = if quarter.index() == 1 { 0.85 } else { 1.0 };
        let in_period = share(self.dossiers, season * random.random_range(0.88..1.0));
        let received = in_period + self.carried_over;
        let in_progress = random.random_range(8..55_u32).min(received);
        let resolved = received - in_progress;
        let on_time = share(resolved, (self.punctual + random.random_range(-0.04..0.03)).min(1.0));
        let overdue_now = share(in_progress, random.random_range(0.0..0.15));
        let online = share(in_period, self.online);
        let asked = random.random_range(60..240_u32);
        let satisfied = share(asked, self.satisfied);
        let mut figures = vec![
            ("dossiers_carried_over", self.carried_over),
            ("dossiers_received_in_period", in_period),
            ("dossiers_received_total", received),
            ("dossiers_received_online", online),
            ("dossiers_received_direct", in_period - online),
            ("dossiers_resolved_total", resolved),
            ("dossiers_resolved_on_time", on_time),
            ("dossiers_resolved_overdue", resolved - on_time),
            ("dossiers_in_progress_total", in_progress),
            ("dossiers_in_progress_not_due", in_progress - overdue_now),
            ("dossiers_in_progress_overdue", overdue_now),
            ("survey_respondents", asked),
            ("respondents_satisfied", satisfied),
            ("respondents_very_satisfied", share(satisfied, random.random_range(0.4..0.7))),
            ("respondents_dissatisfied", share(asked - satisfied, random.random_range(0.3..0.9))),
            ("citizen_reception_sessions", random.random_range(11..15)),
            ("petitions_received_in_period", random.random_range(0..9)),
            ("residential_groups_total", 4 + self.households.div_euclid(900)),
            ("edocs_issued", random.random_range(150..420)),
            ("broadcast_news_items", random.random_range(15..50)),
        ];
        self.carried_over = in_progress;
        // The yearly review of poor households is reported with the last quarter (Decision 24/2021/QĐ-TTg).
        if quarter.index() == 4 {
            let (escaped, new, start) = (share(self.poor, 0.22), random.random_range(0..3), self.poor);
            self.poor = start - escaped + new;
            figures.extend([
                ("households_total", self.households),
                ("poor_households_at_start", start),
                ("households_escaped_poverty", escaped),
                ("households_re_entered_poverty", 0),
                ("households_newly_poor", new),
                ("poor_households", self.poor),
                ("near_poor_households", self.poor + share(self.poor, 0.4)),
            ]);
            self.households += random.random_range(5..60);
        }
        let catalogue = snapshot.catalogue();
        let observation = |(code, value): (&str, u32)| {
            let indicator = catalogue.find(code).and_then(|key| catalogue.get(key))?;
            let survey = code.starts_with("respondents_") || code == "survey_respondents";
            Some(Observation {
                indicator: code.to_owned(),
                nature: Nature::Actual,
                operator: crate::domain::observation::Operator::Equal,
                value: Decimal::from(value),
                span: indicator.span,
                origin: Origin::Stated,
                reference_period: None,
                project: None,
                method: survey.then_some(SurveyMethod::Questionnaire),
                synthetic: true,
                instruction: false,
                note: None,
                mentions: Vec::new(),
            })
        };
        figures.into_iter().filter_map(observation).collect()
    }
}
