//! Holds the deploy lock: a lease that is renewed while its owner lives and ends by itself when the owner does not.

mod renewal;

use std::time::Duration;

use jetway_common::document::Document as _;
use jetway_common::layout::ObjectKey;
use jetway_common::lock::{Lock, lease_end};
use jiff::Timestamp;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use self::renewal::{keep, renew};
use crate::error::UserError;
use crate::nonce::nonce;
use crate::origin;
use crate::platform::{Store, Version, Written};
use crate::session::{Session, Target};
use crate::signals::Signals;

/// How often a command that waits for the lock looks again.
const POLL: Duration = Duration::from_millis(500);

/// The deploy lock as it is stored.
pub struct Held {
    /// Its content.
    pub lock: Lock,
    /// Which content this is.
    pub version: Version,
    /// How long ago it was written, by the store's own clock.
    age: Duration,
}

impl Held {
    /// Whether the owner has not renewed it in time, so that another may take it.
    pub fn is_expired(&self) -> bool {
        Lock::is_expired(self.age)
    }
}

/// The deploy lock, if somebody has it, expired or not.
pub async fn read(store: &dyn Store, key: &ObjectKey) -> anyhow::Result<Option<Held>> {
    let Some(object) = store.get(key).await? else { return Ok(None) };
    Ok(Some(Held { lock: Lock::from_bytes(&object.bytes)?, version: object.version, age: object.age }))
}

/// Whether nobody holds the lock, or only an owner whose lease has ended.
pub async fn is_free(store: &dyn Store, key: &ObjectKey) -> anyhow::Result<bool> {
    Ok(read(store, key).await?.is_none_or(|held| held.is_expired()))
}

/// Does `work` while holding the deploy lock of `target`, and gives the lock back whatever comes of it.
///
/// Waits up to `patience` for another owner to finish. A signal does not end the work where that would leave it half
/// done: the work asks the [`Lease`]. Whoever sends a second one does not want to wait for that.
pub async fn hold<T>(
    session: &Session,
    target: &Target,
    reason: &str,
    patience: Duration,
    work: impl AsyncFnOnce(&Lease) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let store = session.store();
    let key = target.keys.lock();
    let mut signals = Signals::listen()?;
    let lock = take(session, target, reason, patience, &mut signals).await?;
    let lease = Lease::default();
    let outcome = tokio::select! {
        outcome = work(&lease) => outcome,
        never = keep(&lease, async || renew(store, &key, &lock).await) => match never {},
        () = interruptions(session, &mut signals, &lease) => Err(half_done(target).into()),
    };
    if let Err(error) = free(store, &key, &lock.nonce).await {
        // It ends with its lease.
        tracing::warn!("could not give the deploy lock back: {error:#}");
    }
    outcome
}

/// Proof that the deploy lock is held, as far as is known, and that nobody asked this command to end.
#[derive(Default)]
pub struct Lease {
    lost: CancellationToken,
    interrupted: CancellationToken,
}

impl Lease {
    /// Refuses to begin anything when this command was told to end, or when another owner has taken the lock over, for
    /// example while this machine slept.
    pub fn check(&self) -> anyhow::Result<()> {
        if self.lost.is_cancelled() {
            return Err(
                UserError::failed("the deploy lock was lost: it was taken away, or could not be renewed").into()
            );
        }
        if self.interrupted.is_cancelled() { Err(interrupted().into()) } else { Ok(()) }
    }

    /// Waits for what may be left at any time. When it must be left, `left` makes the error out of the reason.
    pub async fn unless_ended<T>(
        &self,
        waiting: impl Future<Output = anyhow::Result<T>>,
        left: impl FnOnce(&str) -> UserError,
    ) -> anyhow::Result<T> {
        tokio::select! {
            outcome = waiting => outcome,
            () = self.lost.cancelled() => Err(left("the deploy lock was lost").into()),
            () = self.interrupted.cancelled() => Err(left("interrupted").into()),
        }
    }
}

/// Tells the lease of the first signal; ends with the second.
async fn interruptions(session: &Session, signals: &mut Signals, lease: &Lease) {
    signals.next().await;
    lease.interrupted.cancel();
    let say = async {
        tokio::time::sleep(POLL).await;
        session.printer.say("ending as soon as nothing is half done; once more, and it ends at once");
        std::future::pending::<()>().await;
    };
    tokio::select! {
        _ = signals.next() => {}
        () = say => {}
    }
}

fn interrupted() -> UserError {
    UserError::failed("interrupted; nothing was launched")
}

fn half_done(target: &Target) -> UserError {
    let hint = format!("`jetway wait {0}` goes on with a launch, `jetway abort {0}` cancels it", target.environment);
    UserError::unknown("interrupted twice: what was under way may be half done").hint(hint)
}

async fn take(
    session: &Session,
    target: &Target,
    reason: &str,
    patience: Duration,
    signals: &mut Signals,
) -> anyhow::Result<Lock> {
    let deadline = Instant::now() + patience;
    let mut said = false;
    loop {
        let holder = match try_take(session, &target.keys.lock(), reason).await? {
            Attempt::Mine(lock) => return Ok(lock),
            Attempt::Theirs(lock) => lock,
        };
        if Instant::now() >= deadline {
            return Err(busy(&holder, target).into());
        }
        if !said {
            session.printer.say(format_args!("waiting: {}", describe(&holder, Timestamp::now())));
            said = true;
        }
        tokio::select! {
            () = tokio::time::sleep(POLL) => {}
            _ = signals.next() => return Err(interrupted().into()),
        }
    }
}

enum Attempt {
    Mine(Lock),
    Theirs(Lock),
}

async fn try_take(session: &Session, key: &ObjectKey, reason: &str) -> anyhow::Result<Attempt> {
    let (store, mine) = (session.store(), new_lock(session, reason, Timestamp::now()));
    let bytes = mine.to_bytes()?;
    loop {
        let written = match read(store, key).await? {
            None => store.put_new(key, &bytes).await,
            Some(held) if held.is_expired() => store.replace(key, &bytes, &held.version).await,
            Some(held) => return Ok(Attempt::Theirs(held.lock)),
        };
        // A write whose answer was lost may have been done: what is stored decides, not what was answered.
        match (read(store, key).await?, written) {
            (Some(held), _) if held.lock.nonce == mine.nonce => return Ok(Attempt::Mine(mine)),
            (_, Err(error)) => return Err(error.into()),
            (Some(held), _) => return Ok(Attempt::Theirs(held.lock)),
            (None, _) => {}
        }
    }
}

fn new_lock(session: &Session, reason: &str, now: Timestamp) -> Lock {
    let (owner, reason) = (origin::process(session), reason.to_owned());
    Lock { owner, reason, nonce: nonce(), taken_at: now, expires_at: lease_end(now) }
}

fn busy(holder: &Lock, target: &Target) -> UserError {
    let free = format!("`jetway lock release {}`", target.environment);
    UserError::failed(format!("{}; nothing was changed", describe(holder, Timestamp::now())))
        .hint(format!("wait for it with --wait, or free a lock that is left over with {free}"))
}

/// Who holds the lock, what for and since when, as a sentence.
pub fn describe(lock: &Lock, now: Timestamp) -> String {
    let held = now.duration_since(lock.taken_at).as_secs().max(0);
    format!("{} holds the deploy lock for {held} s: {}", origin::short(&lock.owner), lock.reason)
}

/// Ends the lease that `nonce` names, and no other: whether that one is over, and not another's in its place.
pub async fn free(store: &dyn Store, key: &ObjectKey, nonce: &str) -> anyhow::Result<Written> {
    loop {
        match read(store, key).await? {
            None => return Ok(Written::Done),
            Some(held) if held.lock.nonce != nonce => return Ok(Written::Lost),
            // Its owner may renew it at this moment.
            Some(held) => {
                if store.remove(key, &held.version).await? == Written::Done {
                    return Ok(Written::Done);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
