//! Files in and out.

use std::fs::File;
use std::io::IsTerminal as _;
use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Outcome, localised, print};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Store;
use crate::service::import::{Format, ImportReport, Mode, import_as};
use crate::service::published;

/// What is imported, and how.
#[derive(Debug, clap::Args)]
pub(super) struct Import {
    /// The file: .csv, .xlsx or .jsonl; anything else with --format.
    file: PathBuf,
    /// Publish at once, as reports marked imported.
    #[arg(long, required_unless_present = "dry_run", conflicts_with = "dry_run")]
    publish: bool,
    /// Say what would become of every row, and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// csv, xlsx, jsonl or sdmx-csv; else what the file's name ends in.
    #[arg(long, value_parser = format)]
    format: Option<Format>,
    /// The user name in whose name to import.
    #[arg(long = "as", value_name = "USERNAME")]
    account: String,
}

fn format(text: &str) -> Result<Format, String> {
    let known = || Format::ALL.iter().map(|format| format.as_str()).collect::<Vec<_>>().join(", ");
    Format::parse(text).ok_or_else(|| format!("one of: {}", known()))
}

/// A bar over the bytes of a file, where somebody looks at a terminal.
fn progress(length: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
    if !std::io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    let style = ProgressStyle::with_template("{msg} {wide_bar} {bytes}/{total_bytes} {eta}");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar
}

impl Import {
    pub fn run(self, config: &Config, store: &Store, clock: &Clock) -> Outcome {
        let format = self.format.or_else(|| Format::of_path(&self.file)).ok_or("say what the file is with --format")?;
        let mode = if self.dry_run { Mode::DryRun } else { Mode::Commit };
        let file = File::open(&self.file)?;
        let bar = progress(file.metadata()?.len());
        bar.set_message(if self.dry_run { "checking" } else { "importing" });
        let snapshots = published(store, clock, config.remembered_values())?;
        let report = import_as(store, &snapshots, clock, &self.account, mode, (format, bar.wrap_read(file)));
        bar.finish_and_clear();
        let report = report.map_err(localised)?;
        if self.dry_run {
            print(&told(&report))?;
        }
        match report.refusal() {
            Some(refusal) => Err(localised(refusal)),
            None if self.dry_run => Ok(()),
            None => print(&told(&report)),
        }
    }
}

fn told(report: &ImportReport) -> String {
    let (rows, reports, revision) = (report.rows, report.reports, report.revision);
    let total = rows.total;
    let counts = format!(
        "{} created, {} updated, {} unchanged, {} rejected",
        rows.created, rows.updated, rows.unchanged, rows.rejected
    );
    match (report.mode, report.changed_reports) {
        (Mode::DryRun, _) => {
            format!("{total} rows for {reports} reports, judged against revision {revision}: {counts}")
        }
        (Mode::Commit, 0) => {
            format!("{total} rows for {reports} reports say nothing new; revision {revision} holds: {counts}")
        }
        (Mode::Commit, _) => format!("{total} rows for {reports} reports published as revision {revision}: {counts}"),
    }
}
