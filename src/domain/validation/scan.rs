//! Words in running text, found without regard to case and only where they stand alone.

use std::ops::Range;

use chrono::NaiveDate;

use crate::domain::report::ReportDocument;

/// A stretch of text of the document.
#[derive(Debug)]
pub(super) struct Part<'a> {
    /// RFC 6901 pointer to it.
    pub pointer: String,
    pub text: &'a str,
    /// The text in lower case, byte for byte at the same places.
    pub lower: String,
    /// Quotations of dated papers and acts, which speak of things as they were called then.
    pub quoted: Vec<(Range<usize>, NaiveDate)>,
}

/// Lower case that keeps every character's place; the few whose lower case is of another length stay.
pub(super) fn lower(text: &str) -> String {
    let mut lower = String::with_capacity(text.len());
    for character in text.chars() {
        let mut small = character.to_lowercase();
        match (small.next(), small.next()) {
            (Some(one), None) if one.len_utf8() == character.len_utf8() => lower.push(one),
            _ => lower.push(character),
        }
    }
    lower
}

/// Where lower-case words stand alone in lower-case text.
pub(super) fn find<'t>(text: &'t str, words: &'t str) -> impl Iterator<Item = Range<usize>> + 't {
    text.match_indices(words).map(|(at, found)| at..at + found.len()).filter(move |place| {
        let alone = |neighbour: Option<char>| neighbour.is_none_or(|character| !character.is_alphanumeric());
        !words.is_empty()
            && alone(text.get(..place.start).and_then(|before| before.chars().next_back()))
            && alone(text.get(place.end..).and_then(|after| after.chars().next()))
    })
}

/// The word that follows on the same line after blanks only; empty where there is none.
pub(super) fn word_after(text: &str, at: usize) -> &str {
    let rest = text.get(at..).unwrap_or_default();
    let word = rest.trim_start_matches(' ');
    if word.len() == rest.len() {
        return "";
    }
    word.split(|character: char| !character.is_alphanumeric()).next().unwrap_or_default()
}

/// The word that precedes on the same line with blanks only between.
pub(super) fn word_before(text: &str, at: usize) -> &str {
    let before = text.get(..at).unwrap_or_default();
    let word = before.trim_end_matches(' ');
    if word.len() == before.len() {
        return "";
    }
    word.rsplit(|character: char| !character.is_alphanumeric()).next().unwrap_or_default()
}

/// Whether a word begins with a capital letter.
pub(super) fn is_proper(word: &str) -> bool {
    word.chars().next().is_some_and(char::is_uppercase)
}

/// A place with a few words around it, within its line.
pub(super) fn excerpt(text: &str, place: &Range<usize>) -> String {
    const AROUND: usize = 48;
    let line_start = text.get(..place.start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let line_end = text.get(place.end..).and_then(|after| after.find('\n')).map_or(text.len(), |at| place.end + at);
    let mut start = place.start.saturating_sub(AROUND).max(line_start);
    let mut end = (place.end + AROUND).min(line_end);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut cut = text.get(start..end).unwrap_or_default();
    if end < line_end {
        cut = cut.rsplit_once(' ').map_or(cut, |(kept, _)| kept).trim_end();
    }
    if start > line_start {
        cut = cut.split_once(' ').map_or(cut, |(_, kept)| kept);
    }
    cut.trim().to_owned()
}

/// Every stretch of running text. Limitations and tasks are part of the text and kept apart from it as well; they count
/// only where no section has them.
pub(super) fn parts(document: &ReportDocument) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut add = |pointer: String, text| {
        if !str::is_empty(text) {
            parts.push(Part { pointer, text, lower: lower(text), quoted: Vec::new() });
        }
    };
    for (name, text) in [("title", &document.title), ("preamble", &document.preamble), ("closing", &document.closing)] {
        add(format!("/{name}"), text.as_deref().unwrap_or_default());
    }
    for (at, section) in document.narrative.iter().enumerate() {
        add(format!("/narrative/{at}/heading"), &section.heading);
        add(format!("/narrative/{at}/text"), &section.text);
    }
    let told = |text: &str| document.narrative.iter().any(|section| section.text.contains(text));
    for (at, limitation) in document.limitations.iter().enumerate().filter(|(_, item)| !told(&item.text)) {
        add(format!("/limitations/{at}/text"), &limitation.text);
    }
    for (at, task) in document.tasks.iter().enumerate().filter(|(_, item)| !told(&item.text)) {
        add(format!("/tasks/{at}/text"), &task.text);
    }
    mark_quotations(document, &mut parts);
    parts
}

fn mark_quotations(document: &ReportDocument, parts: &mut [Part<'_>]) {
    let papers = document
        .issued_documents
        .iter()
        .filter_map(|paper| Some((paper.quote.as_deref()?, paper.date, paper.section.as_deref())));
    let acts = document
        .cited_acts
        .iter()
        .filter_map(|act| Some((act.quote.as_deref()?, act.date?, Some(act.section.as_str()))));
    let request = document.request.iter().filter_map(|letter| Some((letter.quote.as_deref()?, letter.date, None)));
    for (quote, date, section) in papers.chain(acts).chain(request).filter(|(quote, ..)| !quote.is_empty()) {
        let wanted = section.and_then(|outline| document.narrative.iter().position(|known| known.outline == outline));
        let wanted = wanted.map(|at| format!("/narrative/{at}/text"));
        let searched = parts.iter_mut().filter(|part| wanted.as_ref().is_none_or(|wanted| part.pointer == *wanted));
        for part in searched {
            if let Some(at) = part.text.find(quote) {
                part.quoted.push((at..at + quote.len(), date));
            }
        }
    }
}

impl Part<'_> {
    /// The date of the quotation that holds a place.
    pub fn quoted_on(&self, place: &Range<usize>) -> Option<NaiveDate> {
        let holds = |range: &Range<usize>| range.start <= place.start && place.end <= range.end;
        self.quoted.iter().find(|(range, _)| holds(range)).map(|(_, date)| *date)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_alone_and_in_any_case() {
        let text = "Đường huyện Việt Yên, HUYỆN ủy; nông thôn mới, Thôn Khả Lý";
        let small = lower(text);
        assert_eq!(small.len(), text.len());
        assert_eq!(find(&small, "huyện").count(), 2);
        let hamlets: Vec<_> = find(&small, "thôn").collect();
        assert_eq!(hamlets.len(), 2);
        assert_eq!(word_before(&small, hamlets[0].start), "nông");
        assert_eq!(word_after(text, hamlets[1].end), "Khả");
        assert!(is_proper(word_after(text, hamlets[1].end)));
        assert_eq!(word_after("công an xã\n\nXây dựng", "công an xã".len()), "");
        assert_eq!(lower("İ").len(), "İ".len());
    }

    #[test]
    fn an_excerpt_stays_within_its_line_and_its_letters() {
        let text = format!("một\n{} xã {}\nhai", "ấ".repeat(60), "ể".repeat(60));
        let place = find(&text, "xã").next().unwrap();
        assert_eq!(excerpt(&text, &place), "xã");
        let text = "Dưới sự lãnh đạo, điều hành của Đảng ủy, UBND xã, công tác Dân vận";
        let place = find(text, "xã").next().unwrap();
        assert_eq!(excerpt(text, &place), text.strip_prefix("Dưới sự lãnh ").unwrap());
    }
}
