//! Which report, and in which state the caller believes it to be.

use chrono::NaiveDate;

use crate::db::version::Version;
use crate::domain::aggregate::Published as _;
use crate::domain::area::AreaKey;
use crate::domain::quarter::Quarter;
use crate::error::{Code, Error, Result};
use crate::service::read::{area, quarter as read_quarter};
use crate::snapshot::Snapshot;
use crate::text;

/// A ward and a quarter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The ward.
    pub ward: AreaKey,
    /// Its code at the quarter's cut-off.
    pub code: String,
    /// The quarter.
    pub quarter: Quarter,
}

/// Reads which report is meant, each name with where it was written.
///
/// # Errors
/// `areaNotFound` (no such ward on the quarter's cut-off), and what is wrong with the quarter.
pub fn place(
    snapshot: &Snapshot,
    today: NaiveDate,
    (ward_parameter, ward): (&str, &str),
    (quarter_parameter, quarter): (&str, &str),
) -> Result<Place> {
    let quarter = read_quarter(snapshot, today, quarter_parameter, quarter)?;
    let cut_off = snapshot.calendar().cut_off(quarter);
    let (reference, ward) = area(snapshot, ward_parameter, ward, Some(cut_off))?;
    let version = snapshot.areas().get(ward).and_then(|area| area.on(cut_off));
    let Some(version) = version.filter(|version| version.kind.reports()) else {
        let code = &reference.code;
        let detail = text!(
            "{code} không phải đơn vị báo cáo vào ngày chốt {cut_off}.",
            "{code} is no reporting area on the cut-off {cut_off}."
        );
        return Err(Error::parameter(Code::AreaNotFound, ward_parameter, detail));
    };
    Ok(Place { ward, code: version.code.clone(), quarter })
}

/// The state in which a caller believes a report to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Precondition {
    /// Nothing was said.
    Missing,
    /// It does not exist: `If-None-Match: *`.
    Absent,
    /// It exists: `If-Match: *`.
    Present,
    /// Its newest version has one of these tags: `If-Match`.
    Tags(Vec<String>),
}

impl Precondition {
    /// Holds the newest version against it.
    ///
    /// # Errors
    /// `preconditionRequired` and `preconditionFailed`.
    pub(super) fn check(&self, newest: Option<&Version>) -> Result<()> {
        let failed = |detail| Err(Error::new(Code::PreconditionFailed, detail));
        match (self, newest) {
            (Self::Missing, None) => Err(Error::new(
                Code::PreconditionRequired,
                text!(
                    "Báo cáo chưa có: gửi If-None-Match: * để tạo.",
                    "There is no such report yet: send If-None-Match: * to begin it."
                ),
            )),
            (Self::Missing, Some(_)) => Err(Error::new(
                Code::PreconditionRequired,
                text!("Cần If-Match với ETag của bản vừa đọc.", "Send If-Match with the ETag of what you have read."),
            )),
            (Self::Absent, None) | (Self::Present, Some(_)) => Ok(()),
            (Self::Absent, Some(_)) => failed(text!(
                "Báo cáo đã có rồi: đọc lại rồi gửi If-Match.",
                "The report exists already: read it and send If-Match."
            )),
            (Self::Present | Self::Tags(_), None) => failed(text!("Báo cáo chưa có.", "There is no such report yet.")),
            (Self::Tags(tags), Some(version)) => {
                let tag = version.tag();
                if tags.contains(&tag) {
                    return Ok(());
                }
                failed(text!(
                    "Báo cáo đã thay đổi từ khi đọc. Hãy đọc lại rồi gửi với ETag mới.",
                    "The report has changed since it was read. Read it again and send the new ETag."
                ))
            }
        }
    }
}
