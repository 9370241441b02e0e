//! Files in and out.

use std::fs::File;
use std::io::{BufWriter, ErrorKind, IsTerminal as _, Write};
use std::path::PathBuf;
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Outcome, localised, print};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Store;
use crate::domain::indicator::Nature;
use crate::domain::policy::Action;
use crate::error::Language;
use crate::service::export::{Asked, Rows, Selection, TextFormat, workbook};
use crate::service::import::{Format, ImportReport, Mode, import_as};
use crate::service::{Actor, published};

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

/// What is exported, and how.
#[derive(Debug, clap::Args)]
pub(super) struct Export {
    /// The file to write: .csv, .xlsx or .jsonl; without one, standard output.
    file: Option<PathBuf>,
    /// csv, xlsx or jsonl; else what the file's name ends in, else csv.
    #[arg(long, value_parser = format)]
    format: Option<Format>,
    /// Only this ward's, by its code.
    #[arg(long)]
    ward: Option<String>,
    /// Only those of the wards within this area.
    #[arg(long)]
    area: Option<String>,
    /// Only this quarter's.
    #[arg(long)]
    quarter: Option<String>,
    /// From this quarter on.
    #[arg(long)]
    from: Option<String>,
    /// Until this quarter.
    #[arg(long)]
    to: Option<String>,
    /// Only these indicators', by their codes with commas between.
    #[arg(long)]
    indicator: Option<String>,
    /// actual, target, registered or reference.
    #[arg(long, value_parser = nature)]
    nature: Option<Nature>,
    /// Begin CSV with a byte order mark.
    #[arg(long)]
    bom: bool,
    /// The user name in whose name to export.
    #[arg(long = "as", value_name = "USERNAME")]
    account: String,
}

fn nature(text: &str) -> Result<Nature, String> {
    let known = || Nature::ALL.iter().map(|nature| nature.as_str()).collect::<Vec<_>>().join(", ");
    Nature::parse(text).ok_or_else(|| format!("one of: {}", known()))
}

impl Export {
    pub fn run(self, store: &Store, clock: &Clock) -> Outcome {
        let named = self.file.as_deref().and_then(Format::of_path);
        let format = self.format.or(named).unwrap_or(Format::Csv);
        let text_format = match format {
            Format::Csv => Some(TextFormat::Csv { bom: self.bom }),
            Format::JsonLines => Some(TextFormat::JsonLines),
            Format::Xlsx => None,
            Format::SdmxCsv => return Err("figures are exported as csv, xlsx or jsonl".into()),
        };
        let actor = Actor::named(store, clock, &self.account).map_err(localised)?;
        let snapshots = published(store, clock, 0)?;
        let snapshot = snapshots.read(&actor.caller, Action::FiguresRead).map_err(localised)?;
        let asked = Asked {
            ward: self.ward,
            area: self.area,
            quarter: self.quarter,
            from: self.from,
            to: self.to,
            indicator: self.indicator,
            nature: self.nature,
        };
        let select = || Selection::read(&snapshot, actor.today(), &asked);
        // What is wrong is said before a file is begun.
        let selection = select().map_err(localised)?;
        let mut out: Box<dyn Write> = match &self.file {
            Some(path) => Box::new(BufWriter::new(File::create(path)?)),
            None => Box::new(std::io::stdout().lock()),
        };
        let Some(text_format) = text_format else {
            out.write_all(&workbook(&snapshot, select, Language::Vi).map_err(localised)?)?;
            return Ok(out.flush()?);
        };
        let mut rows = Rows::new(Arc::clone(&snapshot), selection, text_format);
        while let Some(bytes) = rows.next_bytes().map_err(localised)? {
            match out.write_all(&bytes) {
                // Whoever stops reading, as `head` does, has read enough.
                Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
                written => written?,
            }
        }
        Ok(out.flush()?)
    }
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
