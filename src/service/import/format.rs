//! The kinds of files that are read and written.

use std::path::Path;

use crate::domain::words::words;
use crate::service::{sdmx, spreadsheet};

words! {
    /// What a bulk file is written in.
    Format {
        /// Comma-separated values.
        Csv = "csv",
        /// An Office Open XML workbook.
        Xlsx = "xlsx",
        /// A JSON object a line.
        JsonLines = "jsonl",
        /// SDMX-CSV 2.x.
        SdmxCsv = "sdmx-csv",
    }
}

impl Format {
    /// The media types of a format, its own first.
    #[must_use]
    pub const fn media_types(self) -> &'static [&'static str] {
        match self {
            Self::Csv => &["text/csv"],
            Self::Xlsx => &[spreadsheet::MEDIA_TYPE],
            Self::JsonLines => &["application/x-ndjson", "application/jsonl", "application/x-jsonlines"],
            Self::SdmxCsv => &[sdmx::CSV],
        }
    }

    /// The format that a media type names, whatever its parameters.
    #[must_use]
    pub fn of_media_type(media_type: &str) -> Option<Self> {
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        let names = |format: &&Self| format.media_types().iter().any(|known| known.eq_ignore_ascii_case(essence));
        Self::ALL.iter().find(names).copied()
    }

    /// The format that a file's name ends in.
    #[must_use]
    pub fn of_path(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "csv" => Some(Self::Csv),
            "xlsx" => Some(Self::Xlsx),
            "jsonl" | "ndjson" => Some(Self::JsonLines),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_known_by_their_names() {
        assert_eq!(Format::of_media_type("Text/CSV; charset=utf-8"), Some(Format::Csv));
        assert_eq!(Format::of_media_type("application/vnd.sdmx.data+csv;version=2.0.0"), Some(Format::SdmxCsv));
        assert_eq!(Format::of_media_type("application/jsonl"), Some(Format::JsonLines));
        assert_eq!(Format::of_media_type("application/json"), None);
        assert_eq!(Format::of_path(Path::new("a/B.XLSX")), Some(Format::Xlsx));
        assert_eq!(Format::of_path(Path::new("csv")), None);
    }
}
