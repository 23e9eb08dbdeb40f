//! What each status of a CloudFormation stack means: to people, to whoever waits, and for the exit code.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html#cfn-console-view-stack-data-resources-status-codes>

use aws_sdk_cloudformation::types::StackStatus;

use crate::error::Exit;

/// What a status means to whoever waits for the stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// CloudFormation is at work.
    InProgress,
    /// The last operation is done.
    Done,
    /// The last operation failed, and what it did is undone.
    Failed,
    /// The stack is no more.
    Gone,
    /// The stack has a name and nothing else: its first change set was never run.
    Empty,
    /// The last operation failed half-way, and CloudFormation does nothing more on its own.
    NeedsPerson,
    /// CloudFormation says something that this version has never heard of.
    Unknown,
}

/// The status of a stack, as CloudFormation says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status(StackStatus);

impl Status {
    /// The status that CloudFormation writes like this.
    pub fn named(name: &str) -> Self {
        Self(StackStatus::from(name))
    }

    /// As CloudFormation writes it, for example `CREATE_COMPLETE`.
    pub fn name(&self) -> &str {
        self.0.as_str()
    }

    /// What it means to whoever waits.
    pub fn meaning(&self) -> Meaning {
        self.row().0
    }

    /// What became of the stack, for people; the words after its name.
    pub fn sentence(&self) -> &'static str {
        self.row().1
    }

    /// Whether CloudFormation is done, one way or the other, so that another operation may begin.
    pub fn is_settled(&self) -> bool {
        match self.meaning() {
            Meaning::InProgress => false,
            Meaning::Unknown => !self.name().ends_with("_IN_PROGRESS"),
            _ => true,
        }
    }

    /// Whether the stack holds what its last successful operation made, so that it can be used and changed.
    pub fn is_usable(&self) -> bool {
        use StackStatus as S;
        let is_back = matches!(self.0, S::UpdateRollbackComplete | S::ImportRollbackComplete);
        is_back || self.meaning() == Meaning::Done
    }

    /// Whether the stack never came to be and holds nothing that it could be changed from: it can only be deleted.
    pub fn is_stillborn(&self) -> bool {
        matches!(self.0, StackStatus::RollbackComplete | StackStatus::ReviewInProgress)
    }

    /// Whether the stack is being deleted, or is so already.
    pub fn is_leaving(&self) -> bool {
        matches!(self.0, StackStatus::DeleteInProgress | StackStatus::DeleteComplete)
    }

    /// The exit code of a command that waited for the stack to be made or changed and saw this last.
    pub fn exit(&self) -> Exit {
        match self.meaning() {
            Meaning::Done => Exit::Done,
            Meaning::InProgress | Meaning::Unknown => Exit::Unknown,
            Meaning::Failed | Meaning::Gone | Meaning::Empty | Meaning::NeedsPerson => Exit::Failed,
        }
    }

    /// The exit code of a command that waited for the stack to be deleted and saw this last.
    pub fn exit_of_deletion(&self) -> Exit {
        match self.meaning() {
            Meaning::Gone => Exit::Done,
            Meaning::InProgress | Meaning::Unknown => Exit::Unknown,
            Meaning::Done | Meaning::Failed | Meaning::Empty | Meaning::NeedsPerson => Exit::Failed,
        }
    }

    /// What a person can do about the stack called `name`, where CloudFormation does nothing more; `options` are those
    /// that lead the AWS CLI to it.
    pub fn advice(&self, name: &str, options: &str) -> Option<String> {
        use StackStatus as S;
        let command = match self.0 {
            S::UpdateRollbackFailed => "continue-update-rollback",
            S::UpdateFailed => "rollback-stack",
            S::CreateFailed | S::RollbackFailed | S::DeleteFailed => "delete-stack",
            _ => return None,
        };
        Some(format!("repair the cause, then `aws cloudformation {command} --stack-name {name} {options}`"))
    }

    fn row(&self) -> (Meaning, &'static str) {
        use Meaning::{Done, Empty, Failed, Gone, InProgress, NeedsPerson, Unknown};
        use StackStatus as S;
        match self.0 {
            S::ReviewInProgress => (Empty, "holds nothing: its first change set was never run"),
            S::CreateInProgress => (InProgress, "is being created"),
            S::CreateComplete => (Done, "is created"),
            S::CreateFailed => (NeedsPerson, "could not be created, and what was made of it is left"),
            S::RollbackInProgress => (InProgress, "could not be created; what was made of it is being removed"),
            S::RollbackComplete => (Failed, "could not be created; what was made of it is removed"),
            S::RollbackFailed => (NeedsPerson, "could not be created, and what was made of it could not be removed"),
            S::UpdateInProgress => (InProgress, "is being changed"),
            S::UpdateCompleteCleanupInProgress => (InProgress, "is changed; what it no longer needs is being removed"),
            S::UpdateComplete => (Done, "is changed"),
            S::UpdateFailed => (NeedsPerson, "could not be changed, and is left half-changed"),
            S::UpdateRollbackInProgress => (InProgress, "could not be changed; it is being put back as it was"),
            S::UpdateRollbackCompleteCleanupInProgress => {
                (InProgress, "could not be changed and is as it was; what is left over is being removed")
            }
            S::UpdateRollbackComplete => (Failed, "could not be changed; it is as it was"),
            S::UpdateRollbackFailed => (NeedsPerson, "could not be changed, and could not be put back as it was"),
            S::DeleteInProgress => (InProgress, "is being deleted"),
            S::DeleteComplete => (Gone, "is deleted"),
            S::DeleteFailed => (NeedsPerson, "could not be deleted completely"),
            S::ImportInProgress => (InProgress, "is taking over resources"),
            S::ImportComplete => (Done, "has taken over resources"),
            S::ImportRollbackInProgress => {
                (InProgress, "could not take over resources; it is being put back as it was")
            }
            S::ImportRollbackComplete => (Failed, "could not take over resources; it is as it was"),
            S::ImportRollbackFailed => {
                (NeedsPerson, "could not take over resources, and could not be put back as it was")
            }
            _ => (Unknown, "has a status that this version of jetway does not know"),
        }
    }
}

impl From<StackStatus> for Status {
    fn from(status: StackStatus) -> Self {
        Self(status)
    }
}

#[cfg(test)]
mod tests;
