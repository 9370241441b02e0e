//! The columns that contributions are read from, found once a quarter.

use super::asked::Asked;
use crate::domain::area::AreaKey;
use crate::domain::figures::{Column, Figure};
use crate::domain::quarter::Quarter;
use crate::domain::statistics::Quantity;

/// A sum that remembers what its figures were marked with.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    pub total: Quantity,
    pub contested: bool,
    pub synthetic: bool,
    pub asked: Asked,
    pub quarter: Option<Quarter>,
}

impl Tally {
    /// With another figure of the quarter, added or taken away.
    pub(super) fn add(self, other: Self, sign: i64) -> Self {
        Self {
            total: self.total.plus(other.total, sign),
            contested: self.contested || other.contested,
            synthetic: self.synthetic || other.synthetic,
            asked: self.asked.with(other.asked),
            quarter: self.quarter,
        }
    }

    /// With the same figure of another quarter, or of another ward.
    pub(super) fn add_quarter(self, other: Self) -> Self {
        Self { asked: self.asked.beside(other.asked), ..self.add(other, 1) }
    }
}

/// The columns that a measure is read from in one quarter: its own, and those that it follows from.
pub(super) struct MeasureColumns<'a> {
    pub own: Option<&'a Column>,
    /// For a derived measure: the columns added and taken away; nothing where one of them is missing altogether.
    pub parts: Option<Vec<(&'a Column, i64)>>,
}

impl MeasureColumns<'_> {
    /// The measure of one ward; a derived one from its parts, all of which must be there.
    pub(super) fn get(&self, ward: AreaKey) -> Option<Tally> {
        if let Some(figure) = self.own.and_then(|column| plain(column, ward)) {
            return Some(tally(figure));
        }
        let mut sum = Tally::default();
        for (column, sign) in self.parts.as_ref()? {
            sum = sum.add(tally(plain(column, ward)?), *sign);
        }
        (!sum.total.is_negative()).then_some(sum)
    }
}

/// The figure of a ward that is no bound.
fn plain(column: &Column, ward: AreaKey) -> Option<Figure> {
    column.get(ward).filter(|figure| !figure.is_bound())
}

fn tally(figure: Figure) -> Tally {
    Tally {
        total: figure.quantity(),
        contested: figure.contested(),
        synthetic: figure.synthetic(),
        asked: Asked::of(figure.method()),
        quarter: None,
    }
}

/// Everything that one quarter has for the indicator.
pub(super) struct QuarterColumns<'a> {
    pub reported: &'a [bool],
    pub stated: Option<&'a Column>,
    pub measure: MeasureColumns<'a>,
    /// For a rate: what is above and below the line.
    pub ratio: Option<(MeasureColumns<'a>, MeasureColumns<'a>)>,
    /// For a yearly denominator: the quarters that it is carried forward from, the latest first.
    pub earlier_denominators: Vec<(Quarter, MeasureColumns<'a>)>,
}
