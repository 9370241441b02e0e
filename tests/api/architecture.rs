//! The rules of the house, one line each.

use std::path::{Path, PathBuf};

fn sources() -> Vec<(String, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    walk(&root, &mut found);
    let name = |path: &Path| path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
    found.iter().map(|path| (name(path), std::fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn dependencies_run_one_way() {
    let only = |needle: &'static str, rooms: &'static [&'static str]| (needle, rooms);
    let rules = [
        only("diesel", &["db/"]),
        only("actix_web", &["http/", "server.rs", "cli/"]),
        only("actix_ws", &["http/graphql/socket.rs"]),
        only("async_graphql", &["graphql/"]),
        only("crate::graphql", &["graphql/", "http/", "server.rs", "cli/"]),
        only("jsonwebtoken", &["auth/"]),
        only("aws_lc_rs", &["auth/"]),
        only("utoipa", &["domain/", "auth/", "service/publish.rs", "http/"]),
        only("argon2", &["auth/"]),
        only("hyper", &["service/webhook/client.rs"]),
        only("tokio_rustls", &["service/webhook/client.rs"]),
        only("plotters", &["service/chart/canvas.rs", "service/chart/palette.rs"]),
        only("prometheus_client", &["telemetry/"]),
        only("opentelemetry_otlp", &["telemetry/"]),
        only("opentelemetry_sdk", &["telemetry/"]),
        only("ureq", &["telemetry/", "cli/health.rs"]),
        only("std::env::var", &["config.rs"]),
        only("crate::http", &["http/", "server.rs", "cli/"]),
        only("crate::service", &["service/", "http/", "graphql/", "server.rs", "cli/"]),
        only("crate::snapshot", &["snapshot/", "service/", "http/", "graphql/"]),
        only("crate::server", &["cli/"]),
    ];
    for (file, text) in sources() {
        let code: String =
            text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        for (needle, rooms) in rules {
            let here = rooms.iter().any(|room| file.starts_with(room)) || file == "lib.rs";
            assert!(here || !code.contains(&format!("{needle}::")), "{file} uses {needle}");
        }
        if file.starts_with("domain/") {
            for forbidden in
                ["crate::db", "crate::auth", "crate::clock", "crate::config", "tokio", "std::fs", "std::net"]
            {
                assert!(!code.contains(forbidden), "{file} uses {forbidden}");
            }
        }
    }
}

/// The ways to the database that ask nobody's leave are the service's own: who answers a request names an action.
#[test]
fn no_transport_goes_around_the_policy() {
    for (file, text) in sources().iter().filter(|(file, _)| file.starts_with("http/") || file.starts_with("graphql/")) {
        for around in [
            "read_as_service",
            "write_as_service",
            "read_blocking",
            "write_blocking",
            "Store::new",
            "db::pool",
            "db::Conn",
        ] {
            assert!(!text.contains(around), "{file} uses {around}");
        }
    }
    let store = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/db/store.rs")).unwrap();
    for around in ["async fn read_as_service", "async fn write_as_service", "fn read_blocking", "fn write_blocking"] {
        assert!(store.contains(&format!("pub(crate) {around}")), "{around} is for this crate only");
    }
}

#[test]
fn files_are_short_enough_to_read() {
    for (file, text) in sources() {
        let lines = text.lines().count();
        assert!(lines > 0, "{file} is empty");
        assert!(lines <= 400, "{file} has {lines} lines");
    }
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |backend: &str| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(backend);
        let mut names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names("sqlite"), names("postgres"));
}
