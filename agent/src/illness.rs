//! How long a release that serves may be ill before its instance is to be replaced. It decides; nobody is told here.

use std::time::Duration;

use tokio::time::Instant;

/// How long a release may be ill beyond the time that its health check has from the start of a container: Docker and the
/// agent start it again meanwhile, several times.
const PATIENCE: Duration = Duration::from_mins(2);

/// What one look at a release came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sight {
    /// Every container is well.
    Well,
    /// One is not, for this reason.
    Ill(String),
    /// Nobody knows: Docker does not answer. Containers outlive it, so it decides nothing.
    Unseen,
}

/// The illness of a release, from its beginning.
#[derive(Debug)]
pub struct Illness {
    limit: Duration,
    since: Option<Instant>,
    /// How long it must last until there is a reason to tell; none once somebody has heard.
    due: Option<Duration>,
}

impl Illness {
    /// No illness yet, of a release whose containers may take `grace` to come up.
    pub fn new(grace: Duration) -> Self {
        let limit = grace + PATIENCE;
        Self { limit, since: None, due: Some(limit) }
    }

    /// The reason to replace the instance, when every look for the whole time has found the release ill: until it was
    /// [heard](Self::heard), or [postponed](Self::postpone).
    pub fn judge(&mut self, sight: &Sight) -> Option<String> {
        let Sight::Ill(reason) = sight else {
            self.since = None;
            self.due = self.due.map(|_| self.limit);
            return None;
        };
        let spent = self.since.get_or_insert_with(Instant::now).elapsed();
        let is_due = self.due.is_some_and(|due| spent >= due);
        is_due.then(|| format!("unhealthy for {} s: {reason}", spent.as_secs()))
    }

    /// Somebody was told, and replaces the instance.
    pub fn heard(&mut self) {
        self.due = None;
    }

    /// Nobody could be told; after this time there is a reason again.
    pub fn postpone(&mut self, pause: Duration) {
        self.due = self.since.map(|since| since.elapsed() + pause);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks every 5 s; the seconds after which there was a reason.
    async fn judged(looks: impl IntoIterator<Item = Sight>) -> Vec<u64> {
        let (mut illness, began, mut reasons) = (Illness::new(Duration::from_mins(1)), Instant::now(), Vec::new());
        for sight in looks {
            if illness.judge(&sight).is_some() {
                reasons.push(began.elapsed().as_secs());
                illness.heard();
            }
            tokio::time::advance(Duration::from_secs(5)).await;
        }
        reasons
    }

    const NEVER: [u64; 0] = [];

    fn ill(looks: usize) -> Vec<Sight> {
        vec![Sight::Ill("HTTP 500".to_owned()); looks]
    }

    #[tokio::test(start_paused = true)]
    async fn an_instance_is_replaced_once_when_its_release_was_ill_all_the_time() {
        assert_eq!(judged(ill(36)).await, NEVER);
        assert_eq!(judged(ill(1000)).await, [180]);
        assert_eq!(judged([ill(37), vec![Sight::Well], ill(100)].concat()).await, [180]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_nobody_hears_is_a_reason_again_after_a_pause_and_no_more_once_the_release_is_well() {
        let mut illness = Illness::new(Duration::ZERO);
        let sight = Sight::Ill("HTTP 500".to_owned());
        assert_eq!(illness.judge(&sight), None);
        tokio::time::advance(PATIENCE).await;
        assert_eq!(illness.judge(&sight).unwrap(), "unhealthy for 120 s: HTTP 500");
        illness.postpone(Duration::from_mins(1));
        tokio::time::advance(Duration::from_secs(59)).await;
        assert_eq!(illness.judge(&sight), None);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(illness.judge(&sight).unwrap(), "unhealthy for 180 s: HTTP 500");
        illness.postpone(Duration::from_mins(1));
        assert_eq!(illness.judge(&Sight::Well), None);
        tokio::time::advance(Duration::from_mins(1)).await;
        assert_eq!(illness.judge(&sight), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_release_that_recovers_in_between_begins_anew() {
        assert_eq!(judged([ill(30), vec![Sight::Well], ill(30)].concat()).await, NEVER);
        assert_eq!(judged([ill(30), vec![Sight::Well], ill(37)].concat()).await, [335]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_docker_that_is_started_again_decides_nothing() {
        assert_eq!(judged(vec![Sight::Unseen; 1000]).await, NEVER);
        assert_eq!(judged([ill(36), vec![Sight::Unseen; 2], ill(36)].concat()).await, NEVER);
    }
}
