//! What the contributions of an area's wards add up to.

use super::asked::Asked;
use super::part::{Amount, Part};
use crate::domain::quarter::Quarter;
use crate::domain::statistics::Ratio;

/// Wards that contribute to a ratio, of those that report the indicator in any form: at least four in five.
const CONTRIBUTING_SHARE: (usize, usize) = (4, 5);

/// Whether less than 80 % of the wards that report an indicator in any form contribute to its ratio.
pub(super) const fn too_few(contributors: usize, reporters: usize) -> bool {
    contributors * CONTRIBUTING_SHARE.1 < reporters * CONTRIBUTING_SHARE.0
}

/// What the wards' parts add up to.
#[derive(Debug, Default)]
pub(super) struct Sum {
    pub ratio: Ratio,
    /// In ten-thousandths.
    pub total: i128,
    pub contributors: usize,
    pub reporters: usize,
    pub estimated: bool,
    pub estimated_denominator: i128,
    pub contested: bool,
    pub synthetic: bool,
    pub asked: Asked,
    pub denominator_quarter: Option<Quarter>,
}

impl Sum {
    /// Whether there is no ratio for want of wards that contribute to it.
    pub(super) const fn too_few_contribute(&self) -> bool {
        too_few(self.contributors, self.reporters)
    }

    pub(super) fn of(parts: &[Part]) -> Self {
        let mut sum = Self::default();
        for part in parts {
            sum.reporters += usize::from(part.reports());
            let Ok(amount) = part.amount else { continue };
            sum.contested |= part.contested;
            sum.synthetic |= part.synthetic;
            match amount {
                Amount::Counts(share) => sum.ratio = sum.ratio.plus(share.ratio()),
                Amount::Estimated(share) => {
                    sum.ratio = sum.ratio.plus(share.ratio());
                    sum.estimated = true;
                    sum.estimated_denominator += share.ratio().denominator;
                }
                Amount::Total(total) => sum.total += total.in_ten_thousandths(),
                Amount::StatedOnly => continue,
            }
            sum.asked = if sum.contributors == 0 { part.asked } else { sum.asked.beside(part.asked) };
            sum.denominator_quarter = sum.denominator_quarter.max(part.denominator_quarter);
            sum.contributors += 1;
        }
        sum
    }
}
