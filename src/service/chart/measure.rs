//! How wide text is, without a font: pictures name Arial, and leave room for what stands in for it.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use crate::domain::text::nfc;

/// Of the characters from blank to tilde, in thousandths of the size.
const WIDTHS: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
    556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
    260, 334, 584,
];
/// Of what the table lacks: no letter that Vietnamese has is wider.
const OTHER: u16 = 800;
/// Where there is no Arial, letters are wider by this much at most (DejaVu, Verdana).
const STAND_IN: f64 = 1.16;
/// A blank at which no line ends.
const NO_BREAK: char = '\u{a0}';
/// Bold letters are wider by about this much.
const BOLD: f64 = 1.1;

fn width_of(character: char) -> u16 {
    match character {
        'Đ' => 722,
        'đ' | '–' | '“' | '”' => 556,
        '·' | '’' | NO_BREAK => 278,
        '…' => 1000,
        // A horn stands beside its letter.
        '\u{31b}' => 60,
        mark if is_combining_mark(mark) => 0,
        other => {
            let at = usize::try_from(u32::from(other)).ok().and_then(|code| code.checked_sub(0x20));
            at.and_then(|at| WIDTHS.get(at)).copied().unwrap_or(OTHER)
        }
    }
}

/// The width of a line of text, in pixels.
pub(super) fn width(text: &str, size: f64, bold: bool) -> f64 {
    let thousandths: f64 = text.nfd().map(|character| f64::from(width_of(character))).sum();
    thousandths / 1000.0 * size * STAND_IN * if bold { BOLD } else { 1.0 }
}

/// The text, cut off with an ellipsis where it is wider than there is room.
pub(super) fn fitted(text: &str, size: f64, bold: bool, room: f64) -> String {
    if width(text, size, bold) <= room {
        return text.to_owned();
    }
    let mut kept: Vec<char> = nfc(text).chars().collect();
    loop {
        kept.pop();
        let cut: String = kept.iter().collect();
        let cut = format!("{}…", cut.trim_end());
        if kept.is_empty() || width(&cut, size, bold) <= room {
            return cut;
        }
    }
}

/// The text in lines that have room, at most so many; what does not fit into the last is cut off.
pub(super) fn wrapped(text: &str, size: f64, bold: bool, room: f64, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    // No line begins with the mark between two facts.
    let text = text.replace(" · ", "\u{a0}· ");
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let longer = lines.last().map(|line| format!("{line} {word}"));
        let full = lines.len() >= most;
        match (longer, lines.last_mut()) {
            (Some(longer), Some(last)) if full || width(&longer, size, bold) <= room => *last = longer,
            _ => lines.push(word.to_owned()),
        }
    }
    lines.into_iter().map(|line| fitted(&line.replace(NO_BREAK, " "), size, bold, room)).collect()
}

/// The nearest pixel.
#[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "bounded before the conversion")]
pub(super) fn pixel(value: f64) -> i32 {
    value.clamp(-1_000_000.0, 1_000_000.0).round() as i32
}

/// A position or a number of things, for computing with pixels.
pub(super) fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_take_no_room_whatever_their_form() {
        let decomposed: String = "Tỷ lệ hài lòng".nfd().collect();
        let (accented, plain) = (width("Tỷ lệ hài lòng", 12.0, false), width("Ty le hai long", 12.0, false));
        assert!((accented - plain).abs() < 1e-9);
        assert!((width(&decomposed, 12.0, false) - plain).abs() < 1e-9);
    }

    #[test]
    fn text_is_cut_to_its_room_and_never_in_the_middle_of_a_letter() {
        let name = "Phường Quảng Minh mở rộng";
        let cut = fitted(name, 12.0, false, 80.0);
        assert!(cut.ends_with('…') && width(&cut, 12.0, false) <= 80.0, "{cut}");
        assert!(name.starts_with(cut.trim_end_matches('…')), "{cut}");
        assert_eq!(fitted(name, 12.0, false, 500.0), name);
        assert_eq!(fitted(name, 12.0, false, 1.0), "…");
        let lines = wrapped(name, 12.0, false, 80.0, 2);
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| width(line, 12.0, false) <= 80.0), "{lines:?}");
    }
}
