//! How often somebody may ask: so many requests a minute, which may also come at once (GCRA: one number a caller, the
//! instant at which all of them are there again). Counted by this replica alone; attempts to sign in are counted by all.

use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use quick_cache::sync::Cache;

/// How many callers are remembered; one that is forgotten begins anew.
const REMEMBERED: usize = 50_000;
const MINUTE: Duration = Duration::from_mins(1);

/// Who is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Asking<'a> {
    /// An account or client, by its id.
    Caller(&'a str),
    /// Somebody without credentials, or with bad ones.
    Address(IpAddr),
}

impl Asking<'_> {
    /// The policy's name in the header fields.
    const fn policy(self) -> &'static str {
        match self {
            Self::Caller(_) => "caller",
            Self::Address(_) => "address",
        }
    }

    /// A host has one IPv4 address, and of IPv6 at least a network of 64 bits.
    fn counted(self) -> Self {
        match self {
            Self::Address(IpAddr::V6(address)) => {
                Self::Address(IpAddr::V6((address.to_bits() & !u128::from(u64::MAX)).into()))
            }
            other => other,
        }
    }
}

/// What is left to somebody, as the fields `RateLimit-Policy` and `RateLimit` say it (draft-ietf-httpapi-ratelimit-headers).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Left {
    pub policy: &'static str,
    /// Requests a minute.
    pub quota: u32,
    /// Requests that may follow at once.
    pub remaining: u32,
    /// Seconds until all of them may.
    pub reset: u64,
    /// Seconds to wait, where there is none left for this one.
    pub wait: Option<u32>,
}

impl Left {
    /// The value of `RateLimit-Policy`.
    pub fn policy_field(&self) -> String {
        format!("\"{}\";q={};w={}", self.policy, self.quota, MINUTE.as_secs())
    }

    /// The value of `RateLimit`.
    pub fn field(&self) -> String {
        format!("\"{}\";r={};t={}", self.policy, self.remaining, self.reset)
    }
}

/// Counts by caller and by address.
#[derive(Debug)]
pub(super) struct Rates {
    began: Instant,
    hasher: RandomState,
    full_again: Cache<u64, Arc<AtomicU64>>,
    callers: Option<u32>,
    addresses: Option<u32>,
}

impl Rates {
    /// So many requests a minute for each caller, and for each address without one; with nothing, any number.
    pub fn new(callers: Option<u32>, addresses: Option<u32>) -> Self {
        let (began, hasher) = (Instant::now(), RandomState::new());
        Self { began, hasher, full_again: Cache::new(REMEMBERED), callers, addresses }
    }

    /// Takes one request of somebody's; nothing where there is no limit.
    pub fn take(&self, asking: Asking<'_>) -> Option<Left> {
        self.take_at(asking, self.began.elapsed())
    }

    fn take_at(&self, asking: Asking<'_>, now: Duration) -> Option<Left> {
        let quota = match asking {
            Asking::Caller(_) => self.callers,
            Asking::Address(_) => self.addresses,
        }?;
        let key = self.hasher.hash_one(asking.counted());
        let made = self.full_again.get_or_insert_with(&key, || Ok::<_, std::convert::Infallible>(Arc::default()));
        let Ok(full_again) = made;
        let interval = MINUTE / quota;
        let now = micros(now);
        let (interval, whole) = (micros(interval), micros(interval) * u64::from(quota));
        // Taken where what is owed then is no more than the whole.
        let take = |known: u64| Some(known.max(now) + interval).filter(|next| next - now <= whole);
        let taken = full_again.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take);
        let (owed, wait) = match taken {
            Ok(known) => (known.max(now) + interval - now, None),
            Err(known) => (known - now, Some(known + interval - now - whole)),
        };
        Some(Left {
            policy: asking.policy(),
            quota,
            remaining: u32::try_from((whole - owed.min(whole)).div_euclid(interval)).unwrap_or(u32::MAX),
            reset: seconds(owed),
            wait: wait.map(|micros| u32::try_from(seconds(micros)).unwrap_or(u32::MAX)),
        })
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// Whole seconds after which so many microseconds are over.
const fn seconds(micros: u64) -> u64 {
    micros.div_ceil(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(rates: &Rates, asking: Asking<'_>, seconds: u64) -> (u32, u64, Option<u32>) {
        let left = rates.take_at(asking, Duration::from_secs(seconds)).unwrap();
        (left.remaining, left.reset, left.wait)
    }

    #[test]
    fn so_many_at_once_and_then_one_an_interval() {
        let (rates, me) = (Rates::new(Some(3), None), Asking::Caller("me"));
        assert_eq!(at(&rates, me, 100), (2, 20, None));
        assert_eq!(at(&rates, me, 100), (1, 40, None));
        assert_eq!(at(&rates, me, 100), (0, 60, None));
        assert_eq!(at(&rates, me, 100), (0, 60, Some(20)), "one that is refused costs nothing");
        assert_eq!(at(&rates, me, 115), (0, 45, Some(5)));
        assert_eq!(at(&rates, me, 120), (0, 60, None));
        assert_eq!(at(&rates, me, 1_000), (2, 20, None));
        assert_eq!(at(&rates, Asking::Caller("another"), 120), (2, 20, None));
        assert_eq!(rates.take(Asking::Address("192.0.2.1".parse().unwrap())), None, "no limit, no fields");
    }

    #[test]
    fn a_host_with_many_addresses_is_one() {
        let rates = Rates::new(None, Some(60));
        let address = |text: &str| Asking::Address(text.parse().unwrap());
        assert_eq!(at(&rates, address("2001:db8::1"), 1).0, 59);
        assert_eq!(at(&rates, address("2001:db8::ffff:1"), 1).0, 58);
        assert_eq!(at(&rates, address("2001:db8:0:1::1"), 1).0, 59);
        assert_eq!((at(&rates, address("192.0.2.1"), 1).0, at(&rates, address("192.0.2.2"), 1).0), (59, 59));
    }

    #[test]
    fn the_fields_are_those_of_the_draft() {
        let left = Rates::new(Some(300), None).take_at(Asking::Caller("me"), Duration::ZERO).unwrap();
        assert_eq!((&*left.policy_field(), &*left.field()), ("\"caller\";q=300;w=60", "\"caller\";r=299;t=1"));
    }

    #[test]
    fn those_who_ask_at_once_get_no_more_than_the_quota() {
        let rates = Rates::new(Some(100), None);
        let taken = || (0..50).filter(|_| at(&rates, Asking::Caller("me"), 5).2.is_none()).count();
        let taken: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(taken)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(taken, 100);
    }
}
