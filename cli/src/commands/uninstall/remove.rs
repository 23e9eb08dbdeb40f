//! Deletes stacks: the environments side by side, then the base that they stand on.

use futures_util::future::join_all;

use super::{Installed, RESUME};
use crate::aws::stack::carry_out::all_or_first;
use crate::aws::stack::show::View;
use crate::aws::stack::words::Words;
use crate::aws::stack::{Operation, Stack, Stacks};
use crate::commands::install::{base_words, environment_words};
use crate::error::{Exit, exit_of};
use crate::stack_session::StackSession;

/// Deletes all stacks of one region.
pub(super) async fn all(session: &StackSession, installed: &Installed) -> anyhow::Result<()> {
    let installation = session.installation();
    let prefix = crate::aws::stack::name::environments(&installation.name);
    let one = async |stack: &Stack| {
        let title = stack.name.strip_prefix(&prefix).unwrap_or("environment");
        let words = environment_words(installation, &title.parse()?)?;
        delete(session, &installed.stacks, stack, title, &words).await
    };
    all_or_first(session.printer, join_all(installed.environments.iter().map(one)).await)?;
    if let Some(base) = &installed.base {
        delete(session, &installed.stacks, base, "base", &base_words(installation)).await?;
    }
    Ok(())
}

async fn delete(
    session: &StackSession,
    stacks: &Stacks,
    stack: &Stack,
    title: &str,
    words: &Words,
) -> anyhow::Result<()> {
    let view = View { printer: session.printer, title, words, resume: RESUME };
    if stack.status.is_leaving() {
        view.show(stacks, Operation::joined(stack)).await?;
        return Ok(());
    }
    if !stack.status.is_settled() {
        session.printer.say(format_args!("the stack {} {}: waiting for that", stack.name, stack.status.sentence()));
        // How that ends does not matter to a stack that is to go, only that it ends.
        if let Err(error) = view.show(stacks, Operation::joined(stack)).await
            && exit_of(&error) != Exit::Failed
        {
            return Err(error);
        }
    }
    view.remove(stacks, stack).await
}
