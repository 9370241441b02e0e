//! Published figures in columns: one indicator, one nature, one quarter, a cell for every area.

use super::area::AreaKey;
use super::decimal::Decimal;
use super::observation::{Operator, SurveyMethod};

/// One published figure, as aggregates need it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figure {
    /// The number with its printed decimals.
    pub value: Decimal,
    /// Whether it is the value or a bound of it.
    pub operator: Operator,
    /// How people were asked, for survey figures.
    pub method: Option<SurveyMethod>,
    /// Whether it stands under an open finding of severity `error`.
    pub contested: bool,
    /// Whether it was generated.
    pub synthetic: bool,
}

const PRESENT: u16 = 1;
const CONTESTED: u16 = 1 << 1;
const SYNTHETIC: u16 = 1 << 2;
const SCALE_SHIFT: u32 = 3;
const OPERATOR_SHIFT: u32 = 6;
const METHOD_SHIFT: u32 = 9;
const THREE_BITS: u16 = 0b111;

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
        let field = |shift: u32| marks >> shift & THREE_BITS;
        Some(Figure {
            value: Decimal::new(*self.mantissas.get(area.position())?, u8::try_from(field(SCALE_SHIFT)).ok()?)?,
            operator: Operator::ALL.get(usize::from(field(OPERATOR_SHIFT))).copied()?,
            method: usize::from(field(METHOD_SHIFT)).checked_sub(1).and_then(|at| SurveyMethod::ALL.get(at).copied()),
            contested: marks & CONTESTED != 0,
            synthetic: marks & SYNTHETIC != 0,
        })
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
        (*marks, *mantissa) = figure.map_or((0, 0), |figure| (pack(&figure), figure.value.mantissa()));
    }

    /// Bytes held.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.mantissas.capacity() * size_of::<i64>() + self.marks.capacity() * size_of::<u16>()
    }
}

fn pack(figure: &Figure) -> u16 {
    let position = |found: Option<usize>| found.and_then(|at| u16::try_from(at).ok()).unwrap_or_default();
    let operator = position(Operator::ALL.iter().position(|operator| *operator == figure.operator));
    let method = figure
        .method
        .map_or(0, |method| position(SurveyMethod::ALL.iter().position(|known| *known == method).map(|at| at + 1)));
    let mut marks = PRESENT;
    marks |= u16::from(figure.value.scale()) << SCALE_SHIFT | operator << OPERATOR_SHIFT | method << METHOD_SHIFT;
    marks |= if figure.contested { CONTESTED } else { 0 };
    marks | if figure.synthetic { SYNTHETIC } else { 0 }
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
                    let figure =
                        Figure { value: text.parse().unwrap(), operator: *operator, method, contested, synthetic };
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
