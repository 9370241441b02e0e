//! The demonstration: the real report, labelled synthetic neighbours, one account per role.

use std::collections::BTreeMap;

use super::account::{NewAccount, add};
use super::client::{self, NewClient, NewSecret};
use super::publish::{Batch, publish};
use super::{App, seed, synthetic};
use crate::db::account;
use crate::domain::aggregate::Published as _;
use crate::domain::area::AreaRef;
use crate::domain::client::ClientScope;
use crate::domain::policy::{Action, Caller, Role};
use crate::domain::quarter::Quarter;
use crate::error::{Error, Result};

/// The twelve quarters of synthetic figures: all within the town's time.
const SYNTHETIC: (&str, &str) = ("2022-Q3", "2025-Q2");
const TOWN: &str = "222-1";
const WARD: &str = "07792-1";
/// What a portal for public services knows better than any ward: the dossiers that go through it.
const OWNED: [&str; 10] = [
    "dossiers_received_total",
    "dossiers_received_in_period",
    "dossiers_carried_over",
    "dossiers_received_online",
    "dossiers_resolved_total",
    "dossiers_resolved_on_time",
    "dossiers_resolved_overdue",
    "dossiers_in_progress_total",
    "dossiers_in_progress_not_due",
    "dossiers_in_progress_overdue",
];

/// Fills an empty service; does nothing to one that holds reports already.
///
/// # Errors
/// Where the database is away or the files of the repository are broken.
pub fn fill(app: &App, real_only: bool) -> Result<()> {
    let service = Caller { role: Role::Admin, ..Caller::public() };
    let snapshot = app.snapshots.read(&service, Action::FiguresRead)?;
    if snapshot.quarters().next().is_some() {
        return Ok(());
    }
    let now = app.clock.now().naive_utc();
    let report = seed::report()?;
    let reference = AreaRef::parse(&report.ward).ok_or_else(|| Error::internal("the real report names no ward"))?;
    let ward = snapshot.areas().resolve(&reference, Some(snapshot.calendar().cut_off(report.quarter)))?;
    let real = Batch {
        kind: "import",
        summary: "the report of Quảng Minh, 2024-Q1",
        actor: None,
        now,
        documents: BTreeMap::from([((ward, report.quarter), report.into())]),
    };
    app.store.write_blocking(|conn| publish(conn, &app.rules, &snapshot, &real))?;
    if real_only {
        return Ok(());
    }
    let quarter = |text: &str| text.parse::<Quarter>().map_err(Error::internal);
    let town = snapshot.areas().find(TOWN).ok_or_else(|| Error::internal("the areas have no town"))?;
    let documents = synthetic::documents(&snapshot, town, &[ward], quarter(SYNTHETIC.0)?, quarter(SYNTHETIC.1)?);
    let batch = Batch { kind: "import", summary: "synthetic figures of the neighbours", actor: None, now, documents };
    app.store.write_blocking(|conn| publish(conn, &app.rules, &snapshot, &batch)).map(drop)
}

/// Makes one client, the portal for public services of the town, where there is none yet. Answers its id and its secret.
///
/// # Errors
/// Where the database is away.
pub fn client(app: &App) -> Result<Option<(String, String)>> {
    client::as_command(&app.store, app.clock.now(), |conn, actor| {
        if !client::list(conn, actor.instant())?.is_empty() {
            return Ok(None);
        }
        let new = NewClient {
            name: "Cổng dịch vụ công (demo)".to_owned(),
            scopes: ClientScope::ALL.iter().map(|scope| scope.as_str().to_owned()).collect(),
            areas: vec![TOWN.to_owned()],
            indicators: OWNED.map(ToOwned::to_owned).to_vec(),
        };
        let (view, secret) = client::add(conn, actor, &new, NewSecret::default())?;
        Ok(Some((view.client.id, secret.secret)))
    })
}

/// Makes one account per role, all with one password, where there are no accounts yet. Answers whether it did.
///
/// # Errors
/// Where the password is too short or the database is away.
pub fn accounts(app: &App, password: &str) -> Result<bool> {
    if !app.store.read_blocking(account::all)?.is_empty() {
        return Ok(false);
    }
    for (role, area) in [
        (Role::Viewer, Some(TOWN)),
        (Role::WardOfficer, Some(WARD)),
        (Role::WardLeader, Some(WARD)),
        (Role::TownOfficer, Some(TOWN)),
        (Role::Admin, None),
    ] {
        let new = NewAccount {
            username: role.as_str().to_owned(),
            display_name: role.as_str().to_owned(),
            role,
            area: area.map(ToOwned::to_owned),
            password: password.to_owned(),
        };
        add(&app.store, &app.clock, &new)?;
    }
    Ok(true)
}
