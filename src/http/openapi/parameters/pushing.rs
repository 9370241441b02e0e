//! Parameters by which figures that agencies send are named.

use serde_json::json;

use super::{AREA, Described, INDICATOR, QUARTER, pattern};

const KEY: &str = "A value of its own for every request, and the same when that is sent again: a quoted text of 1 to 255 \
    ASCII characters, or a bare one without spaces.";

pub(super) fn all() -> Vec<(&'static str, Described)> {
    let key = || Described::header("Idempotency-Key", KEY, "\"8e03978e-40d5-43e8-bc93-6894a57f9324\"");
    vec![
        ("IdempotencyKey", key().required()),
        ("IdempotencyKeyOptional", key()),
        (
            "PushWard",
            Described::path("ward", "The code of the ward, as it is on the quarter's cut-off.", pattern(AREA), "07792"),
        ),
        (
            "PushIndicator",
            Described::path("indicator", "The code of an indicator.", pattern(INDICATOR), "dossiers_received_total"),
        ),
        ("PushedWard", Described::query("ward", "Only of this ward.", pattern(AREA), "07792")),
        ("PushedQuarter", Described::query("quarter", "Only of this quarter.", pattern(QUARTER), "2024-Q1")),
        (
            "PushedIndicator",
            Described::query(
                "indicator",
                "Only of this indicator.",
                json!({"type": "string", "pattern": INDICATOR}),
                "dossiers_received_total",
            ),
        ),
    ]
}
