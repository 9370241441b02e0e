//! What an axis shows: round numbers around everything that must be seen.

/// The ends of an axis and what stands along it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scale {
    pub low: f64,
    pub high: f64,
    pub step: f64,
}

/// The bounds that no value can pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bounds {
    /// A share of a whole, in percent.
    Share,
    /// Anything.
    Open,
}

impl Scale {
    /// Around some values, in about so many steps; from zero where `from_zero`, and wherever little would be gained by
    /// beginning elsewhere.
    pub fn around(values: impl Iterator<Item = f64>, from_zero: bool, bounds: Bounds, steps: f64) -> Self {
        let range = values.filter(|value| value.is_finite()).fold(None, |range: Option<(f64, f64)>, value| {
            Some(range.map_or((value, value), |(low, high)| (low.min(value), high.max(value))))
        });
        let (mut low, mut high) = range.unwrap_or((0.0, if bounds == Bounds::Share { 100.0 } else { 1.0 }));
        if from_zero || high - low > (high / 2.0).abs() || low < 0.0 {
            (low, high) = (low.min(0.0), high.max(0.0));
        } else {
            // A flat line would otherwise fill the height with noise.
            let least = (high.abs() * 0.05).max(1e-3);
            let pad = ((high - low) * 0.1).max((least - (high - low)).max(0.0) / 2.0);
            (low, high) = ((low - pad).max(0.0), high + pad);
        }
        if high - low < 1e-3 {
            high = low + if bounds == Bounds::Share { 10.0 } else { 1.0 };
        }
        let step = round_step((high - low) / steps);
        (low, high) = ((low / step + 1e-9).floor() * step, (high / step - 1e-9).ceil() * step);
        if bounds == Bounds::Share && high > 100.0 && range.is_none_or(|(_, most)| most <= 100.0) {
            high = 100.0;
        }
        Self { low, high, step }
    }

    /// The round numbers along it.
    pub fn ticks(&self) -> impl Iterator<Item = f64> + '_ {
        let first = (self.low / self.step - 1e-6).ceil();
        let tick = move |position: i32| (first + f64::from(position)) * self.step;
        (0..40).map(tick).take_while(|tick| *tick <= self.high + self.step * 1e-6)
    }
}

/// The least of 1, 2 and 5 times a power of ten that is no smaller.
fn round_step(step: f64) -> f64 {
    let power = 10_f64.powf(step.log10().floor());
    [1.0, 2.0, 5.0].map(|times| times * power).into_iter().find(|round| *round >= step * 0.999).unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(values: &[f64], from_zero: bool, bounds: Bounds) -> Scale {
        Scale::around(values.iter().copied(), from_zero, bounds, 5.0)
    }

    #[test]
    fn an_axis_holds_its_values_between_round_numbers() {
        let shown = |scale: &Scale| scale.ticks().map(|tick| format!("{tick:.2}")).collect::<Vec<_>>().join(" ");
        assert_eq!(shown(&around(&[77.5862, 91.2], false, Bounds::Share)), "75.00 80.00 85.00 90.00 95.00");
        assert_eq!(shown(&around(&[3.0, 91.2], false, Bounds::Share)), "0.00 20.00 40.00 60.00 80.00 100.00");
        assert_eq!(shown(&around(&[99.2, 99.9], false, Bounds::Share)), "97.00 98.00 99.00 100.00");
        assert_eq!(shown(&around(&[], false, Bounds::Share)), "0.00 20.00 40.00 60.00 80.00 100.00");
        for values in [&[0.0][..], &[0.0, 0.0], &[5.0], &[-3.0, 7.0], &[9_007_199_254_740_991.0, 1.0], &[0.0001]] {
            for from_zero in [true, false] {
                let scale = around(values, from_zero, Bounds::Open);
                let count = scale.ticks().count();
                assert!((2..=12).contains(&count), "{values:?}: {scale:?}");
                assert!(values.iter().all(|value| (scale.low..=scale.high).contains(value)), "{values:?}: {scale:?}");
                assert!(!from_zero || (scale.low..=scale.high).contains(&0.0), "{values:?}: {scale:?}");
            }
        }
    }
}
