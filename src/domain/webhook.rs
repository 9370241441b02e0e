//! Webhooks as Standard Webhooks has them: when a delivery is tried again, and when it is given up.

use super::words::words;

words! {
    /// Why the service disabled a webhook.
    DisabledBecause {
        /// The receiver answered 410: it wants no more.
        Gone = "gone",
        /// A delivery was tried as often as is tried, and never arrived.
        Failing = "failing",
        /// Its owner may not read the change feed any more.
        Owner = "owner",
    }
}

words! {
    /// How far a delivery has come.
    DeliveryStatus {
        /// It is sent as soon as it is due.
        Pending = "pending",
        /// The receiver has it.
        Delivered = "delivered",
        /// It was tried as often as is tried.
        Failed = "failed",
        /// The webhook was disabled before it arrived.
        Cancelled = "cancelled",
    }
}

words! {
    /// What kept a receiver from saying anything.
    Fault {
        /// Its name leads nowhere.
        NoAddress = "noAddress",
        /// Its name leads to an address that webhooks are not sent to.
        PrivateAddress = "privateAddress",
        /// It takes no connection.
        Connect = "connect",
        /// It has no certificate that is trusted for its name, or none at all.
        Tls = "tls",
        /// It took too long.
        Timeout = "timeout",
        /// What it said is no HTTP.
        Protocol = "protocol",
    }
}

/// Seconds between an attempt that failed and the next: the schedule of Standard Webhooks, some three days in all.
const PAUSES: [i64; 9] = [5, 5 * 60, 30 * 60, 2 * 3_600, 5 * 3_600, 10 * 3_600, 14 * 3_600, 20 * 3_600, 24 * 3_600];

/// How often a delivery is sent at most.
pub const MAX_ATTEMPTS: usize = PAUSES.len() + 1;

/// Milliseconds until a delivery is sent again that failed so often; nothing where it is given up. `chance`, from 0 to 1,
/// spreads those that failed together over a tenth of the pause, so that they do not come back together.
#[must_use]
pub fn pause(failures: usize, chance: f64) -> Option<i64> {
    let seconds = PAUSES.get(failures.checked_sub(1)?)?;
    let thousandths = (0_i64..=100).rev().find(|at| fraction(*at) <= chance).unwrap_or_default();
    Some(seconds * 1_000 + seconds * thousandths)
}

fn fraction(hundredths: i64) -> f64 {
    f64::from(i32::try_from(hundredths).unwrap_or_default()) / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schedule_is_the_standards() {
        let pauses: Vec<_> = (1..).map_while(|failures| pause(failures, 0.0)).collect();
        let seconds = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
        assert_eq!(pauses, seconds.map(|seconds: i64| seconds * 1_000));
        assert_eq!(MAX_ATTEMPTS, 10);
        assert_eq!((pause(0, 0.5), pause(10, 0.5)), (None, None));
        assert_eq!((pause(1, 1.0), pause(2, 0.5)), (Some(5_500), Some(315_000)));
    }
}
