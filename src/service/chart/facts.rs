//! What pictures say of a value.

use super::canvas::Mark;
use super::number::shown;
use super::scale::Bounds;
use crate::domain::aggregate::{Aggregate, Period, PeriodSpan, Placed, Status};
use crate::domain::area::{AreaKey, AreaVersion};
use crate::domain::indicator::{Indicator, Unit};
use crate::domain::statistics::Fixed4;
use crate::error::Language;
use crate::service::spreadsheet::label;
use crate::service::verdict;
use crate::snapshot::Snapshot;

/// An indicator with values, and the language that they are told in.
pub(super) struct Told<'a> {
    pub indicator: &'a Indicator,
    pub language: Language,
    pub values: Vec<Placed>,
}

impl<'a> Told<'a> {
    pub fn name(&self) -> &'a str {
        if self.language == Language::Vi { &self.indicator.name_vi } else { &self.indicator.name_en }
    }

    pub const fn unit(&self) -> &'static str {
        label::unit(self.indicator.unit, self.language)
    }

    /// What the axis of its values is bounded by.
    pub fn bounds(&self) -> Bounds {
        if self.indicator.unit == Unit::Percent { Bounds::Share } else { Bounds::Open }
    }

    pub fn number(&self, value: Fixed4) -> String {
        shown(value, self.indicator.decimals, self.language)
    }

    /// A number with its unit where that is short.
    pub fn with_unit(&self, value: Fixed4) -> String {
        let number = self.number(value);
        if self.indicator.unit == Unit::Percent { format!("{number} %") } else { number }
    }

    /// The counts behind a rate.
    pub fn counts(&self, value: &Aggregate) -> Option<String> {
        let ratio = value.ratio?;
        let numerator = ratio.numerator_fixed()?;
        let decimals = u8::from(numerator.as_whole().is_none());
        let denominator = Fixed4::from_ten_thousandths(ratio.denominator.checked_mul(10_000)?);
        let language = self.language;
        Some(format!("{}/{}", shown(numerator, decimals, language), shown(denominator, 0, language)))
    }

    pub fn interval(&self, value: &Aggregate) -> Option<String> {
        let interval = value.interval?;
        Some(format!("{}–{}", self.number(interval.lower), self.number(interval.upper)))
    }

    pub fn target(&self, value: &Aggregate) -> Option<String> {
        let target = value.target.as_ref()?;
        let number = shown(
            Fixed4::from_ten_thousandths(target.value.ten_thousandths()),
            self.indicator.decimals.max(target.value.scale()),
            self.language,
        );
        let word = if self.language == Language::Vi { "Mục tiêu" } else { "Target" };
        Some(format!("{word} {}: {number}", target.reference_period))
    }

    /// Why there is no value: for a ward, what its report lacks; for an area, what the sum lacks.
    pub fn why(&self, value: &Aggregate) -> &'static str {
        let missing = value.coverage.missing.first().filter(|_| value.coverage.expected == 1);
        let missing = missing.map(|missing| verdict::missing(missing.reason, self.language));
        missing.or_else(|| value.reason.map(|reason| verdict::null(reason, self.language))).unwrap_or("–")
    }

    /// The whole of a value in one sentence, for whoever cannot see the picture.
    pub fn sentence(&self, name: &str, value: &Aggregate) -> String {
        let language = self.language;
        let mut told = vec![value.value.map_or_else(|| self.why(value).to_owned(), |number| self.with_unit(number))];
        told.extend(self.counts(value));
        told.extend(self.interval(value).map(|interval| format!("95 %: {interval}")));
        if value.status != Status::Normal {
            told.push(verdict::status(value.status, language).to_owned());
        }
        told.extend(contested(value, language));
        if value.coverage.expected > 1 {
            told.push(coverage(value, language));
        }
        if value.former {
            told.push(if language == Language::Vi { "đơn vị cũ" } else { "former area" }.to_owned());
        }
        told.extend(self.target(value));
        format!("{name}: {}.", told.join("; "))
    }
}

/// So many wards.
pub(super) fn wards(count: usize, language: Language) -> String {
    match (language, count) {
        (Language::Vi, _) => format!("{count} phường, xã"),
        (Language::En, 1) => "1 ward".to_owned(),
        (Language::En, _) => format!("{count} wards"),
    }
}

/// How many of the wards stand behind a value.
pub(super) fn coverage(value: &Aggregate, language: Language) -> String {
    let (included, expected) = (value.coverage.included, value.coverage.expected);
    match language {
        Language::Vi => format!("{included}/{expected} phường, xã"),
        Language::En => format!("{included}/{expected} wards"),
    }
}

/// How many wards of a value have figures under open findings, where its status, being a stronger one, does not say so.
pub(super) fn contested(value: &Aggregate, language: Language) -> Option<String> {
    let count = value.contested.len();
    (count > 0 && value.status != Status::LowReliability).then(|| {
        let counted = wards(count, language);
        match language {
            Language::Vi => format!("{counted} đang có sai lệch chưa xử lý"),
            Language::En => format!("{counted} under an open finding"),
        }
    })
}

/// The mark of a value that there is.
pub(super) const fn mark(status: Status) -> Mark {
    match status {
        Status::Estimated => Mark::Triangle,
        Status::Provisional => Mark::Hollow,
        Status::LowReliability => Mark::Cross,
        Status::Break => Mark::Square,
        Status::Normal | Status::Missing | Status::CannotExist | Status::NotCollected => Mark::Full,
    }
}

/// What a stretch of time is called on an axis.
pub(super) fn span(span: PeriodSpan) -> String {
    match span.kind {
        Period::Quarter => span.last.to_string(),
        Period::Year if span.first.index() == 1 && span.last.index() == 4 => span.last.year().to_string(),
        Period::Year | Period::Total if span.first == span.last => span.last.to_string(),
        Period::Year | Period::Total => format!("{} – {}", span.first, span.last),
    }
}

/// Everything of a value that its axis must hold.
pub(super) fn heights(value: &Aggregate) -> impl Iterator<Item = f64> {
    let target = value.target.as_ref().map(|target| target.value.to_f64());
    let interval = value.interval.map(|interval| [interval.lower, interval.upper].map(Fixed4::to_f64));
    value.value.map(Fixed4::to_f64).into_iter().chain(target).chain(interval.into_iter().flatten())
}

/// An area as it was on the day that a value shows it as of, or as it was last.
pub(super) fn version<'a>(snapshot: &'a Snapshot, key: AreaKey, value: &Aggregate) -> Option<&'a AreaVersion> {
    use crate::domain::aggregate::Published as _;
    let area = snapshot.areas().get(key)?;
    area.on_or_latest(value.as_of())
}
