//! Figures that agencies send: they live beside what a ward writes, and never change it.

use chrono::NaiveDateTime;

use super::observation::Observation;
use super::words::words;

words! {
    /// What became of a figure that an agency sent.
    PushedOutcome {
        /// The ward has not sent its report yet.
        Waiting = "waiting",
        /// The report states the same.
        Taken = "taken",
        /// The report states something else.
        Differs = "differs",
        /// The report does not state it.
        LeftOut = "leftOut",
    }
}

words! {
    /// Where an offered figure comes from.
    OfferSource {
        /// A stock that the ward published for the quarter before.
        LastQuarter = "lastQuarter",
        /// Sent by the agency that owns the indicator.
        Pushed = "pushed",
    }
}

/// A figure that an agency sent for a ward's quarter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushedFigure {
    /// The figure, of the origin `pushed`.
    pub figure: Observation,
    /// The id of the client that sent it.
    pub client: String,
    /// What people call the client.
    pub client_name: String,
    /// When, in UTC.
    pub at: NaiveDateTime,
}

impl PushedFigure {
    /// The figure that is the same one, among those of a report.
    #[must_use]
    pub fn stated_in<'o>(&self, observations: &'o [Observation]) -> Option<&'o Observation> {
        observations.iter().find(|stated| stated.is_same_figure(&self.figure))
    }

    /// What became of it in a report that was sent.
    #[must_use]
    pub fn outcome(&self, observations: &[Observation]) -> PushedOutcome {
        match self.stated_in(observations) {
            Some(stated) if stated.agrees_with(&self.figure) => PushedOutcome::Taken,
            Some(_) => PushedOutcome::Differs,
            None => PushedOutcome::LeftOut,
        }
    }
}
