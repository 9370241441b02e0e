//! What a client says that it accepts (RFC 9110, 12.5.1).

/// How precisely a range names a media type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Precision {
    Anything,
    Group,
    Exact,
}

/// How much a client wants a media type, by the most precise range that it names for it, and how precise that is; nothing
/// where it names none.
pub(super) fn wish(accept: &str, media_type: &str) -> Option<(Precision, f32)> {
    let group = media_type.split('/').next().unwrap_or_default();
    let precision = |range: &str| match range {
        "*/*" => Some(Precision::Anything),
        range if range.strip_suffix("/*").is_some_and(|named| named.eq_ignore_ascii_case(group)) => {
            Some(Precision::Group)
        }
        range if range.eq_ignore_ascii_case(media_type) => Some(Precision::Exact),
        _ => None,
    };
    let ranges = accept.split(',').filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let precision = precision(parts.next().unwrap_or_default())?;
        let quality = parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1.0), |text| text.parse().ok());
        Some((precision, quality.unwrap_or(0.0)))
    });
    ranges.max_by_key(|(precision, _)| *precision)
}

/// The same, where not to be named is not to be wanted.
pub(super) fn quality(accept: &str, media_type: &str) -> f32 {
    wish(accept, media_type).map_or(0.0, |(_, quality)| quality)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_precise_range_decides() {
        let prefers = |accept: &str| quality(accept, "image/svg+xml") > quality(accept, "application/json");
        for accept in [
            "image/svg+xml",
            "image/*",
            "IMAGE/SVG+XML",
            "image/avif,image/webp,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
            "application/json;q=0.5, image/svg+xml;q=0.6",
        ] {
            assert!(prefers(accept), "{accept}");
        }
        for accept in [
            "",
            "*/*",
            "application/json",
            "application/json, image/svg+xml",
            "text/html,application/xhtml+xml,image/avif,image/webp,*/*;q=0.8",
            "image/svg+xml;q=0, */*",
            "image/svg+xml;q=nonsense",
        ] {
            assert!(!prefers(accept), "{accept}");
        }
    }
}
