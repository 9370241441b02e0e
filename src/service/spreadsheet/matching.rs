//! Which indicator, and which ward, a cell names: by its code, or by its name however it is written.

use crate::domain::area::AreaVersion;
use crate::domain::indicator::{Catalogue, Indicator};
use crate::domain::text::fold;

/// What words say about the kind of figure rather than about its subject, folded.
const KINDS: [&str; 8] = ["trong do", "tong so", "ty le", "ti le", "tong", "so luong", "so", "co"];
/// The kinds of areas that stand before their names, folded.
const AREA_KINDS: [&str; 8] = ["phuong", "xa", "thi tran", "thi xa", "tinh", "huyen", "p", "tt"];

/// What a name means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found<'a> {
    /// One indicator.
    One(&'a Indicator),
    /// Several, which the name does not tell apart.
    Several(Vec<&'a Indicator>),
    /// None.
    Nothing,
}

/// The words of a name: folded, without marks, and without the number of its place in a list.
fn words(text: &str) -> String {
    let folded = fold(text);
    // `1.`, `2.1)`, `a)`, `-` and `+` number lists; they are no part of a name.
    let (first, rest) = folded.split_once(' ').unwrap_or((&folded, ""));
    let numbering = first.ends_with(['.', ')', '-', '+', '/'])
        && first.trim_end_matches(['.', ')', '-', '+', '/']).len() <= 4
        || first.chars().all(|mark| mark.is_ascii_digit() || mark == '.');
    let name = if numbering && !rest.is_empty() { rest } else { &folded };
    let name = name.split(" (").next().unwrap_or(name);
    let marks = |mark: char| !mark.is_alphanumeric();
    let name = name.split(marks).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    // `tỷ` and `tỉ`, `hóa` and `hoá` are the same words; the accents are folded already.
    if let Some(rest) = name.strip_prefix("ti le ") { format!("ty le {rest}") } else { name }
}

fn without<'a>(mut name: &'a str, prefixes: &[&str]) -> &'a str {
    while let Some(rest) =
        prefixes.iter().find_map(|prefix| name.strip_prefix(prefix).and_then(|rest| rest.strip_prefix(' ')))
    {
        name = rest;
    }
    name
}

/// The indicators by their names, whose words are made once for all the rows of a file.
pub(super) struct Names<'a> {
    catalogue: &'a Catalogue,
    /// The words of both names of every indicator, in the order of the catalogue.
    known: Vec<(&'a Indicator, [String; 2])>,
}

impl<'a> Names<'a> {
    pub fn of(catalogue: &'a Catalogue) -> Self {
        let known = catalogue.iter().map(|(_, it)| (it, [words(&it.name_vi), words(&it.name_en)])).collect();
        Self { catalogue, known }
    }

    /// The indicator that a text names: its code; else its whole name in either language; else its name without the words
    /// that say what kind of figure it is.
    pub fn indicator(&self, text: &str) -> Found<'a> {
        if let Some(found) = self.catalogue.find(text.trim()).and_then(|key| self.catalogue.get(key)) {
            return Found::One(found);
        }
        let wanted = words(text);
        if wanted.is_empty() {
            return Found::Nothing;
        }
        let bare = without(&wanted, &KINDS);
        let mut found = self.named(|name| name == wanted);
        if found.is_empty() {
            found = self.named(|name| without(name, &KINDS) == bare);
        }
        match found.as_slice() {
            [] => Found::Nothing,
            [one] => Found::One(one),
            _ => Found::Several(found),
        }
    }

    fn named(&self, matches: impl Fn(&str) -> bool) -> Vec<&'a Indicator> {
        let matching = self.known.iter().filter(|(_, names)| names.iter().any(|name| matches(name)));
        matching.map(|(indicator, _)| *indicator).collect()
    }
}

/// Whether a text names the area: its code, or its name with or without its kind.
pub(super) fn is_area(area: &AreaVersion, text: &str) -> bool {
    let bare = |name: &str| without(&words(name), &AREA_KINDS).to_owned();
    let code = text.trim().split('@').next().unwrap_or_default();
    // Spreadsheets take the leading zeros of a code for a number's.
    let same_code = code == area.code || !code.is_empty() && code == area.code.trim_start_matches('0');
    same_code || !bare(text).is_empty() && bare(text) == bare(&area.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::seed;

    fn found(text: &str) -> Vec<String> {
        let catalogue = Catalogue::new(seed::indicators().unwrap()).unwrap();
        match Names::of(&catalogue).indicator(text) {
            Found::One(one) => vec![one.code.clone()],
            Found::Several(several) => several.iter().map(|indicator| indicator.code.clone()).collect(),
            Found::Nothing => Vec::new(),
        }
    }

    #[test]
    fn indicators_are_known_by_code_and_by_name_however_it_is_written() {
        for (text, code) in [
            ("poverty_rate", "poverty_rate"),
            ("Tỷ lệ hộ nghèo", "poverty_rate"),
            ("TỈ LỆ HỘ NGHÈO (%)", "poverty_rate"),
            ("ti le ho ngheo:", "poverty_rate"),
            ("2.1. Số hộ nghèo", "poor_households"),
            ("- Số hộ nghèo", "poor_households"),
            ("Số hồ sơ tiếp nhận trực tuyến", "dossiers_received_online"),
            ("hồ sơ tiếp nhận trực tuyến", "dossiers_received_online"),
            ("Văn bản điện tử đã ban hành", "edocs_issued"),
            ("Poor-household rate", "poverty_rate"),
        ] {
            assert_eq!(found(text), [code], "{text}");
        }
        assert!(found("Hạnh phúc").is_empty());
        assert!(found(" . ").is_empty());
    }

    #[test]
    fn a_name_of_several_is_a_tie() {
        assert_eq!(found("Hộ nghèo"), ["poor_households", "poverty_rate"]);
    }

    #[test]
    fn every_name_of_the_catalogue_finds_its_indicator() {
        for indicator in seed::indicators().unwrap() {
            assert_eq!(found(&indicator.name_vi), [indicator.code.as_str()], "{}", indicator.name_vi);
        }
    }

    #[test]
    fn a_ward_is_known_by_code_and_by_name() {
        let area = AreaVersion {
            code: "07792".into(),
            name: "Phường Quảng Minh".into(),
            kind: crate::domain::area::AreaKind::Ward,
            parent: None,
            valid_from: None,
            valid_to: None,
        };
        for text in ["07792", "7792", "Phường Quảng Minh", "P. Quảng Minh", "xã Quảng Minh", "QUANG MINH"] {
            assert!(is_area(&area, text), "{text}");
        }
        for text in ["07798", "", "Phường", "Minh Đức"] {
            assert!(!is_area(&area, text), "{text}");
        }
    }
}
