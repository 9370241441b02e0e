//! What stands around the sheet to fill in: how it is filled, what may be filled in, and what is kept from typing.

use rust_xlsxwriter::ProtectionOptions;

use super::book::{Book, Look, Sheet};
use super::label::{Column, unit};
use crate::domain::indicator::Indicator;
use crate::error::{Language, Result, Text};
use crate::service::verdict;
use crate::text;

fn catalogue_name(language: Language) -> &'static str {
    if language == Language::Vi { "Danh mục" } else { "Catalogue" }
}

/// The cells of the catalogue's sheet that hold the codes.
pub(super) fn codes(count: usize, language: Language) -> String {
    format!("='{}'!$A$2:$A${}", catalogue_name(language), count + 1)
}

/// Locks what is not to be filled in, without a password: against slips, not against people.
pub(super) fn protect(sheet: &mut Sheet<'_>) -> Result<()> {
    let options = ProtectionOptions { format_columns: true, format_rows: true, ..ProtectionOptions::new() };
    sheet.with(|inner| {
        inner.protect_with_options(&options);
        Ok(())
    })
}

/// How the sheet is filled in.
pub(super) fn instructions(book: &mut Book, language: Language) -> Result<()> {
    let name = text!("Hướng dẫn", "Instructions");
    let mut sheet = book.sheet(name.get(language), &[110])?;
    sheet.line(Look::Title, text!("Cách điền", "How to fill it in").get(language))?;
    for sentence in sentences() {
        sheet.line(Look::Plain, sentence.get(language))?;
    }
    Ok(())
}

fn sentences() -> Vec<Text> {
    vec![
        text!("Chỉ điền vào ô màu vàng; các ô khác đã khóa.", "Fill in the yellow cells only; the others are locked."),
        text!(
            "Không có số liệu thì để trống. Số 0 nghĩa là có, và bằng không.",
            "Leave a cell empty if there is no figure. 0 means that there is one, and it is zero."
        ),
        text!(
            "Tỷ lệ: ghi tử số và mẫu số nếu biết; cột Giá trị là tỷ lệ in trong báo cáo, như 77,5.",
            "Rates: give numerator and denominator if they are known; Value is the rate as the report prints it, such as 77.5."
        ),
        text!(
            "Tử số và mẫu số được ghi vào hai chỉ tiêu tương ứng; nếu điền cả hai nơi thì phải giống nhau.",
            "Numerator and denominator are written to their two indicators; given in both places, they must be the same."
        ),
        text!(
            "“Trên 90%”: ghi 90 ở cột Giá trị và chọn “trên” ở cột So sánh.",
            "“Over 90 %”: write 90 as the value and choose “over” as the bound."
        ),
        text!(
            "Tính chất: Thực hiện là số đã xảy ra; Mục tiêu, Đăng ký và Tham chiếu không được cộng chung. Để trống là tính chất thường có của chỉ tiêu.",
            "Nature: Actual is what happened; Target, Registered and Reference are never added to it. Empty is the indicator's usual one."
        ),
        text!(
            "Khoảng thời gian: số sáu tháng hoặc chín tháng phải chọn “Từ đầu năm”. Để trống là khoảng thường có của chỉ tiêu.",
            "Span: figures of six or nine months must say “Year to date”. Empty is the indicator's usual one."
        ),
        text!(
            "Của năm: ghi khi số liệu là của cả một năm, như mục tiêu năm 2024.",
            "Reference period: for figures of a whole year, such as a target for 2024."
        ),
        text!(
            "Câu văn trong báo cáo: chép nguyên văn câu có số liệu; mỗi chỗ nêu là một dòng trong ô.",
            "Quote: copy the sentence that states the figure; one line of the cell for each place."
        ),
        text!(
            "Một chỉ tiêu có nhiều số (nhiều dự án, cả thực hiện và mục tiêu): dùng các dòng thêm ở cuối trang.",
            "An indicator with several figures (several projects, actual and target): use the rows at the end of the sheet."
        ),
        text!(
            "Công thức được lấy theo giá trị đã tính. Không đổi tên cột, không gộp ô.",
            "Formulas are taken by their computed value. Do not rename columns or merge cells."
        ),
        text!("Tiền ghi bằng đồng: 500 triệu đồng là 500000000.", "Money is in đồng: 500 million is 500000000."),
    ]
}

/// The indicators, for looking up and for choosing from.
pub(super) fn catalogue(book: &mut Book, indicators: &[&Indicator], language: Language) -> Result<()> {
    let mut sheet = book.sheet(catalogue_name(language), &[34, 46, 10, 28, 32, 32, 80])?;
    let [above, below] = [text!("Tử số là", "Divides"), text!("Mẫu số là", "By")];
    let [family, meaning] = [text!("Nhóm", "Family"), text!("Định nghĩa", "Definition")];
    let headings = [
        Column::Code.heading(language),
        Column::Name.heading(language),
        Column::Unit.heading(language),
        family.get(language),
        above.get(language),
        below.get(language),
        meaning.get(language),
    ];
    sheet.head(headings.map(Into::into).into(), 1)?;
    for indicator in indicators {
        let (name, definition) = match language {
            Language::Vi => (&indicator.name_vi, &indicator.definition_vi),
            Language::En => (&indicator.name_en, &indicator.definition_en),
        };
        sheet.cells(
            Look::Plain,
            vec![
                (&indicator.code).into(),
                name.into(),
                unit(indicator.unit, language).into(),
                verdict::family(&indicator.family, language).into(),
                indicator.numerator.as_ref().into(),
                indicator.denominator.as_ref().into(),
                definition.into(),
            ],
        )?;
    }
    Ok(())
}
