//! What sheets call things, in both languages: headings, words of closed lists, and how they are known again.

use crate::domain::indicator::{Nature, Span, Unit};
use crate::domain::observation::{Operator, SurveyMethod};
use crate::domain::text::fold;
use crate::domain::words::Words;
use crate::error::Language;

/// A closed list of words as sheets write it.
pub(in crate::service) trait Labelled: Words {
    /// Every value with its Vietnamese and its English label.
    const LABELS: &'static [(Self, &'static str, &'static str)];

    /// The label in a language.
    fn label(self, language: Language) -> &'static str {
        let found = Self::LABELS.iter().find(|(value, ..)| *value == self);
        found.map_or("", |(_, vi, en)| if language == Language::Vi { vi } else { en })
    }

    /// The value that a cell means: a label in either language, or the word of files and bodies.
    fn read(text: &str) -> Option<Self> {
        let folded = fold(text);
        let labelled = Self::LABELS.iter().find(|(_, vi, en)| fold(vi) == folded || fold(en) == folded);
        labelled.map(|(value, ..)| *value).or_else(|| {
            Self::WORDS.iter().find(|(_, word, _)| word.eq_ignore_ascii_case(text)).map(|(value, ..)| *value)
        })
    }

    /// Every label in a language, in the order of the list.
    fn labels(language: Language) -> Vec<&'static str> {
        Self::LABELS.iter().map(|(value, ..)| value.label(language)).collect()
    }
}

impl Labelled for Nature {
    const LABELS: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Actual, "Thực hiện", "Actual"),
        (Self::Target, "Mục tiêu", "Target"),
        (Self::Registered, "Đăng ký", "Registered"),
        (Self::Reference, "Tham chiếu", "Reference"),
    ];
}

// Signs would do, but a cell that begins with one is taken for a formula.
impl Labelled for Operator {
    const LABELS: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Equal, "bằng", "equal to"),
        (Self::Greater, "trên", "over"),
        (Self::GreaterOrEqual, "ít nhất", "at least"),
        (Self::Less, "dưới", "under"),
        (Self::LessOrEqual, "nhiều nhất", "at most"),
    ];
}

impl Labelled for Span {
    const LABELS: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Period, "Trong quý", "Within the quarter"),
        (Self::YearToDate, "Từ đầu năm", "Year to date"),
        (Self::Cumulative, "Lũy kế", "Cumulative"),
        (Self::PointInTime, "Tại ngày chốt", "On the cut-off"),
        (Self::Year, "Cả năm", "Whole year"),
    ];
}

impl Labelled for SurveyMethod {
    const LABELS: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Questionnaire, "Phiếu khảo sát", "Questionnaire"),
        (Self::CounterRating, "Đánh giá tại Một cửa", "Counter rating"),
        (Self::PortalRating, "Đánh giá trên Cổng dịch vụ công", "Portal rating"),
        (Self::Decision766, "Bộ chỉ số theo Quyết định 766", "Index of Decision 766"),
    ];
}

/// What values are counted in, as people write it.
pub(in crate::service) const fn unit(unit: Unit, language: Language) -> &'static str {
    match (unit, language) {
        (Unit::Count, Language::Vi) => "số lượng",
        (Unit::Count, Language::En) => "count",
        (Unit::Percent, _) => "%",
        (Unit::Vnd, Language::Vi) => "đồng",
        (Unit::Vnd, Language::En) => "VND",
        (Unit::PerWeek, Language::Vi) => "lần/tuần",
        (Unit::PerWeek, Language::En) => "times a week",
    }
}

/// What a column of figures holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Column {
    /// The indicator's code.
    Code,
    /// The indicator's name.
    Name,
    /// The value or the percentage.
    Value,
    /// The count above the line.
    Numerator,
    /// The count below the line.
    Denominator,
    /// Whether the value is only bounded.
    Operator,
    /// What the figure claims to be.
    Nature,
    /// What stretch of time it is about.
    Span,
    /// The year that it is about.
    ReferencePeriod,
    /// The project that it is about.
    Project,
    /// How people were asked.
    Method,
    /// The sentences of the report.
    Quote,
    /// What a reader should mind.
    Note,
    /// The ward.
    Ward,
    /// The quarter.
    Quarter,
    /// Beside the figures for whoever fills them in; not read.
    Section,
    /// Likewise.
    Unit,
    /// Likewise.
    Printed,
    /// Likewise: what was published for the quarter before.
    Before,
}

impl Column {
    /// Every column with its Vietnamese and its English heading, and what else people write there, folded.
    const HEADINGS: &'static [(Self, &'static str, &'static str, &'static [&'static str])] = &[
        (Self::Code, "Mã chỉ tiêu", "Code", &["indicator", "indicator code", "ma", "ma so"]),
        (Self::Name, "Chỉ tiêu", "Indicator name", &["ten chi tieu", "noi dung", "chi tieu thong ke", "name"]),
        (
            Self::Value,
            "Giá trị",
            "Value",
            &["so lieu", "ket qua", "ket qua thuc hien", "gia tri / ty le", "so lieu quy nay"],
        ),
        (Self::Numerator, "Tử số", "Numerator", &[]),
        (Self::Denominator, "Mẫu số", "Denominator", &[]),
        (Self::Operator, "So sánh", "Bound", &["operator", "dau", "toan tu"]),
        (Self::Nature, "Tính chất", "Nature", &["loai so lieu"]),
        (Self::Span, "Khoảng thời gian", "Span", &[]),
        (Self::ReferencePeriod, "Của năm", "Reference period", &["referenceperiod", "nam", "ky tham chieu"]),
        (Self::Project, "Mã dự án", "Project", &["du an"]),
        (Self::Method, "Cách khảo sát", "Method", &["phuong phap khao sat"]),
        (Self::Quote, "Câu văn trong báo cáo", "Quote", &["trich dan", "trich nguyen van"]),
        (Self::Note, "Ghi chú", "Note", &[]),
        (Self::Ward, "Mã đơn vị", "Ward", &["phuong, xa", "ward code"]),
        (Self::Quarter, "Quý", "Quarter", &["quy bao cao"]),
        (Self::Section, "Mục", "Section", &[]),
        (Self::Unit, "Đơn vị tính", "Unit", &["dvt"]),
        (Self::Printed, "Như in trong báo cáo", "As printed", &[]),
        (Self::Before, "Quý trước", "Previous quarter", &[]),
    ];

    /// The heading in a language.
    pub fn heading(self, language: Language) -> &'static str {
        let found = Self::HEADINGS.iter().find(|(column, ..)| *column == self);
        found.map_or("", |(_, vi, en, _)| if language == Language::Vi { vi } else { en })
    }

    /// The column that a heading means.
    pub fn read(text: &str) -> Option<Self> {
        let folded = fold(text);
        // `Giá trị (%)`, `Quý trước (2023-Q4)`: what stands in brackets explains.
        let folded = folded.split(" (").next().unwrap_or(&folded);
        let folded = folded.trim_matches(|mark: char| !mark.is_alphanumeric());
        let means = |(_, vi, en, others): &&(Self, &str, &str, &[&str])| {
            fold(vi) == folded || fold(en) == folded || others.contains(&folded)
        };
        Self::HEADINGS.iter().find(means).map(|(column, ..)| *column)
    }

    /// Whether a person fills it with a figure.
    pub const fn is_figure(self) -> bool {
        matches!(self, Self::Value | Self::Numerator | Self::Denominator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds<T: Labelled + std::fmt::Debug>() {
        assert_eq!(T::LABELS.len(), T::WORDS.len());
        for (value, vi, en) in T::LABELS {
            for text in [*vi, *en, &vi.to_uppercase(), &fold(vi)] {
                assert_eq!(T::read(text), Some(*value), "{text}");
            }
        }
        for (value, word, _) in T::WORDS {
            assert_eq!(T::read(word), Some(*value), "{word}");
        }
        assert_eq!(T::read("happy"), None);
    }

    #[test]
    fn what_sheets_write_is_read_again() {
        holds::<Nature>();
        holds::<Operator>();
        holds::<Span>();
        holds::<SurveyMethod>();
    }

    #[test]
    fn headings_are_told_apart() {
        for (column, vi, en, others) in Column::HEADINGS {
            for text in [*vi, *en].into_iter().chain(others.iter().copied()) {
                assert_eq!(Column::read(text), Some(*column), "{text}");
            }
        }
        assert_eq!(Column::read(" GIÁ TRỊ: "), Some(Column::Value));
        assert_eq!(Column::read("referencePeriod"), Some(Column::ReferencePeriod));
        assert_eq!(Column::read("STT"), None);
    }
}
