//! What one ward contributes to one indicator over the quarters of a period.

use super::Published;
use super::answer::MissingReason;
use crate::domain::area::AreaKey;
use crate::domain::decimal::Decimal;
use crate::domain::figures::{Column, Figure};
use crate::domain::indicator::{Frequency, Indicator, IndicatorKey, IndicatorKind, Nature, OverTime, Parts};
use crate::domain::observation::SurveyMethod;
use crate::domain::quarter::Quarter;
use crate::domain::statistics::Ratio;

/// How many quarters a yearly denominator is carried forward: twelve months.
const CARRY_FORWARD_QUARTERS: i32 = 4;

/// What a ward says of an indicator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Amount {
    /// Both counts of a rate.
    Counts(Ratio),
    /// A stated rate over a published denominator.
    Estimated(Ratio),
    /// A stated rate over nothing that is published.
    StatedOnly,
    /// A measure.
    Total(i128),
}

/// A ward's contribution, or why there is none, with what is shown beside it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub amount: Result<Amount, MissingReason>,
    /// The figure as stated, where the ward states one that is no bound.
    pub stated: Option<Decimal>,
    pub method: Option<SurveyMethod>,
    pub contested: bool,
    pub synthetic: bool,
    pub denominator_quarter: Option<Quarter>,
}

impl Part {
    const fn missing(reason: MissingReason) -> Self {
        Self {
            amount: Err(reason),
            stated: None,
            method: None,
            contested: false,
            synthetic: false,
            denominator_quarter: None,
        }
    }

    /// Takes the contribution back: the ward asked in another way than the one wanted.
    pub(super) fn withdraw(&mut self) {
        if self.amount.is_ok() {
            self.amount = Err(MissingReason::OtherMethod);
        }
    }

    /// Whether the ward reports the indicator in any form, a bound included.
    pub(super) fn reports(&self) -> bool {
        !matches!(
            self.amount,
            Err(MissingReason::NotReported
                | MissingReason::NoValue
                | MissingReason::IncompletePeriod
                | MissingReason::OtherMethod)
        )
    }

    fn mark(&mut self, figure: Figure) {
        self.contested |= figure.contested;
        self.synthetic |= figure.synthetic;
        self.method = self.method.or(figure.method);
    }
}

/// A sum that remembers what its figures were marked with.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    total: i128,
    contested: bool,
    synthetic: bool,
    method: Option<SurveyMethod>,
    quarter: Option<Quarter>,
}

impl Tally {
    fn add(mut self, other: Self, sign: i128) -> Self {
        self.total += sign * other.total;
        self.contested |= other.contested;
        self.synthetic |= other.synthetic;
        self.method = self.method.or(other.method);
        self
    }
}

/// Reads the contributions of wards to one indicator; finds each column once.
pub(super) struct Reader<'a, P: Published> {
    source: &'a P,
    key: IndicatorKey,
    indicator: &'a Indicator,
    parts: &'a Parts,
    nature: Nature,
}

impl<'a, P: Published> Reader<'a, P> {
    pub(super) fn new(source: &'a P, key: IndicatorKey, nature: Nature) -> Option<Self> {
        let catalogue = source.catalogue();
        Some(Self { source, key, indicator: catalogue.get(key)?, parts: catalogue.parts(key)?, nature })
    }

    pub(super) const fn indicator(&self) -> &'a Indicator {
        self.indicator
    }

    /// The contributions of some wards over the quarters of a period, in the order of the wards.
    pub(super) fn read(&self, wards: &[AreaKey], quarters: &[Quarter]) -> Vec<Part> {
        match quarters {
            [quarter] => self.read_quarter(wards, *quarter),
            several => wards.iter().map(|ward| self.over_time(*ward, several)).collect(),
        }
    }

    fn read_quarter(&self, wards: &[AreaKey], quarter: Quarter) -> Vec<Part> {
        let stated = self.source.column(quarter, self.key, self.nature);
        let ratio = self.parts.ratio.map(|(numerator, denominator)| {
            let column = |key| self.source.column(quarter, key, self.nature);
            (column(numerator), numerator, column(denominator), denominator)
        });
        let part = |ward: &AreaKey| match ratio {
            _ if !self.source.has_report(*ward, quarter) => Part::missing(MissingReason::NotReported),
            None => self.measure_part(*ward, quarter),
            Some((numerator, numerator_key, denominator, denominator_key)) => {
                let numerator = self.simple(numerator, numerator_key, *ward, quarter);
                let denominator = self.denominator(denominator, denominator_key, *ward, quarter);
                self.rate_part(stated.and_then(|column| column.get(*ward)), numerator, denominator)
            }
        };
        wards.iter().map(part).collect()
    }

    /// The rules of a rate: counts, else the stated rate over a published denominator, else nothing.
    fn rate_part(&self, figure: Option<Figure>, numerator: Option<Tally>, denominator: Option<Tally>) -> Part {
        let mut part = Part::missing(MissingReason::NoValue);
        let point = figure.filter(|figure| !figure.operator.is_bound());
        part.stated = point.map(|figure| figure.value);
        let percent = point.map(|figure| figure.value.ten_thousandths());
        part.amount = match (numerator, denominator, percent) {
            (Some(above), Some(below), _) => to_ratio(above.total, below.total).map(Amount::Counts),
            (None, Some(below), Some(percent)) if self.indicator.stated_rate_uses_denominator => {
                i64::try_from(below.total)
                    .map(|below| Amount::Estimated(Ratio::of_percent(percent, below)))
                    .map_err(|_| MissingReason::NoValue)
            }
            (_, _, Some(_)) => Ok(Amount::StatedOnly),
            _ if figure.is_some() => Err(MissingReason::BoundOnly),
            (Some(_), None, None) => Err(MissingReason::NoDenominator),
            _ => Err(MissingReason::NoValue),
        };
        let used = [numerator, denominator].into_iter().flatten();
        if matches!(part.amount, Ok(Amount::Counts(_) | Amount::Estimated(_))) {
            for tally in used {
                part.contested |= tally.contested;
                part.synthetic |= tally.synthetic;
                part.method = part.method.or(tally.method);
            }
            part.denominator_quarter = denominator.and_then(|below| below.quarter);
        }
        if let Some(figure) = point.filter(|_| !matches!(part.amount, Ok(Amount::Counts(_)))) {
            part.mark(figure);
        }
        part.method = part.method.or(figure.and_then(|figure| figure.method));
        part
    }

    fn measure_part(&self, ward: AreaKey, quarter: Quarter) -> Part {
        let mut part = Part::missing(MissingReason::NoValue);
        let figure = self.source.column(quarter, self.key, self.nature).and_then(|column| column.get(ward));
        part.stated = figure.filter(|figure| !figure.operator.is_bound()).map(|figure| figure.value);
        match self.simple(self.source.column(quarter, self.key, self.nature), self.key, ward, quarter) {
            Some(tally) => {
                part.amount = Ok(Amount::Total(tally.total));
                (part.contested, part.synthetic, part.method) = (tally.contested, tally.synthetic, tally.method);
            }
            None if figure.is_some() => part.amount = Err(MissingReason::BoundOnly),
            None => {}
        }
        part
    }

    /// A measure of one ward in one quarter; a derived one from its parts, all of which must be there.
    fn simple(&self, column: Option<&Column>, key: IndicatorKey, ward: AreaKey, quarter: Quarter) -> Option<Tally> {
        if let Some(figure) = column.and_then(|column| column.get(ward)).filter(|figure| !figure.operator.is_bound()) {
            return Some(Tally {
                total: i128::from(figure.value.as_integer()?),
                contested: figure.contested,
                synthetic: figure.synthetic,
                method: figure.method,
                quarter: None,
            });
        }
        let catalogue = self.source.catalogue();
        if catalogue.get(key).is_none_or(|indicator| indicator.kind != IndicatorKind::Derived) {
            return None;
        }
        let parts = catalogue.parts(key)?;
        let signed = parts.plus.iter().map(|part| (part, 1)).chain(parts.minus.iter().map(|part| (part, -1)));
        let mut sum = Tally::default();
        for (part, sign) in signed {
            // A derived measure of derived measures would recurse; the catalogue has none and none is read here.
            let figure = self.source.column(quarter, *part, self.nature)?.get(ward)?;
            let tally = Tally {
                total: i128::from(figure.value.as_integer()?),
                contested: figure.contested,
                synthetic: figure.synthetic,
                method: None,
                quarter: None,
            };
            sum = sum.add(tally, sign);
        }
        (sum.total >= 0).then_some(sum)
    }

    /// The denominator of a quarter; a yearly stock is carried forward for twelve months, with its date.
    fn denominator(
        &self,
        column: Option<&Column>,
        key: IndicatorKey,
        ward: AreaKey,
        quarter: Quarter,
    ) -> Option<Tally> {
        if let Some(tally) = self.simple(column, key, ward, quarter) {
            return Some(tally);
        }
        let indicator = self.source.catalogue().get(key)?;
        if indicator.frequency != Frequency::Annual || indicator.over_time != OverTime::Last {
            return None;
        }
        (1..=CARRY_FORWARD_QUARTERS).find_map(|back| {
            let earlier = quarter.earlier(back)?;
            let tally = self.simple(self.source.column(earlier, key, self.nature), key, ward, earlier)?;
            Some(Tally { quarter: Some(earlier), ..tally })
        })
    }

    /// Over several quarters: a rate is recomputed from its parts, a measure adds as the catalogue says, and a ward
    /// that lacks a quarter which the sum needs does not contribute.
    fn over_time(&self, ward: AreaKey, quarters: &[Quarter]) -> Part {
        if !quarters.iter().any(|quarter| self.source.has_report(ward, *quarter)) {
            return Part::missing(MissingReason::NotReported);
        }
        let Some((numerator, denominator)) = self.parts.ratio else {
            return match self.reduce(self.key, ward, quarters) {
                Some(tally) => Part {
                    amount: Ok(Amount::Total(tally.total)),
                    contested: tally.contested,
                    synthetic: tally.synthetic,
                    ..Part::missing(MissingReason::NoValue)
                },
                None => Part::missing(MissingReason::IncompletePeriod),
            };
        };
        let adds = |key| self.source.catalogue().get(key).is_some_and(|part| part.over_time == OverTime::Sum);
        if adds(numerator) && adds(denominator) {
            return self.sum_of_quarters(ward, quarters);
        }
        match (self.reduce(numerator, ward, quarters), self.reduce(denominator, ward, quarters)) {
            (Some(above), Some(below)) => Part {
                amount: to_ratio(above.total, below.total).map(Amount::Counts),
                contested: above.contested || below.contested,
                synthetic: above.synthetic || below.synthetic,
                method: above.method.or(below.method),
                ..Part::missing(MissingReason::NoValue)
            },
            _ => Part::missing(MissingReason::IncompletePeriod),
        }
    }

    fn sum_of_quarters(&self, ward: AreaKey, quarters: &[Quarter]) -> Part {
        let mut sum = Part::missing(MissingReason::IncompletePeriod);
        let (mut ratio, mut estimated) = (Ratio::default(), false);
        for quarter in quarters {
            let Some(part) = self.read_quarter(&[ward], *quarter).into_iter().next() else { return sum };
            match part.amount {
                Ok(Amount::Counts(quarterly)) => ratio = ratio.plus(quarterly),
                Ok(Amount::Estimated(quarterly)) => {
                    ratio = ratio.plus(quarterly);
                    estimated = true;
                }
                _ => return Part::missing(MissingReason::IncompletePeriod),
            }
            sum.contested |= part.contested;
            sum.synthetic |= part.synthetic;
            sum.method = sum.method.or(part.method);
        }
        sum.amount = Ok(if estimated { Amount::Estimated(ratio) } else { Amount::Counts(ratio) });
        sum
    }

    /// One measure over several quarters, as the catalogue adds it over time.
    fn reduce(&self, key: IndicatorKey, ward: AreaKey, quarters: &[Quarter]) -> Option<Tally> {
        let catalogue = self.source.catalogue();
        let (indicator, parts) = (catalogue.get(key)?, catalogue.parts(key)?);
        let at = |key, quarter| self.simple(self.source.column(quarter, key, self.nature), key, ward, quarter);
        let sum = |key| quarters.iter().try_fold(Tally::default(), |sum, quarter| Some(sum.add(at(key, *quarter)?, 1)));
        match indicator.over_time {
            OverTime::Sum => sum(key),
            OverTime::Last if indicator.frequency == Frequency::Annual => {
                quarters.iter().rev().find_map(|quarter| at(key, *quarter))
            }
            OverTime::Last => at(key, *quarters.last()?),
            OverTime::Balance => {
                let (opening, inflow) = parts.balance?;
                Some(at(opening, *quarters.first()?)?.add(sum(inflow)?, 1))
            }
            OverTime::RatioOfSums | OverTime::None => None,
        }
    }
}

fn to_ratio(numerator: i128, denominator: i128) -> Result<Ratio, MissingReason> {
    match (i64::try_from(numerator), i64::try_from(denominator)) {
        (Ok(numerator), Ok(denominator)) => Ok(Ratio::of_counts(numerator, denominator)),
        _ => Err(MissingReason::NoValue),
    }
}
