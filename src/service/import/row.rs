//! One row of a CSV file: every cell is read, and every fault told with its place.

use super::rows::{File, Line};
use crate::domain::aggregate::Published as _;
use crate::domain::area::{AreaKey, AreaRef};
use crate::domain::decimal::Decimal;
use crate::domain::indicator::{Nature, Span};
use crate::domain::observation::{Mention, Operator, SurveyMethod};
use crate::domain::quarter::Quarter;
use crate::error::{Code, Text};
use crate::service::figure_input::{Figures, GivenFigure, known, number};
use crate::text;

pub(super) struct Row<'r, 'f> {
    pub file: &'r mut File<'f>,
    pub record: &'r csv::StringRecord,
    pub line: Line<'f>,
}

impl Row<'_, '_> {
    fn cell(&self, name: &str) -> &str {
        self.line.columns.get(name).and_then(|at| self.record.get(*at)).map_or("", str::trim)
    }

    fn refuse<T>(&mut self, column: &str, code: Code, detail: Text) -> Option<T> {
        let pointer = self.line.column(column);
        self.file.fault(pointer, code, detail);
        None
    }

    pub fn take(&mut self) {
        let faults = self.file.fault_count();
        let place = self.place();
        let nature = self.word("nature", Nature::parse, Nature::ALL.iter().map(|word| word.as_str()));
        let operator = self.word("operator", Operator::parse, Operator::ALL.iter().map(|word| word.as_str()));
        let span = self.word("span", Span::parse, Span::ALL.iter().map(|word| word.as_str()));
        let method = self.word("method", SurveyMethod::parse, SurveyMethod::ALL.iter().map(|word| word.as_str()));
        let [numerator, denominator, value] = ["numerator", "denominator", "value"].map(|name| self.number(name));
        let [reference_period, project, quote] = ["referencePeriod", "project", "quote"].map(|name| self.text(name));
        let indicator = self.cell("indicator").to_owned();
        let snapshot = self.file.snapshot;
        let Some(place) = place.filter(|_| self.file.fault_count() == faults) else {
            if let Err(fault) = known(snapshot.catalogue(), &indicator, &self.line) {
                self.file.fault(fault.pointer, fault.code, fault.detail);
            }
            return;
        };
        let printed = value.or(numerator).map(|number| number.to_string());
        let mention = quote.map(|quote| Mention { section: String::new(), quote, printed });
        let input = GivenFigure {
            nature,
            operator: operator.unwrap_or(Operator::Equal),
            value,
            numerator,
            denominator,
            span,
            reference_period,
            project,
            method,
            mentions: mention.into_iter().collect(),
            ..GivenFigure::of(indicator)
        };
        let code = self.cell("ward").to_owned();
        let ward = self.file.figures.entry(place).or_insert_with(|| (code, Figures::new(snapshot.catalogue())));
        let mut found = Vec::new();
        ward.1.add(input, self.line, &mut found);
        for fault in found {
            self.file.fault(fault.pointer, fault.code, fault.detail);
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
        match number(&text) {
            Ok(number) => Some(number),
            Err(detail) => self.refuse(column, Code::NotMeaningful, detail),
        }
    }

    fn text(&self, column: &str) -> Option<String> {
        Some(self.cell(column)).filter(|text| !text.is_empty()).map(str::to_owned)
    }
}
