//! One look at the database for all who wait for one.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Mutex;

use crate::error::{Error, Result};

/// Lets those who ask at the same time share what one of them finds.
pub(super) struct Looks<T> {
    /// The look that ended last: its number, and what it found; nothing where it failed.
    ended: Mutex<(u64, Option<T>)>,
    begun: AtomicU64,
}

impl<T> Default for Looks<T> {
    fn default() -> Self {
        Self { ended: Mutex::new((0, None)), begun: AtomicU64::new(0) }
    }
}

impl<T: Clone> Looks<T> {
    /// What a look finds that began after this was asked. Whoever asks while one runs cannot know what that one still
    /// sees, so all of those share the next.
    ///
    /// # Errors
    /// Those of the look; `unavailable` where the shared one failed.
    pub async fn share<F: Future<Output = Result<T>>>(&self, look: impl FnOnce() -> F) -> Result<T> {
        let asked_after = self.begun.load(Ordering::Acquire);
        let mut ended = self.ended.lock().await;
        if ended.0 > asked_after {
            return ended.1.clone().ok_or_else(|| Error::unavailable(1, "the look that this one waited for failed"));
        }
        let number = self.begun.fetch_add(1, Ordering::AcqRel) + 1;
        let found = look().await;
        *ended = (number, found.as_ref().ok().cloned());
        found
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{future, poll};
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn those_who_ask_while_one_looks_share_the_next() {
        let (looks, made) = (Looks::default(), AtomicU64::new(0));
        let look = || async { Ok(made.fetch_add(1, Ordering::Relaxed) + 1) };
        let (open, opened) = oneshot::channel::<()>();
        let mut first = Box::pin(looks.share(|| async {
            let _ = opened.await;
            look().await
        }));
        assert!(poll!(&mut first).is_pending());
        let mut others: Vec<_> = (0..40).map(|_| Box::pin(looks.share(look))).collect();
        for other in &mut others {
            assert!(poll!(other).is_pending());
        }

        open.send(()).unwrap();
        assert_eq!(first.await.unwrap(), 1);
        let found = future::join_all(others).await;
        assert!(found.iter().all(|found| matches!(found, Ok(2))), "{found:?}");
        assert_eq!(looks.share(look).await.unwrap(), 3, "whoever asks later wants to know what is there then");
    }

    #[tokio::test]
    async fn those_who_waited_for_a_look_that_failed_are_told_to_come_back() {
        let looks = Looks::<u64>::default();
        let failing = || async { Err(Error::unavailable(1, "away")) };
        let (open, opened) = oneshot::channel::<()>();
        let mut first = Box::pin(looks.share(|| async {
            let _ = opened.await;
            Ok(1)
        }));
        let mut second = Box::pin(looks.share(failing));
        let mut third = Box::pin(looks.share(|| async { Ok(3) }));
        assert!(poll!(&mut first).is_pending() && poll!(&mut second).is_pending() && poll!(&mut third).is_pending());
        open.send(()).unwrap();
        assert!(matches!(first.await, Ok(1)));
        assert!(second.await.is_err() && third.await.is_err());
        assert_eq!(looks.share(|| async { Ok(4) }).await.unwrap(), 4);
    }
}
