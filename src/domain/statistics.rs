//! Exact arithmetic for rates, and the intervals of a proportion and of a difference between two.

use std::cmp::Ordering;

use super::decimal::Decimal;

/// A number with four decimals, the one form in which results leave the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Fixed4(i128);

impl Fixed4 {
    /// From ten-thousandths.
    #[must_use]
    pub const fn from_ten_thousandths(value: i128) -> Self {
        Self(value)
    }

    /// In ten-thousandths.
    #[must_use]
    pub const fn ten_thousandths(self) -> i128 {
        self.0
    }

    /// The whole number that it is, if it is one that fits.
    #[must_use]
    pub fn as_whole(self) -> Option<i64> {
        // Nearly every result fits into 64 bits, where dividing costs a tenth.
        match i64::try_from(self.0) {
            Ok(small) => (small.rem_euclid(10_000) == 0).then(|| small.div_euclid(10_000)),
            Err(_) if self.0.rem_euclid(10_000) == 0 => i64::try_from(self.0.div_euclid(10_000)).ok(),
            Err(_) => None,
        }
    }

    /// The nearest double, which prints as the four decimals wherever the number is below 2⁵³ ÷ 10⁴.
    #[must_use]
    #[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "one rounding, at the edge")]
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / 10_000.0
    }

    /// From a double, to the nearest four decimals; nothing for what is no number.
    #[must_use]
    #[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "bounded before the conversion")]
    pub fn from_f64(value: f64) -> Option<Self> {
        let scaled = (value * 10_000.0).round_ties_even();
        (scaled.is_finite() && scaled.abs() < 1e30).then_some(Self(scaled as i128))
    }
}

/// An exact sum of figures: counts, or numbers with up to four decimals. The two are kept apart, because nearly every
/// figure is a count, and adding those must cost one addition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Quantity {
    whole: i64,
    ten_thousandths: i64,
}

impl Quantity {
    /// A count.
    #[must_use]
    pub const fn of_count(count: i64) -> Self {
        Self { whole: count, ten_thousandths: 0 }
    }

    /// A number with decimals.
    #[must_use]
    pub fn of(value: Decimal) -> Self {
        let Some(count) = value.as_integer() else {
            let unit = 10_i64.pow(u32::from(value.scale()));
            let (whole, rest) = (value.mantissa().div_euclid(unit), value.mantissa().rem_euclid(unit));
            return Self { whole, ten_thousandths: rest * 10_000_i64.div_euclid(unit) };
        };
        Self::of_count(count)
    }

    /// Adds, or takes away where `sign` is -1. Figures are below 2^53, so that no thousand of them overflows; past
    /// that it stays at the end of the scale, which is more than any answer may hold.
    #[must_use]
    pub const fn plus(self, other: Self, sign: i64) -> Self {
        Self {
            whole: self.whole.saturating_add(other.whole.saturating_mul(sign)),
            ten_thousandths: self.ten_thousandths.saturating_add(other.ten_thousandths.saturating_mul(sign)),
        }
    }

    /// The whole in ten-thousandths.
    #[must_use]
    pub fn in_ten_thousandths(self) -> i128 {
        i128::from(self.whole) * 10_000 + i128::from(self.ten_thousandths)
    }

    /// The count that it is, if it is whole.
    #[must_use]
    pub fn as_count(self) -> Option<i64> {
        if self.ten_thousandths == 0 {
            return Some(self.whole);
        }
        Fixed4(self.in_ten_thousandths()).as_whole()
    }

    /// Whether it is below zero.
    #[must_use]
    pub fn is_negative(self) -> bool {
        self.in_ten_thousandths() < 0
    }
}

/// `numerator ÷ denominator`, rounded half to even to a whole number; nothing where the denominator is not positive.
#[must_use]
pub fn divide_half_even(numerator: i128, denominator: i128) -> Option<i128> {
    if denominator <= 0 {
        return None;
    }
    // Dividing 128 bits costs ten times what dividing 64 does, and nearly every count fits into those.
    if let (Ok(numerator), Ok(denominator)) = (i64::try_from(numerator), i64::try_from(denominator)) {
        let (quotient, remainder) = (numerator.div_euclid(denominator), numerator.rem_euclid(denominator));
        let up = match remainder.cmp(&(denominator - remainder)) {
            Ordering::Greater => true,
            Ordering::Equal => quotient.rem_euclid(2) == 1,
            Ordering::Less => false,
        };
        return Some(i128::from(quotient) + i128::from(up));
    }
    let (quotient, remainder) = (numerator.div_euclid(denominator), numerator.rem_euclid(denominator));
    let up = match (remainder.checked_mul(2)?).cmp(&denominator) {
        Ordering::Greater => true,
        Ordering::Equal => quotient.rem_euclid(2) == 1,
        Ordering::Less => false,
    };
    Some(quotient + i128::from(up))
}

/// A sum of numerators over a sum of denominators, exact. Numerators are held in millionths, because a stated rate
/// (at most four decimals of a percent) times a whole denominator is a whole number of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ratio {
    /// In millionths.
    pub numerator: i128,
    /// Whole.
    pub denominator: i128,
}

/// Millionths in one.
const MILLION: i128 = 1_000_000;

impl Ratio {
    /// A ratio of two counts.
    #[must_use]
    pub fn of_counts(numerator: i64, denominator: i64) -> Self {
        Self { numerator: i128::from(numerator) * MILLION, denominator: i128::from(denominator) }
    }

    /// The ratio that a stated percentage implies over a denominator.
    #[must_use]
    pub fn of_percent(ten_thousandths_of_percent: i128, denominator: i64) -> Self {
        let denominator = i128::from(denominator);
        Self { numerator: ten_thousandths_of_percent * denominator, denominator }
    }

    /// Adds numerators and denominators.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            numerator: self.numerator.saturating_add(other.numerator),
            denominator: self.denominator.saturating_add(other.denominator),
        }
    }

    /// Takes away a part that was added.
    #[must_use]
    pub const fn less(self, part: Self) -> Self {
        Self { numerator: self.numerator - part.numerator, denominator: self.denominator - part.denominator }
    }

    /// Numerator and denominator as the counts that they are; nothing where the numerator is an estimate with decimals.
    #[must_use]
    pub fn as_counts(self) -> Option<(i64, i64)> {
        let whole = i64::try_from(self.numerator.div_euclid(MILLION)).ok()?;
        let exact = self.numerator.rem_euclid(MILLION) == 0;
        exact.then_some((whole, i64::try_from(self.denominator).ok()?))
    }

    /// `100 × numerator ÷ denominator`, half even, four decimals; nothing over a denominator of zero.
    #[must_use]
    pub fn percent(self) -> Option<Fixed4> {
        // 100 × (numerator ÷ 10⁶) × 10⁴ ÷ denominator: the powers of ten cancel.
        divide_half_even(self.numerator, self.denominator).map(Fixed4)
    }

    /// The numerator with four decimals, half even.
    #[must_use]
    pub fn numerator_fixed(self) -> Option<Fixed4> {
        divide_half_even(self.numerator, 100).map(Fixed4)
    }

    /// Which ratio is larger, exactly; nothing over a denominator of zero.
    #[must_use]
    pub fn compare(self, other: Self) -> Option<Ordering> {
        if self.denominator <= 0 || other.denominator <= 0 {
            return None;
        }
        let narrow = |ratio: Self| Some((i64::try_from(ratio.numerator).ok()?, i64::try_from(ratio.denominator).ok()?));
        if let (Some((above, below)), Some((over, under))) = (narrow(self), narrow(other)) {
            // One machine multiplication each, and it cannot overflow.
            let product = |left: i64, right: i64| i128::from(left) * i128::from(right);
            return Some(product(above, under).cmp(&product(over, below)));
        }
        let left = self.numerator.checked_mul(other.denominator)?;
        Some(left.cmp(&other.numerator.checked_mul(self.denominator)?))
    }
}

/// The 97.5th percentile of the normal distribution, for 95 % intervals.
const Z95: f64 = 1.959_963_984_540_054;

/// The Wilson score interval of a proportion at 95 %, in the unit 1 (Wilson 1927; Newcombe 1998, method 3).
/// Nothing for an empty sample or more successes than trials.
#[must_use]
#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "counts are at most 2^53 - 1")]
pub fn wilson(successes: i64, trials: i64) -> Option<(f64, f64)> {
    if trials <= 0 || !(0..=trials).contains(&successes) {
        return None;
    }
    let (x, n) = (successes as f64, trials as f64);
    let squared = Z95 * Z95;
    let spread = Z95 * (squared + 4.0 * x * (1.0 - x / n)).sqrt();
    let scale = 2.0 * (n + squared);
    let lower = if successes == 0 { 0.0 } else { ((2.0 * x + squared - spread) / scale).clamp(0.0, 1.0) };
    let upper = if successes == trials { 1.0 } else { ((2.0 * x + squared + spread) / scale).clamp(0.0, 1.0) };
    Some((lower, upper))
}

/// The Newcombe hybrid score interval of the difference between two independent proportions at 95 %, the first less the
/// second, in the unit 1 (Newcombe 1998, method 10). Each is given as successes and trials; nothing where one has no
/// [`wilson`] interval.
#[must_use]
#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "counts are at most 2^53 - 1")]
pub fn newcombe(first: (i64, i64), second: (i64, i64)) -> Option<(f64, f64)> {
    let ((lower1, upper1), (lower2, upper2)) = (wilson(first.0, first.1)?, wilson(second.0, second.1)?);
    let (p1, p2) = (first.0 as f64 / first.1 as f64, second.0 as f64 / second.1 as f64);
    let difference = p1 - p2;
    let below = (p1 - lower1).hypot(upper2 - p2);
    let above = (upper1 - p1).hypot(p2 - lower2);
    Some(((difference - below).max(-1.0), (difference + above).min(1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_of_sums_is_no_mean_of_ratios() {
        let percent = |pairs: &[(i64, i64)]| {
            let sum = pairs.iter().fold(Ratio::default(), |sum, (x, n)| sum.plus(Ratio::of_counts(*x, *n)));
            sum.percent().unwrap().ten_thousandths()
        };
        // 100 of 1,100 by hand; the mean of 90 % and 1 % would be 45.5.
        assert_eq!(percent(&[(90, 100), (10, 1000)]), 90_909);
        // 583 of 660 by hand.
        assert_eq!(percent(&[(450, 500), (30, 40), (95, 100), (8, 20)]), 883_333);
        assert_eq!(percent(&[(45, 58)]), 775_862);
        assert_eq!(Ratio::of_counts(0, 0).percent(), None);
    }

    #[test]
    fn a_quantity_adds_exactly() {
        let of = |text: &str| Quantity::of(text.parse().unwrap());
        // By hand: 2.5 + 3.0001 + 0.4999 is 6, a whole number; less 6.25 it is a quarter below zero.
        let sum = of("2.5").plus(of("3.0001"), 1).plus(of("0.4999"), 1);
        assert_eq!((sum.in_ten_thousandths(), sum.as_count()), (60_000, Some(6)));
        let less = sum.plus(of("6.25"), -1);
        assert_eq!((less.in_ten_thousandths(), less.as_count(), less.is_negative()), (-2_500, None, true));
        // 2^53 - 1 a thousand times, in ten-thousandths beyond 64 bits.
        let large = (0..1_000).fold(Quantity::default(), |sum, _| sum.plus(of("9007199254740991"), 1));
        assert_eq!(large.in_ten_thousandths(), 9_007_199_254_740_991 * 10_000_000);
        assert_eq!(of("45.0"), Quantity::of_count(45));
    }

    #[test]
    fn halves_round_to_even_once() {
        assert_eq!(divide_half_even(5, 2), Some(2));
        assert_eq!(divide_half_even(7, 2), Some(4));
        assert_eq!(divide_half_even(-5, 2), Some(-2));
        assert_eq!(divide_half_even(-7, 2), Some(-4));
        assert_eq!(divide_half_even(1, 0), None);
    }

    #[test]
    fn ratios_compare_exactly_however_large() {
        let of = Ratio::of_counts;
        assert_eq!(of(9, 10).compare(of(8, 9)), Some(Ordering::Greater), "81 against 80 ninetieths");
        assert_eq!(of(1, 3).compare(of(2, 6)), Some(Ordering::Equal));
        // In millionths these numerators need more than 64 bits; a double tells neither pair apart.
        let large = 9_007_199_254_740_991;
        assert_eq!(of(large - 1, large).compare(of(large, large)), Some(Ordering::Less));
        assert_eq!(of(large, large).compare(of(1, 1)), Some(Ordering::Equal));
        assert_eq!(of(1, 0).compare(of(1, 1)), None);
    }

    #[test]
    fn a_stated_rate_keeps_every_decimal_over_its_denominator() {
        // 77.5 % of 58 is 44.95.
        let ratio = Ratio::of_percent(775_000, 58);
        assert_eq!(ratio.numerator_fixed().unwrap().ten_thousandths(), 449_500);
        assert_eq!(ratio.percent().unwrap().ten_thousandths(), 775_000);
    }

    /// Golden values: PHEindicatormethods test data, and statsmodels 0.15 `proportion_confint(method="wilson")`.
    #[test]
    fn wilson_agrees_with_published_tables() {
        for (x, n, lower, upper) in [
            (65, 100, 0.552_544_432_968_879_7, 0.736_357_517_569_024_7),
            (1045, 5000, 0.197_955_498_800_13, 0.220_491_303_731_890_3),
            (0, 10, 0.0, 0.277_532_799_9),
            (10, 10, 0.722_467_200_1, 1.0),
            (812, 950, 0.830_900_944_8, 0.875_715_436_5),
        ] {
            let (low, high) = wilson(x, n).unwrap();
            assert!((low - lower).abs() < 1e-9 && (high - upper).abs() < 1e-9, "{x}/{n}: {low} {high}");
        }
        assert_eq!(wilson(1, 0), None);
        assert_eq!(wilson(3, 2), None);
    }

    /// Golden values: statsmodels 0.15 `confint_proportions_2indep(method="newcomb")`.
    #[test]
    fn newcombe_agrees_with_published_tables() {
        for (first, second, lower, upper) in [
            ((450, 500), (430, 520), 0.030_994_54, 0.115_038_05),
            ((8, 20), (15, 22), -0.519_987_82, 0.016_635_92),
            ((0, 30), (3, 28), -0.271_958_52, 0.026_231_50),
        ] {
            let (low, high) = newcombe(first, second).unwrap();
            assert!((low - lower).abs() < 1e-8 && (high - upper).abs() < 1e-8, "{first:?} {second:?}: {low} {high}");
            // The other way round it is the same interval, mirrored.
            let (mirrored_low, mirrored_high) = newcombe(second, first).unwrap();
            assert!((low + mirrored_high).abs() < 1e-12 && (high + mirrored_low).abs() < 1e-12);
        }
        assert_eq!(newcombe((0, 0), (1, 2)), None);
        assert_eq!(newcombe((1, 2), (3, 2)), None);
    }

    #[test]
    fn a_ratio_is_counts_only_where_it_is_whole() {
        assert_eq!(Ratio::of_counts(45, 58).as_counts(), Some((45, 58)));
        // 77.5 % of 58 is 44.95.
        assert_eq!(Ratio::of_percent(775_000, 58).as_counts(), None);
    }
}
