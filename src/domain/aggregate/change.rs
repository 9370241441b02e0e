//! Comparing two quarters over the wards present in both, so that a change is never a change of reporters.

use super::Published;
use super::answer::{Difference, DifferenceReason};
use super::part::{Amount, Part};
use super::reader::Reader;
use crate::domain::area::AreaKey;
use crate::domain::indicator::{Frequency, OverAreas};
use crate::domain::quarter::Quarter;
use crate::domain::statistics::{Fixed4, Ratio};

/// The wards of an area in a quarter, with what they contribute.
pub(super) struct Panel<'a, 'p, P: Published> {
    pub source: &'a P,
    pub reader: &'p Reader<'a, P>,
    pub area: AreaKey,
    pub wards: &'a [AreaKey],
    pub parts: &'p [Part],
    pub quarter: Quarter,
}

/// One side of a comparison.
#[derive(Default)]
struct Side {
    ratio: Ratio,
    total: i128,
    stated: i128,
    wards: usize,
}

impl<P: Published> Panel<'_, '_, P> {
    /// The change since an earlier quarter; nothing where the earlier quarter has nothing of these wards.
    pub(super) fn compare(&self, earlier: Quarter, a_year_apart: bool) -> Option<Difference> {
        let before = self.reader.read(self.wards, &[earlier]);
        if !before.iter().any(|part| part.amount.is_ok()) {
            return self.area_differs(earlier).then(|| refuse(earlier, DifferenceReason::AreaDiffers));
        }
        let indicator = self.reader.indicator();
        if indicator.frequency == Frequency::Annual && !a_year_apart {
            return Some(refuse(earlier, DifferenceReason::Annual));
        }
        let (from, to) = (self.source.calendar().cut_off(earlier), self.source.calendar().cut_off(self.quarter));
        let between = |boundary: Option<chrono::NaiveDate>| boundary.is_some_and(|date| from < date && date <= to);
        if between(indicator.valid_from) || between(indicator.valid_to) {
            return Some(refuse(earlier, DifferenceReason::DefinitionDiffers));
        }
        if self.wards.len() > 1 && indicator.over_areas == OverAreas::None {
            return None;
        }
        let (mut now, mut then) = (Side::default(), Side::default());
        for (present, past) in self.parts.iter().zip(before.iter()) {
            let (Ok(present_amount), Ok(past_amount)) = (present.amount, past.amount) else { continue };
            if std::mem::discriminant(&present_amount) != std::mem::discriminant(&past_amount) {
                return Some(refuse(earlier, DifferenceReason::BasisDiffers));
            }
            if indicator.survey && present.method != past.method {
                return Some(refuse(earlier, DifferenceReason::MethodsDiffer));
            }
            // Over several wards a rate without a denominator is no part of the value, so neither of its change.
            if present_amount == Amount::StatedOnly && self.wards.len() > 1 {
                continue;
            }
            now.add(present_amount, present);
            then.add(past_amount, past);
        }
        if now.wards == 0 {
            return Some(refuse(earlier, DifferenceReason::NoCommonWards));
        }
        let (to, from) = (now.value()?, then.value()?);
        Some(Difference {
            quarter: earlier,
            difference: Some(Fixed4::from_ten_thousandths(to.ten_thousandths() - from.ten_thousandths())),
            from: Some(from),
            wards: now.wards,
            reason: None,
        })
    }

    /// Whether the area came out of others between the two quarters.
    fn area_differs(&self, earlier: Quarter) -> bool {
        let areas = self.source.areas();
        let date = self.source.calendar().cut_off(earlier);
        areas.get(self.area).is_some_and(|area| area.on(date).is_none()) && !areas.predecessors(self.area).is_empty()
    }
}

impl Side {
    fn add(&mut self, amount: Amount, part: &Part) {
        self.wards += 1;
        match amount {
            Amount::Counts(share) | Amount::Estimated(share) => self.ratio = self.ratio.plus(share.ratio()),
            Amount::Total(total) => self.total += i128::from(total),
            Amount::StatedOnly => self.stated += part.stated.map_or(0, |stated| stated.ten_thousandths()),
        }
    }

    fn value(&self) -> Option<Fixed4> {
        if self.ratio.denominator > 0 {
            return self.ratio.percent();
        }
        Some(if self.stated > 0 { Fixed4::from_ten_thousandths(self.stated) } else { Fixed4::whole(self.total) })
    }
}

const fn refuse(quarter: Quarter, reason: DifferenceReason) -> Difference {
    Difference { quarter, difference: None, from: None, wards: 0, reason: Some(reason) }
}
