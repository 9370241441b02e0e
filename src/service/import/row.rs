//! One row of a CSV file: every cell is read, and every fault told with its place.

use std::collections::HashMap;

use super::rows::{File, Seen, row_key};
use crate::domain::aggregate::Published as _;
use crate::domain::area::{AreaKey, AreaRef};
use crate::domain::decimal::{Decimal, DecimalError};
use crate::domain::indicator::{Indicator, IndicatorKind, Nature, Span, Unit};
use crate::domain::observation::{Mention, Observation, Operator, Origin, SurveyMethod};
use crate::domain::quarter::Quarter;
use crate::domain::text::nfc;
use crate::error::{Code, Text};
use crate::text;

/// Bytes of a quote or a name.
const MAX_TEXT: usize = 2_000;

pub(super) struct Row<'r, 'f> {
    pub file: &'r mut File<'f>,
    pub columns: &'r HashMap<&'static str, usize>,
    pub record: &'r csv::StringRecord,
    pub line: u64,
}

impl Row<'_, '_> {
    fn cell(&self, name: &str) -> &str {
        self.columns.get(name).and_then(|at| self.record.get(*at)).map_or("", str::trim)
    }

    fn refuse<T>(&mut self, column: &str, code: Code, detail: Text) -> Option<T> {
        let at = self.columns.get(column).map_or(1, |at| at + 1);
        self.file.fault(self.line, at, code, detail);
        None
    }

    pub fn take(&mut self) {
        let faults = self.file.fault_count();
        let place = self.place();
        let indicator = self.indicator();
        let nature = self.word("nature", Nature::parse, Nature::ALL.iter().map(|word| word.as_str()));
        let operator = self.word("operator", Operator::parse, Operator::ALL.iter().map(|word| word.as_str()));
        let span = self.word("span", Span::parse, Span::ALL.iter().map(|word| word.as_str()));
        let method = self.word("method", SurveyMethod::parse, SurveyMethod::ALL.iter().map(|word| word.as_str()));
        let (numerator, denominator, value) =
            (self.number("numerator"), self.number("denominator"), self.number("value"));
        let texts = ["referencePeriod", "project", "quote"].map(|name| self.short_text(name));
        let (Some(place), Some(indicator)) = (place, indicator) else { return };
        if self.file.fault_count() > faults {
            return;
        }
        let [reference_period, project, quote] = texts;
        let template = Observation {
            indicator: indicator.code.clone(),
            nature: nature.unwrap_or(indicator.nature),
            operator: operator.unwrap_or(Operator::Equal),
            value: Decimal::from(0),
            span: span.unwrap_or(indicator.span),
            origin: Origin::Stated,
            reference_period,
            project,
            method,
            synthetic: false,
            instruction: false,
            note: None,
            mentions: Vec::new(),
        };
        match indicator.kind {
            IndicatorKind::Rate => self.rate(place, &indicator, &template, [numerator, denominator, value], quote),
            IndicatorKind::Measure => {
                self.measure(place, &indicator, &template, [numerator, denominator, value], quote);
            }
            IndicatorKind::Derived => {
                let code = &indicator.code;
                let detail = text!(
                    "{code} được tính từ chỉ tiêu khác, không nhập.",
                    "{code} is computed from other indicators and not entered."
                );
                self.refuse("indicator", Code::NotMeaningful, detail).unwrap_or(());
            }
        }
    }

    fn place(&mut self) -> Option<(AreaKey, Quarter)> {
        let text = self.cell("quarter").to_owned();
        let Ok(quarter) = text.parse::<Quarter>() else {
            let detail =
                text!("Quý viết như 2024-Q1, không phải “{text}”.", "A quarter is written like 2024-Q1, not “{text}”.");
            return self.refuse("quarter", Code::InvalidQuarter, detail);
        };
        if !quarter.is_kept() {
            return self.refuse(
                "quarter",
                Code::QuarterNotFound,
                text!("Không có quý {quarter}.", "There is no quarter {quarter}."),
            );
        }
        let window = self.file.snapshot.calendar().window(quarter);
        if window.start > self.file.today {
            let detail = text!("Quý {quarter} chưa bắt đầu.", "The quarter {quarter} has not begun.");
            return self.refuse("quarter", Code::QuarterInFuture, detail);
        }
        let code = self.cell("ward").to_owned();
        let areas = self.file.snapshot.areas();
        let key = AreaRef::parse(&code).and_then(|reference| areas.resolve(&reference, Some(window.cut_off)).ok());
        let reports = |key: &AreaKey| {
            areas.get(*key).and_then(|area| area.on(window.cut_off)).is_some_and(|version| version.kind.reports())
        };
        if let Some(key) = key.filter(reports) {
            return Some((key, quarter));
        }
        let cut_off = window.cut_off;
        let detail = text!(
            "Ngày chốt {cut_off} không có phường, xã nào mang mã “{code}”.",
            "On the cut-off {cut_off} no ward had the code “{code}”."
        );
        self.refuse("ward", Code::AreaNotFound, detail)
    }

    fn indicator(&mut self) -> Option<Indicator> {
        let code = self.cell("indicator").to_owned();
        let catalogue = self.file.snapshot.catalogue();
        if let Some(indicator) = catalogue.find(&code).and_then(|key| catalogue.get(key)) {
            return Some(indicator.clone());
        }
        let detail = text!("Danh mục không có chỉ tiêu “{code}”.", "The catalogue has no indicator “{code}”.");
        self.refuse("indicator", Code::IndicatorNotFound, detail)
    }

    fn word<T>(
        &mut self,
        column: &str,
        parse: impl Fn(&str) -> Option<T>,
        words: impl Iterator<Item = &'static str>,
    ) -> Option<T> {
        let text = self.cell(column).to_owned();
        if text.is_empty() {
            return None;
        }
        if let Some(found) = parse(&text) {
            return Some(found);
        }
        let choices = words.collect::<Vec<_>>().join(", ");
        let detail = text!("“{text}” phải là một trong: {choices}.", "“{text}” must be one of: {choices}.");
        self.refuse(column, Code::InvalidParameter, detail)
    }

    fn number(&mut self, column: &str) -> Option<Decimal> {
        let text = self.cell(column).to_owned();
        if text.is_empty() {
            return None;
        }
        match text.parse::<Decimal>() {
            Ok(number) => Some(number),
            Err(error) => {
                let detail = match error {
                    DecimalError::NotANumber => text!(
                        "“{text}” không phải là số (viết như 1234 hoặc 77.5).",
                        "“{text}” is not a number (write 1234 or 77.5)."
                    ),
                    DecimalError::Negative => {
                        text!("“{text}” là số âm; số liệu không âm.", "“{text}” is negative; figures never are.")
                    }
                    DecimalError::TooLarge => {
                        text!("“{text}” vượt quá 9007199254740991.", "“{text}” is above 9007199254740991.")
                    }
                    DecimalError::TooPrecise => {
                        text!("“{text}” có quá bốn chữ số thập phân.", "“{text}” has more than four decimals.")
                    }
                };
                self.refuse(column, Code::NotMeaningful, detail)
            }
        }
    }

    fn short_text(&mut self, column: &str) -> Option<String> {
        let text = nfc(self.cell(column));
        if text.chars().any(|character| character == '\0') || text.len() > MAX_TEXT {
            let detail =
                text!("Văn bản quá dài hoặc có ký tự NUL.", "The text is too long or contains a NUL character.");
            return self.refuse(column, Code::InvalidParameter, detail);
        }
        (!text.is_empty()).then_some(text)
    }

    fn measure(
        &mut self,
        place: (AreaKey, Quarter),
        indicator: &Indicator,
        template: &Observation,
        numbers: [Option<Decimal>; 3],
        quote: Option<String>,
    ) {
        let code = &indicator.code;
        let [numerator, denominator, value] = numbers;
        if numerator.or(denominator).is_some() {
            let detail =
                text!("{code} là số đếm: ghi vào cột value.", "{code} is a measure: put it in the column value.");
            return self.refuse("numerator", Code::NotMeaningful, detail).unwrap_or(());
        }
        let Some(value) = value else {
            return self
                .refuse("value", Code::MissingParameter, text!("Thiếu số liệu.", "The figure is missing."))
                .unwrap_or(());
        };
        if indicator.unit != Unit::PerWeek && value.as_integer().is_none() {
            let detail =
                text!("{code} phải là số nguyên, không phải {value}.", "{code} must be a whole number, not {value}.");
            return self.refuse("value", Code::NotMeaningful, detail).unwrap_or(());
        }
        self.push(place, Observation { value, ..template.clone() }, "value", quote, true);
    }

    fn rate(
        &mut self,
        place: (AreaKey, Quarter),
        indicator: &Indicator,
        template: &Observation,
        numbers: [Option<Decimal>; 3],
        quote: Option<String>,
    ) {
        let [numerator, denominator, value] = numbers;
        let code = &indicator.code;
        if let Some(percent) = value
            && percent.ten_thousandths() > 1_000_000
        {
            let detail = text!("Tỷ lệ {percent}% lớn hơn 100%.", "The rate {percent} % is above 100 %.");
            return self.refuse("value", Code::NotMeaningful, detail).unwrap_or(());
        }
        let counts = match (numerator, denominator) {
            (None, None) if value.is_none() => {
                let detail = text!(
                    "Thiếu số liệu: cần tử số và mẫu số, hoặc tỷ lệ.",
                    "The figure is missing: give both counts, or the rate."
                );
                return self.refuse("value", Code::MissingParameter, detail).unwrap_or(());
            }
            (None, None) => None,
            (Some(above), Some(below)) => match (above.as_integer(), below.as_integer()) {
                (Some(above), Some(below)) if above <= below => Some((above, below)),
                (Some(above), Some(below)) => {
                    let detail = text!(
                        "Tử số {above} lớn hơn mẫu số {below}.",
                        "The numerator {above} is above the denominator {below}."
                    );
                    return self.refuse("numerator", Code::NotMeaningful, detail).unwrap_or(());
                }
                _ => {
                    let detail =
                        text!("Tử số và mẫu số phải là số nguyên.", "Numerator and denominator must be whole numbers.");
                    return self.refuse("numerator", Code::NotMeaningful, detail).unwrap_or(());
                }
            },
            (given, _) => {
                let column = if given.is_some() { "denominator" } else { "numerator" };
                let detail = text!("{code} cần cả tử số và mẫu số.", "{code} needs both counts.");
                return self.refuse(column, Code::MissingParameter, detail).unwrap_or(());
            }
        };
        if let (Some((above, below)), Some(parts)) =
            (counts, indicator.numerator.as_ref().zip(indicator.denominator.as_ref()))
        {
            for (part, count, column) in [(parts.0, above, "numerator"), (parts.1, below, "denominator")] {
                let catalogue = self.file.snapshot.catalogue();
                let Some(measure) = catalogue.find(part).and_then(|key| catalogue.get(key)) else { continue };
                if measure.kind == IndicatorKind::Derived {
                    let (name, parts) = (measure.code.clone(), [&*measure.plus, &*measure.minus].concat().join(", "));
                    let detail = text!(
                        "{name} được tính từ {parts}: ghi các số đó ở dòng riêng, ở đây chỉ ghi tỷ lệ.",
                        "{name} is computed from {parts}: put those in rows of their own and only the rate here."
                    );
                    return self.refuse(column, Code::NotMeaningful, detail).unwrap_or(());
                }
                let (span, code) = (measure.span, measure.code.clone());
                let Some(value) = Decimal::new(count, 0) else { continue };
                let figure =
                    Observation { indicator: code, operator: Operator::Equal, span, value, ..template.clone() };
                self.push(place, figure, column, None, false);
            }
        }
        if let Some(value) = value {
            self.push(place, Observation { value, ..template.clone() }, "value", quote, true);
        } else if let Some(key) = counts.map(|_| row_key(place, template)) {
            // The row stated no rate; it must still be the only row for this rate.
            let line = self.line;
            let seen = Seen { value: Decimal::from(0), line, column: 1, own_row: true };
            if let Some(first) = self.file.seen.insert(key, seen) {
                self.duplicate(first.line);
            }
        }
    }

    fn duplicate(&mut self, first: u64) {
        let detail = text!("Dòng này lặp lại dòng {first}.", "This row repeats line {first}.");
        self.refuse("indicator", Code::InvalidFile, detail).unwrap_or(());
    }

    /// Adds a figure. A count that a rate's row brings along may be given again, if it is the same.
    fn push(
        &mut self,
        place: (AreaKey, Quarter),
        figure: Observation,
        column: &str,
        quote: Option<String>,
        own_row: bool,
    ) {
        let key = row_key(place, &figure);
        if let Some(first) = self.file.seen.get(&key).copied() {
            if first.own_row && own_row {
                return self.duplicate(first.line);
            }
            let Seen { value, line: first_line, .. } = first;
            if value.ten_thousandths() != figure.value.ten_thousandths() {
                let (code, given) = (&figure.indicator, figure.value);
                let detail = text!(
                    "{code} là {given} ở đây nhưng {value} ở dòng {first_line}.",
                    "{code} is {given} here but {value} in line {first_line}."
                );
                return self.refuse(column, Code::InvalidFile, detail).unwrap_or(());
            }
            self.file.seen.insert(key, Seen { own_row: first.own_row || own_row, ..first });
            return;
        }
        let at = self.columns.get(column).map_or(1, |at| at + 1);
        self.file.seen.insert(key, Seen { value: figure.value, line: self.line, column: at, own_row });
        let mentions =
            quote.map(|quote| Mention { section: String::new(), quote, printed: Some(figure.value.to_string()) });
        let figure = Observation { mentions: mentions.into_iter().collect(), ..figure };
        let code = self.cell("ward").to_owned();
        self.file.figures.entry(place).or_insert_with(|| (code, Vec::new())).1.push(figure);
    }
}
