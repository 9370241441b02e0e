//! `danbiet check`: whether the configuration holds together and the database is whole, after a restore as at any time.

use super::{Outcome, print};
use crate::config::Config;
use crate::db::Store;
use crate::db::head::current_head;
use crate::service::{audit, integrity};

/// Prints what is in effect and what was looked at; fails with every fault.
pub(super) fn run(config: &Config, store: &Store) -> Outcome {
    print(&format!("{config:?}"))?;
    let schema = store.schema()?;
    let migrated = schema.pending.is_empty();
    let last = schema.last.as_deref().unwrap_or("none");
    print(&format!("migrated: {migrated}, the last migration is {last}"))?;
    if !migrated {
        // What is missing may be what the rest would ask for.
        return Err(format!("not applied yet: {}; danbiet migrate applies them", schema.pending.join(", ")).into());
    }
    let head = store.read_blocking(current_head)?;
    print(&format!("epoch {} revision {}", head.epoch, head.revision))?;
    if !schema.unknown.is_empty() {
        print(&format!(
            "a later version has served this database: it has the migrations {}",
            schema.unknown.join(", ")
        ))?;
    }
    let found = integrity::verify(store)?;
    print(&format!(
        "published: {} revisions, {} reports, {} figures, {} aggregates recomputed, {} faults",
        found.revisions,
        found.reports,
        found.figures,
        found.aggregates,
        found.faults.len()
    ))?;
    let mut faults = found.faults;
    let (trail, sentences) = audit::verify(store)?;
    print(&format!("audit trail: {} entries in {} chains, {} breaks", trail.entries, trail.chains, sentences.len()))?;
    faults.extend(sentences);
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
}
