//! Vietnamese text: one Unicode form at the edge, and a key for searching without accents.

use unicode_normalization::char::is_combining_mark;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// The text in Unicode normal form C, the form that everything in the service is kept in.
#[must_use]
pub fn nfc(text: &str) -> String {
    if is_nfc_quick(text.chars()) == IsNormalized::Yes { text.to_owned() } else { text.nfc().collect() }
}

/// The search key of a name: lower case, no accents, đ as d, one blank between words.
///
/// `Phường Quảng Minh` and `phuong  quang minh` have the same key. Tone marks on either vowel (`Hòa`, `Hoà`) fold alike.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    for character in text.nfd().filter(|character| !is_combining_mark(*character)) {
        match character {
            'đ' | 'Đ' => key.push('d'),
            blank if blank.is_whitespace() => {
                if !key.is_empty() && !key.ends_with(' ') {
                    key.push(' ');
                }
            }
            other => key.extend(other.to_lowercase()),
        }
    }
    if key.ends_with(' ') {
        key.pop();
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_without_accents() {
        assert_eq!(fold("Phường  Quảng Minh "), "phuong quang minh");
        assert_eq!(fold("Minh Đức"), "minh duc");
        assert_eq!(fold("Hòa"), fold("Hoà"));
        let decomposed: String = "Nếnh".nfd().collect();
        assert_eq!(nfc(&decomposed), "Nếnh");
        assert_eq!(fold(&decomposed), "nenh");
    }
}
