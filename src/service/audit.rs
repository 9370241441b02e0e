//! The audit trail: read by whom the policy lets, and verified by whoever runs the service.

use crate::db::audit::{self, Breach, Verification};
use crate::db::{Store, catalogue};
use crate::domain::quarter::Quarter;
use crate::error::Result;

/// Verifies every chain, and says in a sentence each what it found.
///
/// # Errors
/// Where the database is away.
pub fn verify(store: &Store) -> Result<(Verification, Vec<String>)> {
    store.read_blocking(|conn| {
        let found = audit::verify(conn)?;
        if found.broken.is_empty() {
            return Ok((found, Vec::new()));
        }
        let areas = catalogue::areas(conn)?;
        let sentence = |broken: &audit::Broken| {
            let chain = broken.chain.map_or_else(
                || "of the service".to_owned(),
                |(area, quarter)| {
                    let id = areas.get(area).map_or("an unknown area", |area| &area.id);
                    let quarter = Quarter::from_serial(quarter).map(|quarter| quarter.to_string());
                    format!("of {id}, {}", quarter.as_deref().unwrap_or("no quarter"))
                },
            );
            let what = match broken.breach {
                Breach::Altered => "is not what its hash was made of: it was altered",
                Breach::Unlinked => {
                    "does not follow the entry before it: one was altered, added or taken out between them"
                }
            };
            format!("audit entry {} ({chain}) {what}", broken.id)
        };
        let sentences = found.broken.iter().map(sentence).collect();
        Ok((found, sentences))
    })
}
