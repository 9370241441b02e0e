//! One row of figures: what its cells mean, and every fault told with its cell.

use super::grid::{Cell, GridRow};
use super::header::{CellPlace, Header, quarter, written};
use super::label::{Column, Labelled};
use super::matching::{self, Found};
use super::reader::Wanted;
use crate::domain::decimal::Decimal;
use crate::domain::indicator::{Indicator, Unit};
use crate::domain::observation::{Mention, Operator};
use crate::domain::printed_number::{Printed, Unclear, read, read_binary};
use crate::error::{Code, FieldError, Language, Text};
use crate::service::figure_input::GivenFigure;
use crate::text;

/// A row that is being read.
pub(super) struct Row<'r> {
    pub wanted: &'r Wanted<'r>,
    pub header: &'r Header,
    pub cells: &'r GridRow,
    pub place: CellPlace,
    pub faults: Vec<FieldError>,
}

/// What the cell of the value says: operator, value, the counts of a share, and the text itself.
#[derive(Default)]
struct Value {
    operator: Option<Operator>,
    number: Option<Decimal>,
    share: Option<(Decimal, Decimal)>,
    printed: Option<String>,
}

impl<'r> Row<'r> {
    fn cell(&self, column: Column) -> Option<&Cell> {
        self.cells.cell(self.header.column(column)?)
    }

    fn refuse<T>(&mut self, column: Column, code: Code, detail: Text) -> Option<T> {
        self.faults.push(FieldError { pointer: self.place.cell(column), code, detail });
        None
    }

    /// Whether a figure stands in it; a row without one is a title or was left empty.
    pub fn has_figure(&self) -> bool {
        [Column::Value, Column::Numerator, Column::Denominator].into_iter().any(|column| self.cell(column).is_some())
    }

    /// The figure, if nothing is wrong with it.
    pub fn figure(&mut self) -> Option<GivenFigure> {
        self.whose();
        let indicator = self.indicator();
        let nature = self.word("nature", Column::Nature);
        let operator: Option<Operator> = self.word("operator", Column::Operator);
        let span = self.word("span", Column::Span);
        let method = self.word("method", Column::Method);
        let [reference_period, project, note, quote] =
            [Column::ReferencePeriod, Column::Project, Column::Note, Column::Quote].map(|column| self.text(column));
        let unit = indicator.map_or(Unit::Percent, |indicator| indicator.unit);
        let Value { operator: printed_operator, number: value, share, printed } =
            indicator.map(|_| self.value(unit)).unwrap_or_default();
        let counts = [Column::Numerator, Column::Denominator].map(|column| self.count(column));
        let [numerator, denominator] = self.agreed(share, counts);
        if let (Some(chosen), Some(said)) = (operator, printed_operator)
            && chosen != said
        {
            let (vi, en) = (chosen.label(Language::Vi), chosen.label(Language::En));
            let detail = text!(
                "Cột so sánh ghi “{vi}” nhưng số liệu ghi khác.",
                "The bound says “{en}” but the value says otherwise."
            );
            return self.refuse(Column::Operator, Code::InvalidFile, detail);
        }
        let indicator = indicator?;
        let mentions = quote.map(|quote| mentions(&quote, &indicator.section, printed.as_deref()));
        let given = GivenFigure {
            nature,
            operator: operator.or(printed_operator).unwrap_or(Operator::Equal),
            value,
            numerator,
            denominator,
            span,
            reference_period,
            project,
            method,
            note,
            mentions: mentions.unwrap_or_default(),
            ..GivenFigure::of(&indicator.code)
        };
        self.faults.is_empty().then_some(given)
    }

    /// Refuses a figure of another ward or quarter.
    fn whose(&mut self) {
        if let Some(text) = self.cell(Column::Ward).and_then(written)
            && !matching::is_area(self.wanted.ward, &text)
        {
            let detail = self.wanted.other_ward(&text);
            self.refuse::<()>(Column::Ward, Code::InvalidFile, detail);
        }
        if let Some(text) = self.cell(Column::Quarter).and_then(written)
            && quarter(&text) != Some(self.wanted.quarter)
        {
            let detail = self.wanted.other_quarter(&text);
            self.refuse::<()>(Column::Quarter, Code::InvalidFile, detail);
        }
    }

    fn indicator(&mut self) -> Option<&'r Indicator> {
        let texts = [Column::Code, Column::Name].map(|column| (column, self.cell(column).and_then(written)));
        let mut first = None;
        for (column, text) in texts {
            let Some(text) = text else { continue };
            match self.wanted.names.indicator(&text) {
                Found::One(one) => return Some(one),
                Found::Several(several) => {
                    let names = |name: fn(&Indicator) -> &str| {
                        let named = several.iter().map(|one| format!("{} ({})", one.code, name(one)));
                        named.collect::<Vec<_>>().join(", ")
                    };
                    let (vi, en) = (names(|one| &one.name_vi), names(|one| &one.name_en));
                    let detail = text!(
                        "“{text}” có thể là nhiều chỉ tiêu: {vi}. Hãy ghi mã của một chỉ tiêu.",
                        "“{text}” may be any of: {en}. Write the code of one."
                    );
                    return self.refuse(column, Code::InvalidFile, detail);
                }
                Found::Nothing => first = first.or(Some((column, text))),
            }
        }
        let (column, detail) = match first {
            Some((column, text)) => (
                column,
                text!(
                    "Danh mục không có chỉ tiêu nào mang mã hoặc tên “{text}”.",
                    "The catalogue has no indicator with the code or name “{text}”."
                ),
            ),
            None => (
                if self.header.column(Column::Code).is_some() { Column::Code } else { Column::Name },
                text!("Dòng này có số liệu mà không nêu chỉ tiêu.", "This row has a figure and names no indicator."),
            ),
        };
        self.refuse(column, Code::IndicatorNotFound, detail)
    }

    fn word<T: Labelled>(&mut self, name: &str, column: Column) -> Option<T> {
        let text = self.text(column)?;
        if let Some(found) = T::read(&text) {
            return Some(found);
        }
        let words = T::WORDS.iter().map(|(_, word, _)| *word).collect::<Vec<_>>().join(", ");
        let (vi, en) = (T::labels(Language::Vi).join(", "), T::labels(Language::En).join(", "));
        let detail = text!(
            "“{text}” phải là một trong: {vi} ({name}: {words}).",
            "“{text}” must be one of: {en} ({name}: {words})."
        );
        self.refuse(column, Code::InvalidParameter, detail)
    }

    fn text(&mut self, column: Column) -> Option<String> {
        let cell = self.cell(column)?.clone();
        written(&cell).or_else(|| self.no_text(column, &cell))
    }

    /// Says why a cell shows nothing definite.
    fn no_text<T>(&mut self, column: Column, cell: &Cell) -> Option<T> {
        let detail = match cell {
            Cell::Failed(error) => text!(
                "Công thức ở ô này báo lỗi {error}: sửa công thức hoặc ghi số.",
                "The formula of this cell fails with {error}: mend it, or write the value."
            ),
            Cell::Uncomputed => text!(
                "Công thức ở ô này chưa được tính: mở tệp bằng Excel hoặc LibreOffice, lưu lại rồi gửi.",
                "The formula of this cell was never computed: open the file in Excel or LibreOffice, save and send again."
            ),
            Cell::Date => text!(
                "Ô này là ngày tháng (bảng tính tự đổi, như 5/5 thành ngày 5 tháng 5). Đặt định dạng ô là Văn bản, hoặc ghi tử số và mẫu số vào hai cột.",
                "This cell is a date (a spreadsheet makes one of 5/5). Format it as text, or put numerator and denominator into their columns."
            ),
            Cell::Truth(_) | Cell::Text(_) | Cell::Number { .. } => {
                text!("Ô này phải là số.", "This cell must hold a number.")
            }
        };
        self.refuse(column, Code::InvalidFile, detail)
    }

    fn value(&mut self, unit: Unit) -> Value {
        let Some(cell) = self.cell(Column::Value).cloned() else { return Value::default() };
        let found = match &cell {
            Cell::Text(text) => match read(text, unit) {
                Ok(Printed::Number(operator, value)) => Some(Value {
                    operator: operator.is_bound().then_some(operator),
                    number: Some(value),
                    share: None,
                    printed: Some(text.clone()),
                }),
                Ok(Printed::Share(above, below)) => {
                    Some(Value { share: Some((above, below)), printed: Some(text.clone()), ..Value::default() })
                }
                Err(unclear) => self.unclear(Column::Value, unclear, text, unit),
            },
            Cell::Number { value, percent } => self.binary(Column::Value, *value, *percent, unit).map(|value| Value {
                number: Some(value),
                printed: Some(if *percent { format!("{value}%") } else { value.to_string() }),
                ..Value::default()
            }),
            other => self.no_text(Column::Value, other),
        };
        found.unwrap_or_default()
    }

    fn count(&mut self, column: Column) -> Option<Decimal> {
        let cell = self.cell(column)?.clone();
        match &cell {
            Cell::Text(text) => match read(text, Unit::Count) {
                Ok(Printed::Number(Operator::Equal, value)) => Some(value),
                Ok(_) => self.unclear(column, Unclear::NotANumber, text, Unit::Count),
                Err(unclear) => self.unclear(column, unclear, text, Unit::Count),
            },
            Cell::Number { value, percent } => self.binary(column, *value, *percent, Unit::Count),
            other => self.no_text(column, other),
        }
    }

    fn binary(&mut self, column: Column, number: f64, percent: bool, unit: Unit) -> Option<Decimal> {
        // A cell in the format of percentages holds hundredths: 77,5% is 0.775.
        let read = match (percent, unit) {
            (true, Unit::Percent) => read_binary(number * 100.0, unit),
            (true, _) => Err(Unclear::PercentOfCount),
            (false, _) => read_binary(number, unit),
        };
        read.map_or_else(
            |unclear| {
                let shown = if percent { format!("{}%", number * 100.0) } else { number.to_string() };
                self.unclear(column, unclear, &shown, unit)
            },
            Some,
        )
    }

    fn unclear<T>(&mut self, column: Column, unclear: Unclear, text: &str, unit: Unit) -> Option<T> {
        self.refuse(column, Code::NotMeaningful, unclear.explain(text, unit))
    }

    /// The counts of a share in the cell of the value and those in their own cells, where they say the same.
    fn agreed(&mut self, share: Option<(Decimal, Decimal)>, counts: [Option<Decimal>; 2]) -> [Option<Decimal>; 2] {
        let Some((above, below)) = share else { return counts };
        let same =
            |own: Option<Decimal>, said: Decimal| own.is_none_or(|own| own.ten_thousandths() == said.ten_thousandths());
        let [numerator, denominator] = counts;
        if !same(numerator, above) || !same(denominator, below) {
            let detail = text!(
                "Ô này ghi {above}/{below}, khác với tử số và mẫu số ở hai cột bên.",
                "This cell says {above}/{below}, other than the columns of numerator and denominator."
            );
            self.refuse::<()>(Column::Value, Code::InvalidFile, detail);
        }
        [Some(above), Some(below)]
    }
}

/// One mention a line: where a report states a figure several times, its cell has so many lines.
fn mentions(quotes: &str, section: &str, printed: Option<&str>) -> Vec<Mention> {
    let lines = quotes.lines().map(str::trim).filter(|line| !line.is_empty());
    let mention = |quote: &str| Mention {
        section: section.to_owned(),
        quote: quote.to_owned(),
        printed: printed.map(str::to_owned),
    };
    lines.map(mention).collect()
}
