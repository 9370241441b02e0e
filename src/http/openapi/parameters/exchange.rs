//! Parameters by which figures come in and go out.

use serde_json::json;

use super::{AREA, Described, INDICATOR, pattern, quarter, words};
use crate::service::feed::{DEFAULT_CHANGES, MAX_CHANGES};
use crate::service::import::Mode;

pub(super) fn all() -> Vec<(&'static str, Described)> {
    changes().into_iter().chain(files()).collect()
}

/// Where a consumer of the change feed goes on.
fn changes() -> Vec<(&'static str, Described)> {
    vec![
        (
            "After",
            Described::query(
                "after",
                "Where to go on: the `nextCursor` of the page before, a `cursor`, or the number of a revision; without it, from \
                 the beginning.",
                pattern("^([0-9]{1,18}|[0-9A-Za-z]{1,32}[.][0-9]{1,18}([.]([0-9]|10)[.][0-9]{1,18})?)$"),
                "0",
            ),
        ),
        (
            "ChangesLimit",
            Described::query(
                "limit",
                "How many changes a page has at most.",
                json!({"type": "integer", "minimum": 1, "maximum": MAX_CHANGES, "default": DEFAULT_CHANGES}),
                200,
            ),
        ),
        ("QuarterOfChanges", quarter("quarter", "Only what is about this quarter, or about none.")),
    ]
}

/// Files in and out.
fn files() -> Vec<(&'static str, Described)> {
    let modes = Mode::ALL.iter().map(|mode| mode.as_str());
    let about = "Whether the file is published, or only judged.";
    let codes = json!({"type": "array", "items": pattern(INDICATOR), "minItems": 1});
    vec![
        ("ImportMode", Described::query("mode", about, words(modes), "dryRun").required()),
        (
            "ExportArea",
            Described::query("area", "Only wards within this area at each quarter's cut-off.", pattern(AREA), "222"),
        ),
        (
            "ExportIndicators",
            Described::query("indicator", "Only these indicators.", codes, json!(["edocs_issued", "poverty_rate"])),
        ),
        (
            "Bom",
            Described::query(
                "bom",
                "Whether CSV begins with a byte order mark, which some spreadsheets need to read UTF-8.",
                words(["true", "false"].into_iter()),
                "true",
            ),
        ),
    ]
}
