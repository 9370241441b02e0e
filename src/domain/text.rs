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

/// Whether a JSON text or a GraphQL document writes the character NUL as an escape. Neither form can hold it in any
/// other way, and PostgreSQL cannot keep it at all.
#[must_use]
pub fn escapes_nul(text: &str) -> bool {
    text.match_indices("\\u0000").any(|(at, _)| {
        let before = text.as_bytes().get(..at).unwrap_or_default();
        before.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 0
    })
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

    #[test]
    fn an_escaped_nul_is_seen_and_an_escaped_backslash_is_not_taken_for_one() {
        assert!(escapes_nul(r#"{"a": "b\u0000c"}"#));
        assert!(escapes_nul(r#""\\\u0000""#));
        assert!(!escapes_nul(r#""\\u0000""#));
        assert!(!escapes_nul(r#""u0000 \u0001""#));
    }
}
