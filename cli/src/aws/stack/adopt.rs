//! Decides whether a stack that is there already is the one that was asked for: by a call whose answer was lost, or by a
//! command that was killed.

use super::new_stack::NewStack;
use super::{Operation, Stack, Stacks};
use crate::error::UserError;

/// The operation that makes `new`, if the stack of that name is the one; `told` says why that has to be asked.
pub(super) async fn adopt(stacks: &Stacks, new: &NewStack, told: UserError) -> anyhow::Result<Operation> {
    // A lost answer is no news: only what is there decides.
    let Some(stack) = stacks.find(&new.name).await? else { return Err(told.into()) };
    match difference(stacks, new, &stack).await? {
        None => Ok(Operation::joined(&stack)),
        Some(difference) => {
            let message = format!("there is a stack {} already, and {difference}; nothing was changed", new.name);
            Err(UserError::failed(message).into())
        }
    }
}

/// What tells `stack` from the one that was asked for, if anything does.
async fn difference(stacks: &Stacks, new: &NewStack, stack: &Stack) -> anyhow::Result<Option<&'static str>> {
    if !stack.is_tagged(&new.tags) {
        return Ok(Some("it has other tags"));
    }
    let is_given = |(name, value): (&String, &String)| stack.parameters.get(name) == Some(value);
    if !new.parameters.iter().all(is_given) {
        return Ok(Some("it was made with other parameters"));
    }
    let is_same = stacks.template(stack).await?.trim_end() == new.body.trim_end();
    Ok((!is_same).then_some("it was made from another template"))
}
