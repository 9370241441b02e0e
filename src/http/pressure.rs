//! Refusing the surplus, so that the rest is answered as fast as ever.
//!
//! A request waits for three things. For a connection to the database and for a password to be verified there are queues
//! of their own, which refuse when they are full. What is left is the worker's thread: how long what is ready waits for it
//! is measured, and where that is too long, so great a part of the requests is refused at once, before anything is done
//! for them, that the rest waits no longer than that. Bodies that are being received are counted in bytes.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// How often a worker looks how long it lets wait.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// How long what is ready waits for one worker's thread.
#[derive(Debug, Clone)]
pub(super) struct Pressure {
    most: Option<Duration>,
    waited: Rc<Cell<Duration>>,
    /// Requests since the last that was refused, in parts of one.
    owed: Rc<Cell<f64>>,
}

impl Pressure {
    /// Of the worker that runs this, which lets nothing wait longer than so long; with nothing, as long as it takes.
    pub fn new(most: Option<Duration>) -> Self {
        Self { most, waited: Rc::default(), owed: Rc::default() }
    }

    /// Measures from now on, as long as the worker runs.
    pub async fn watch(self) {
        loop {
            let due = Instant::now() + LOOK_EVERY;
            tokio::time::sleep_until(due).await;
            self.waited.set(due.elapsed());
        }
    }

    /// Whether a request that comes now is of the surplus.
    pub fn refuses(&self) -> bool {
        let Some(most) = self.most.filter(|most| self.waited.get() > *most) else {
            self.owed.set(0.0);
            return false;
        };
        // Of requests that wait twice as long as they may, every other is too many.
        let surplus = 1.0 - most.as_secs_f64() / self.waited.get().as_secs_f64();
        let owed = self.owed.get() + surplus;
        let refused = owed >= 1.0;
        self.owed.set(if refused { owed - 1.0 } else { owed });
        refused
    }
}

/// How many bytes of bodies may be held at once, for all workers.
#[derive(Debug)]
pub(super) struct Bodies {
    most: usize,
    held: AtomicUsize,
}

impl Bodies {
    pub const fn new(most: usize) -> Self {
        Self { most, held: AtomicUsize::new(0) }
    }

    /// A share that holds nothing yet.
    pub fn share(self: Arc<Self>) -> Share {
        Share { of: self, bytes: 0 }
    }
}

/// What of that a request holds, until this is dropped.
#[derive(Debug)]
pub(super) struct Share {
    of: Arc<Bodies>,
    bytes: usize,
}

impl Share {
    /// Holds so many bytes more; false where there is no room for them.
    pub fn hold(&mut self, bytes: usize) -> bool {
        let more = |held: usize| held.checked_add(bytes).filter(|held| *held <= self.of.most);
        let held = self.of.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok();
        if held {
            self.bytes += bytes;
        }
        held
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.of.held.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_great_a_part_is_refused_that_the_rest_waits_no_longer() {
        let pressure = Pressure::new(Some(Duration::from_millis(250)));
        let refused = |waited: u64| {
            pressure.waited.set(Duration::from_millis(waited));
            (0..1_000).filter(|_| pressure.refuses()).count()
        };
        assert_eq!((refused(0), refused(250)), (0, 0));
        assert!((499..=501).contains(&refused(500)));
        assert!((749..=751).contains(&refused(1_000)));
        assert_eq!(refused(100), 0, "over when it is over");
        let never = Pressure::new(None);
        never.waited.set(Duration::from_mins(1));
        assert!(!never.refuses());
    }

    #[test]
    fn bodies_have_room_for_so_many_bytes() {
        let bodies = Arc::new(Bodies::new(100));
        let (mut one, mut other) = (Arc::clone(&bodies).share(), Arc::clone(&bodies).share());
        assert!(one.hold(60) && other.hold(40) && !other.hold(1));
        drop(one);
        assert!(other.hold(60) && !other.hold(1));
        drop(other);
        assert!(bodies.share().hold(100));
    }
}
