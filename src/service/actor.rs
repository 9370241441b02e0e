//! Who does something, when, and at whose request: what every use case that writes is told, and what the audit trail keeps.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

use crate::clock::Clock;
use crate::db::Store;
use crate::db::account::find_by_username;
use crate::db::audit::Entry;
use crate::domain::aggregate::Published as _;
use crate::domain::area::AreaKey;
use crate::domain::calendar::date_in_vietnam;
use crate::domain::policy::{Caller, Scope};
use crate::domain::quarter::Quarter;
use crate::error::{Code, Error, Result};
use crate::snapshot::Snapshot;
use crate::text;

/// Somebody who does something.
#[derive(Debug, Clone)]
pub struct Actor {
    /// Who, as the verified credentials say.
    pub caller: Caller,
    /// The id of the request that asked for it; nothing where no request did, as on the command line.
    pub request_id: Option<String>,
    /// When. One instant for all that a request does.
    pub now: DateTime<Utc>,
}

impl Actor {
    /// The account's or client's id, for columns that say who did something.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.caller.subject.as_deref()
    }

    /// Somebody who works on the command line in the name of an account.
    ///
    /// # Errors
    /// `notMeaningful` where there is no such account, or it is disabled.
    pub fn named(store: &Store, clock: &Clock, username: &str) -> Result<Self> {
        let account = store.read_blocking(|conn| find_by_username(conn, username))?;
        let account = account.filter(|account| !account.disabled).ok_or_else(|| {
            Error::new(Code::NotMeaningful, text!("Không có tài khoản {username}.", "There is no account {username}."))
        })?;
        let caller = Caller {
            role: account.role,
            area: account.area.as_deref().map(Into::into),
            subject: Some(account.id),
            ..Caller::public()
        };
        Ok(Self { caller, request_id: None, now: clock.now() })
    }

    /// The instant as the database keeps it, in UTC.
    #[must_use]
    pub const fn instant(&self) -> NaiveDateTime {
        self.now.naive_utc()
    }

    /// The date in Vietnam.
    #[must_use]
    pub fn today(&self) -> NaiveDate {
        date_in_vietnam(self.now)
    }

    /// An audit entry of something that this actor does to a kind of thing; who, when and by which request are filled in.
    #[must_use]
    pub fn entry<'a>(&'a self, action: &'a str, subject: &'a str) -> Entry<'a> {
        Entry {
            at: self.instant(),
            actor: self.id(),
            role: self.caller.role.as_str(),
            action,
            subject,
            request_id: self.request_id.as_deref(),
            ..Entry::default()
        }
    }
}

/// Whether a scope of the policy table reaches what belongs to a ward in a quarter: its own ward, or the wards that
/// belong to its area at the quarter's cut-off. An area that another was merged into inherits what that one reached.
///
/// [`Scope::Submitted`] is answered for the area alone; that a report was submitted once is for whoever reads it to see.
#[must_use]
pub fn reaches(snapshot: &Snapshot, scope: &Scope, ward: AreaKey, quarter: Quarter) -> bool {
    let cut_off = snapshot.calendar().cut_off(quarter);
    let book = snapshot.areas();
    match scope {
        Scope::All => true,
        Scope::Own(own) => book.find(own).is_some_and(|own| book.continues(own).contains(&ward)),
        Scope::Within(area) | Scope::Submitted(area) => book.find(area).is_some_and(|area| {
            book.continues(area).into_iter().any(|area| book.members(area, cut_off).contains(&ward))
        }),
    }
}

/// Refuses what a scope does not reach.
///
/// # Errors
/// `forbidden`.
pub fn ensure_reaches(snapshot: &Snapshot, scope: &Scope, ward: AreaKey, quarter: Quarter) -> Result<()> {
    if reaches(snapshot, scope, ward, quarter) {
        return Ok(());
    }
    Err(out_of_reach(snapshot, ward, Some(quarter)))
}

/// The refusal of an area that is not the caller's, named as it was in a quarter, or was last.
pub(super) fn out_of_reach(snapshot: &Snapshot, area: AreaKey, quarter: Option<Quarter>) -> Error {
    let known = snapshot.areas().get(area);
    let cut_off = quarter.map(|quarter| snapshot.calendar().cut_off(quarter));
    let version = known.and_then(|area| cut_off.map_or_else(|| area.latest(), |date| area.on_or_latest(date)));
    let name = version.map_or("–", |version| &version.name);
    let detail = quarter.map_or_else(
        || text!("{name} không thuộc phạm vi của tài khoản này.", "{name} is not within the area of this account."),
        |quarter| {
            text!(
                "{name} không thuộc phạm vi của tài khoản này trong {quarter}.",
                "{name} is not within the area of this account in {quarter}."
            )
        },
    );
    Error::new(Code::Forbidden, detail)
}
