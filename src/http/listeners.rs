//! Those who listen over connections that last: how many there are, and whether each may go on.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;

use super::context::Context;
use super::edge::Edge;
use super::service::Draining;
use crate::domain::policy::Caller;
use crate::error::{Code, Error, Result};
use crate::service::App;
use crate::text;

/// Connections that a replica holds open for listeners at a time; each is a socket and a page.
const MOST: usize = 1_000;
/// Those of one caller, or of an address before anybody signed in over it.
const MOST_EACH: usize = 100;
/// How often whoever listens to silence is asked whether they may go on.
pub(super) const LOOK: Duration = Duration::from_secs(2);

/// The places of a server, by whose they are.
#[derive(Debug, Default)]
pub(super) struct Listeners(Mutex<HashMap<String, usize>>);

impl Listeners {
    /// How many listen.
    pub fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().sum()
    }

    fn take(&self, whose: &str) -> Result<()> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if open.values().sum::<usize>() >= MOST {
            return Err(Error::unavailable(10, "as many listen as may"));
        }
        let own = open.entry(whose.to_owned()).or_default();
        if *own >= MOST_EACH {
            let detail = text!(
                "Tối đa {MOST_EACH} kết nối lâu dài cùng lúc. Hãy đóng bớt rồi thử lại.",
                "At most {MOST_EACH} lasting connections at a time. Close some, then try again."
            );
            return Err(Error::new(Code::TooManyRequests, detail).retry_after_seconds(10));
        }
        *own += 1;
        Ok(())
    }

    fn leave(&self, whose: &str) {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = open.get_mut(whose) {
            *own -= 1;
            if *own == 0 {
                open.remove(whose);
            }
        }
    }
}

/// A place taken, left when it is dropped.
#[derive(Debug)]
struct Place {
    edge: Data<Edge>,
    whose: String,
}

impl Place {
    fn take(edge: Data<Edge>, whose: String) -> Result<Self> {
        edge.listeners.take(&whose)?;
        Ok(Self { edge, whose })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.edge.listeners.leave(&self.whose);
    }
}

/// Somebody who listens, with the credentials that they listen by.
pub(super) struct Listener {
    app: Data<App>,
    draining: Option<Data<Draining>>,
    authorization: Option<String>,
    caller: Caller,
    place: Place,
}

/// Why somebody may not go on listening.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The service is on its way out.
    Draining,
    /// The credentials no longer hold, or are another caller's.
    Credentials,
}

impl Listener {
    /// Takes a place for whoever sent the request.
    ///
    /// # Errors
    /// `unavailable` or `tooManyRequests` where there is none.
    pub fn join(context: &Context) -> Result<Self> {
        let edge = context.request.app_data::<Data<Edge>>().ok_or_else(|| Error::internal("no edge"))?.clone();
        let whose = context.caller.subject.clone().unwrap_or_else(|| context.address().to_string());
        Ok(Self {
            app: context.app.clone(),
            draining: context.request.app_data::<Data<Draining>>().cloned(),
            authorization: context.header(AUTHORIZATION).map(ToOwned::to_owned),
            caller: context.caller.clone(),
            place: Place::take(edge, whose)?,
        })
    }

    /// The same connection, by credentials that came over it.
    ///
    /// # Errors
    /// `invalidToken`, and as [`Self::join`].
    pub fn signed_in(&self, authorization: String) -> Result<Self> {
        let caller = self.app.authenticator.authenticate(Some(&authorization), self.app.clock.unix())?;
        let place = Place::take(self.place.edge.clone(), caller.subject.clone().unwrap_or_default())?;
        let (app, draining) = (self.app.clone(), self.draining.clone());
        Ok(Self { app, draining, authorization: Some(authorization), caller, place })
    }

    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Whether the listener may go on: rights that changed are for a new connection to have.
    pub fn may_go_on(&self) -> Result<(), End> {
        if self.draining.as_ref().is_some_and(|draining| draining.has_begun()) {
            return Err(End::Draining);
        }
        let now = self.app.clock.unix();
        match self.app.authenticator.authenticate(self.authorization.as_deref(), now) {
            Ok(caller) if caller == self.caller => Ok(()),
            _ => Err(End::Credentials),
        }
    }
}
