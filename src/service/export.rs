//! Figures going out, as many as there are: row by row from one snapshot, a little at a time, none of it kept.

mod csv_rows;
mod json_lines;
mod selection;
mod workbook;

use std::sync::Arc;

pub use selection::{Asked, Selection, Walk, Wards};
pub use workbook::workbook;

use crate::error::Result;
use crate::snapshot::Snapshot;

/// Bytes that are made at once.
const CHUNK: usize = 64 * 1024;

/// What the rows of a text are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextFormat {
    /// Comma-separated values, with a byte order mark for spreadsheets that need one.
    Csv {
        /// Whether there is one.
        bom: bool,
    },
    /// A JSON object a line.
    JsonLines,
}

/// A text of figures that is still to be made.
pub struct Rows {
    walk: Walk,
    format: TextFormat,
    begun: bool,
}

impl Rows {
    /// The figures of a selection, as a snapshot has them.
    #[must_use]
    pub const fn new(snapshot: Arc<Snapshot>, selection: Selection, format: TextFormat) -> Self {
        Self { walk: Walk::new(snapshot, selection), format, begun: false }
    }

    /// The next bytes; nothing at the end.
    ///
    /// # Errors
    /// Where a figure cannot be written, which none is that was published.
    pub fn next_bytes(&mut self) -> Result<Option<Vec<u8>>> {
        let mut bytes = Vec::with_capacity(CHUNK + CHUNK.div_euclid(4));
        if !self.begun {
            self.begun = true;
            if let TextFormat::Csv { bom } = self.format {
                csv_rows::header(bom, &mut bytes)?;
            }
        }
        while bytes.len() < CHUNK {
            let Some((ward, quarter)) = self.walk.next() else { break };
            match self.format {
                TextFormat::Csv { .. } => csv_rows::write(&self.walk, ward, quarter, &mut bytes)?,
                TextFormat::JsonLines => json_lines::write(&self.walk, ward, quarter, &mut bytes)?,
            }
        }
        Ok((!bytes.is_empty()).then_some(bytes))
    }
}
