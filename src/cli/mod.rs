//! The command line: the same binary serves, migrates, imports and manages accounts.

mod check;
mod client;
mod demo;
mod health;
mod transfer;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;

use actix_web::web::Data;
use clap::{Parser, Subcommand};

use crate::auth::{Issuer, Sealer};
use crate::clock::Clock;
use crate::config::{Config, Flags, SealingKey, config, environment, log_config};
use crate::db::Store;
use crate::db::head::new_epoch;
use crate::db::pool::Target;
use crate::domain::policy::Role;
use crate::error::Error;
use crate::graphql::{self, Introspection};
use crate::http::openapi;
use crate::service::account::{self, NewAccount};
use crate::service::webhook::Reach;
use crate::service::{App, Settings, migrate};
use crate::{server, telemetry};

/// Seconds that an access token lives.
const TOKEN_LIFETIME: i64 = 600;

/// Quarterly reports of Vietnamese wards: taken, checked, published, added up.
#[derive(Debug, Parser)]
#[command(name = "danbiet", version, arg_required_else_help = true)]
struct Arguments {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API.
    Serve,
    /// Serve a demonstration on an embedded database: nothing else is needed.
    Demo {
        /// The folder that holds the database and its key.
        #[arg(long, default_value = "./data")]
        data: PathBuf,
        /// Leave the synthetic neighbours out.
        #[arg(long)]
        real_only: bool,
    },
    /// Bring the database to this version: tables, areas, calendar and catalogue.
    Migrate,
    /// Publish a file of figures, all of it or nothing; or only say what that would do.
    Import(transfer::Import),
    /// Write published figures, one a row, in the forms that import takes.
    Export(transfer::Export),
    /// Manage accounts.
    #[command(subcommand)]
    User(User),
    /// Manage clients: other agencies' systems.
    #[command(subcommand)]
    Client(client::ClientCommand),
    /// Manage signing keys.
    #[command(subcommand)]
    Key(Key),
    /// Manage the line of revisions.
    #[command(subcommand)]
    Epoch(Epoch),
    /// Print the OpenAPI document.
    Openapi {
        /// The version of OpenAPI.
        #[arg(long, default_value = "3.1", value_parser = ["3.1", "3.0"])]
        oas: String,
    },
    /// Print the GraphQL schema.
    Schema,
    /// Ask a running service whether it is ready; fails where it is not.
    Health {
        /// Where: the inner address of this configuration, unless given.
        url: Option<String>,
    },
    /// Check the configuration and the database (schema, revisions, every published figure and aggregate against the
    /// reports, the chains of the audit trail), and print what is in effect; fails where anything is wrong.
    Check,
}

#[derive(Debug, Subcommand)]
enum User {
    /// Add an account; its password is read from standard input.
    Add {
        /// What it signs in with.
        username: String,
        /// viewer, `ward_officer`, `ward_leader`, `town_officer` or admin.
        #[arg(long)]
        role: String,
        /// The id of its area, such as 07792-1.
        #[arg(long)]
        area: Option<String>,
        /// What people call it.
        #[arg(long)]
        name: Option<String>,
    },
    /// Set a password, read from standard input; ends every session of the account.
    Password {
        /// The account.
        username: String,
    },
    /// Stop an account; its tokens end within a second.
    Disable {
        /// The account.
        username: String,
    },
    /// Let an account in again.
    Enable {
        /// The account.
        username: String,
    },
    /// List the accounts.
    List,
}

#[derive(Debug, Subcommand)]
enum Key {
    /// Add a signing key that takes over after the overlap.
    Rotate {
        /// Minutes in which verifiers can fetch the new key before it signs.
        #[arg(long, default_value_t = 10)]
        overlap_minutes: i64,
    },
}

#[derive(Debug, Subcommand)]
enum Epoch {
    /// Begin a new line of revisions, after a restore.
    New,
}

/// What a command may fail with; printed for whoever runs it.
type Outcome = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// Runs the command that the arguments name.
///
/// # Errors
/// Whatever the command fails with, to be printed.
pub fn run() -> Outcome {
    let arguments = Arguments::parse();
    let log = || telemetry::start(&log_config(&arguments.flags, environment)?);
    match arguments.command {
        Command::Demo { data, real_only } => demo::run(&arguments.flags, &data, real_only),
        Command::Openapi { oas } => {
            log()?;
            let document = if oas == "3.0" { openapi::document_3_0() } else { openapi::document() };
            print(&serde_json::to_string_pretty(&document)?)
        }
        Command::Schema => {
            log()?;
            print(graphql::sdl().trim_end())
        }
        Command::Health { url } => health::run(&config(&arguments.flags, environment, SealingKey::Optional)?, url),
        command => {
            let needed = matches!(command, Command::Serve | Command::Key(_));
            let sealing_key = if needed { SealingKey::Needed } else { SealingKey::Optional };
            let config = config(&arguments.flags, environment, sealing_key)?;
            telemetry::start(&config.log)?;
            run_configured(command, &config)
        }
    }
}

fn run_configured(command: Command, config: &Config) -> Outcome {
    let clock = Clock::System;
    let creates = matches!(command, Command::Migrate | Command::Serve);
    // The pool would try for a while, as it does where a server is away; a file that is not there will not come.
    if let Target::Sqlite(path) = &config.database
        && !creates
        && !path.exists()
    {
        return Err(format!("there is no database file at {}; danbiet migrate makes one", path.display()).into());
    }
    let store = Store::new(config.database.clone(), creates, config.database_pool);
    match command {
        Command::Serve => serve(config, store, clock),
        Command::Migrate => Ok(migrate(&store, &clock)?),
        Command::Import(import) => import.run(config, &store, &clock),
        Command::Export(export) => export.run(&store, &clock),
        Command::User(user) => manage_user(&store, &clock, user),
        Command::Client(command) => client::run(&store, &clock, command),
        Command::Key(Key::Rotate { overlap_minutes }) => {
            let sealer = Sealer::new(key_encryption_key(config))?;
            let minutes = chrono::TimeDelta::minutes(overlap_minutes.clamp(0, 10_080));
            let lifetime = chrono::TimeDelta::seconds(TOKEN_LIFETIME);
            print(&account::rotate_signing_key(&store, &sealer, &clock, minutes, lifetime)?)
        }
        Command::Epoch(Epoch::New) => print(&store.write_blocking(new_epoch)?),
        Command::Check => check::run(config, &store),
        Command::Demo { .. } | Command::Openapi { .. } | Command::Schema | Command::Health { .. } => Ok(()),
    }
}

/// Writes the answer of a command. Whoever stops reading, as `head` does, has read enough.
fn print(text: &str) -> Outcome {
    match writeln!(std::io::stdout(), "{text}") {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// The key of a command that was configured as needing it; a sealer takes no empty one.
fn key_encryption_key(config: &Config) -> &[u8] {
    config.key_encryption_key.as_deref().unwrap_or_default()
}

fn settings(config: &Config, key_encryption_key: Vec<u8>) -> Settings {
    Settings {
        issuer: Issuer { issuer: config.issuer.clone(), audience: config.audience.clone(), lifetime: TOKEN_LIFETIME },
        key_encryption_key,
        remembered_values: config.remembered_values(),
        webhook_reach: if config.webhook_allow_private { Reach::Private } else { Reach::Public },
    }
}

/// What the server is told, with the inner address taken where there is one.
fn options(config: &Config, inner: Option<SocketAddr>) -> std::io::Result<server::Options> {
    let introspection = if config.graphql_introspection { Introspection::On } else { Introspection::Off };
    let inner = inner.map(TcpListener::bind).transpose()?;
    if let Some(inner) = &inner {
        tracing::info!(address = %inner.local_addr()?, "metrics and health");
    }
    Ok(server::Options { answer_store: config.answer_store, introspection, inner, edge: config.edge.clone() })
}

fn serve(config: &Config, store: Store, clock: Clock) -> Outcome {
    let settings = settings(config, key_encryption_key(config).to_vec());
    store.log_slow_statements(config.observe.slow_statement);
    let _exporting = config.observe.traces.as_deref().map(telemetry::trace::start).transpose()?;
    let app = Data::new(App::build(store, clock, &settings)?);
    let listener = TcpListener::bind(config.listen)?;
    let options = options(config, config.observe.metrics_listen)?;
    tracing::info!(address = %listener.local_addr()?, "serving");
    actix_web::rt::System::new().block_on(server::serve(listener, app, options))?;
    Ok(())
}

/// Both languages, for whoever reads the terminal.
fn localised(error: Error) -> Box<dyn std::error::Error + Send + Sync> {
    let vietnamese = error.detail().vi.clone();
    format!("{vietnamese}\n{error}").into()
}

fn read_password() -> Result<String, std::io::Error> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn manage_user(store: &Store, clock: &Clock, user: User) -> Outcome {
    match user {
        User::Add { username, role, area, name } => {
            let role = Role::parse(&role).ok_or_else(|| format!("there is no role {role}"))?;
            let new = NewAccount {
                display_name: name.unwrap_or_else(|| username.clone()),
                username,
                role,
                area,
                password: read_password()?,
            };
            Ok(account::add(store, clock, &new)?)
        }
        User::Password { username } => Ok(account::set_password(store, clock, &username, &read_password()?)?),
        User::Disable { username } => Ok(account::set_disabled(store, clock, &username, true)?),
        User::Enable { username } => Ok(account::set_disabled(store, clock, &username, false)?),
        User::List => {
            for account in store.read_blocking(crate::db::account::all)? {
                let area = account.area.as_deref().unwrap_or("-");
                let state = if account.disabled { "disabled" } else { "enabled" };
                print(&format!("{}\t{}\t{area}\t{state}", account.username, account.role.as_str()))?;
            }
            Ok(())
        }
    }
}
