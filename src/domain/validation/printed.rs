//! Numbers as reports print them: `548.147.000 đồng`, `77,5%`, `06`, `500 triệu đồng`, `5/5`, `trên 90%`.

/// The numbers of a printed text, in ten-thousandths; `triệu` and `tỷ` multiply.
pub(super) fn numbers(printed: &str) -> Vec<i128> {
    let mut found = Vec::new();
    let mut rest = printed;
    while let Some(start) = rest.find(|character: char| character.is_ascii_digit()) {
        let tail = rest.get(start..).unwrap_or_default();
        let end = tail
            .find(|character: char| !(character.is_ascii_digit() || character == '.' || character == ','))
            .unwrap_or(tail.len());
        let digits = tail.get(..end).unwrap_or_default().trim_end_matches(['.', ',']);
        rest = tail.get(end..).unwrap_or_default();
        let scale = match rest.trim_start() {
            word if word.starts_with("triệu") => 1_000_000,
            word if word.starts_with("tỷ") || word.starts_with("tỉ") => 1_000_000_000,
            word if word.starts_with("nghìn") || word.starts_with("ngàn") => 1_000,
            _ => 1,
        };
        if let Some(value) = number(digits).and_then(|value| value.checked_mul(scale)) {
            found.push(value);
        }
    }
    found
}

/// A number with a comma before its decimals and points between its thousands; a single point that parts no thousands
/// is a decimal point.
fn number(text: &str) -> Option<i128> {
    let (whole, fraction) = text.split_once(',').unwrap_or((text, ""));
    let groups: Vec<&str> = whole.split('.').collect();
    let (whole, fraction) = match groups.as_slice() {
        [whole, fraction] if fraction.len() != 3 && text == format!("{whole}.{fraction}") => {
            ((*whole).to_owned(), *fraction)
        }
        _ => (groups.concat(), fraction),
    };
    if fraction.len() > 4 || whole.len() > 20 {
        return None;
    }
    let decimals: i128 = if fraction.is_empty() { 0 } else { format!("{fraction:0<4}").parse().ok()? };
    whole.parse::<i128>().ok()?.checked_mul(10_000)?.checked_add(decimals)
}

/// `x/y`, whole numbers.
pub(super) fn fraction(printed: &str) -> Option<(i128, i128)> {
    let (above, below) = printed.trim().split_once('/')?;
    let whole = |text: &str| text.trim().parse::<u32>().ok().map(i128::from);
    Some((whole(above)?, whole(below)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_numbers_are_read() {
        for (printed, expected) in [
            ("548.147.000 đồng", vec![5_481_470_000_000]),
            ("77,5%", vec![775_000]),
            ("06", vec![60_000]),
            ("500 triệu đồng", vec![5_000_000_000_000]),
            ("trên 90%", vec![900_000]),
            ("0.43", vec![4_300]),
            ("01 lần/tuần", vec![10_000]),
            ("5/5", vec![50_000, 50_000]),
            ("1,5 tỷ", vec![15_000_000_000_000]),
            ("không", vec![]),
        ] {
            assert_eq!(numbers(printed), expected, "{printed}");
        }
        assert_eq!(fraction("5/5"), Some((5, 5)));
        assert_eq!(fraction("01 lần/tuần"), None);
    }
}
