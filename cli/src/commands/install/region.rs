//! Where an installation is: one place for each account and region that these credentials reach, and what is there.

use std::collections::BTreeMap;
use std::fmt;

use jetway_common::name::{EnvironmentName, InstallationName};
use serde::Serialize;

use super::blueprint::{base_words, environment_words};
use crate::aws::account::{self, Account};
use crate::aws::stack::show::View;
use crate::aws::stack::state::State;
use crate::aws::stack::{Stack, Stacks, name};
use crate::error::UserError;
use crate::place::Place as Wanted;
use crate::stack_session::StackSession;

/// An account's region, with the environments that are to be in it.
pub(in crate::commands) struct Place {
    /// The stacks there.
    pub(in crate::commands) stacks: Stacks,
    /// The environments.
    pub(in crate::commands) environments: Vec<EnvironmentName>,
}

/// An environment that these credentials do not reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::commands) struct Skipped {
    environment: EnvironmentName,
    account: String,
}

/// What is in a region already, with nothing under way.
pub(super) struct Region {
    /// The stacks there.
    pub(super) stacks: Stacks,
    /// The base stack.
    pub(super) base: State,
    /// The stacks of the environments that are to be in it.
    pub(super) environments: Vec<(EnvironmentName, State)>,
}

/// The places of all environments; those in other accounts than the credentials' are left out, and named.
pub(in crate::commands) async fn places(session: &StackSession) -> anyhow::Result<(Vec<Place>, Vec<Skipped>)> {
    account::warn_of_endpoint(session.printer);
    let mut accounts: BTreeMap<Option<String>, Account> = BTreeMap::new();
    let mut places: Vec<Place> = Vec::new();
    let mut skipped: Vec<(Skipped, Wanted)> = Vec::new();
    for environment in session.installation().environments.keys() {
        let wanted = session.place(environment)?;
        let account = if let Some(account) = accounts.get(&wanted.region) {
            account.clone()
        } else {
            let account = Account::open(&Wanted { account: None, ..wanted.clone() }).await?;
            accounts.insert(wanted.region.clone(), account.clone());
            account
        };
        if let Some(expected) = wanted.account.as_ref().filter(|expected| *expected != account.id()) {
            skipped.push((Skipped { environment: environment.clone(), account: expected.clone() }, wanted));
            continue;
        }
        match places.iter_mut().find(|place| place.stacks.account().region() == account.region()) {
            Some(place) => place.environments.push(environment.clone()),
            None => places.push(Place { stacks: Stacks::new(&account), environments: vec![environment.clone()] }),
        }
    }
    if let (true, Some((_, wanted))) = (places.is_empty(), skipped.first()) {
        // Nothing is left to do, so the account is not another one: it is the wrong one.
        Account::open(wanted).await?;
    }
    Ok((places, skipped.into_iter().map(|(skipped, _)| skipped).collect()))
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { environment, account } = self;
        write!(f, "{environment} is left out: it belongs to the account {account}; ")?;
        write!(f, "run this with credentials of that account, too")
    }
}

impl Region {
    /// Looks at a place; waits for what is under way there.
    pub(super) async fn look(session: &StackSession, place: Place) -> anyhow::Result<Self> {
        let installation = &session.installation().name;
        let Place { stacks, environments } = place;
        let words = base_words(session.installation());
        let base = settle(session, &stacks, "base", &words, &name::base(installation)).await?;
        let mut found = Vec::new();
        for environment in environments {
            let words = environment_words(session.installation(), &environment)?;
            let name = name::environment(installation, &environment);
            let state = settle(session, &stacks, environment.as_str(), &words, &name).await?;
            found.push((environment, state));
        }
        Ok(Self { stacks, base, environments: found })
    }
}

async fn settle(
    session: &StackSession,
    stacks: &Stacks,
    title: &str,
    words: &crate::aws::stack::words::Words,
    name: &str,
) -> anyhow::Result<State> {
    let view = View { printer: session.printer, title, words, resume: super::RESUME };
    let state = view.settle(stacks, name).await?;
    if let State::Usable(stack) = &state {
        check_owner(stack, &session.installation().name)?;
    }
    Ok(state)
}

/// Refuses a stack that has only the name in common: nothing of another owner is ever changed.
pub(in crate::commands) fn check_owner(stack: &Stack, installation: &InstallationName) -> Result<(), UserError> {
    if stack.tags.get("jetway:installation").map(String::as_str) == Some(installation.as_str()) {
        return Ok(());
    }
    let message = format!("there is a stack {}, and it is not one of Jetway's: it lacks the tag ", stack.name);
    let message = message + &format!("jetway:installation = {installation}; nothing was changed");
    Err(UserError::failed(message).hint("name the installation otherwise in installation.toml"))
}
