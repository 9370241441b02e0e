//! Parameters that are headers.

use super::Described;

/// What any request may carry.
pub(super) fn all() -> Vec<(&'static str, Described)> {
    vec![
        (
            "AcceptLanguage",
            Described::header("Accept-Language", "Vietnamese (`vi`, the default) or English (`en`).", "en"),
        ),
        (
            "RequestId",
            Described::header(
                "X-Request-Id",
                "An id of your own for this request: 1 to 64 letters, digits and hyphens. Anything else is replaced by one of ours.",
                "0193f2a4-7c1e-7b43-9c5b-3f8a2d6e1b90",
            ),
        ),
        (
            "IfNoneMatch",
            Described::header(
                "If-None-Match",
                "The ETag of an answer that you have, for `304` while it still holds.",
                "W/\"k3v9a1b2.3.kQ0b0m9Yk7pXn2cVtA8R5w\"",
            ),
        ),
        (
            "IfMatch",
            Described::header(
                "If-Match",
                "The ETag of the state that you replace, from `GET`; `*` for whatever it is. Refused where it has changed since.",
                "\"kQ0b0m9Yk7pXn2cVtA8R5w\"",
            )
            .required(),
        ),
        (
            "IfMatchReport",
            Described::header(
                "If-Match",
                "The ETag of the report as you have read it; refused where it has changed since.",
                "\"2-7.k3v9a1b2.3.ward_officer.vi.0.1.0\"",
            ),
        ),
        (
            "LastEventId",
            Described::header(
                "Last-Event-ID",
                "Of a stream only: the id of the last event that you have, instead of `after`.",
                "k3v9a1b2.3",
            ),
        ),
        ("IfNoneMatchAny", Described::header("If-None-Match", "`*` to begin a report that does not exist yet.", "*")),
    ]
}
