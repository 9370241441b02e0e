//! Rows of CSV under the header that imports take.

use std::borrow::Cow;

use super::selection::Walk;
use crate::domain::aggregate::Published as _;
use crate::domain::area::AreaKey;
use crate::domain::quarter::Quarter;
use crate::error::{Error, Result};
use crate::service::import::{COLUMN_COUNT, Column, neutralised};
use crate::service::publish::FigureDetail;
use crate::snapshot::{PublishedFigure, Snapshot};

/// The cells of a row, by [`Column::position`].
pub(super) struct Cells<'f>([Cow<'f, str>; COLUMN_COUNT]);

impl<'f> Cells<'f> {
    fn set(&mut self, column: Column, text: impl Into<Cow<'f, str>>) {
        if let Some(cell) = self.0.get_mut(column.position()) {
            *cell = text.into();
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = (Column, &str)> {
        Column::ALL.iter().copied().zip(self.0.iter().map(|cell| &**cell))
    }

    /// What a figure is written as: empty where there is nothing to say.
    pub fn of(snapshot: &'f Snapshot, ward: &'f str, quarter: &'f str, figure: &'f PublishedFigure) -> Result<Self> {
        let mut cells = Self(std::array::from_fn(|_| Cow::Borrowed("")));
        cells.set(Column::Ward, ward);
        cells.set(Column::Quarter, quarter);
        let indicator = snapshot.catalogue().get(figure.indicator);
        cells.set(Column::Indicator, indicator.map_or("", |indicator| &indicator.code));
        cells.set(Column::Nature, figure.nature.as_str());
        cells.set(Column::Value, figure.value.to_string());
        if figure.operator.is_bound() {
            cells.set(Column::Operator, figure.operator.as_str());
        }
        cells.set(Column::Span, figure.span.as_str());
        cells.set(Column::Origin, figure.origin.as_str());
        cells.set(Column::ReferencePeriod, figure.reference_period.as_deref().unwrap_or_default());
        cells.set(Column::Project, figure.project.as_deref().unwrap_or_default());
        cells.set(Column::Method, figure.method.map_or("", |method| method.as_str()));
        if figure.synthetic {
            cells.set(Column::Synthetic, "true");
        }
        cells.detail(FigureDetail::read(figure.detail.as_deref())?)?;
        Ok(cells)
    }

    fn detail(&mut self, detail: FigureDetail) -> Result<()> {
        if detail.instruction {
            self.set(Column::Instruction, "true");
        }
        self.set(Column::Note, detail.note.unwrap_or_default());
        let mut mentions = detail.mentions;
        match (mentions.pop(), mentions.is_empty()) {
            (Some(only), true) => {
                self.set(Column::Section, only.section);
                self.set(Column::Quote, only.quote);
                self.set(Column::Printed, only.printed.unwrap_or_default());
            }
            (Some(last), false) => {
                mentions.push(last);
                self.set(Column::Mentions, serde_json::to_string(&mentions).map_err(Error::internal)?);
            }
            (None, _) => {}
        }
        Ok(())
    }
}

fn writer(bytes: &mut Vec<u8>) -> csv::Writer<&mut Vec<u8>> {
    csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(bytes)
}

/// Writes the header.
pub(super) fn header(bom: bool, bytes: &mut Vec<u8>) -> Result<()> {
    if bom {
        bytes.extend_from_slice(b"\xef\xbb\xbf");
    }
    let mut writer = writer(bytes);
    writer.write_record(Column::ALL.iter().map(|column| column.as_str())).map_err(Error::internal)?;
    writer.flush().map_err(Error::internal)
}

/// Writes the figures of a report.
pub(super) fn write(walk: &Walk, ward: AreaKey, quarter: Quarter, bytes: &mut Vec<u8>) -> Result<()> {
    let code = walk.ward(ward, quarter).map_or("", |version| &version.code);
    let when = quarter.to_string();
    let mut writer = writer(bytes);
    for figure in walk.figures(ward, quarter) {
        let cells = Cells::of(walk.snapshot(), code, &when, figure)?;
        for (column, text) in cells.iter() {
            // Only what people write can be taken for a formula; an operator is a word of ours.
            let shown = if column == Column::Operator { Cow::Borrowed(text) } else { neutralised(text) };
            writer.write_field(&*shown).map_err(Error::internal)?;
        }
        writer.write_record(None::<&[u8]>).map_err(Error::internal)?;
    }
    writer.flush().map_err(Error::internal)
}
