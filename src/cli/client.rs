//! `danbiet client …`: other agencies' systems.

use clap::Subcommand;

use super::{Outcome, localised, print};
use crate::clock::Clock;
use crate::db::Store;
use crate::service::client::{
    ClientChange, ClientView, IssuedSecret, NewClient, NewSecret, add, as_command, change, list, revoke, rotate,
};

#[derive(Debug, Subcommand)]
pub(super) enum ClientCommand {
    /// Add a client; prints its id and its first secret, which nobody sees again.
    Add {
        /// What people call it.
        name: String,
        /// figures:read, observations:write or changes:read; once for each.
        #[arg(long = "scope", value_name = "SCOPE", required = true)]
        scopes: Vec<String>,
        /// The id of an area within which it owns figures, such as 222-1; once for each.
        #[arg(long = "area", value_name = "AREA")]
        areas: Vec<String>,
        /// The code of an indicator that it owns there; once for each.
        #[arg(long = "indicator", value_name = "CODE")]
        indicators: Vec<String>,
        /// Days that the secret lives.
        #[arg(long)]
        lifetime_days: Option<i64>,
    },
    /// List the clients with their secrets.
    List,
    /// Give a client a second secret and print it; the first ends after the overlap.
    Rotate {
        /// The client's id.
        id: String,
        /// Hours in which both secrets are accepted.
        #[arg(long, default_value_t = 168)]
        overlap_hours: i64,
        /// Days that the new secret lives.
        #[arg(long)]
        lifetime_days: Option<i64>,
    },
    /// Refuse a secret from now on; the tokens that it got end within a second.
    Revoke {
        /// The client's id.
        id: String,
        /// The secret's id, as list shows it.
        secret: String,
    },
    /// Stop a client; its tokens end within a second.
    Disable {
        /// The client's id.
        id: String,
    },
    /// Let a client in again.
    Enable {
        /// The client's id.
        id: String,
    },
}

fn told(view: &ClientView, secret: &IssuedSecret) -> String {
    let (id, expires) = (&view.client.id, secret.kept.expires_at.date());
    format!("client_id {id}\nclient_secret {}\nexpires {expires}", secret.secret)
}

pub(super) fn run(store: &Store, clock: &Clock, command: ClientCommand) -> Outcome {
    let now = clock.now();
    match command {
        ClientCommand::Add { name, scopes, areas, indicators, lifetime_days } => {
            let new = NewClient { name, scopes, areas, indicators };
            let secret = NewSecret { lifetime_days, overlap_hours: None };
            let (view, secret) =
                as_command(store, now, |conn, actor| add(conn, actor, &new, secret)).map_err(localised)?;
            print(&told(&view, &secret))
        }
        ClientCommand::List => {
            for view in as_command(store, now, |conn, actor| list(conn, actor.instant()))? {
                let client = &view.client;
                let state = if client.disabled { "disabled" } else { "enabled" };
                let scopes = crate::domain::client::written(&client.scopes);
                let (areas, indicators) = (client.areas.join(","), client.indicators.join(","));
                print(&format!("{}\t{}\t{state}\t{scopes}\t{areas}\t{indicators}", client.id, client.name))?;
                for secret in &view.secrets {
                    let state = if secret.is_live(now.naive_utc()) { "live" } else { "revoked" };
                    print(&format!("  secret {}\t{state}\tuntil {}", secret.id, secret.expires_at.date()))?;
                }
            }
            Ok(())
        }
        ClientCommand::Rotate { id, overlap_hours, lifetime_days } => {
            let new = NewSecret { lifetime_days, overlap_hours: Some(overlap_hours) };
            let rotated = as_command(store, now, |conn, actor| rotate(conn, actor, &id, new));
            let (view, secret) = rotated.map_err(localised)?;
            print(&told(&view, &secret))
        }
        ClientCommand::Revoke { id, secret } => {
            Ok(as_command(store, now, |conn, actor| revoke(conn, actor, &id, &secret)).map_err(localised)?)
        }
        ClientCommand::Disable { id } => set_disabled(store, clock, &id, true),
        ClientCommand::Enable { id } => set_disabled(store, clock, &id, false),
    }
}

fn set_disabled(store: &Store, clock: &Clock, id: &str, disabled: bool) -> Outcome {
    let wanted = ClientChange { disabled: Some(disabled), ..ClientChange::default() };
    // Whoever runs the command means the client as it is.
    let work = |conn: &mut _, actor: &_| change(conn, actor, id, &wanted, Some("*"));
    as_command(store, clock.now(), work).map(drop).map_err(localised)
}
