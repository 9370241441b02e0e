//! One row of the sheet that a ward fills in: what is kept from it, what it may write, and what it is asked for.

use rust_xlsxwriter::{DataValidation, DataValidationRule, Format, Formula};

use super::book::{Look, Sheet, Value, format, number_format};
use super::guide;
use super::label::{Column, Labelled};
use super::template::{COLUMNS, about};
use crate::domain::indicator::{Indicator, IndicatorKind, Nature, Span, Unit};
use crate::domain::observation::{Observation, Operator, SurveyMethod};
use crate::error::{Error, Language, Result};
use crate::text;

/// What a row is for.
pub(super) enum Kept<'r> {
    /// A figure of this indicator; beside it what was published for the quarter before.
    Indicator { indicator: &'r Indicator, before: &'r Value<'r> },
    /// Any figure: the code is chosen from the catalogue's sheet, which has so many.
    Spare { codes: usize },
}

/// Where a column stands in the sheet.
pub(super) fn position(column: Column) -> u16 {
    (0_u16..).zip(COLUMNS).find(|(_, (known, _))| *known == column).map_or(0, |(at, _)| at)
}

/// Writes a row, filled in where there is a figure.
pub(super) fn write_row(
    sheet: &mut Sheet<'_>,
    language: Language,
    kept: &Kept<'_>,
    figure: Option<&Observation>,
) -> Result<()> {
    let row = sheet.row();
    sheet.skip();
    for (column, _) in COLUMNS {
        let at = (row, position(column));
        let value = value(column, kept, figure, language);
        sheet.put_as(at, &cell_format(column, kept), &value)?;
        if let Some(rule) = rule(column, kept, language)? {
            sheet.with(|inner| inner.add_data_validation(row, at.1, row, at.1, &rule).map(|_| ()))?;
        }
    }
    Ok(())
}

fn value<'v>(column: Column, kept: &Kept<'v>, figure: Option<&'v Observation>, language: Language) -> Value<'v> {
    if let Kept::Indicator { indicator, before } = kept {
        let (name, unit) = about(indicator, language);
        match column {
            Column::Code => return (&indicator.code).into(),
            Column::Section => return (&indicator.section).into(),
            Column::Name => return name.into(),
            Column::Unit => return unit.into(),
            Column::Before => return (*before).clone(),
            _ => {}
        }
    }
    let Some(figure) = figure else { return Value::Blank };
    match column {
        Column::Value => figure.value.into(),
        Column::Operator => {
            Some(figure.operator).filter(|operator| operator.is_bound()).map(|operator| operator.label(language)).into()
        }
        Column::Nature => figure.nature.label(language).into(),
        Column::Span => figure.span.label(language).into(),
        Column::ReferencePeriod => figure.reference_period.as_ref().into(),
        Column::Project => figure.project.as_ref().into(),
        Column::Method => figure.method.map(|method| method.label(language)).into(),
        // One line a mention, as they are read again.
        Column::Quote => {
            figure.mentions.iter().map(|mention| mention.quote.as_str()).collect::<Vec<_>>().join("\n").into()
        }
        Column::Note => figure.note.as_ref().into(),
        _ => Value::Blank,
    }
}

/// Whether a ward writes into a column of such a row.
fn is_input(column: Column, kept: &Kept<'_>) -> bool {
    match (column, kept) {
        (Column::Section | Column::Name | Column::Unit | Column::Before, _)
        | (Column::Code, Kept::Indicator { .. }) => false,
        (Column::Numerator | Column::Denominator, Kept::Indicator { indicator, .. }) => {
            indicator.kind == IndicatorKind::Rate
        }
        (Column::Method, Kept::Indicator { indicator, .. }) => indicator.survey || indicator.family == "satisfaction",
        _ => true,
    }
}

fn cell_format(column: Column, kept: &Kept<'_>) -> Format {
    if !is_input(column, kept) {
        return format(Look::Plain);
    }
    let input = format(Look::Input);
    match (column, kept) {
        // A rate keeps the general format: in any other, 77,5% typed into it would be shown as 0,8.
        (Column::Value, Kept::Indicator { indicator, .. }) if matches!(indicator.unit, Unit::Count | Unit::Vnd) => {
            input.set_num_format(number_format(0))
        }
        (Column::Numerator | Column::Denominator, _) => input.set_num_format(number_format(0)),
        (Column::Value, _) => input,
        // As text, nothing that is typed turns into a date, a number or a formula.
        _ => input.set_num_format("@"),
    }
}

fn rule(column: Column, kept: &Kept<'_>, language: Language) -> Result<Option<DataValidation>> {
    if !is_input(column, kept) {
        return Ok(None);
    }
    let whole = || DataValidation::new().allow_whole_number(DataValidationRule::GreaterThanOrEqualTo(0));
    let decimal = || DataValidation::new().allow_decimal_number(DataValidationRule::GreaterThanOrEqualTo(0.0));
    let needs_whole = text!(
        "Số nguyên, từ 0 trở lên. Không có số thì để trống.",
        "A whole number, 0 or more. Leave it empty if there is none."
    );
    let needs_percent = text!("Tỷ lệ phần trăm từ 0 đến 100, như 77,5.", "A percentage from 0 to 100, such as 77.5.");
    let needs_number = text!("Số từ 0 trở lên.", "A number, 0 or more.");
    let (rule, message) = match (column, kept) {
        (Column::Value, Kept::Indicator { indicator, .. }) => match indicator.unit {
            Unit::Count | Unit::Vnd => (whole(), needs_whole),
            Unit::Percent => {
                (DataValidation::new().allow_decimal_number(DataValidationRule::Between(0.0, 100.0)), needs_percent)
            }
            Unit::PerWeek => (decimal(), needs_number),
        },
        (Column::Value, Kept::Spare { .. }) => (decimal(), needs_number),
        (Column::Numerator | Column::Denominator, _) => (whole(), needs_whole),
        (Column::Operator, _) => return list::<Operator>(language).map(Some),
        (Column::Nature, _) => return list::<Nature>(language).map(Some),
        (Column::Span, _) => return list::<Span>(language).map(Some),
        (Column::Method, _) => return list::<SurveyMethod>(language).map(Some),
        (Column::Code, Kept::Spare { codes }) => {
            let codes = Formula::new(guide::codes(*codes, language));
            return Ok(Some(DataValidation::new().allow_list_formula(codes)));
        }
        _ => return Ok(None),
    };
    let message = message.get(language);
    rule.set_input_message(message).and_then(|rule| rule.set_error_message(message)).map(Some).map_err(Error::internal)
}

fn list<T: Labelled>(language: Language) -> Result<DataValidation> {
    DataValidation::new().allow_list_strings(&T::labels(language)).map_err(Error::internal)
}
