//! A whole quarter of an area: its wards down, its indicators across, and what they add up to.

use std::collections::BTreeSet;

use super::book::{Book, Look, Sheet, Value};
use super::label::{Labelled as _, unit};
use super::town_family::Family;
use crate::domain::aggregate::{AggregateQuery, MissingReason, Placed, Published as _, aggregate};
use crate::domain::area::{AreaKey, AreaVersion};
use crate::domain::indicator::{Indicator, IndicatorKey, IndicatorKind, Nature};
use crate::domain::quarter::Quarter;
use crate::domain::statistics::Fixed4;
use crate::error::{Code, Error, Language, Result, Text};
use crate::service::read::MAX_VALUES;
use crate::service::verdict;
use crate::snapshot::Snapshot;
use crate::text;

/// The families that leaders ask for first.
const HEADLINES: [&str; 3] = ["satisfaction", "dossiers", "poverty"];

/// A quarter of an area as it is taken away.
#[derive(Debug, Clone, Copy)]
pub struct QuarterBook<'a> {
    /// What is published.
    pub snapshot: &'a Snapshot,
    /// The area: a town, a district, a province, or a ward.
    pub area: AreaKey,
    /// The quarter.
    pub quarter: Quarter,
    /// The language.
    pub language: Language,
}

/// An indicator with its value for the area and for each of its wards, in the order of the book of areas.
pub(super) struct Across<'a> {
    pub indicator: &'a Indicator,
    pub whole: Placed,
    pub wards: Vec<Placed>,
}

impl Across<'_> {
    /// Whether any ward says anything about it.
    pub fn is_reported(&self) -> bool {
        self.whole.value.is_some()
            || self.wards.iter().any(|ward| ward.value.is_some() || ward.stated.is_some() || ward.ratio.is_some())
            || self.whole.coverage.missing.iter().any(|missing| missing.reason == MissingReason::BoundOnly)
    }
}

impl<'a> QuarterBook<'a> {
    /// Writes the workbook: what it is, the area's values with their coverage, a sheet a family, and who is missing.
    ///
    /// # Errors
    /// `areaNotFound` where the area did not exist at the quarter's cut-off, `queryTooExpensive` where it has too many
    /// wards.
    pub fn write(self) -> Result<Vec<u8>> {
        let cut_off = self.snapshot.calendar().cut_off(self.quarter);
        let version = self.snapshot.areas().get(self.area).and_then(|area| area.on(cut_off)).ok_or_else(|| {
            let detail = text!("Đơn vị này không tồn tại ngày {cut_off}.", "The area did not exist on {cut_off}.");
            Error::new(Code::AreaNotFound, detail)
        })?;
        let wards = self.snapshot.areas().members(self.area, cut_off);
        let families = self.families();
        let values = families.iter().map(|(_, keys)| keys.len()).sum::<usize>() * (wards.len() + 1);
        if values > MAX_VALUES {
            let detail = text!(
                "Bảng này có {values} số liệu; tối đa {MAX_VALUES}. Hãy lấy từng đơn vị nhỏ hơn.",
                "This has {values} values; at most {MAX_VALUES}. Take smaller areas one by one."
            );
            return Err(Error::parameter(Code::QueryTooExpensive, "area", detail));
        }
        let (quarter, name) = (self.quarter, &version.name);
        let title = text!("Số liệu {quarter} – {name}", "Figures of {quarter} – {name}");
        let across: Vec<_> = families.iter().map(|(family, keys)| (*family, self.across(keys))).collect();
        let mut book = Book::new(title.get(self.language), cut_off);
        self.about(&mut book, version, wards, title.get(self.language))?;
        self.whole(&mut book, &across)?;
        let mut names = BTreeSet::new();
        for (family, across) in &across {
            let shown: Vec<_> = across.iter().filter(|across| across.is_reported()).collect();
            if shown.is_empty() {
                continue;
            }
            let name = sheet_name(verdict::family(family, self.language), &mut names);
            let family = Family { snapshot: self.snapshot, quarter, language: self.language, wards, across: &shown };
            family.write(&mut book, &name, &version.name)?;
        }
        self.missing(&mut book, wards, &across)?;
        book.finish()
    }

    /// The families, headlines first, each with its indicators in the order of the catalogue.
    fn families(&self) -> Vec<(&'a str, Vec<IndicatorKey>)> {
        let mut found: Vec<(&str, Vec<IndicatorKey>)> = HEADLINES.iter().map(|family| (*family, Vec::new())).collect();
        for (key, indicator) in self.snapshot.catalogue().iter() {
            match found.iter_mut().find(|(family, _)| *family == indicator.family) {
                Some((_, keys)) => keys.push(key),
                None => found.push((&indicator.family, vec![key])),
            }
        }
        found.retain(|(_, keys)| !keys.is_empty());
        found
    }

    fn across(&self, keys: &[IndicatorKey]) -> Vec<Across<'a>> {
        let one = |key: &IndicatorKey| {
            let indicator = self.snapshot.catalogue().get(*key)?;
            let query = AggregateQuery::of_quarter(self.area, vec![*key], self.quarter, indicator.nature);
            let wards = aggregate(self.snapshot, &AggregateQuery { by_ward: true, ..query.clone() });
            Some(Across { indicator, whole: aggregate(self.snapshot, &query).into_iter().next()?, wards })
        };
        keys.iter().filter_map(one).collect()
    }

    fn about(&self, book: &mut Book, version: &AreaVersion, wards: &[AreaKey], title: &str) -> Result<()> {
        let mut sheet = self.sheet(book, &text!("Giới thiệu", "About"), &[34, 90])?;
        sheet.line(Look::Title, title)?;
        let marks: Vec<_> = wards.iter().filter_map(|ward| self.snapshot.report(*ward, self.quarter)).collect();
        let generated = wards.iter().filter(|ward| generated(self.snapshot, **ward, self.quarter)).count();
        if generated > 0 {
            let remark = text!(
                "Có {generated} đơn vị mà số liệu là dữ liệu sinh ra để trình diễn; các đơn vị đó được đánh dấu ở từng trang.",
                "The figures of {generated} wards were generated for demonstration; those wards are marked on every sheet."
            );
            sheet.line(Look::Remark, remark.get(self.language))?;
        }
        let window = self.snapshot.calendar().window(self.quarter);
        let rows: [(Text, Value<'_>); 8] = [
            (text!("Đơn vị", "Area"), (&version.name).into()),
            (text!("Mã đơn vị", "Code"), (&version.code).into()),
            (text!("Quý", "Quarter"), self.quarter.to_string().into()),
            (text!("Số liệu từ ngày", "Figures from"), window.start.into()),
            (text!("Ngày chốt số liệu", "Cut-off"), window.cut_off.into()),
            (text!("Số đơn vị phải báo cáo", "Wards expected"), wards.len().into()),
            (text!("Số đơn vị đã công bố báo cáo", "Wards with a published report"), marks.len().into()),
            (text!("Lần công bố", "Revision"), format!("{}.{}", self.snapshot.epoch, self.snapshot.revision).into()),
        ];
        for (label, value) in rows {
            sheet.cells(Look::Plain, vec![label.get(self.language).to_owned().into(), value])?;
        }
        sheet.skip();
        for rule in [
            text!(
                "Ô trống là không có số liệu; không bao giờ là số 0.",
                "An empty cell has no figure; it is never zero."
            ),
            text!(
                "Tỷ lệ của toàn đơn vị là tổng tử số chia tổng mẫu số, không phải trung bình các tỷ lệ.",
                "A rate of the whole is the sum of numerators over the sum of denominators, not a mean of rates."
            ),
            text!(
                "Các giá trị do hệ thống tính ở lần công bố nêu trên; trong bảng không có công thức.",
                "Values were computed by the service at the revision above; there are no formulas in here."
            ),
        ] {
            sheet.line(Look::Remark, rule.get(self.language))?;
        }
        Ok(())
    }

    fn sheet<'b>(&self, book: &'b mut Book, name: &Text, widths: &[u16]) -> Result<Sheet<'b>> {
        book.sheet(name.get(self.language), widths)
    }

    fn whole(&self, book: &mut Book, families: &[(&str, Vec<Across<'a>>)]) -> Result<()> {
        let columns = [
            (text!("Mã chỉ tiêu", "Code"), 30),
            (text!("Chỉ tiêu", "Indicator"), 46),
            (text!("Đơn vị tính", "Unit"), 10),
            (text!("Tính chất", "Nature"), 12),
            (text!("Giá trị", "Value"), 16),
            (text!("Tử số", "Numerator"), 14),
            (text!("Mẫu số", "Denominator"), 14),
            (text!("Cơ sở tính", "Basis"), 24),
            (text!("Trạng thái", "Status"), 30),
            (text!("Phải báo cáo", "Expected"), 10),
            (text!("Đã báo cáo", "Reported"), 10),
            (text!("Góp vào", "Included"), 10),
            (text!("Trung bình các tỷ lệ nêu (chỉ tham khảo)", "Mean of the rates (for reference)"), 18),
            (text!("Mục tiêu", "Target"), 12),
            (text!("Dữ liệu sinh ra", "Generated"), 10),
            (text!("Vì sao không có giá trị", "Why there is no value"), 40),
        ];
        let widths = columns.each_ref().map(|(_, width)| *width);
        let mut sheet = self.sheet(book, &text!("Tổng hợp", "The whole"), &widths)?;
        sheet.head(columns.iter().map(|(heading, _)| heading.get(self.language).into()).collect(), 2)?;
        for (family, across) in families {
            let mut band = vec![Value::Blank; columns.len()];
            if let Some(first) = band.first_mut() {
                *first = verdict::family(family, self.language).into();
            }
            sheet.cells(Look::Band, band)?;
            for across in across {
                sheet.cells(Look::Plain, self.row(across))?;
            }
        }
        Ok(())
    }

    fn row<'v>(&self, Across { indicator, whole, .. }: &'v Across<'a>) -> Vec<Value<'v>> {
        let language = self.language;
        let name = if language == Language::Vi { &indicator.name_vi } else { &indicator.name_en };
        let nature = Some(whole.nature).filter(|nature| *nature != Nature::Actual).map(|nature| nature.label(language));
        let numerator = whole.ratio.and_then(|ratio| ratio.numerator_fixed());
        let decimals = u8::from(numerator.is_some_and(|numerator| numerator.as_whole().is_none()));
        let generated = text!("có", "yes");
        vec![
            (&indicator.code).into(),
            name.into(),
            unit(indicator.unit, language).into(),
            nature.into(),
            value(indicator, whole),
            numerator.map_or(Value::Blank, |numerator| Value::result(numerator, decimals)),
            whole.ratio.and_then(|ratio| usize::try_from(ratio.denominator).ok()).map_or(Value::Blank, count),
            whole.basis.map(|basis| verdict::basis(basis, language)).into(),
            verdict::status(whole.status, language).into(),
            whole.coverage.expected.into(),
            whole.coverage.reported.into(),
            whole.coverage.included.into(),
            whole.stated_mean.map_or(Value::Blank, |mean| Value::result(mean.value, indicator.decimals)),
            whole.target.as_ref().map(|target| target.value).into(),
            Some(generated.get(language).to_owned()).filter(|_| whole.synthetic).into(),
            whole.reason.map(|reason| verdict::null(reason, language)).into(),
        ]
    }

    fn missing(&self, book: &mut Book, wards: &[AreaKey], families: &[(&str, Vec<Across<'a>>)]) -> Result<()> {
        let columns = [
            (text!("Mã", "Code"), 10),
            (text!("Phường, xã", "Ward"), 30),
            (text!("Mã chỉ tiêu", "Indicator code"), 30),
            (text!("Chỉ tiêu", "Indicator"), 46),
            (text!("Lý do", "Reason"), 40),
        ];
        let widths = columns.each_ref().map(|(_, width)| *width);
        let mut sheet = self.sheet(book, &text!("Còn thiếu", "Missing"), &widths)?;
        sheet.head(columns.iter().map(|(heading, _)| heading.get(self.language).into()).collect(), 0)?;
        let not_reported = verdict::missing(MissingReason::NotReported, self.language);
        for ward in wards.iter().filter(|ward| self.snapshot.report(**ward, self.quarter).is_none()) {
            let (code, name) = self.named(*ward);
            sheet
                .cells(Look::Plain, vec![code.into(), name.into(), Value::Blank, Value::Blank, not_reported.into()])?;
        }
        // What nobody has is no gap of a single ward.
        let across = families.iter().flat_map(|(_, across)| across).filter(|across| across.is_reported());
        for Across { indicator, whole, .. } in across {
            for missing in whole.coverage.missing.iter().filter(|missing| missing.reason != MissingReason::NotReported)
            {
                let (code, name) = self.named(missing.ward);
                let indicator_name =
                    if self.language == Language::Vi { &indicator.name_vi } else { &indicator.name_en };
                let reason = verdict::missing(missing.reason, self.language);
                let row =
                    vec![code.into(), name.into(), (&indicator.code).into(), indicator_name.into(), reason.into()];
                sheet.cells(Look::Plain, row)?;
            }
        }
        Ok(())
    }

    fn named(&self, ward: AreaKey) -> (&'a str, &'a str) {
        named(self.snapshot, ward, self.quarter)
    }
}

/// Whether any published figure of a ward's quarter was generated.
pub(super) fn generated(snapshot: &Snapshot, ward: AreaKey, quarter: Quarter) -> bool {
    snapshot.figures(ward, quarter).iter().any(|figure| figure.synthetic)
}

/// The code and the name that a ward had at the quarter's cut-off.
pub(super) fn named(snapshot: &Snapshot, ward: AreaKey, quarter: Quarter) -> (&str, &str) {
    let version = snapshot.areas().get(ward).and_then(|area| area.on(snapshot.calendar().cut_off(quarter)));
    version.map_or(("", ""), |version| (&version.code, &version.name))
}

/// The value of an aggregate, as many decimals shown as the indicator has.
pub(super) fn value(indicator: &Indicator, found: &Placed) -> Value<'static> {
    let decimals = if indicator.kind == IndicatorKind::Rate { indicator.decimals.max(1) } else { indicator.decimals };
    found.value.map_or(Value::Blank, |value| Value::result(value, decimals))
}

/// A count that may be larger than 32 bits.
pub(super) fn count(count: usize) -> Value<'static> {
    let whole = i128::try_from(count).unwrap_or_default();
    Value::result(Fixed4::from_ten_thousandths(whole.saturating_mul(10_000)), 0)
}

/// A name that spreadsheets take for a sheet, and that no other sheet has.
fn sheet_name(wanted: &str, taken: &mut BTreeSet<String>) -> String {
    let plain: String =
        wanted.chars().filter(|mark| !matches!(mark, '[' | ']' | ':' | '*' | '?' | '/' | '\\' | '\'')).collect();
    let mut name: String = plain.chars().take(28).collect();
    let mut number = 2;
    while name.is_empty() || !taken.insert(name.to_lowercase()) {
        name = format!("{}{number}", plain.chars().take(25).collect::<String>());
        number += 1;
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sheet_has_a_name_that_spreadsheets_take() {
        let mut taken = BTreeSet::new();
        assert_eq!(sheet_name("Đất đai, bồi thường", &mut taken), "Đất đai, bồi thường");
        assert_eq!(sheet_name("ĐẤT ĐAI, bồi thường", &mut taken), "ĐẤT ĐAI, bồi thường2");
        assert_eq!(sheet_name("a/b[c]:*?", &mut taken), "abc");
        assert_eq!(sheet_name("", &mut taken), "2");
        assert!(sheet_name(&"x".repeat(99), &mut taken).chars().count() <= 31);
    }
}
