//! What units, papers, services and periods are called, by the day on which they are called so.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use chrono::NaiveDate;

use super::check::Renamed;
use super::ledger::{Ledger, Raised, Skip};
use super::message::Said;
use super::scan::{Part, excerpt, find, is_proper, lower, word_after, word_before};
use super::{Context, History};
use crate::domain::area::{Area, AreaKind, AreaVersion};

/// Places of the text that say the same thing wrongly.
#[derive(Debug, Default)]
struct Places {
    found: Vec<Place>,
}

#[derive(Debug)]
struct Place {
    /// What they say.
    phrase: String,
    /// As the first of them writes it.
    written: String,
    pointers: Vec<String>,
    quote: String,
    count: usize,
}

impl Places {
    fn add(&mut self, phrase: &str, part: &Part<'_>, place: &Range<usize>) {
        if let Some(known) = self.found.iter_mut().find(|known| known.phrase == phrase) {
            known.count += 1;
            if !known.pointers.contains(&part.pointer) {
                known.pointers.push(part.pointer.clone());
            }
            return;
        }
        self.found.push(Place {
            phrase: phrase.to_owned(),
            written: part.text.get(place.clone()).unwrap_or_default().to_owned(),
            pointers: vec![part.pointer.clone()],
            quote: excerpt(part.text, place),
            count: 1,
        });
    }

    /// One finding a phrase, with every section that uses it.
    fn raise(self, ledger: &mut Ledger<'_>, right: &str) {
        for place in self.found {
            ledger.raise(Raised {
                about: place.phrase.clone(),
                lesser: true,
                left: Some(place.phrase.clone()),
                right: Some(right.to_owned()),
                pointers: place.pointers,
                quote: Some(place.quote),
                words: vec![
                    ("left", Said::same(&place.phrase)),
                    ("right", Said::same(right)),
                    ("count", Said::count(place.count)),
                ],
                ..Raised::default()
            });
        }
    }
}

/// A name without the word of its kind, such as `Quảng Minh`.
fn bare<'v>(version: &'v AreaVersion, kinds: &BTreeMap<AreaKind, String>) -> &'v str {
    let word = kinds.get(&version.kind).map_or(0, String::len);
    let is_kind = version.name.get(..word).is_some_and(|begin| Some(&lower(begin)) == kinds.get(&version.kind));
    if is_kind { version.name.get(word..).unwrap_or_default().trim_start() } else { &version.name }
}

/// Whether a word stands inside the longer word of another kind, as `xã` does in `thị xã`.
fn inside_longer(text: &str, place: &Range<usize>, word: &str, kinds: &BTreeMap<AreaKind, String>) -> bool {
    let before = text.get(..place.end).unwrap_or_default();
    kinds
        .values()
        .any(|longer| longer.len() > word.len() && longer.ends_with(word) && before.ends_with(longer.as_str()))
}

/// The area and those that were merged into it.
fn lineage<'a, H: History + ?Sized>(context: &Context<'a, H>) -> Vec<&'a Area> {
    let areas = context.history.areas();
    let found = areas.continues(context.ward).into_iter().filter_map(|key| areas.get(key));
    found.filter(|area| area.ever_reports()).collect()
}

/// What another kind of unit is called in a text where this one is meant: `UBND xã`, or `xã` before the ward's own name.
fn misnamed<'t>(
    part_text: &'t str,
    part_lower: &str,
    place: &Range<usize>,
    (own_names, bodies, once): (&BTreeSet<&'t str>, &[String], bool),
) -> Option<String> {
    let after = part_text.get(place.end..).unwrap_or_default().trim_start_matches(' ');
    let word = part_lower.get(place.clone())?;
    let before = part_lower.get(..place.start)?.trim_end_matches(' ');
    let body = bodies.iter().find(|body| {
        let small = lower(body);
        before
            .strip_suffix(small.as_str())
            .is_some_and(|rest| !rest.chars().next_back().is_some_and(char::is_alphanumeric))
    });
    let named = own_names.iter().find(|name| lower(after).starts_with(lower(name).as_str()));
    let other_place = named.is_none() && is_proper(word_after(part_text, place.end));
    match (body, named) {
        (Some(body), _) if once && !other_place => Some(format!("{body} {word}")),
        (_, Some(name)) => Some(format!("{word} {name}")),
        _ => None,
    }
}

/// The ward is called what it was on the day: in its papers and its signature a warning, in running text a hint.
pub(super) fn unit_name<H: History + ?Sized>(context: &Context<'_, H>, bodies: &[String], ledger: &mut Ledger<'_>) {
    let kinds = &context.rules.kinds;
    let lineage = lineage(context);
    let Some(area) = context.history.areas().get(context.ward) else { return };
    let Some(now) = area.on(context.on) else { return };
    let versions = || lineage.iter().flat_map(|area| &area.versions);
    let own_names: BTreeSet<&str> = area.versions.iter().map(|version| bare(version, kinds)).collect();
    let once: BTreeSet<AreaKind> = versions().map(|version| version.kind).collect();
    // Papers and signature: the kind on their own day.
    let signatory = context.document.signatory.iter().map(|signatory| {
        ("/signatory/authority".to_owned(), signatory.authority.as_str(), context.on, "signatory", None)
    });
    let request = context.document.request.iter().map(|letter| {
        ("/request/issuer".to_owned(), letter.issuer.as_str(), letter.date, "request", letter.quote.clone())
    });
    let papers = context.document.issued_documents.iter().enumerate().filter_map(|(at, paper)| {
        let pointer = format!("/issuedDocuments/{at}/unitNamed");
        Some((pointer, paper.unit_named.as_deref()?, paper.date, paper.symbol.as_str(), paper.quote.clone()))
    });
    for (pointer, text, date, about, quote) in signatory.chain(request).chain(papers) {
        let Some(valid) = area.on(date) else { continue };
        ledger.test();
        let small = lower(text);
        let wrong = kinds.iter().filter(|(kind, _)| **kind != valid.kind).find_map(|(kind, word)| {
            let place = find(&small, word).find(|place| !inside_longer(&small, place, word, kinds))?;
            let judged = (&own_names, bodies, once.contains(kind));
            let signs = about == "signatory" && once.contains(kind);
            misnamed(text, &small, &place, judged).or_else(|| signs.then(|| word.clone()))
        });
        if let Some(phrase) = wrong {
            ledger.raise(Raised {
                about: about.to_owned(),
                left: Some(text.to_owned()),
                right: Some(valid.name.clone()),
                pointers: vec![pointer],
                quote,
                words: vec![("words", Said::same(&phrase)), ("date", Said::date(date)), ("about", Said::same(about))],
                ..Raised::default()
            });
        }
    }
    let mut places = Places::default();
    for part in &context.parts {
        ledger.test();
        for (kind, word) in kinds.iter().filter(|(kind, _)| kind.reports() && **kind != now.kind) {
            for place in find(&part.lower, word).filter(|place| !inside_longer(&part.lower, place, word, kinds)) {
                // What a paper of its own day says is that paper's.
                if part.quoted_on(&place).is_some() {
                    continue;
                }
                let judged = (&own_names, bodies, once.contains(kind));
                if let Some(phrase) = misnamed(part.text, &part.lower, &place, judged) {
                    places.add(&phrase, part, &place);
                }
            }
        }
    }
    places.raise(ledger, &now.name);
}

/// The unit above is called what it was on the day: among the recipients a warning, in running text a hint.
pub(super) fn parent_name<H: History + ?Sized>(context: &Context<'_, H>, party: &str, ledger: &mut Ledger<'_>) {
    let (kinds, areas) = (&context.rules.kinds, context.history.areas());
    let Some(area) = areas.get(context.ward) else { return };
    let parent_of = |version: &AreaVersion| version.parent.as_deref().and_then(|id| areas.get(areas.find(id)?));
    let parents: Vec<&Area> = lineage(context).iter().flat_map(|area| &area.versions).filter_map(parent_of).collect();
    let ever: BTreeSet<AreaKind> = parents.iter().flat_map(|area| &area.versions).map(|version| version.kind).collect();
    let names: BTreeSet<&str> =
        parents.iter().flat_map(|area| &area.versions).map(|version| bare(version, kinds)).collect();
    let valid = |date: NaiveDate| area.on(date).and_then(parent_of).and_then(|parent| parent.on(date));
    let Some(now) = valid(context.on) else {
        ledger.skip(Skip::Because("the unit above is not on record"));
        return;
    };
    // A quotation may use the name of its own day as well as that of the report.
    let wrong =
        |text: &str, small: &str, then: &dyn Fn(&Range<usize>) -> Option<NaiveDate>| -> Vec<(String, Range<usize>)> {
            let mut found = Vec::new();
            for (kind, word) in kinds.iter().filter(|(kind, _)| ever.contains(*kind)) {
                for place in find(small, word).filter(|place| !inside_longer(small, place, word, kinds)) {
                    let days = [Some(context.on), then(&place)].into_iter().flatten();
                    if days.filter_map(valid).any(|parent| parent.kind == *kind) {
                        continue;
                    }
                    let next = word_after(text, place.end);
                    let after = text.get(place.end..).unwrap_or_default().trim_start();
                    if is_proper(next) && !names.iter().any(|name| after.starts_with(name)) {
                        continue;
                    }
                    let phrase = if lower(next) == party { format!("{word} {party}") } else { word.clone() };
                    found.push((phrase, place));
                }
            }
            found
        };
    for (at, recipient) in context.document.recipients.iter().enumerate() {
        ledger.test();
        for (phrase, _) in wrong(recipient, &lower(recipient), &|_| None) {
            ledger.raise(Raised {
                about: format!("recipient.{}", at + 1),
                left: Some(phrase.clone()),
                right: Some(now.name.clone()),
                pointers: vec![format!("/recipients/{at}")],
                quote: Some(recipient.clone()),
                words: vec![("left", Said::same(&phrase)), ("count", Said::count(1))],
                ..Raised::default()
            });
        }
    }
    let mut places = Places::default();
    for part in &context.parts {
        ledger.test();
        for (phrase, place) in wrong(part.text, &part.lower, &|place| part.quoted_on(place)) {
            places.add(&phrase, part, &place);
        }
    }
    places.raise(ledger, &now.name);
}

/// A ward is divided into residential groups, a commune into hamlets; hamlets of a new ward stay so until a resolution
/// converts them, so this is never more than a hint.
pub(super) fn subunit<H: History + ?Sized>(
    context: &Context<'_, H>,
    words: &BTreeMap<AreaKind, String>,
    ledger: &mut Ledger<'_>,
) {
    let own = context.history.areas().get(context.ward).and_then(|area| area.on(context.on));
    let Some(right) = own.and_then(|version| words.get(&version.kind)) else { return };
    let wrong: BTreeSet<&String> = words.values().filter(|word| *word != right).collect();
    let mut places = Places::default();
    for part in &context.parts {
        ledger.test();
        for word in &wrong {
            for place in find(&part.lower, word) {
                if part.quoted_on(&place).is_none() && is_proper(word_after(part.text, place.end)) {
                    places.add(word, part, &place);
                }
            }
        }
    }
    places.raise(ledger, right);
}

/// Words that the law has replaced.
pub(super) fn vocabulary<H: History + ?Sized>(context: &Context<'_, H>, renamed: &[Renamed], ledger: &mut Ledger<'_>) {
    for change in renamed.iter().filter(|change| change.since <= context.on) {
        let mut places = Places::default();
        let Some(phrase) = change.old.first() else { continue };
        for part in &context.parts {
            ledger.test();
            let mut taken: Vec<Range<usize>> = Vec::new();
            for place in change.old.iter().flat_map(|old| find(&part.lower, old)) {
                let free = taken.iter().all(|other| place.end <= other.start || other.end <= place.start);
                if free && part.quoted_on(&place).is_none() {
                    places.add(phrase, part, &place);
                    taken.push(place);
                }
            }
        }
        places.raise(ledger, &change.new);
    }
}

/// A quarter's number as texts write it.
fn numeral(word: &str) -> Option<(i32, bool)> {
    let roman = ["i", "ii", "iii", "iv"].iter().position(|known| *known == word);
    let arabic = ["1", "2", "3", "4"].iter().position(|known| *known == word);
    let number = |at: usize| i32::try_from(at + 1).ok();
    roman.and_then(number).map(|index| (index, true)).or_else(|| arabic.and_then(number).map(|index| (index, false)))
}

/// A report names its period in one way throughout.
pub(super) fn period_label<H: History + ?Sized>(
    context: &Context<'_, H>,
    numbered: &[String],
    ledger: &mut Ledger<'_>,
) {
    const QUARTER: &str = "quý";
    const YEAR: &str = "năm";
    const NUMERAL: &str = "numeral";
    const YEAR_QUARTER: &str = "năm quý";
    let mut uses: Vec<(bool, &Part<'_>, Range<usize>)> = Vec::new();
    let mut broken = Places::default();
    for part in &context.parts {
        ledger.test();
        for place in find(&part.lower, QUARTER) {
            let word = word_after(&part.lower, place.end);
            let Some((_, roman)) = numeral(word) else { continue };
            let blanks = part.lower.get(place.end..).map_or(0, |rest| rest.len() - rest.trim_start_matches(' ').len());
            let end = place.end + blanks + word.len();
            if word_before(&part.lower, place.start) == YEAR {
                let before = part.lower.get(..place.start).and_then(|before| before.rfind(YEAR));
                broken.add(YEAR_QUARTER, part, &(before.unwrap_or(place.start)..end));
            }
            uses.push((roman, part, place.start..end));
        }
        // "1 năm 2024": the word quarter is left out.
        for place in find(&part.lower, &format!("{YEAR} {}", context.quarter.year())) {
            let word = word_before(&part.lower, place.start);
            let start = part.lower.get(..place.start).and_then(|before| before.rfind(word)).unwrap_or(place.start);
            let says = word_before(&part.lower, start);
            let is_label = numeral(word).is_some_and(|(index, _)| index == context.quarter.index());
            if is_label && says.chars().any(char::is_alphabetic) && !numbered.iter().any(|known| known == says) {
                broken.add("thiếu chữ quý", part, &(start..place.end));
            }
        }
    }
    // The title decides, being first.
    let Some((title, _, _)) = uses.first() else {
        ledger.skip(Skip::Because("no quarter is named"));
        return;
    };
    let mut forms: Vec<(&str, usize)> = Vec::new();
    let mut deviating = Places::default();
    for (roman, part, place) in &uses {
        let written = part.text.get(place.clone()).unwrap_or_default();
        match forms.iter_mut().find(|(form, _)| lower(form) == lower(written)) {
            Some((_, count)) => *count += 1,
            None => forms.push((written, 1)),
        }
        if roman != title {
            deviating.add(NUMERAL, part, place);
        }
    }
    let listed = forms.iter().map(|(form, count)| format!("{form} ×{count}")).collect::<Vec<_>>().join(", ");
    for place in deviating.found.into_iter().chain(broken.found) {
        let name = match place.phrase.as_str() {
            NUMERAL => Said::both("lẫn chữ số La Mã với chữ số thường", "Roman and plain numerals are mixed"),
            YEAR_QUARTER => Said::both("thừa chữ “năm” trước “quý”", "a word too many stands before the quarter"),
            _ => Said::both("thiếu chữ “quý”", "the word “quý” is left out"),
        };
        ledger.raise(Raised {
            about: place.phrase,
            left: Some(place.written),
            right: forms.first().map(|(form, _)| (*form).to_owned()),
            pointers: place.pointers,
            quote: Some(place.quote),
            words: vec![("name", name), ("words", Said::same(&listed)), ("count", Said::count(place.count))],
            ..Raised::default()
        });
    }
}
