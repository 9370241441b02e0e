//! One row: what its cells say, and every fault of it.

use std::borrow::Cow;

use chrono::NaiveDate;

use super::column::Column;
use super::file::{Cells, Fault};
use crate::domain::aggregate::Published as _;
use crate::domain::area::{AreaKey, AreaRef};
use crate::domain::decimal::Decimal;
use crate::domain::indicator::{Nature, Span};
use crate::domain::observation::{Mention, Observation, Operator, Origin, SurveyMethod};
use crate::domain::quarter::Quarter;
use crate::error::{Code, Text};
use crate::service::figure_input::{Field, GivenFigure, Place, number};
use crate::service::read::unknown_indicator;
use crate::snapshot::Snapshot;
use crate::text;

/// A row as the place of a figure: cells are named by their columns, and the file knows the rest.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowPlace {
    pub line: u32,
}

impl Place for RowPlace {
    fn pointer(&self, field: Field) -> String {
        field.as_str().to_owned()
    }

    fn name(&self) -> Text {
        let line = self.line;
        text!("dòng {line}", "line {line}")
    }
}

/// What a row says beyond its number: where it is silent and the number stays, what is published stays.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "one a cell")]
pub(super) struct Said {
    method: bool,
    origin: bool,
    instruction: bool,
    note: bool,
    section: bool,
    printed: bool,
}

impl Said {
    pub fn of(cells: &Cells<'_>) -> Self {
        let said = |column| !cells.get(column).is_empty();
        let mentions = said(Column::Mentions);
        Self {
            method: said(Column::Method),
            origin: said(Column::Origin),
            instruction: said(Column::Instruction),
            note: said(Column::Note),
            section: said(Column::Section) || mentions,
            printed: said(Column::Printed) || mentions,
        }
    }

    /// Has a figure keep of the published one what its row does not say.
    pub fn keep(self, figure: &mut Observation, known: &Observation) {
        // Spreadsheets drop the zeros at the end of a number, in workbooks and in the CSV that they write.
        let same = figure.value.ten_thousandths() == known.value.ten_thousandths();
        if same && figure.value.scale() < known.value.scale() {
            figure.value = known.value;
        }
        if figure.value != known.value || figure.operator != known.operator {
            return;
        }
        if !self.method {
            figure.method = known.method;
        }
        if !self.origin {
            figure.origin = known.origin;
        }
        if !self.instruction {
            figure.instruction = known.instruction;
        }
        if !self.note {
            figure.note.clone_from(&known.note);
        }
        let states = |given: &Mention| {
            known.mentions.iter().any(|mention| {
                mention.quote.trim() == given.quote
                    && (!self.section || mention.section.trim() == given.section)
                    && (!self.printed || mention.printed.as_deref().map(str::trim) == given.printed.as_deref())
            })
        };
        if figure.mentions.iter().all(states) {
            figure.mentions.clone_from(&known.mentions);
        }
    }
}

/// Cells that cannot be kept as they are.
pub(super) fn unfit(cells: &Cells<'_>) -> Vec<Fault> {
    let nul = Column::ALL.iter().filter(|column| cells.get(**column).contains('\0'));
    nul.map(|column| Fault {
        column: *column,
        code: Code::InvalidParameter,
        detail: text!("Ô này có ký tự NUL.", "This cell contains the character NUL."),
    })
    .collect()
}

/// Whether the catalogue lacks the indicator of a row.
pub(super) fn unknown(snapshot: &Snapshot, code: &str) -> Option<Fault> {
    if snapshot.catalogue().find(code).is_some() {
        return None;
    }
    Some(Fault { column: Column::Indicator, code: Code::IndicatorNotFound, detail: unknown_indicator(code) })
}

/// The ward's quarter that a row is about.
pub(super) fn place(
    snapshot: &Snapshot,
    today: NaiveDate,
    code: &str,
    when: &str,
) -> Result<(AreaKey, Quarter), Fault> {
    let refuse = |column, code, detail| Err(Fault { column, code, detail });
    let Ok(quarter) = when.parse::<Quarter>() else {
        let detail =
            text!("Quý viết như 2024-Q1, không phải “{when}”.", "A quarter is written like 2024-Q1, not “{when}”.");
        return refuse(Column::Quarter, Code::InvalidQuarter, detail);
    };
    if !quarter.is_kept() {
        let detail = text!("Không có quý {quarter}.", "There is no quarter {quarter}.");
        return refuse(Column::Quarter, Code::QuarterNotFound, detail);
    }
    let window = snapshot.calendar().window(quarter);
    if window.start > today {
        let detail = text!("Quý {quarter} chưa bắt đầu.", "The quarter {quarter} has not begun.");
        return refuse(Column::Quarter, Code::QuarterInFuture, detail);
    }
    let (areas, cut_off) = (snapshot.areas(), window.cut_off);
    let reference = AreaRef::parse(code);
    let holder = |on| reference.as_ref().and_then(|reference| areas.resolve(reference, on).ok());
    // Exports for other agencies name areas by their ids, which no code can be taken for.
    let key = areas.find(code).or_else(|| holder(Some(cut_off)));
    let version = |key: AreaKey| areas.get(key).and_then(|area| area.on(cut_off));
    if let Some(key) = key.filter(|key| version(*key).is_some_and(|version| version.kind.reports())) {
        return Ok((key, quarter));
    }
    let ended = key.or_else(|| holder(None)).filter(|key| version(*key).is_none());
    let successors = ended.map(|key| areas.successors(key)).unwrap_or_default();
    let ended = ended.and_then(|key| areas.get(key)).and_then(|area| area.latest());
    if let (Some(ended), false) = (ended, successors.is_empty()) {
        let name = &ended.name;
        let next: Vec<_> = successors.iter().filter_map(|next| areas.get(areas.find(&next.successor)?)).collect();
        let next = next.iter().filter_map(|area| area.latest()).map(|area| format!("{} ({})", area.name, area.code));
        let next = next.collect::<Vec<_>>().join(", ");
        let detail = text!(
            "{name} không còn vào ngày chốt {cut_off}; số liệu của quý này thuộc {next}.",
            "{name} was no more on the cut-off {cut_off}; the figures of this quarter are those of {next}."
        );
        return refuse(Column::Ward, Code::AreaNotFound, detail);
    }
    let detail = text!(
        "Ngày chốt {cut_off} không có phường, xã nào mang mã “{code}”.",
        "On the cut-off {cut_off} no ward had the code “{code}”."
    );
    refuse(Column::Ward, Code::AreaNotFound, detail)
}

/// The figure that a row gives.
///
/// # Errors
/// What is wrong with its words and numbers.
pub(super) fn given(cells: &Cells<'_>) -> Result<GivenFigure, Vec<Fault>> {
    let mut reader = Reader { cells, faults: Vec::new() };
    let figure = reader.figure();
    if reader.faults.is_empty() { Ok(figure) } else { Err(reader.faults) }
}

struct Reader<'r> {
    cells: &'r Cells<'r>,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn figure(&mut self) -> GivenFigure {
        let nature = self.word(Column::Nature, Nature::parse);
        let operator = self.word(Column::Operator, Operator::parse);
        let span = self.word(Column::Span, Span::parse);
        let method = self.word(Column::Method, SurveyMethod::parse);
        let origin = self.word(Column::Origin, Origin::parse);
        let truth = |text: &str| text.parse::<bool>().ok();
        let [synthetic, instruction] = [Column::Synthetic, Column::Instruction].map(|column| self.word(column, truth));
        let [numerator, denominator, value] =
            [Column::Numerator, Column::Denominator, Column::Value].map(|column| self.number(column));
        let [reference_period, project, note] =
            [Column::ReferencePeriod, Column::Project, Column::Note].map(|column| self.text(column));
        let mentions = self.mentions(value.or(numerator));
        GivenFigure {
            nature,
            operator: operator.unwrap_or(Operator::Equal),
            value,
            numerator,
            denominator,
            span,
            origin,
            reference_period,
            project,
            method,
            synthetic: synthetic.unwrap_or_default(),
            instruction: instruction.unwrap_or_default(),
            note,
            mentions,
            ..GivenFigure::of(self.cells.get(Column::Indicator))
        }
    }

    fn refuse(&mut self, column: Column, code: Code, detail: Text) {
        self.faults.push(Fault { column, code, detail });
    }

    fn text(&self, column: Column) -> Option<String> {
        Some(self.cells.get(column)).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    fn word<T>(&mut self, column: Column, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let text = self.cells.get(column);
        if text.is_empty() {
            return None;
        }
        let found = parse(text);
        if found.is_none() {
            let Text { vi, en } = column.expected();
            self.refuse(column, Code::InvalidParameter, text!("“{text}” phải là {vi}.", "“{text}” must be {en}."));
        }
        found
    }

    fn number(&mut self, column: Column) -> Option<Decimal> {
        let text = self.cells.get(column);
        if text.is_empty() {
            return None;
        }
        number(text).map_err(|detail| self.refuse(column, Code::NotMeaningful, detail)).ok()
    }

    /// The sentences that state the figure: one in its own cells, or several as a list.
    fn mentions(&mut self, stated: Option<Decimal>) -> Vec<Mention> {
        let [quote, section, printed] =
            [Column::Quote, Column::Section, Column::Printed].map(|column| self.text(column));
        let list = self.cells.get(Column::Mentions);
        if list.is_empty() {
            if quote.is_none() && section.is_none() && printed.is_none() {
                return Vec::new();
            }
            let printed = printed.or_else(|| stated.map(|number| number.to_string()));
            return vec![Mention { section: section.unwrap_or_default(), quote: quote.unwrap_or_default(), printed }];
        }
        if quote.is_some() || section.is_some() || printed.is_some() {
            let detail = text!(
                "Ghi câu trích ở mentions, hoặc ở quote, section, printed; không ghi cả hai.",
                "Give the sentences in mentions or in quote, section and printed, not in both."
            );
            self.refuse(Column::Mentions, Code::InvalidParameter, detail);
            return Vec::new();
        }
        serde_json::from_str::<Vec<Mention>>(list).unwrap_or_else(|_| {
            let Text { vi, en } = Column::Mentions.expected();
            self.refuse(
                Column::Mentions,
                Code::InvalidParameter,
                text!("mentions phải là {vi}.", "mentions must be {en}."),
            );
            Vec::new()
        })
    }
}

/// What a spreadsheet takes for the beginning of a formula when it opens a CSV file.
const FORMULA_SIGNS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(FORMULA_SIGNS)
}

/// A text as a CSV file holds it, with an apostrophe in front where a spreadsheet would run it.
#[must_use]
pub fn neutralised(text: &str) -> Cow<'_, str> {
    if is_formula(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// The text as it was before [`neutralised`].
#[must_use]
pub fn unneutralised(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| is_formula(rest)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_run_goes_out_and_comes_in_again() {
        for text in ["=1+1", "'=1+1", "''=x", "+84", "-", "@a", "\tx", "", "plain", "'quoted'", "a=b"] {
            let written = neutralised(text);
            assert!(!written.starts_with(FORMULA_SIGNS), "{text}");
            assert_eq!(unneutralised(&written), text);
        }
    }
}
