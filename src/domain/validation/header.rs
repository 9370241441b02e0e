//! The head of the document: number, day, signature, recipients, the letter that asked for it, the acts cited.

use super::ledger::{Ledger, Raised, Skip};
use super::message::Said;
use super::rule::Act;
use super::scan::{find, lower};
use super::{Context, History};
use std::collections::BTreeMap;

/// What Decree 30/2020/NĐ-CP, article 8, asks a document to have; the clerk gives number and day after the signature.
pub(super) fn header<H: History + ?Sized>(context: &Context<'_, H>, ledger: &mut Ledger<'_>) {
    let document = context.document;
    let blank = |text: Option<&String>| text.is_none_or(|text| text.trim().is_empty());
    let signed = document.signatory.as_ref().is_some_and(|signatory| !signatory.name.trim().is_empty());
    let lacks = [
        ("number", blank(document.number.as_ref()), document.number_printed.clone(), ("số văn bản", "the number")),
        ("date", document.date.is_none(), document.date_printed.clone(), ("ngày ký", "the day of signing")),
        ("signatory", !signed, None, ("người ký", "who signs")),
        ("recipients", document.recipients.is_empty(), None, ("nơi nhận", "the recipients")),
    ];
    for (field, lacking, quote, (vi, en)) in lacks {
        ledger.test();
        if lacking {
            ledger.raise(Raised {
                about: field.to_owned(),
                pointers: vec![format!("/{field}")],
                quote,
                words: vec![("name", Said::both(vi, en))],
                ..Raised::default()
            });
        }
    }
}

/// The part of a symbol that names the issuer: the last one that the table knows.
fn issuer_of<'t>(symbol: &str, issuers: &'t BTreeMap<String, Vec<String>>) -> Option<(&'t str, &'t [String])> {
    let parts = symbol.split(['/', '-', ' ']);
    parts.rev().find_map(|part| issuers.get_key_value(part)).map(|(part, words)| (part.as_str(), words.as_slice()))
}

fn names(text: &str, words: &[String]) -> bool {
    let text = lower(text);
    words.iter().any(|word| find(&text, &lower(word)).next().is_some())
}

/// A symbol names who issued the document: `BCĐ` is a steering committee and not the Party committee.
pub(super) fn symbol_issuer<H: History + ?Sized>(
    context: &Context<'_, H>,
    issuers: &BTreeMap<String, Vec<String>>,
    ledger: &mut Ledger<'_>,
) {
    let document = context.document;
    let mut given: Vec<(String, &str, &str, Option<String>)> = Vec::new();
    if let Some(request) = &document.request {
        given.push(("/request/symbol".to_owned(), &request.symbol, &request.issuer, request.quote.clone()));
    }
    if let (Some(symbol), Some(signatory)) = (&document.symbol, &document.signatory) {
        given.push(("/symbol".to_owned(), symbol, &signatory.authority, document.number_printed.clone()));
    }
    for (at, act) in document.cited_acts.iter().enumerate() {
        // Who issued an act is said after its symbol: "số 59/2023/NĐ-CP ngày 14/8/2023 của Chính phủ".
        let Some((_, after)) = act.quote.as_deref().and_then(|quote| quote.split_once(act.act.as_str())) else {
            continue;
        };
        if let Some((_, issuer)) = after.split_once(" của ") {
            given.push((format!("/citedActs/{at}/act"), &act.act, issuer, act.quote.clone()));
        }
    }
    for (pointer, symbol, issuer, quote) in given {
        let Some((part, words)) = issuer_of(symbol, issuers) else {
            ledger.skip(Skip::Because("symbols whose issuer the table does not know"));
            continue;
        };
        ledger.test();
        // An issuer that the table does not know at all is no contradiction.
        let known = issuers.values().any(|words| names(issuer, words));
        if !known || names(issuer, words) {
            continue;
        }
        ledger.raise(Raised {
            about: symbol.to_owned(),
            left: Some(symbol.to_owned()),
            right: Some(issuer.to_owned()),
            pointers: vec![pointer],
            quote,
            words: vec![("about", Said::same(part)), ("other", Said::same(words.first().map_or("", String::as_str)))],
            ..Raised::default()
        });
    }
}

/// An act that is cited is in force on the day of the report; acts that are not on record are passed over.
pub(super) fn act_in_force<H: History + ?Sized>(context: &Context<'_, H>, ledger: &mut Ledger<'_>) {
    let mut ended: Vec<(&Act, Vec<usize>)> = Vec::new();
    for (at, cited) in context.document.cited_acts.iter().enumerate() {
        let Some(act) = context.rules.acts.get(&cited.act) else {
            ledger.skip(Skip::Missing(vec![format!("{} in the list of acts", cited.act)]));
            continue;
        };
        ledger.test();
        let begun = act.in_force_from.is_none_or(|from| from <= context.on);
        if begun && act.in_force_until.is_none_or(|until| context.on < until) {
            continue;
        }
        match ended.iter_mut().find(|(known, _)| known.symbol == act.symbol) {
            Some((_, places)) => places.push(at),
            None => ended.push((act, vec![at])),
        }
    }
    for (act, places) in ended {
        let cited = context.document.cited_acts.get(places.first().copied().unwrap_or_default());
        let instead = act.superseded_by.as_deref().map_or_else(
            || Said::same(""),
            |by| Said::both(format!(" Thay bằng {by}."), format!(" Cite {by} instead.")),
        );
        let since = act.in_force_until.filter(|until| *until <= context.on).or(act.in_force_from);
        ledger.raise(Raised {
            about: act.symbol.clone(),
            lesser: act.in_force_until.is_none_or(|until| context.on < until),
            left: Some(act.symbol.clone()),
            right: since.map(|day| day.to_string()),
            pointers: places.iter().map(|at| format!("/citedActs/{at}/act")).collect(),
            quote: cited.and_then(|cited| cited.quote.clone()),
            words: vec![
                ("about", Said::same(&format!("{} {}", act.kind, act.symbol))),
                ("name", Said::both(act.name_vi.clone(), act.name_en.clone())),
                ("date", since.map_or_else(|| Said::same("?"), Said::date)),
                ("to", Said::date(context.on)),
                ("count", Said::count(places.len())),
                ("other", instead),
            ],
            ..Raised::default()
        });
    }
}

/// Who asked for the report is the first that it goes to.
pub(super) fn addressee<H: History + ?Sized>(context: &Context<'_, H>, bodies: &[String], ledger: &mut Ledger<'_>) {
    let document = context.document;
    let (Some(request), Some(first)) = (&document.request, document.recipients.first()) else {
        ledger.skip(Skip::Because("no letter asks for the report, or it has no recipients"));
        return;
    };
    let Some(body) = bodies.iter().find(|body| names(&request.issuer, std::slice::from_ref(body))) else {
        ledger.skip(Skip::Because("the body that asked is of no known kind"));
        return;
    };
    ledger.test();
    if names(first, std::slice::from_ref(body)) {
        return;
    }
    let place = document.recipients.iter().position(|recipient| names(recipient, std::slice::from_ref(body)));
    let other = place.map_or_else(
        || Said::both("không có trong nơi nhận", "is not among the recipients"),
        |at| {
            Said::both(
                format!("đứng thứ {} trong nơi nhận", at + 1),
                format!("stands at place {} of the recipients", at + 1),
            )
        },
    );
    ledger.raise(Raised {
        left: Some(request.issuer.clone()),
        right: Some(first.clone()),
        pointers: vec!["/request/issuer".to_owned(), "/recipients/0".to_owned()],
        quote: request.quote.clone(),
        words: vec![("other", other)],
        ..Raised::default()
    });
}
