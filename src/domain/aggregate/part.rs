//! What one ward contributes to one indicator over a quarter or a period.

use std::rc::Rc;

use super::answer::MissingReason;
use super::asked::Asked;
use super::columns::Tally;
use crate::domain::decimal::Decimal;
use crate::domain::figures::Figure;
use crate::domain::observation::SurveyMethod;
use crate::domain::quarter::Quarter;
use crate::domain::statistics::{Quantity, Ratio};

/// What a ward says of an indicator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Amount {
    /// Both counts of a rate.
    Counts(Share),
    /// A stated rate over a published denominator.
    Estimated(Share),
    /// A stated rate over nothing that is published.
    StatedOnly,
    /// A measure.
    Total(Quantity),
}

impl Amount {
    /// With what another ward says; nothing for rates of which one has no denominator.
    fn plus(self, other: Self) -> Option<Self> {
        let shares = |left: Share, right: Share| Share::of(left.ratio().plus(right.ratio()));
        match (self, other) {
            (Self::Counts(left), Self::Counts(right)) => shares(left, right).map(Self::Counts),
            (Self::Counts(left) | Self::Estimated(left), Self::Counts(right) | Self::Estimated(right)) => {
                shares(left, right).map(Self::Estimated)
            }
            (Self::Total(left), Self::Total(right)) => Some(Self::Total(left.plus(right, 1))),
            _ => None,
        }
    }
}

/// What one ward adds to a ratio, in half the bytes of the [`Ratio`] that it is added to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Share {
    whole: i64,
    millionths: u32,
    denominator: i64,
}

impl Share {
    /// Two counts.
    pub(super) const fn of_counts(numerator: i64, denominator: i64) -> Self {
        Self { whole: numerator, millionths: 0, denominator }
    }

    /// A ratio; nothing where it is larger than one ward's figures can make it.
    pub(super) fn of(ratio: Ratio) -> Option<Self> {
        Some(Self {
            whole: i64::try_from(ratio.numerator.div_euclid(1_000_000)).ok()?,
            millionths: u32::try_from(ratio.numerator.rem_euclid(1_000_000)).ok()?,
            denominator: i64::try_from(ratio.denominator).ok()?,
        })
    }

    /// As it is added up.
    pub(super) fn ratio(self) -> Ratio {
        let whole = Ratio::of_counts(self.whole, self.denominator);
        Ratio { numerator: whole.numerator + i128::from(self.millionths), ..whole }
    }
}

impl MissingReason {
    /// Whether a ward that does not contribute reports the indicator all the same, in a form that cannot be added up.
    pub(super) const fn reports(self) -> bool {
        matches!(self, Self::NoDenominator | Self::BoundOnly)
    }
}

/// A ward's contribution, or why there is none, with what is shown beside it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub amount: Result<Amount, MissingReason>,
    /// The figure as stated, where the ward states one that is no bound.
    pub stated: Option<Decimal>,
    pub asked: Asked,
    pub contested: bool,
    pub synthetic: bool,
    pub denominator_quarter: Option<Quarter>,
}

impl Part {
    pub(super) const fn missing(reason: MissingReason) -> Self {
        Self {
            amount: Err(reason),
            stated: None,
            asked: Asked::Unsaid,
            contested: false,
            synthetic: false,
            denominator_quarter: None,
        }
    }

    /// What a ward says of a measure.
    pub(super) fn of_measure(figure: Option<Figure>, tally: Option<Tally>) -> Self {
        let mut part = Self::missing(MissingReason::NoValue);
        part.stated = figure.filter(|figure| !figure.is_bound()).map(Figure::value);
        match tally {
            Some(tally) => {
                part.amount = Ok(Amount::Total(tally.total));
                (part.contested, part.synthetic, part.asked) = (tally.contested, tally.synthetic, tally.asked);
            }
            None if figure.is_some() => part.amount = Err(MissingReason::BoundOnly),
            None => {}
        }
        part
    }

    /// Without its contribution and without what it states: the ward asked in another way than the one wanted.
    pub(super) fn withdrawn(self) -> Self {
        Self { amount: self.amount.and(Err(MissingReason::OtherMethod)), stated: None, ..self }
    }

    /// What several wards that became one contribute together: all of them in the same form, or nothing.
    pub(super) fn together(parts: impl Iterator<Item = Self>) -> Self {
        parts.reduce(Self::beside).unwrap_or_else(|| Self::missing(MissingReason::NotReported))
    }

    fn beside(self, other: Self) -> Self {
        let amount = match (self.amount, other.amount) {
            (Ok(left), Ok(right)) => left.plus(right).ok_or(MissingReason::NoDenominator),
            (Err(reason), _) | (_, Err(reason)) => Err(reason),
        };
        Self {
            amount,
            stated: None,
            asked: self.asked.beside(other.asked),
            contested: self.contested || other.contested,
            synthetic: self.synthetic || other.synthetic,
            denominator_quarter: self.denominator_quarter.max(other.denominator_quarter),
        }
    }

    /// The same wards, those withdrawn that asked in another way.
    pub(super) fn asked_by(parts: &[Self], method: SurveyMethod) -> Rc<[Self]> {
        parts.iter().map(|part| if part.asked == Asked::By(method) { *part } else { part.withdrawn() }).collect()
    }

    /// Whether the ward reports the indicator in any form, a bound included.
    pub(super) fn reports(&self) -> bool {
        self.amount.map_or_else(MissingReason::reports, |_| true)
    }

    pub(super) fn mark(&mut self, figure: Figure) {
        self.contested |= figure.contested();
        self.synthetic |= figure.synthetic();
        self.asked = self.asked.with(Asked::of(figure.method()));
    }
}
