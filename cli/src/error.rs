//! What a user is told when a command does not do its work: a sentence, at most one hint, and an exit code.

use std::fmt;
use std::process::ExitCode;

use crate::platform::StoreError;

/// The outcomes of a command, as the shell sees them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It is done.
    Done,
    /// It did not work. For `diff`: there are changes.
    Failed,
    /// It was called wrongly, or its input is wrong; nothing was changed.
    Usage,
    /// It is not known yet: the work goes on without this command.
    Unknown,
    /// The exit code of the program that the command ran for the user.
    Program(u8),
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Unknown => 3,
            Exit::Program(code) => code,
        })
    }
}

/// An error in the user's words.
#[derive(Debug)]
pub struct UserError {
    /// What happened and why.
    pub message: String,
    /// What to do about it, if there is one thing to do.
    pub hint: Option<String>,
    /// The exit code it leads to.
    pub exit: Exit,
}

impl UserError {
    /// Something that did not work.
    pub fn failed(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, exit: Exit::Failed }
    }

    /// Wrong use or wrong input.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, exit: Exit::Usage }
    }

    /// Something that goes on without this command.
    pub fn unknown(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, exit: Exit::Unknown }
    }

    /// Adds the one thing to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for UserError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for UserError {}

/// The exit code that an error leads to: that of the [`UserError`] in its chain, else [`Exit::Failed`].
pub fn exit_of(error: &anyhow::Error) -> Exit {
    user_error(error).map_or(Exit::Failed, |user| user.exit)
}

/// The hint of an error, if it has one.
pub fn hint_of(error: &anyhow::Error) -> Option<&str> {
    let of_store = || error.chain().find_map(|cause| cause.downcast_ref::<StoreError>()?.hint.as_deref());
    user_error(error).and_then(|user| user.hint.as_deref()).or_else(of_store)
}

fn user_error(error: &anyhow::Error) -> Option<&UserError> {
    error.chain().find_map(|cause| cause.downcast_ref::<UserError>())
}
