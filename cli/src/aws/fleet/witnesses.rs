//! The instances of a launch that were ever seen: what one of them said on its console tells why the launch failed.

use jetway_common::name::InstanceId;

use super::cause::hint;
use super::console;
use crate::aws::account::Account;
use crate::aws::stack::events::StackEvent;
use crate::fleet::Failed;

/// Those that were seen, the first one first.
#[derive(Debug, Default)]
pub(super) struct Witnesses {
    seen: Vec<InstanceId>,
    /// The first that signalled that it failed.
    failed: Option<InstanceId>,
}

impl Witnesses {
    /// There is this instance.
    pub(super) fn see(&mut self, instance: &InstanceId) {
        if !self.seen.contains(instance) {
            self.seen.push(instance.clone());
        }
    }

    /// An event of the stack may be the signal of an instance.
    pub(super) fn hear(&mut self, event: &StackEvent) {
        let Some((instance, is_failure)) = signaller(event) else { return };
        self.see(&instance);
        if is_failure {
            self.failed.get_or_insert(instance);
        }
    }

    /// The one to ask first.
    pub(super) fn first(&self) -> Option<&InstanceId> {
        self.failed.as_ref().or(self.seen.first())
    }

    /// Adds what an instance said on its console: the one that the reason is about, or else the first.
    pub(super) async fn tell(&self, account: &Account, mut failed: Failed) -> Failed {
        let named = self.seen.iter().find(|instance| failed.failure.reason.contains(instance.as_str()));
        if let Some(instance) = named.or(self.first()) {
            let console = console::read(account, instance).await;
            failed.console = console.lines;
            // What the instance itself said is why the stack says what it does.
            if let Some(failure) = console.failure {
                return Failed { instance: Some(instance.clone()), failure, console: failed.console };
            }
        }
        let hint = hint(&failed.failure.reason);
        failed.hint(hint)
    }
}

/// The instance that a signal was from, and whether it had failed.
fn signaller(event: &StackEvent) -> Option<(InstanceId, bool)> {
    let (words, rest) = event.reason.as_ref()?.split_once("UniqueId ")?;
    let id = rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').next()?;
    Some((id.parse().ok()?, words.contains("FAILURE")))
}
