//! The binary, as an administrator runs it.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use danbiet::db::pool::Target;

use crate::support::{Database, PASSWORD};

/// Runs the binary on a database, with a text on its standard input.
fn danbiet(database: &Database, arguments: &[&str], input: &str) -> Output {
    let url = match database.target() {
        Target::Sqlite(path) => path.to_string_lossy().into_owned(),
        Target::Postgres(url) => url,
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_danbiet"));
    command.args(arguments).env_clear().env("DANBIET_DATABASE_URL", url);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = command.spawn().unwrap();
    running.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    running.wait_with_output().unwrap()
}

fn succeeds(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn accounts_of_an_area_are_made_before_anything_is_served() {
    let database = Database::new();
    succeeds(&danbiet(&database, &["migrate"], ""));
    succeeds(&danbiet(&database, &["user", "add", "anh", "--role", "town_officer", "--area", "222-1"], PASSWORD));
    assert_eq!(succeeds(&danbiet(&database, &["user", "list"], "")), "anh\ttown_officer\t222-1\tenabled\n");
    let seeded = succeeds(&danbiet(&database, &["check"], ""));
    assert!(seeded.contains("migrated: true") && seeded.contains("revision 1"), "{seeded}");
    succeeds(&danbiet(&database, &["migrate"], ""));
    assert!(succeeds(&danbiet(&database, &["check"], "")).contains("revision 1"), "a second time changes nothing");
}

#[test]
fn a_file_that_says_nothing_new_says_so() {
    let database = Database::new();
    succeeds(&danbiet(&database, &["migrate"], ""));
    succeeds(&danbiet(&database, &["user", "add", "anh", "--role", "town_officer", "--area", "222-1"], PASSWORD));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("figures.csv");
    let text = "ward,quarter,indicator,nature,numerator,denominator,value\n07798,2024-Q1,edocs_issued,,,,12\n";
    std::fs::write(&file, text).unwrap();
    let import = || succeeds(&danbiet(&database, &["import", "--publish", &file.to_string_lossy(), "--as", "anh"], ""));
    let check = || succeeds(&danbiet(&database, &["import", "--dry-run", &file.to_string_lossy(), "--as", "anh"], ""));
    assert!(check().contains("judged against revision 1: 1 created, 0 updated, 0 unchanged, 0 rejected"));
    assert!(import().contains("published as revision 2: 1 created"));
    assert!(import().contains("say nothing new; revision 2 holds: 0 created, 0 updated, 1 unchanged"));
    assert!(check().contains("judged against revision 2: 0 created, 0 updated, 1 unchanged"));

    let lines = folder.path().join("figures.jsonl");
    std::fs::write(
        &lines,
        "{\"ward\":\"07798\",\"quarter\":\"2024-Q1\",\"indicator\":\"edocs_issued\",\"value\":-1}\n",
    )
    .unwrap();
    let refused = danbiet(&database, &["import", "--dry-run", &lines.to_string_lossy(), "--as", "anh"], "");
    assert!(!refused.status.success());
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(told.contains("1:/value") && !told.contains('\u{1b}'), "{told}");
    assert!(String::from_utf8_lossy(&refused.stdout).contains("1 rejected"));
}

#[test]
fn clients_are_managed_from_the_command_line() {
    let database = Database::new();
    succeeds(&danbiet(&database, &["migrate"], ""));
    let add = ["client", "add", "Portal", "--scope", "observations:write", "--area", "222-1"];
    let added = [&add[..], &["--indicator", "dossiers_received_total"]].concat();
    let told = succeeds(&danbiet(&database, &added, ""));
    let word = |text: &str, name: &str| -> String {
        let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim().to_owned()
    };
    let (id, first) = (word(&told, "client_id"), word(&told, "client_secret"));
    let refused = danbiet(&database, &add, "");
    assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("/indicators"));
    let second = word(&succeeds(&danbiet(&database, &["client", "rotate", &id], "")), "client_secret");
    assert_ne!(first, second);
    assert!(!danbiet(&database, &["client", "rotate", &id], "").status.success(), "two at a time");
    succeeds(&danbiet(&database, &["client", "disable", &id], ""));
    let listed = succeeds(&danbiet(&database, &["client", "list"], ""));
    assert!(listed.starts_with(&format!("{id}\tPortal\tdisabled\tobservations:write\t222-1\t")), "{listed}");
    assert_eq!(listed.matches("\tlive\t").count(), 2, "{listed}");
    assert!(!listed.contains(&first) && !listed.contains(&second));
    let secret = listed.lines().nth(1).unwrap().split_whitespace().nth(1).unwrap().to_owned();
    succeeds(&danbiet(&database, &["client", "revoke", &id, &secret], ""));
    succeeds(&danbiet(&database, &["client", "enable", &id], ""));
    assert!(succeeds(&danbiet(&database, &["check"], "")).contains("6 entries in 1 chains, 0 breaks"));
}
