//! Published figures in columns: one indicator, one nature, one quarter, a cell for every area.

use super::area::AreaKey;
use super::decimal::Decimal;
use super::observation::{Operator, SurveyMethod};
use super::statistics::Quantity;

/// One published figure, as aggregates need it: the digits, and everything else in sixteen bits. Aggregates look at
/// thousands, mostly to learn that it is a plain count, which costs one comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figure {
    mantissa: i64,
    marks: u16,
}

const PRESENT: u16 = 1;
const CONTESTED: u16 = 1 << 1;
const SYNTHETIC: u16 = 1 << 2;
const SCALE_SHIFT: u32 = 3;
const OPERATOR_SHIFT: u32 = 6;
const METHOD_SHIFT: u32 = 9;
const THREE_BITS: u16 = 0b111;

impl Figure {
    /// A figure: the number with its printed decimals, whether it is the value or a bound of it, how people were asked
    /// for a survey figure, whether it stands under an open finding of severity `error`, and whether it was generated.
    #[must_use]
    pub fn new(
        value: Decimal,
        operator: Operator,
        method: Option<SurveyMethod>,
        contested: bool,
        synthetic: bool,
    ) -> Self {
        let position = |found: Option<usize>| found.and_then(|at| u16::try_from(at).ok()).unwrap_or_default();
        let operator = position(Operator::ALL.iter().position(|known| *known == operator));
        let method = method
            .map_or(0, |method| position(SurveyMethod::ALL.iter().position(|known| *known == method).map(|at| at + 1)));
        let mut marks = PRESENT;
        marks |= u16::from(value.scale()) << SCALE_SHIFT | operator << OPERATOR_SHIFT | method << METHOD_SHIFT;
        marks |= if contested { CONTESTED } else { 0 };
        marks |= if synthetic { SYNTHETIC } else { 0 };
        Self { mantissa: value.mantissa(), marks }
    }

    const fn field(self, shift: u32) -> u16 {
        self.marks >> shift & THREE_BITS
    }

    /// The number with its printed decimals.
    #[must_use]
    pub fn value(self) -> Decimal {
        Decimal::from_parts(self.mantissa, u8::try_from(self.field(SCALE_SHIFT)).unwrap_or_default())
    }

    /// The number as it is added up.
    #[must_use]
    pub fn quantity(self) -> Quantity {
        if self.field(SCALE_SHIFT) == 0 { Quantity::of_count(self.mantissa) } else { Quantity::of(self.value()) }
    }

    /// Whether it is the value or a bound of it.
    #[must_use]
    pub fn operator(self) -> Operator {
        Operator::ALL.get(usize::from(self.field(OPERATOR_SHIFT))).copied().unwrap_or(Operator::Equal)
    }

    /// Whether it only bounds the value. The first operator of the list is the plain one.
    #[must_use]
    pub const fn is_bound(self) -> bool {
        self.field(OPERATOR_SHIFT) != 0
    }

    /// How people were asked, for survey figures.
    #[must_use]
    pub fn method(self) -> Option<SurveyMethod> {
        usize::from(self.field(METHOD_SHIFT)).checked_sub(1).and_then(|at| SurveyMethod::ALL.get(at).copied())
    }

    /// Whether it stands under an open finding of severity `error`.
    #[must_use]
    pub const fn contested(self) -> bool {
        self.marks & CONTESTED != 0
    }

    /// Whether it was generated.
    #[must_use]
    pub const fn synthetic(self) -> bool {
        self.marks & SYNTHETIC != 0
    }
}

/// The cells of a column, ten bytes each.
#[derive(Debug, Clone, Default)]
pub struct Column {
    mantissas: Vec<i64>,
    marks: Vec<u16>,
}

impl Column {
    /// The figure of an area, if it has one.
    #[must_use]
    pub fn get(&self, area: AreaKey) -> Option<Figure> {
        let marks = self.marks.get(area.position()).copied().filter(|marks| marks & PRESENT != 0)?;
        Some(Figure { mantissa: *self.mantissas.get(area.position())?, marks })
    }

    /// Puts a figure into an area's cell, or empties it.
    pub fn set(&mut self, area: AreaKey, figure: Option<Figure>) {
        let position = area.position();
        if self.marks.len() <= position {
            self.marks.resize(position + 1, 0);
            self.mantissas.resize(position + 1, 0);
        }
        let (Some(marks), Some(mantissa)) = (self.marks.get_mut(position), self.mantissas.get_mut(position)) else {
            return;
        };
        (*marks, *mantissa) = figure.map_or((0, 0), |figure| (figure.marks, figure.mantissa));
    }

    /// Bytes held.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.mantissas.capacity() * size_of::<i64>() + self.marks.capacity() * size_of::<u16>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_gives_back_what_was_put_in() {
        let mut column = Column::default();
        let mut area = 0;
        let mut kept = Vec::new();
        for operator in Operator::ALL {
            for method in [None].into_iter().chain(SurveyMethod::ALL.iter().copied().map(Some)) {
                for (text, contested, synthetic) in
                    [("77.5", true, false), ("9007199254740991", false, true), ("0.0001", true, true)]
                {
                    let value: Decimal = text.parse().unwrap();
                    let figure = Figure::new(value, *operator, method, contested, synthetic);
                    let given = (figure.value(), figure.operator(), figure.method());
                    assert_eq!(given, (value, *operator, method));
                    assert_eq!((figure.contested(), figure.synthetic()), (contested, synthetic));
                    assert_eq!((figure.is_bound(), figure.quantity()), (operator.is_bound(), Quantity::of(value)));
                    column.set(AreaKey::new(area).unwrap(), Some(figure));
                    kept.push(figure);
                    area += 1;
                }
            }
        }
        for (position, figure) in kept.into_iter().enumerate() {
            assert_eq!(column.get(AreaKey::new(position).unwrap()), Some(figure));
        }
        column.set(AreaKey::new(0).unwrap(), None);
        assert_eq!(column.get(AreaKey::new(0).unwrap()), None);
        assert_eq!(column.get(AreaKey::new(100_000).unwrap()), None);
    }
}
