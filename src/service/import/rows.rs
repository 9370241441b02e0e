//! Reading the rows of a CSV file: every fault is found, each with its line and column.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

use crate::domain::aggregate::Published;
use crate::domain::area::{AreaKey, AreaRef};
use crate::domain::decimal::{Decimal, DecimalError};
use crate::domain::indicator::{Indicator, IndicatorKind, Nature, Span, Unit};
use crate::domain::observation::{Mention, Observation, Operator, Origin, SurveyMethod};
use crate::domain::quarter::Quarter;
use crate::domain::text::nfc;
use crate::error::{Code, Error, FieldError, Result, Text};
use crate::snapshot::Snapshot;
use crate::text;

/// The columns that a file may have; the first seven it must have.
pub const COLUMNS: [&str; 13] = [
    "ward",
    "quarter",
    "indicator",
    "nature",
    "numerator",
    "denominator",
    "value",
    "operator",
    "span",
    "referencePeriod",
    "project",
    "quote",
    "method",
];
const REQUIRED: usize = 7;
/// Faults reported for one file; past this the rest is counted only.
const MAX_FAULTS: usize = 1_000;
const MAX_TEXT: usize = 2_000;

/// The figures of one ward's quarter, with the ward's code.
type WardFigures = (String, Vec<Observation>);

/// A file that can be published.
#[derive(Debug)]
pub struct Parsed {
    /// Data rows.
    pub rows: usize,
    /// The figures by ward and quarter.
    pub figures: BTreeMap<(AreaKey, Quarter), WardFigures>,
}

/// Reads a file: UTF-8, with or without byte order mark, lines ended by LF or CRLF.
///
/// # Errors
/// `notUtf8`, or `invalidFile` with every fault.
pub fn parse(snapshot: &Snapshot, bytes: &[u8], today: NaiveDate) -> Result<Parsed> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        let line = bytes.get(..at).map_or(1, |before| before.split(|byte| *byte == b'\n').count());
        let detail = text!(
            "Tệp không phải UTF-8 (dòng {line}). Hãy lưu lại dạng CSV UTF-8.",
            "The file is not UTF-8 (line {line}). Save it again as CSV UTF-8."
        );
        Error::new(Code::NotUtf8, detail.clone()).at(format!("{line}:1"), Code::NotUtf8, detail)
    })?;
    let mut reader = csv::ReaderBuilder::new().has_headers(true).flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| unreadable(&error))?.clone();
    let columns = header_columns(&header)?;
    let mut file =
        File { snapshot, today, faults: Vec::new(), hidden: 0, seen: HashMap::new(), figures: BTreeMap::new() };
    let mut rows = 0;
    for record in reader.records() {
        let record = record.map_err(|error| unreadable(&error))?;
        rows += 1;
        let line = record.position().map_or(0, csv::Position::line);
        if record.len() != header.len() {
            let (expected, found) = (header.len(), record.len());
            file.fault(
                line,
                1,
                Code::InvalidFile,
                text!("Dòng có {found} cột, cần {expected}.", "The row has {found} columns, {expected} are needed."),
            );
            continue;
        }
        Row { file: &mut file, columns: &columns, record: &record, line }.take();
    }
    if file.faults.is_empty() {
        return Ok(Parsed { rows, figures: file.figures });
    }
    let count = file.faults.len() + file.hidden;
    let detail = text!(
        "Tệp có {count} lỗi; không có gì được thay đổi. Sửa các dòng nêu dưới đây rồi nhập lại.",
        "The file has {count} faults; nothing was changed. Correct the rows named below and import again."
    );
    Err(Error::new(Code::InvalidFile, detail).with_fields(file.faults))
}

fn unreadable(error: &csv::Error) -> Error {
    let line = error.position().map_or(1, csv::Position::line);
    let detail = text!("Không đọc được dòng {line} theo dạng CSV.", "Line {line} cannot be read as CSV.");
    Error::new(Code::InvalidFile, detail.clone()).at(format!("{line}:1"), Code::InvalidFile, detail)
}

/// Where each known column stands in the file.
fn header_columns(header: &csv::StringRecord) -> Result<HashMap<&'static str, usize>> {
    let mut columns = HashMap::new();
    let mut faults = Vec::new();
    for (at, name) in header.iter().enumerate() {
        let fault = |detail| FieldError { pointer: format!("1:{}", at + 1), code: Code::InvalidFile, detail };
        match COLUMNS.iter().find(|known| **known == name.trim()) {
            Some(known) if columns.insert(*known, at).is_some() => {
                faults.push(fault(text!("Cột {known} lặp lại.", "The column {known} is given twice.")));
            }
            Some(_) => {}
            None => faults.push(fault(text!("Không có cột {name}.", "There is no column {name}."))),
        }
    }
    for name in COLUMNS.iter().take(REQUIRED).filter(|name| !columns.contains_key(**name)) {
        let detail = text!("Thiếu cột {name}.", "The column {name} is missing.");
        faults.push(FieldError { pointer: "1:1".to_owned(), code: Code::InvalidFile, detail });
    }
    if faults.is_empty() {
        return Ok(columns);
    }
    let expected = COLUMNS.join(",");
    let detail = text!("Dòng tiêu đề phải gồm: {expected}.", "The header must be made of: {expected}.");
    Err(Error::new(Code::InvalidFile, detail).with_fields(faults))
}

/// What makes two rows the same figure.
type RowKey = (AreaKey, Quarter, String, Nature, Span, String, String);

struct File<'a> {
    snapshot: &'a Snapshot,
    today: NaiveDate,
    faults: Vec<FieldError>,
    hidden: usize,
    /// The figures met so far, with their value and line, and whether a row of its own gave them.
    seen: HashMap<RowKey, (Decimal, u64, bool)>,
    figures: BTreeMap<(AreaKey, Quarter), WardFigures>,
}

impl File<'_> {
    fn fault(&mut self, line: u64, column: usize, code: Code, detail: Text) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(FieldError { pointer: format!("{line}:{column}"), code, detail });
        } else {
            self.hidden += 1;
        }
    }
}

struct Row<'r, 'f> {
    file: &'r mut File<'f>,
    columns: &'r HashMap<&'static str, usize>,
    record: &'r csv::StringRecord,
    line: u64,
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

    fn take(&mut self) {
        let faults = self.file.faults.len() + self.file.hidden;
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
        if self.file.faults.len() + self.file.hidden > faults {
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
                    continue;
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
        } else if let Some(key) = counts.map(|_| Self::key(place, template)) {
            // The row stated no rate; it must still be the only row for this rate.
            let line = self.line;
            if let Some((_, first, _)) = self.file.seen.insert(key, (Decimal::from(0), line, true)) {
                self.duplicate(first);
            }
        }
    }

    fn key((ward, quarter): (AreaKey, Quarter), figure: &Observation) -> RowKey {
        let text = |part: &Option<String>| part.clone().unwrap_or_default();
        (
            ward,
            quarter,
            figure.indicator.clone(),
            figure.nature,
            figure.span,
            text(&figure.reference_period),
            text(&figure.project),
        )
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
        let key = Self::key(place, &figure);
        if let Some((value, first, own)) = self.file.seen.get(&key).copied() {
            if own && own_row {
                return self.duplicate(first);
            }
            if value.ten_thousandths() != figure.value.ten_thousandths() {
                let (code, given) = (&figure.indicator, figure.value);
                let detail = text!(
                    "{code} là {given} ở đây nhưng {value} ở dòng {first}.",
                    "{code} is {given} here but {value} in line {first}."
                );
                return self.refuse(column, Code::InvalidFile, detail).unwrap_or(());
            }
            self.file.seen.insert(key, (value, first, own || own_row));
            return;
        }
        self.file.seen.insert(key, (figure.value, self.line, own_row));
        let mentions =
            quote.map(|quote| Mention { section: String::new(), quote, printed: Some(figure.value.to_string()) });
        let figure = Observation { mentions: mentions.into_iter().collect(), ..figure };
        let code = self.cell("ward").to_owned();
        self.file.figures.entry(place).or_insert_with(|| (code, Vec::new())).1.push(figure);
    }
}
