//! Instances that have no way to tell anybody but their consoles that they failed: those are looked at now and then.

use std::time::{Duration, Instant};

use super::console;
use super::group::Group;
use crate::aws::account::Account;
use crate::fleet::Failed;

/// How long an instance has other ways first, and the pause between two looks: an account may ask for few consoles a second.
const EVERY: Duration = Duration::from_secs(15);
/// How many consoles are looked at: what keeps one instance from reporting mostly keeps all.
const MOST: usize = 3;
/// The beginning of the states of an instance that is being launched.
const PENDING: &str = "Pending";

/// When the consoles are looked at.
#[derive(Debug, Default)]
pub(super) struct Unheard {
    last: Option<Instant>,
}

impl Unheard {
    /// Why an instance of `group` that is being launched has given up, if one says so.
    pub(super) async fn failure(&mut self, account: &Account, group: &Group) -> Option<Failed> {
        let pending: Vec<_> =
            group.members.iter().filter(|member| member.state.starts_with(PENDING)).take(MOST).collect();
        if pending.is_empty() || self.last.get_or_insert_with(Instant::now).elapsed() < EVERY {
            return None;
        }
        self.last = Some(Instant::now());
        for member in pending {
            let said = console::read(account, &member.instance).await;
            if let Some(failure) = said.failure.filter(|_| said.is_over) {
                return Some(Failed { instance: Some(member.instance.clone()), failure, console: said.lines });
            }
        }
        None
    }
}
