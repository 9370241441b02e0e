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

/// Reports in one bulk transition: more than any town has wards.
pub const MAX_BULK: usize = 500;

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

/// One report of a bulk transition.
#[derive(Debug, Clone)]
pub struct BulkItem {
    /// Which report.
    pub place: Place,
    /// In which state its caller believes it to be.
    pub precondition: Precondition,
}

/// Reads which reports of a quarter a bulk transition is about: each a ward's code and the ETag under which it was read.
///
/// # Errors
/// `notMeaningful` for none, for more than [`MAX_BULK`], for a ward that is named twice and for what is no ETag, and what is
/// wrong with a ward or the quarter; all under `/reports/N` or `/quarter`.
pub fn bulk(snapshot: &Snapshot, today: NaiveDate, quarter: &str, reports: &[(&str, &str)]) -> Result<Vec<BulkItem>> {
    let refuse = |pointer: &str, detail| Err(Error::parameter(Code::NotMeaningful, pointer, detail));
    if reports.is_empty() || reports.len() > MAX_BULK {
        return refuse("/reports", text!("Cần từ 1 đến {MAX_BULK} báo cáo.", "Name 1 to {MAX_BULK} reports."));
    }
    let mut items: Vec<BulkItem> = Vec::new();
    for (index, (ward, etag)) in reports.iter().enumerate() {
        let at = format!("/reports/{index}/ward");
        let place = place(snapshot, today, (&at, ward), ("/quarter", quarter))?;
        if items.iter().any(|known| known.place == place) {
            return refuse(&at, text!("Đơn vị này ghi hai lần.", "This ward is named twice."));
        }
        let Some(tag) = state(etag) else {
            let at = format!("/reports/{index}/etag");
            return refuse(&at, text!("ETag phải có ngoặc kép.", "An ETag is quoted."));
        };
        items.push(BulkItem { place, precondition: Precondition::Tags(vec![tag]) });
    }
    Ok(items)
}

/// What names the state in an ETag: the part before the first dot. The rest is how it was shown.
fn state(etag: &str) -> Option<String> {
    let quoted = etag.trim().strip_prefix('"')?.strip_suffix('"')?;
    let name = quoted.split('.').next().unwrap_or_default();
    (!name.is_empty()).then(|| name.to_owned())
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
    /// Reads `If-Match`, a list of quoted tags or `*`, and `If-None-Match`, which is `*`: one of them at most.
    ///
    /// # Errors
    /// `malformedRequest`.
    pub fn read(if_match: Option<&str>, if_none_match: Option<&str>) -> Result<Self> {
        match (if_match.map(str::trim), if_none_match.map(str::trim)) {
            (None, None) => Ok(Self::Missing),
            (None, Some("*")) => Ok(Self::Absent),
            (Some("*"), None) => Ok(Self::Present),
            (Some(text), None) => {
                let tags: Option<Vec<_>> = text.split(',').map(state).collect();
                tags.map(Self::Tags).ok_or_else(Self::malformed)
            }
            _ => Err(Self::malformed()),
        }
    }

    /// The refusal of what is no precondition.
    #[must_use]
    pub fn malformed() -> Error {
        let detail = text!(
            "If-Match nhận ETag trong ngoặc kép, If-None-Match chỉ nhận *; chỉ gửi một trong hai.",
            "If-Match takes quoted ETags, If-None-Match only *; send one of them."
        );
        Error::new(Code::MalformedRequest, detail)
    }

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
