//! What the columns of SDMX-CSV 2.x mean (SDMX-CSV field guide 2.0, sections 2 and 3).

use super::column::{COLUMN_COUNT, Column};
use super::file::Cells;
use crate::domain::aggregate::Published as _;
use crate::domain::observation::Operator;
use crate::error::{Code, Error, FieldError, Result, Text};
use crate::service::sdmx::{AGENCY, NOT_APPLICABLE, OBSERVATIONS, VERSION, operator_code};
use crate::snapshot::Snapshot;
use crate::text;

/// Components that become cells.
const CELLS: [(&str, Column); 13] = [
    ("REF_AREA", Column::Ward),
    ("TIME_PERIOD", Column::Quarter),
    ("INDICATOR", Column::Indicator),
    ("OBS_VALUE", Column::Value),
    ("NATURE", Column::Nature),
    ("SPAN", Column::Span),
    ("REFERENCE_PERIOD", Column::ReferencePeriod),
    ("PROJECT", Column::Project),
    ("OPERATOR", Column::Operator),
    ("METHOD", Column::Method),
    ("ORIGIN", Column::Origin),
    ("SYNTHETIC", Column::Synthetic),
    ("INSTRUCTION", Column::Instruction),
];
/// How many of those every file has.
const REQUIRED: usize = 4;
/// Statuses of figures that wards state; what is estimated, imputed or missing is none.
const STATUSES: [&str; 2] = ["A", "U"];

/// Where the columns stand that become no cell, and are held to what they must say.
#[derive(Debug, Default)]
pub(super) struct Sdmx {
    structure: usize,
    id: usize,
    action: usize,
    frequency: Option<usize>,
    unit: Option<usize>,
    status: Option<usize>,
    indicator: usize,
    operator: Option<usize>,
}

/// What is wrong with a row, at a column.
pub(super) struct SdmxFault {
    pub at: usize,
    pub code: Code,
    pub detail: Text,
    pub expected: Text,
}

impl Sdmx {
    /// Understands a header.
    ///
    /// # Errors
    /// `invalidFile` with every name that is unknown, given twice or missing.
    pub fn new(names: &[String]) -> Result<([Option<usize>; COLUMN_COUNT], Self)> {
        let mut columns = [None; COLUMN_COUNT];
        let mut faults = Vec::new();
        let place = |name: &str| names.iter().position(|known| known == name);
        for (at, name) in names.iter().enumerate() {
            let fault = |detail| FieldError { pointer: format!("1:{}", at + 1), code: Code::InvalidFile, detail };
            if place(name) != Some(at) {
                faults.push(fault(text!("Cột {name} lặp lại.", "The column {name} is given twice.")));
            } else if let Some((_, column)) = CELLS.iter().find(|(known, _)| known == name) {
                if let Some(place) = columns.get_mut(column.position()) {
                    *place = Some(at);
                }
            } else if !["STRUCTURE", "STRUCTURE_ID", "ACTION", "FREQ", "UNIT_MEASURE", "OBS_STATUS", "DECIMALS"]
                .contains(&name.as_str())
            {
                faults.push(fault(text!(
                    "Cấu trúc {OBSERVATIONS} không có thành phần {name}.",
                    "The structure {OBSERVATIONS} has no component {name}."
                )));
            }
        }
        let needed = ["STRUCTURE", "STRUCTURE_ID", "ACTION"];
        for name in needed.into_iter().chain(CELLS.iter().take(REQUIRED).map(|(name, _)| *name)) {
            if place(name).is_none() {
                let detail = text!("Thiếu cột {name}.", "The column {name} is missing.");
                faults.push(FieldError { pointer: "1:1".to_owned(), code: Code::InvalidFile, detail });
            }
        }
        if !faults.is_empty() {
            let detail = text!(
                "Dòng tiêu đề phải là của SDMX-CSV 2.x: STRUCTURE, STRUCTURE_ID, ACTION, rồi các thành phần của {AGENCY}:{OBSERVATIONS}({VERSION}) theo mã (labels=id).",
                "The header must be that of SDMX-CSV 2.x: STRUCTURE, STRUCTURE_ID, ACTION, then the components of {AGENCY}:{OBSERVATIONS}({VERSION}) by their ids (labels=id)."
            );
            return Err(Error::new(Code::InvalidFile, detail).with_fields(faults));
        }
        let at = |name| place(name).unwrap_or_default();
        let sdmx = Self {
            structure: at("STRUCTURE"),
            id: at("STRUCTURE_ID"),
            action: at("ACTION"),
            frequency: place("FREQ"),
            unit: place("UNIT_MEASURE"),
            status: place("OBS_STATUS"),
            indicator: at("INDICATOR"),
            operator: place("OPERATOR"),
        };
        Ok((columns, sdmx))
    }

    /// Holds a row to its structure, and writes into its cells what codes mean.
    ///
    /// # Errors
    /// What stands in the row that no figure of a report may say.
    pub fn understand(
        &self,
        snapshot: &Snapshot,
        record: &csv::StringRecord,
        cells: &mut Cells<'_>,
    ) -> Result<(), SdmxFault> {
        let cell = |at: usize| record.get(at).unwrap_or_default().trim();
        let one_of = |at: Option<usize>, known: &[&str], empty: bool| {
            let Some(at) = at else { return Ok(()) };
            let text = cell(at);
            if known.contains(&text) || empty && text.is_empty() {
                return Ok(());
            }
            let words = known.join(", ");
            let detail = text!("“{text}” phải là một trong: {words}.", "“{text}” must be one of: {words}.");
            let expected = text!("một trong: {words}", "one of: {words}");
            Err(SdmxFault { at, code: Code::InvalidParameter, detail, expected })
        };
        one_of(Some(self.structure), &["dataflow", "datastructure"], false)?;
        one_of(Some(self.id), &[&format!("{AGENCY}:{OBSERVATIONS}({VERSION})")], false)?;
        if cell(self.action) == "D" {
            return Err(SdmxFault {
                at: self.action,
                code: Code::NotMeaningful,
                detail: text!(
                    "Nhập tệp không rút số liệu đã công bố; hãy mở lại báo cáo rồi công bố bản mới.",
                    "An import withdraws nothing that is published; reopen the report and publish a new version."
                ),
                expected: text!("một trong: M, R, I, A", "one of: M, R, I, A"),
            });
        }
        one_of(Some(self.action), &["M", "R", "I", "A"], false)?;
        one_of(self.frequency, &["Q"], true)?;
        one_of(self.status, &STATUSES, true)?;
        let catalogue = snapshot.catalogue();
        let indicator = catalogue.find(cell(self.indicator)).and_then(|key| catalogue.get(key));
        if let Some(indicator) = indicator {
            one_of(self.unit, &[indicator.unit.as_str()], true)?;
        }
        let codes = Operator::ALL.iter().map(|operator| operator_code(*operator)).collect::<Vec<_>>();
        one_of(self.operator, &codes, true)?;
        let code = self.operator.map(cell).unwrap_or_default();
        let operator = Operator::ALL.iter().find(|operator| operator_code(**operator) == code);
        cells.set(Column::Operator, operator.map_or("", |operator| operator.as_str()));
        for column in [Column::ReferencePeriod, Column::Project] {
            if cells.get(column) == NOT_APPLICABLE {
                cells.set(column, "");
            }
        }
        Ok(())
    }
}
