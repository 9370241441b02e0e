//! The running service: database, snapshot, rights and clock, built once and shared by every request.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::TimeDelta;
use tokio::sync::Semaphore;

use super::counts::Counts;
use super::idempotency::Underway;
use super::trail_watch::TrailWatch;
use super::{account, import, seed, webhook};
use crate::auth::{AccountState, Authenticator, AuthorizationState, Issuer, KeySet, Passwords, Sealer};
use crate::clock::Clock;
use crate::db::head::current_head;
use crate::db::{Conn, Store, client, session, signing_key};
use crate::domain::policy::Role;
use crate::domain::validation::Rules;
use crate::error::Result;
use crate::snapshot::Current;

/// What the service is built from.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Who issues access tokens, for whom, and for how long.
    pub issuer: Issuer,
    /// The 32 bytes under which signing keys are sealed.
    pub key_encryption_key: Vec<u8>,
    /// How many computed values of quarters a snapshot remembers.
    pub remembered_values: usize,
    /// Where webhooks may be sent.
    pub webhook_reach: webhook::Reach,
}

/// The running service.
pub struct App {
    /// The database.
    pub store: Store,
    /// What is published.
    pub snapshots: Current,
    /// Who is asking.
    pub authenticator: Authenticator,
    /// Password hashing.
    pub passwords: Passwords,
    /// Time.
    pub clock: Clock,
    /// What reports are judged by.
    pub rules: Arc<Rules>,
    /// What is done to reports.
    pub trail_watch: TrailWatch,
    /// Sends webhooks.
    pub webhooks: webhook::Client,
    /// The URL that clients know the service by.
    pub public_url: String,
    /// Who may read a file for import now.
    pub importing: Arc<Semaphore>,
    pub(super) underway: Underway,
    /// What is counted.
    pub counts: Counts,
    sealer: Sealer,
    token_lifetime: i64,
    following: AtomicBool,
}

impl App {
    /// Brings the database up to date, makes a signing key if there is none, and loads everything that reads need.
    ///
    /// # Errors
    /// Where the database is away, or holds keys sealed under another key.
    pub fn build(store: Store, clock: Clock, settings: &Settings) -> Result<Self> {
        let snapshots = published(&store, &clock, settings.remembered_values)?;
        let sealer = Sealer::new(&settings.key_encryption_key)?;
        account::ensure_signing_key(&store, &sealer, &clock)?;
        let lifetime = settings.issuer.lifetime;
        let state = store.read_blocking(|conn| authorization_state(conn, &sealer, &clock, lifetime))?;
        Ok(Self {
            snapshots,
            authenticator: Authenticator::new(settings.issuer.clone(), state),
            passwords: Passwords::new()?,
            rules: Arc::new(seed::rules()?),
            importing: Arc::new(Semaphore::new(import::AT_ONCE)),
            counts: Counts::default(),
            store,
            clock,
            underway: Underway::default(),
            sealer,
            token_lifetime: lifetime,
            trail_watch: TrailWatch::default(),
            webhooks: webhook::Client::new(settings.webhook_reach)?,
            public_url: settings.issuer.issuer.trim_end_matches('/').to_owned(),
            following: AtomicBool::new(true),
        })
    }

    /// Follows the database: the snapshot to the head's revision, keys and rights to its generation.
    ///
    /// # Errors
    /// Where the database is away or no signing key opens; what was loaded before goes on serving.
    pub async fn follow(&self) -> Result<()> {
        let followed = self.catch_up().await;
        self.following.store(followed.is_ok(), Ordering::Relaxed);
        followed
    }

    /// Takes over what was just written here, so that whoever wrote it reads it. The write stands whether or not this
    /// succeeds; where it does not, the next look at the head row takes it over.
    pub async fn take_over(&self) {
        if let Err(error) = self.snapshots.refresh(&self.store).await {
            tracing::warn!(causes = error.causes(), "what was written is not taken over yet");
        }
    }

    /// The same for rights that were just changed here.
    pub async fn take_over_rights(&self) {
        if let Err(error) = self.follow().await {
            tracing::warn!(causes = error.causes(), "rights that were changed are not taken over yet");
        }
    }

    /// Seals a secret of a thing with that id, so that the database alone tells nobody.
    pub(super) fn seal(&self, id: &str, secret: &[u8]) -> Result<String> {
        self.sealer.seal(&format!("webhook {id}"), secret)
    }

    /// Opens what [`Self::seal`] made for the same id.
    pub(super) fn open(&self, id: &str, sealed: &str) -> Result<Vec<u8>> {
        self.sealer.open(&format!("webhook {id}"), sealed)
    }

    /// Asks the database for a row that is always there.
    ///
    /// # Errors
    /// `unavailable` where it is away.
    pub async fn ping(&self) -> Result<()> {
        self.store.read_as_service(current_head).await.map(drop)
    }

    /// Whether the last attempt to follow succeeded; where it did not, rights may be out of date here.
    #[must_use]
    pub fn is_following(&self) -> bool {
        self.following.load(Ordering::Relaxed)
    }

    async fn catch_up(&self) -> Result<()> {
        // What is told is served by then.
        let found = self.trail_watch.look(&self.store).await?;
        let head = self.snapshots.refresh(&self.store).await?;
        if head.authorization_generation != self.authenticator.generation() {
            // Opening keys is cheap and the sealer is not shared with other threads, so this reads rows only.
            let now = self.clock.now().naive_utc();
            let since = now - TimeDelta::seconds(self.token_lifetime);
            let rows = self.store.read_as_service(move |conn| AuthorizationRows::read(conn, now, since)).await?;
            self.authenticator.replace(rows.open(&self.sealer)?);
        }
        found.tell();
        Ok(())
    }
}

/// Brings the database up to date: its tables, and what the service starts from.
///
/// # Errors
/// Where the database is away.
pub fn migrate(store: &Store, clock: &Clock) -> Result<()> {
    store.migrate()?;
    seed::apply(store, clock)
}

/// Brings the database up to date and loads what is published, for which no key is needed.
///
/// # Errors
/// Where the database is away.
pub fn published(store: &Store, clock: &Clock, remembered_values: usize) -> Result<Current> {
    migrate(store, clock)?;
    Current::load(store, seed::calendar()?, remembered_values)
}

/// Rights as the database holds them.
struct AuthorizationRows {
    generation: i64,
    accounts: Vec<crate::db::account::Account>,
    clients: Vec<client::Client>,
    keys: Vec<crate::auth::SealedKey>,
    revoked: Vec<String>,
}

impl AuthorizationRows {
    fn read(conn: &mut Conn, now: chrono::NaiveDateTime, since: chrono::NaiveDateTime) -> Result<Self> {
        Ok(Self {
            generation: current_head(conn)?.authorization_generation,
            accounts: crate::db::account::all(conn)?,
            clients: client::all(conn)?,
            keys: signing_key::in_use(conn, now)?,
            revoked: [session::revoked_since(conn, since)?, client::revoked_since(conn, since)?].concat(),
        })
    }

    fn open(self, sealer: &Sealer) -> Result<AuthorizationState> {
        let people = self.accounts.into_iter().filter(|account| !account.disabled).map(|account| {
            let state = AccountState {
                role: account.role,
                area: account.area.map(Into::into),
                tokens_valid_after: account.tokens_valid_after.and_utc().timestamp(),
                scopes: Vec::new(),
            };
            (account.id, state)
        });
        let clients = self.clients.into_iter().filter(|client| !client.disabled).map(|client| {
            let state = AccountState {
                role: Role::Agency,
                area: None,
                tokens_valid_after: client.tokens_valid_after.and_utc().timestamp(),
                scopes: client.scopes.iter().map(|scope| scope.as_str().to_owned()).collect(),
            };
            (client.id, state)
        });
        Ok(AuthorizationState {
            generation: self.generation,
            keys: KeySet::open(sealer, &self.keys)?,
            accounts: people.chain(clients).collect::<HashMap<_, _>>(),
            revoked_sessions: self.revoked.into_iter().collect::<HashSet<_>>(),
        })
    }
}

fn authorization_state(conn: &mut Conn, sealer: &Sealer, clock: &Clock, lifetime: i64) -> Result<AuthorizationState> {
    let now = clock.now().naive_utc();
    AuthorizationRows::read(conn, now, now - TimeDelta::seconds(lifetime))?.open(sealer)
}
