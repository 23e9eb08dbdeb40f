//! Holds the deploy lock: a lease that is renewed while its owner lives and ends by itself when the owner does not.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jetway_common::document::Document as _;
use jetway_common::layout::ObjectKey;
use jetway_common::lock::{Lock, RENEWAL, lease_end};
use jiff::Timestamp;
use tokio::time::Instant;

use crate::error::UserError;
use crate::nonce::nonce;
use crate::origin;
use crate::platform::{Store, Version, Written};
use crate::session::{Session, Target};

/// How often a command that waits for the lock looks again.
const POLL: Duration = Duration::from_millis(500);

/// The deploy lock as it is stored.
pub struct Held {
    /// Its content.
    pub lock: Lock,
    /// Which content this is.
    pub version: Version,
}

/// The deploy lock, if somebody has it, expired or not.
pub async fn read(store: &dyn Store, key: &ObjectKey) -> anyhow::Result<Option<Held>> {
    let Some(object) = store.get(key).await? else { return Ok(None) };
    Ok(Some(Held { lock: Lock::from_bytes(&object.bytes)?, version: object.version }))
}

/// Whether nobody holds the lock, or only an owner whose lease has ended.
pub async fn is_free(store: &dyn Store, key: &ObjectKey) -> anyhow::Result<bool> {
    Ok(read(store, key).await?.is_none_or(|held| held.lock.is_expired(Timestamp::now())))
}

/// Does `work` while holding the deploy lock of `target`, and gives the lock back whatever comes of it.
///
/// Waits up to `patience` for another owner to finish.
pub async fn hold<T>(
    session: &Session,
    target: &Target,
    reason: &str,
    patience: Duration,
    work: impl AsyncFnOnce(&Lease) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let store = session.store();
    let key = target.keys.lock();
    let lock = take(session, &key, reason, patience).await?;
    let lease = Lease { held: AtomicBool::new(true) };
    let outcome = tokio::select! {
        outcome = work(&lease) => outcome,
        never = renew(store, &key, &lock, &lease) => match never {},
    };
    give_back(store, &key, &lock.nonce).await;
    outcome
}

/// Proof that the deploy lock is held, as far as is known.
pub struct Lease {
    held: AtomicBool,
}

impl Lease {
    /// Refuses to go on when another owner has taken the lock over, for example while this machine slept.
    pub fn check(&self) -> anyhow::Result<()> {
        if self.held.load(Ordering::Relaxed) {
            return Ok(());
        }
        Err(UserError::failed("the deploy lock was lost: it expired while this command could not renew it").into())
    }
}

async fn take(session: &Session, key: &ObjectKey, reason: &str, patience: Duration) -> anyhow::Result<Lock> {
    let deadline = Instant::now() + patience;
    let mut said = false;
    loop {
        let holder = match try_take(session.store(), key, reason).await? {
            Attempt::Mine(lock) => return Ok(lock),
            Attempt::Theirs(lock) => lock,
        };
        if Instant::now() >= deadline {
            return Err(busy(&holder).into());
        }
        if !said {
            session.printer.say(format_args!("waiting: {}", describe(&holder, Timestamp::now())));
            said = true;
        }
        tokio::time::sleep(POLL).await;
    }
}

enum Attempt {
    Mine(Lock),
    Theirs(Lock),
}

async fn try_take(store: &dyn Store, key: &ObjectKey, reason: &str) -> anyhow::Result<Attempt> {
    let mine = new_lock(reason, Timestamp::now());
    let bytes = mine.to_bytes()?;
    loop {
        let written = match read(store, key).await? {
            None => store.put_new(key, &bytes).await,
            Some(held) if held.lock.is_expired(Timestamp::now()) => store.replace(key, &bytes, &held.version).await,
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

fn new_lock(reason: &str, now: Timestamp) -> Lock {
    let owner = format!("{} (process {})", origin::who(), std::process::id());
    Lock { owner, reason: reason.to_owned(), nonce: nonce(), taken_at: now, expires_at: lease_end(now) }
}

fn busy(holder: &Lock) -> UserError {
    UserError::failed(describe(holder, Timestamp::now()))
        .hint("wait for it with --wait, or free a lock that is left over with `jetway lock release`")
}

/// Who holds the lock, what for and since when, as a sentence.
pub fn describe(lock: &Lock, now: Timestamp) -> String {
    let held = now.duration_since(lock.taken_at).as_secs().max(0);
    format!("{} holds the deploy lock for {held} s: {}", lock.owner, lock.reason)
}

async fn renew(store: &dyn Store, key: &ObjectKey, lock: &Lock, lease: &Lease) -> Infallible {
    loop {
        tokio::time::sleep(RENEWAL.duration()).await;
        match renew_once(store, key, lock).await {
            Ok(Written::Done) => {}
            Ok(Written::Lost) => {
                lease.held.store(false, Ordering::Relaxed);
                std::future::pending::<()>().await;
            }
            // The lease outlasts several renewals, so that one that fails decides nothing.
            Err(error) => tracing::warn!("could not renew the deploy lock: {error:#}"),
        }
    }
}

async fn renew_once(store: &dyn Store, key: &ObjectKey, lock: &Lock) -> anyhow::Result<Written> {
    match read(store, key).await? {
        Some(held) if held.lock.nonce == lock.nonce => {
            let bytes = held.lock.renewed(Timestamp::now()).to_bytes()?;
            Ok(store.replace(key, &bytes, &held.version).await?)
        }
        _ => Ok(Written::Lost),
    }
}

/// A lock that cannot be given back ends with its lease.
async fn give_back(store: &dyn Store, key: &ObjectKey, nonce: &str) {
    if let Ok(Some(held)) = read(store, key).await
        && held.lock.nonce == nonce
        && let Err(error) = store.delete(key).await
    {
        tracing::warn!("could not give the deploy lock back: {error}");
    }
}
