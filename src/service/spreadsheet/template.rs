//! The sheet that a ward fills in for a quarter.

use chrono::NaiveDate;

use super::book::{Book, Look, Sheet, Value};
use super::guide;
use super::label::{Column, Labelled as _, unit};
use super::template_row::{Kept, position as column_at, write_row};
use super::town::generated;
use crate::domain::aggregate::{AggregateQuery, Published as _, aggregate};
use crate::domain::area::{AreaKey, AreaVersion};
use crate::domain::finding::{Finding, Validation};
use crate::domain::indicator::{Indicator, IndicatorKind};
use crate::domain::observation::Observation;
use crate::domain::quarter::Quarter;
use crate::domain::report::ReportDocument;
use crate::error::{Code, Error, Language, Result};
use crate::service::verdict;
use crate::snapshot::Snapshot;
use crate::text;

/// Empty rows at the end, for figures that an indicator has more than one of.
const SPARE_ROWS: usize = 20;

/// The columns of the sheet, each with its width in characters.
pub(super) const COLUMNS: [(Column, u16); 16] = [
    (Column::Code, 30),
    (Column::Section, 8),
    (Column::Name, 46),
    (Column::Unit, 10),
    (Column::Before, 14),
    (Column::Value, 15),
    (Column::Numerator, 11),
    (Column::Denominator, 11),
    (Column::Operator, 11),
    (Column::Nature, 13),
    (Column::Span, 16),
    (Column::ReferencePeriod, 10),
    (Column::Project, 18),
    (Column::Method, 20),
    (Column::Quote, 60),
    (Column::Note, 30),
];

/// What a template is made of.
#[derive(Debug, Clone, Copy)]
pub struct Template<'a> {
    /// What is published.
    pub snapshot: &'a Snapshot,
    /// The ward.
    pub ward: AreaKey,
    /// The quarter.
    pub quarter: Quarter,
    /// The language of everything that is not the ward's own words.
    pub language: Language,
    /// The report whose figures are filled in.
    pub document: Option<&'a ReportDocument>,
    /// What the rules say about that report, shown as comments of its cells.
    pub validation: Option<&'a Validation>,
}

/// The version of a ward that a sheet for a quarter is about.
///
/// # Errors
/// `areaNotFound` where the area did not exist at the quarter's cut-off or is none that reports.
pub(super) fn ward(snapshot: &Snapshot, ward: AreaKey, quarter: Quarter) -> Result<(&AreaVersion, NaiveDate)> {
    let cut_off = snapshot.calendar().cut_off(quarter);
    let version = snapshot.areas().get(ward).and_then(|area| area.on(cut_off)).filter(|version| version.kind.reports());
    version.map(|version| (version, cut_off)).ok_or_else(|| {
        let detail = text!(
            "Ngày chốt {cut_off} đơn vị này không phải là phường, xã báo cáo.",
            "On the cut-off {cut_off} this was no ward that reports."
        );
        Error::new(Code::AreaNotFound, detail)
    })
}

impl Template<'_> {
    /// Writes the workbook: the sheet, how to fill it, the catalogue, and the findings where there are any.
    ///
    /// # Errors
    /// `areaNotFound` where the ward did not exist at the quarter's cut-off.
    pub fn write(self) -> Result<Vec<u8>> {
        let (version, cut_off) = ward(self.snapshot, self.ward, self.quarter)?;
        let indicators = entered(self.snapshot, cut_off);
        let (quarter, name) = (self.quarter, &version.name);
        let title = text!("Số liệu {quarter} – {name}", "Figures of {quarter} – {name}");
        let mut book = Book::new(title.get(self.language), cut_off);
        let sheet_name = text!("Số liệu", "Figures");
        let mut sheet = book.sheet(sheet_name.get(self.language), &COLUMNS.map(|(_, width)| width))?;
        self.top(&mut sheet, version, title.get(self.language))?;
        self.rows(&mut sheet, &indicators)?;
        guide::protect(&mut sheet)?;
        guide::instructions(&mut book, self.language)?;
        guide::catalogue(&mut book, &indicators, self.language)?;
        if let Some(validation) = self.validation.filter(|validation| !validation.findings.is_empty()) {
            self.findings(&mut book, validation)?;
        }
        book.finish()
    }

    fn top(&self, sheet: &mut Sheet<'_>, version: &AreaVersion, title: &str) -> Result<()> {
        let heading = |column: Column| column.heading(self.language);
        sheet.line(Look::Title, title)?;
        // Whoever sends the sheet back to another ward or quarter by mistake is told so by these two.
        let name = Value::from(&version.name);
        sheet.cells(Look::Plain, vec![heading(Column::Ward).into(), (&version.code).into(), name])?;
        let window = self.snapshot.calendar().window(self.quarter);
        let (from, to) = (window.start.format("%d/%m/%Y"), window.cut_off.format("%d/%m/%Y"));
        let window = text!("Số liệu từ ngày {from} đến ngày {to}", "Figures from {from} to {to} (day/month/year)");
        let quarter = self.quarter.to_string();
        sheet.cells(
            Look::Plain,
            vec![heading(Column::Quarter).into(), quarter.into(), window.get(self.language).into()],
        )?;
        let (epoch, revision) = (&self.snapshot.epoch, self.snapshot.revision);
        let remark = text!(
            "Điền vào ô màu vàng. Cột “Quý trước” là số đã công bố, chỉ để đối chiếu (lần công bố {epoch}.{revision}).",
            "Fill in the yellow cells. “Previous quarter” is what was published, for comparison only (revision {epoch}.{revision})."
        );
        sheet.line(Look::Remark, remark.get(self.language))?;
        if self.quarter.previous().is_some_and(|before| generated(self.snapshot, self.ward, before)) {
            let remark = text!(
                "Số quý trước của đơn vị này là dữ liệu sinh ra để trình diễn.",
                "The previous quarter's figures of this ward were generated for demonstration."
            );
            sheet.line(Look::Remark, remark.get(self.language))?;
        }
        let before = self.quarter.previous().map_or_else(String::new, |before| format!(" ({before})"));
        let headings = COLUMNS.map(|(column, _)| match column {
            Column::Before => format!("{}{before}", heading(column)).into(),
            column => Value::from(heading(column)),
        });
        sheet.head(headings.into(), 3)
    }

    fn rows(&self, sheet: &mut Sheet<'_>, indicators: &[&Indicator]) -> Result<()> {
        let mut section = "";
        for indicator in indicators {
            if indicator.section != section {
                section = &indicator.section;
                let name = text!("Mục {section}", "Section {section}");
                let mut band = vec![Value::Blank; COLUMNS.len()];
                if let Some(first) = band.first_mut() {
                    *first = name.get(self.language).into();
                }
                sheet.cells(Look::Band, band)?;
            }
            let before = self.before(indicator);
            let observations = self.document.map_or(&[][..], |document| &document.observations);
            let of_it = |(_, figure): &(usize, &Observation)| figure.indicator == indicator.code;
            let mut figures = observations.iter().enumerate().filter(of_it).peekable();
            if figures.peek().is_none() {
                self.row(sheet, indicator, None, &before)?;
            }
            let mut shown = before;
            for (position, figure) in figures {
                self.row(sheet, indicator, Some((position, figure)), &shown)?;
                shown = Value::Blank;
            }
        }
        let spare = text!("Thêm dòng khác: chọn mã chỉ tiêu", "More rows: choose the indicator's code");
        let mut band = vec![Value::Blank; COLUMNS.len()];
        if let Some(first) = band.first_mut() {
            *first = spare.get(self.language).into();
        }
        sheet.cells(Look::Band, band)?;
        for _ in 0..SPARE_ROWS {
            write_row(sheet, self.language, &Kept::Spare { codes: indicators.len() }, None)?;
        }
        Ok(())
    }

    fn row(
        &self,
        sheet: &mut Sheet<'_>,
        indicator: &Indicator,
        figure: Option<(usize, &Observation)>,
        before: &Value<'_>,
    ) -> Result<()> {
        let at = sheet.row();
        write_row(sheet, self.language, &Kept::Indicator { indicator, before }, figure.map(|(_, figure)| figure))?;
        let Some((position, _)) = figure else { return Ok(()) };
        let told = self.said_of(position).map(|finding| self.sentence(finding)).collect::<Vec<_>>().join("\n\n");
        if told.is_empty() { Ok(()) } else { sheet.note((at, column_at(Column::Value)), &told) }
    }

    /// The findings that are about an observation of the document.
    fn said_of(&self, position: usize) -> impl Iterator<Item = &Finding> {
        let pointer = format!("/observations/{position}");
        let about = move |found: &str| {
            found.strip_prefix(&pointer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let findings = self.validation.map_or(&[][..], |validation| &validation.findings);
        findings.iter().filter(move |finding| {
            let figures = finding.figures.iter().filter_map(|figure| figure.pointer.as_deref());
            figures.chain(finding.pointers.iter().map(String::as_str)).any(&about)
        })
    }

    fn sentence(&self, finding: &Finding) -> String {
        let (rule, severity) = (&finding.rule, verdict::severity(finding.severity, self.language));
        let message = if self.language == Language::Vi { &finding.message.vi } else { &finding.message.en };
        format!("{severity} {rule}: {message}")
    }

    /// What was published for the quarter before: the figure as its report states it, else what follows from counts.
    fn before(&self, indicator: &Indicator) -> Value<'static> {
        let Some(quarter) = self.quarter.previous() else { return Value::Blank };
        let Some(key) = self.snapshot.catalogue().find(&indicator.code) else { return Value::Blank };
        let own = self.snapshot.figures(self.ward, quarter).iter().find(|figure| {
            figure.indicator == key
                && figure.nature == indicator.nature
                && figure.span == indicator.span
                && figure.project.is_none()
        });
        if let Some(figure) = own {
            let bound = figure.operator.is_bound();
            let label = || format!("{} {}", figure.operator.label(self.language), figure.value);
            return if bound { label().into() } else { figure.value.into() };
        }
        if indicator.kind != IndicatorKind::Rate {
            return Value::Blank;
        }
        let query = AggregateQuery::of_quarter(self.ward, vec![key], quarter, indicator.nature);
        let computed = aggregate(self.snapshot, &query).first().and_then(|found| found.value);
        computed.map_or(Value::Blank, |value| Value::result(value, indicator.decimals))
    }

    fn findings(&self, book: &mut Book, validation: &Validation) -> Result<()> {
        let name = text!("Phát hiện", "Findings");
        let mut sheet = book.sheet(name.get(self.language), &[12, 10, 100])?;
        let headings = [text!("Mức", "Severity"), text!("Quy tắc", "Rule"), text!("Nội dung", "Finding")];
        sheet.head(headings.iter().map(|heading| heading.get(self.language).into()).collect(), 0)?;
        for finding in &validation.findings {
            let message = if self.language == Language::Vi { &finding.message.vi } else { &finding.message.en };
            let severity = verdict::severity(finding.severity, self.language);
            sheet.cells(Look::Plain, vec![severity.into(), (&finding.rule).into(), message.into()])?;
        }
        Ok(())
    }
}

/// The indicators that a ward enters, whose definition holds on a date, by section of the report.
fn entered(snapshot: &Snapshot, date: NaiveDate) -> Vec<&Indicator> {
    let mut found: Vec<_> = snapshot
        .catalogue()
        .iter()
        .map(|(_, indicator)| indicator)
        .filter(|indicator| indicator.kind != IndicatorKind::Derived)
        .filter(|indicator| indicator.valid_from.is_none_or(|from| from <= date))
        .filter(|indicator| indicator.valid_to.is_none_or(|to| date < to))
        .collect();
    found.sort_by(|left, right| left.section.cmp(&right.section));
    found
}

/// What a template's cells say of an indicator besides its figure.
pub(super) fn about(indicator: &Indicator, language: Language) -> (&str, &'static str) {
    let name = if language == Language::Vi { &indicator.name_vi } else { &indicator.name_en };
    (name, unit(indicator.unit, language))
}
