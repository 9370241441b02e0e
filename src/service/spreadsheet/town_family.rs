//! One family of indicators of a quarter: wards down, indicators across, the whole below.

use super::book::{Book, Look, Sheet, Value};
use super::label::{Labelled as _, unit};
use super::town::{Across, count, generated, named, value};
use crate::domain::aggregate::{MissingReason, Placed, Status};
use crate::domain::area::AreaKey;
use crate::domain::indicator::{Indicator, IndicatorKind, Nature};
use crate::domain::quarter::Quarter;
use crate::error::{Language, Result, Text};
use crate::service::verdict;
use crate::snapshot::Snapshot;
use crate::text;

/// The columns before the first indicator.
const BEFORE: u16 = 3;

/// What a sheet is made of.
pub(super) struct Family<'a, 's> {
    pub snapshot: &'a Snapshot,
    pub quarter: Quarter,
    pub language: Language,
    pub wards: &'a [AreaKey],
    pub across: &'s [&'s Across<'a>],
}

/// How many columns an indicator takes.
fn width(indicator: &Indicator) -> u16 {
    if indicator.kind == IndicatorKind::Rate { 3 } else { 1 }
}

impl Family<'_, '_> {
    /// Writes the sheet; the last rows are the area's, under its name.
    pub fn write(&self, book: &mut Book, sheet_name: &str, area: &str) -> Result<()> {
        let mut widths = vec![9, 24, 22];
        for across in self.across {
            widths.extend(std::iter::repeat_n(14, usize::from(width(across.indicator))));
        }
        let mut sheet = book.sheet(sheet_name, &widths)?;
        let quarter = self.quarter;
        let title = format!("{sheet_name} – {area} – {quarter}");
        sheet.line(Look::Title, &title)?;
        self.head(&mut sheet)?;
        for (position, ward) in self.wards.iter().enumerate() {
            let (code, name) = named(self.snapshot, *ward, quarter);
            let mut row = vec![code.into(), name.into(), self.mark(*ward).into()];
            for across in self.across {
                let found = across.wards.get(position);
                row.extend(self.ward_cells(across, *ward, found));
            }
            let at = sheet.row();
            sheet.cells(Look::Plain, row)?;
            self.contested(&mut sheet, at, position)?;
        }
        let whole = |label: Text, cells: &dyn Fn(&Across<'_>) -> Value<'static>| {
            let mut row = vec![Value::Blank, label.get(self.language).to_owned().into(), Value::Blank];
            for across in self.across {
                row.push(cells(across));
                row.extend(std::iter::repeat_n(Value::Blank, usize::from(width(across.indicator) - 1)));
            }
            row
        };
        let mut total = vec![Value::Blank, area.into(), Value::Blank];
        for across in self.across {
            total.extend(cells(across.indicator, &across.whole));
        }
        sheet.cells(Look::Sum, total)?;
        let language = self.language;
        let rows = [
            whole(text!("Cơ sở tính", "Basis"), &|across| {
                across.whole.basis.map(|basis| verdict::basis(basis, language)).into()
            }),
            whole(text!("Trạng thái", "Status"), &|across| verdict::status(across.whole.status, language).into()),
            whole(text!("Góp vào / đã báo cáo / phải báo cáo", "Included / reported / expected"), &|across| {
                let coverage = &across.whole.coverage;
                format!("{} / {} / {}", coverage.included, coverage.reported, coverage.expected).into()
            }),
            whole(text!("Vì sao không có giá trị", "Why there is no value"), &|across| {
                across.whole.reason.map(|reason| verdict::null(reason, language)).into()
            }),
        ];
        for row in rows {
            sheet.cells(Look::Sum, row)?;
        }
        Ok(())
    }

    /// Two rows of headings: the indicators, and below a rate what its three columns are.
    fn head(&self, sheet: &mut Sheet<'_>) -> Result<()> {
        let (top, below) = (sheet.row(), sheet.row() + 1);
        sheet.skip();
        sheet.skip();
        let fixed = [text!("Mã", "Code"), text!("Phường, xã", "Ward"), text!("Ghi chú", "Remark")];
        for (column, heading) in (0_u16..).zip(fixed) {
            sheet.merged((top, column), (below, column), Look::Head, heading.get(self.language))?;
        }
        let parts = [text!("Tỷ lệ (%)", "Rate (%)"), text!("Tử số", "Numerator"), text!("Mẫu số", "Denominator")];
        let mut column = BEFORE;
        for across in self.across {
            let indicator = across.indicator;
            let name = if self.language == Language::Vi { &indicator.name_vi } else { &indicator.name_en };
            let nature = Some(across.whole.nature).filter(|nature| *nature != Nature::Actual);
            let nature = nature.map(|nature| format!(" – {}", nature.label(self.language))).unwrap_or_default();
            let last = column + width(indicator) - 1;
            if indicator.kind == IndicatorKind::Rate {
                sheet.merged((top, column), (top, last), Look::Head, &format!("{name}{nature}"))?;
                for (at, part) in (column..).zip(&parts) {
                    sheet.put((below, at), Look::Head, &part.get(self.language).into())?;
                }
            } else {
                let unit = unit(indicator.unit, self.language);
                sheet.merged((top, column), (below, column), Look::Head, &format!("{name}{nature} ({unit})"))?;
            }
            column = last + 1;
        }
        sheet.keep(below, BEFORE)
    }

    /// What a reader of a ward's row should know.
    fn mark(&self, ward: AreaKey) -> Option<&'static str> {
        let vietnamese = self.language == Language::Vi;
        match self.snapshot.report(ward, self.quarter) {
            None => Some(verdict::missing(MissingReason::NotReported, self.language)),
            Some(_) if generated(self.snapshot, ward, self.quarter) => {
                Some(if vietnamese { "dữ liệu sinh ra" } else { "generated" })
            }
            Some(mark) if mark.imported => Some(if vietnamese { "nhập từ tệp" } else { "imported" }),
            Some(_) => None,
        }
    }

    fn ward_cells(&self, across: &Across<'_>, ward: AreaKey, found: Option<&Placed>) -> Vec<Value<'static>> {
        let blank = || std::iter::repeat_n(Value::Blank, usize::from(width(across.indicator))).collect();
        let Some(found) = found else { return blank() };
        let mut cells = cells(across.indicator, found);
        let bound = found.coverage.missing.iter().any(|missing| missing.reason == MissingReason::BoundOnly);
        if let (true, Some(first)) = (bound, cells.first_mut()) {
            *first = self.bound(across, ward).into();
        }
        cells
    }

    /// Says at the figures that stand under an open finding that they do.
    fn contested(&self, sheet: &mut Sheet<'_>, row: u32, position: usize) -> Result<()> {
        let mut column = BEFORE;
        for across in self.across {
            let status = across.wards.get(position).map(|found| found.status);
            if let Some(status @ Status::LowReliability) = status {
                sheet.note((row, column), verdict::status(status, self.language))?;
            }
            column += width(across.indicator);
        }
        Ok(())
    }

    /// The bound that a ward's report gives instead of a value.
    fn bound(&self, across: &Across<'_>, ward: AreaKey) -> Option<String> {
        let figure = self.snapshot.figures(ward, self.quarter).iter().find(|figure| {
            figure.indicator == across.whole.indicator
                && figure.nature == across.whole.nature
                && figure.operator.is_bound()
        })?;
        Some(format!("{} {}", figure.operator.label(self.language), figure.value))
    }
}

/// The columns of an indicator: a rate with its counts, or one number.
fn cells(indicator: &Indicator, found: &Placed) -> Vec<Value<'static>> {
    let shown = value(indicator, found);
    if indicator.kind != IndicatorKind::Rate {
        return vec![shown];
    }
    let numerator = found.ratio.and_then(|ratio| ratio.numerator_fixed());
    let decimals = u8::from(numerator.is_some_and(|numerator| numerator.as_whole().is_none()));
    let denominator = found.ratio.and_then(|ratio| usize::try_from(ratio.denominator).ok());
    vec![
        shown,
        numerator.map_or(Value::Blank, |numerator| Value::result(numerator, decimals)),
        denominator.map_or(Value::Blank, count),
    ]
}
