//! What aggregates say of themselves, in words for people: the same on sheets and in pictures.

use crate::domain::aggregate::{Basis, MissingReason, NullReason, Status};
use crate::domain::finding::Severity;
use crate::domain::report::{CitationRole, ProjectRole, ProjectStatus};
use crate::error::Language;

/// Gives every word of a closed list a Vietnamese and an English form.
macro_rules! people {
    ($($name:ident: $kind:ty { $($variant:ident => $vi:literal, $en:literal;)* })*) => {$(
        pub(in crate::service) const fn $name(value: $kind, language: Language) -> &'static str {
            match (value, language) {
                $((<$kind>::$variant, Language::Vi) => $vi, (<$kind>::$variant, Language::En) => $en,)*
            }
        }
    )*};
}

people! {
    basis: Basis {
        Counts => "theo số đếm", "from counts";
        Estimated => "ước tính từ tỷ lệ nêu", "estimated from stated rates";
        Stated => "tỷ lệ nêu trong báo cáo", "stated in the report";
    }
    status: Status {
        Missing => "O – chưa có", "O – missing";
        CannotExist => "M – không thể có", "M – cannot exist";
        NotCollected => "L – chưa báo cáo", "L – not collected";
        Estimated => "E – ước tính", "E – estimated";
        Provisional => "P – tạm thời, còn thiếu đơn vị", "P – provisional, wards missing";
        Break => "B – đơn vị khác địa bàn so với quý trước", "B – other ground than in the quarter before";
        LowReliability => "U – đang có sai lệch chưa xử lý", "U – under an open finding";
        Normal => "A – bình thường", "A – normal";
    }
    missing: MissingReason {
        NotReported => "chưa công bố báo cáo", "no published report";
        NoValue => "báo cáo không nêu", "not in its report";
        NoDenominator => "chỉ nêu tỷ lệ, không có mẫu số", "states a rate without a denominator";
        BoundOnly => "chỉ nêu giới hạn", "gives only a bound";
        IncompletePeriod => "thiếu quý trong kỳ", "a quarter of the period is missing";
        OtherMethod => "khảo sát theo cách khác", "asked people in another way";
    }
    null: NullReason {
        AreaDivided => "chỉ một phần đơn vị báo cáo thuộc địa bàn này", "only a part of a ward that reported belongs to the area";
        AreaDidNotExist => "đơn vị chưa có ở ngày chốt", "the area did not exist at the cut-off";
        NoData => "không đơn vị nào có số liệu", "nobody has it";
        ZeroDenominator => "mẫu số bằng 0", "the denominators add up to nothing";
        TooFewContribute => "dưới 80% đơn vị báo cáo góp được số liệu", "less than 80 % of the reporting wards contribute";
        MethodsDiffer => "các đơn vị khảo sát theo cách khác nhau", "wards asked in different ways";
        NotAdditiveOverAreas => "không cộng giữa các đơn vị", "does not add over areas";
        NotAdditiveOverTime => "không cộng theo thời gian", "does not add over time";
        TooLarge => "tổng quá lớn", "the sum is too large";
    }
    severity: Severity {
        Error => "Lỗi", "Error";
        Warning => "Cảnh báo", "Warning";
        Hint => "Gợi ý", "Hint";
    }
    project_role: ProjectRole {
        LandConversion => "chuyển mục đích sử dụng đất", "land conversion";
        Compensation => "bồi thường, giải phóng mặt bằng", "compensation for land";
        CommunitySupervision => "giám sát đầu tư của cộng đồng", "community supervision";
        Refurbishment => "xây dựng, sửa chữa bộ phận Một cửa", "refurbishment of the one-stop office";
    }
    project_status: ProjectStatus {
        Registered => "đã đăng ký", "registered";
        CompensationUnderway => "đang chi trả bồi thường", "compensation under way";
        CompensationPaid => "đã chi trả xong bồi thường", "compensation paid";
        Completed => "đã hoàn thành", "completed";
    }
    citation_role: CitationRole {
        Basis => "căn cứ", "basis";
        Applied => "thực hiện", "applied";
        Directive => "chỉ đạo", "directive";
        Disseminated => "tuyên truyền, phổ biến", "disseminated";
        Task => "nhiệm vụ kỳ tới", "task";
    }
}

/// What a family of indicators is called; a family that an administrator added goes by its own word.
pub(in crate::service) fn family(word: &str, language: Language) -> &str {
    let (vi, en) = match word {
        "satisfaction" => ("Sự hài lòng", "Satisfaction"),
        "dossiers" => ("Hồ sơ thủ tục hành chính", "Administrative dossiers"),
        "poverty" => ("Giảm nghèo", "Poverty"),
        "petitions" => ("Đơn thư", "Petitions"),
        "reception" => ("Tiếp công dân", "Citizen reception"),
        "communication" => ("Truyền thanh", "Communication"),
        "documents" => ("Văn bản", "Documents"),
        "democracy" => ("Dân chủ ở cơ sở", "Grass-roots democracy"),
        "culture" => ("Văn hóa", "Culture"),
        "land" => ("Đất đai, bồi thường", "Land and compensation"),
        "one_stop" => ("Bộ phận Một cửa", "One-stop office"),
        "staff" => ("Cán bộ, công chức", "Staff"),
        "reform" => ("Cải cách hành chính", "Administrative reform"),
        "other" => ("Khác", "Other"),
        _ => (word, word),
    };
    if language == Language::Vi { vi } else { en }
}
