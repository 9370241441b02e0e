//! What a request costs: CPU time of the release binary, beside a static route of the same size, in one run.
//!
//! ```sh
//! cargo bench --bench http
//! ```
//!
//! Machines are noisy and clocks lie, so what is measured is the CPU time that the kernel books on the server's
//! threads; works take turns within a round, and the median of the rounds is shown. Every answer is checked.
//!
//! *First* is what an answer costs when nothing is kept at all, *computed* when the snapshot remembers the values of
//! single quarters but the answer has to be made, *repeated* when the same was asked before at this revision.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::integer_division,
    clippy::disallowed_methods,
    reason = "a measurement stops where something is not as it should be, waits for processes, and prints"
)]

mod client;
mod server;
mod works;

use std::process::ExitCode;

use client::Client;
use server::{Running, Store};
use works::{Column, Work, works};

/// Rounds; each runs every work once.
const ROUNDS: usize = 7;
/// Requests of one work in one round.
const REQUESTS: usize = 1_600;
/// Starts of which the median is shown.
const STARTS: usize = 9;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, mode, sizes @ ..] = arguments.as_slice()
        && mode == server::STATIC_MODE
    {
        server::serve_static(sizes);
        return ExitCode::SUCCESS;
    }
    let folder = tempfile::tempdir().expect("a folder for the demonstration");
    start_times(folder.path());
    let repeated = Running::demo(folder.path(), Store::Eight);
    let idle = repeated.resident_mib();
    let token = repeated.sign_in();
    let works = works(&repeated, &token);
    let (first, computed) = (Running::demo(folder.path(), Store::Nothing), Running::demo(folder.path(), Store::One));
    let fixed = Running::fixed(&works);
    let servers =
        [(&fixed, Column::Static), (&first, Column::Varied), (&computed, Column::Varied), (&repeated, Column::Same)];
    let rows = measure(&works, &servers, &token);
    report(&works, &rows);
    println!();
    println!("resident, idle: {idle:.1} MiB; after this run: {:.1} MiB", repeated.resident_mib());
    ExitCode::SUCCESS
}

/// From the start of the process to its first ready answer, on a database that is filled already.
fn start_times(folder: &std::path::Path) {
    drop(Running::demo(folder, Store::Eight));
    let mut times: Vec<f64> = (0..STARTS).map(|_| Running::demo(folder, Store::Eight).milliseconds_to_ready).collect();
    println!("start to ready, median of {STARTS}: {:.0} ms", median(&mut times));
}

/// For each work, the CPU microseconds of a request on each of the servers.
fn measure(works: &[Work], servers: &[(&Running, Column); 4], token: &str) -> Vec<[f64; 4]> {
    let mut samples = vec![[const { Vec::<f64>::new() }; 4]; works.len()];
    for round in 0..=ROUNDS {
        for (at, work) in works.iter().enumerate() {
            for (place, (server, column)) in servers.iter().enumerate() {
                let requests = work.requests(*column, token);
                let expected = if *column == Column::Static { 200 } else { work.status };
                let mut client = Client::connect(server.address);
                let before = server.cpu_microseconds();
                client.run(&requests, REQUESTS, expected);
                let spent = server.cpu_microseconds() - before;
                // The first round warms caches and is not counted.
                if round > 0 {
                    samples[at][place].push(spent / REQUESTS as f64);
                }
            }
        }
    }
    samples.iter_mut().map(|row| std::array::from_fn(|place| median(&mut row[place]))).collect()
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn report(works: &[Work], rows: &[[f64; 4]]) {
    println!("CPU µs per request, median of {ROUNDS} rounds of {REQUESTS}\n");
    println!("| work | bytes | static of that size | first | computed | repeated |");
    println!("|---|---|---|---|---|---|");
    for (work, [fixed, first, computed, repeated]) in works.iter().zip(rows) {
        let times = |cost: &f64| format!("{cost:.0} ({:.1}×)", cost / fixed);
        let (first, computed, repeated) = (times(first), times(computed), times(repeated));
        println!("| {} | {} | {fixed:.0} | {first} | {computed} | {repeated} |", work.name, work.bytes);
    }
}
