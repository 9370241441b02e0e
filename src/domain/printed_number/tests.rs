//! Numbers as reports print them, and what is refused.

use super::*;

fn number(text: &str, unit: Unit) -> Result<String, Unclear> {
    read(text, unit).map(|printed| match printed {
        Printed::Number(Operator::Equal, value) => value.to_string(),
        Printed::Number(operator, value) => format!("{} {value}", operator.as_str()),
        Printed::Share(above, below) => format!("{above}/{below}"),
    })
}

#[test]
fn counts_are_read_as_reports_print_them() {
    for (printed, meant) in [
        ("548.147.000", "548147000"),
        ("520,697,000 đồng", "520697000"),
        ("1 234 567", "1234567"),
        ("1\u{a0}234", "1234"),
        ("1.234", "1234"),
        ("1.234,00", "1234"),
        ("1,234.0", "1234"),
        ("58,0", "58"),
        ("06", "6"),
        ("0", "0"),
        ("500 triệu đồng", "500000000"),
        ("1,5 triệu", "1500000"),
        ("1.5 Triệu đồng", "1500000"),
        ("2 tỷ", "2000000000"),
        ("12 nghìn đồng", "12000"),
        ("28 tin, bài", "28"),
        ("45 hồ sơ", "45"),
        ("trên 90", "> 90"),
        ("Không dưới 1.000", ">= 1000"),
        ("từ 20 trở lên", ">= 20"),
        ("< 5", "< 5"),
        ("tối đa 12", "<= 12"),
        ("9007199254740991", "9007199254740991"),
    ] {
        assert_eq!(number(printed, Unit::Vnd).as_deref(), Ok(meant), "{printed}");
    }
}

#[test]
fn percentages_have_no_thousands() {
    for (printed, meant) in [
        ("77,5%", "77.5"),
        ("77.5", "77.5"),
        ("77,5 %", "77.5"),
        ("0,43", "0.43"),
        ("1.234", "1.234"),
        ("100%", "100"),
        ("99,00 phần trăm", "99.00"),
        ("trên 90%", "> 90"),
        ("5/5", "5/5"),
        ("45/58 hồ sơ", "45/58"),
        ("1.045 / 5.000", "1045/5000"),
    ] {
        assert_eq!(number(printed, Unit::Percent).as_deref(), Ok(meant), "{printed}");
    }
    assert_eq!(number("01 lần/tuần", Unit::PerWeek).as_deref(), Ok("1"));
    assert_eq!(number("1,5", Unit::PerWeek).as_deref(), Ok("1.5"));
}

#[test]
fn what_may_be_meant_in_two_ways_is_refused() {
    use Unclear as U;
    for (printed, unit, why) in [
        ("", Unit::Count, U::NotANumber),
        ("năm", Unit::Count, U::NotANumber),
        ("NaN", Unit::Count, U::NotANumber),
        ("1e309", Unit::Count, U::NotANumber),
        ("1e3", Unit::Percent, U::NotANumber),
        ("3 chục", Unit::Count, U::NotANumber),
        ("12.34.567", Unit::Count, U::NotANumber),
        ("1.234,567.890", Unit::Count, U::NotANumber),
        ("1 2", Unit::Count, U::NotANumber),
        ("-", Unit::Count, U::Dash),
        ("—", Unit::Percent, U::Dash),
        ("...", Unit::Percent, U::Dash),
        ("khoảng 20", Unit::Count, U::Approximate),
        ("gần 90%", Unit::Percent, U::Approximate),
        ("0.123", Unit::Count, U::Ambiguous),
        ("1.234 triệu", Unit::Vnd, U::Ambiguous),
        ("1.234,5", Unit::Percent, U::Ambiguous),
        ("50%", Unit::Count, U::PercentOfCount),
        ("5/5", Unit::Count, U::ShareOfCount),
        ("5 triệu", Unit::Percent, U::MultipliedPercent),
        ("-5", Unit::Count, U::Negative),
        ("−5,5%", Unit::Percent, U::Negative),
        ("12,5", Unit::Count, U::NotWhole),
        ("1.234,5", Unit::Vnd, U::NotWhole),
        ("1,2345 nghìn", Unit::Vnd, U::NotWhole),
        ("9007199254740992", Unit::Count, U::TooLarge),
        ("9007199254741 nghìn", Unit::Vnd, U::TooLarge),
        ("77,58621", Unit::Percent, U::TooPrecise),
    ] {
        assert_eq!(number(printed, unit), Err(why), "{printed}");
        let told = why.explain(printed, unit);
        assert!(!told.vi.is_empty() && !told.en.is_empty());
    }
}

#[test]
fn cells_of_spreadsheets_are_read_to_fifteen_digits() {
    let read = |number: f64, unit| read_binary(number, unit).map(|value| value.to_string());
    for (number, unit, meant) in [
        (58.0, Unit::Count, "58"),
        (0.0, Unit::Count, "0"),
        (548_147_000.0, Unit::Vnd, "548147000"),
        (9_007_199_254_740_991.0, Unit::Count, "9007199254740991"),
        (77.5, Unit::Percent, "77.5"),
        (0.43, Unit::Percent, "0.43"),
        (0.1 + 0.2, Unit::Percent, "0.3"),
        (0.775 * 100.0, Unit::Percent, "77.5"),
        (57.999_999_999_999_99, Unit::Count, "58"),
    ] {
        assert_eq!(read(number, unit).as_deref(), Ok(meant), "{number}");
    }
    for (number, unit, why) in [
        (f64::NAN, Unit::Count, Unclear::NotANumber),
        (f64::INFINITY, Unit::Percent, Unclear::NotANumber),
        (-1.0, Unit::Count, Unclear::Negative),
        (12.5, Unit::Vnd, Unclear::NotWhole),
        (9_007_199_254_740_992.0, Unit::Count, Unclear::TooLarge),
        (1e300, Unit::Count, Unclear::TooLarge),
        (4_500.0 / 58.0, Unit::Percent, Unclear::TooPrecise),
    ] {
        assert_eq!(read(number, unit), Err(why), "{number}");
    }
}
