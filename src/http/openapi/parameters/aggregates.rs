//! How figures are added up.

use serde_json::json;

use super::{ABOUT_AREA, AREA, Described, INDICATOR, pattern, quarter, words};
use crate::domain::aggregate::{PeerGroup, Period};
use crate::domain::observation::SurveyMethod;
use crate::service::chart::{Size, Theme};
use crate::service::read::{MAX_INDICATORS, MAX_QUARTERS};

pub(super) fn all() -> Vec<(&'static str, Described)> {
    let indicators = json!({"type": "array", "minItems": 1, "maxItems": MAX_INDICATORS, "items": pattern(INDICATOR)});
    vec![
        ("Area", Described::query("area", ABOUT_AREA, pattern(AREA), "222").required()),
        (
            "Indicators",
            Described::query(
                "indicator",
                "The indicators, separated by commas.",
                indicators,
                json!(["online_submission_rate", "on_time_resolution_rate"]),
            )
            .required(),
        ),
        ("From", quarter("from", "The first quarter of a range; with `to`, instead of `quarter`.")),
        ("To", quarter("to", "The last quarter of a range, at most 80 quarters in all.")),
        (
            "Last",
            Described::query(
                "last",
                "So many quarters up to `quarter`, else up to the latest for which a report of the area is published; instead \
                 of `from` and `to`.",
                json!({"type": "integer", "minimum": 1, "maximum": MAX_QUARTERS}),
                4,
            ),
        ),
        (
            "Boundaries",
            Described::query(
                "boundaries",
                "The day of a reform, within whose boundaries every quarter is added up, along mergers: the area is the one of \
                 that day, and the wards are those that had its ground in each quarter. `asReported`, the default, has the \
                 boundaries of each quarter's own cut-off, and status `B` in the first quarter of other ground.",
                pattern("^(asReported|[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]))$"),
                "2025-07-01",
            ),
        ),
        (
            "Period",
            Described::query(
                "period",
                "How the quarters of a range are put together: one value a quarter, a year, or one in all.",
                words(Period::ALL.iter().map(|word| word.as_str())),
                "quarter",
            ),
        ),
        ("By", Described::query("by", "One value a ward, with its rank.", words(["ward"].into_iter()), "ward")),
        (
            "Method",
            Described::query(
                "method",
                "Only wards that asked in this way; methods never mix.",
                words(SurveyMethod::ALL.iter().map(|word| word.as_str())),
                "questionnaire",
            ),
        ),
        (
            "Peers",
            Described::query(
                "peers",
                "Beside each ward, what the others of its kind come to, where it stands beside that and its place among them; \
                 with `by=ward`, or for an area that is a ward. The others are those below the area, or below what the ward \
                 belongs to.",
                words(PeerGroup::ALL.iter().map(|word| word.as_str())),
                "kind",
            ),
        ),
        (
            "Compact",
            Described::query(
                "compact",
                "Leave out what is null and name areas by their id.",
                json!({"type": "boolean"}),
                false,
            ),
        ),
        (
            "Theme",
            Described::query(
                "theme",
                "Of a picture only: what it is to be seen on; `light` unless said.",
                words(Theme::ALL.iter().map(|word| word.as_str())),
                "light",
            ),
        ),
        (
            "Size",
            Described::query(
                "size",
                "Of a picture only: for a page (960 pixels wide) or a telephone (360); `report` unless said.",
                words(Size::ALL.iter().map(|word| word.as_str())),
                "phone",
            ),
        ),
    ]
}
