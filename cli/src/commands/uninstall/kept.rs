//! What outlives its stack: what people lose with it, nothing brings back, so only they remove it.

use std::fmt;

use serde::Serialize;

use crate::aws::left;
use crate::aws::stack::{Stack, Stacks, name};
use crate::commands::install::{base_words, check_owner, environment_words};
use crate::stack_session::StackSession;

/// A resource that stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Kept {
    /// What AWS calls it.
    id: String,
    /// Its type.
    kind: String,
    /// What it is for.
    description: String,
    /// How a person removes it.
    pub(super) remove: String,
}

/// What of `stack` will stay.
pub(super) async fn find(session: &StackSession, stacks: &Stacks, stack: &Stack) -> anyhow::Result<Vec<Kept>> {
    let installation = session.installation();
    let words = match stack.name.strip_prefix(&format!("{}-env-", installation.name)) {
        Some(environment) => environment_words(installation, &environment.parse()?)?,
        None => base_words(installation),
    };
    let resources = stacks.resources(stack).await?.into_iter().filter(|resource| words.is_kept(&resource.name));
    let kept = resources.filter_map(|resource| {
        let description = words.tell(&resource.name, &resource.kind);
        let (id, region) = (resource.id?, stacks.account().region());
        let remove = how(&resource.kind, &id, region)?;
        Some(Kept { id, kind: resource.kind, description, remove })
    });
    Ok(kept.collect())
}

/// What stacks that are gone have left, as far as nobody has removed it since.
pub(super) async fn of_before(session: &StackSession, stacks: &Stacks) -> anyhow::Result<Vec<Kept>> {
    let installation = &session.installation().name;
    let (base, environments) = (name::base(installation), name::environments(installation));
    let mut kept = Vec::new();
    for stack in stacks.deleted(&format!("{installation}-")).await? {
        let is_ours = check_owner(&stack, installation).is_ok();
        if is_ours && (stack.name == base || stack.name.starts_with(&environments)) {
            for each in find(session, stacks, &stack).await? {
                if left::is_there(stacks.account(), &each.kind, &each.id).await? {
                    kept.push(each);
                }
            }
        }
    }
    Ok(kept)
}

/// How a person removes it; none for what goes with another resource.
fn how(kind: &str, id: &str, region: &str) -> Option<String> {
    match kind {
        // `aws s3 rb --force` leaves the versions of objects, and then fails.
        "AWS::S3::Bucket" => Some(format!(
            "empty it, all versions too, in the S3 console; then `aws s3api delete-bucket --bucket {id} --region {region}`"
        )),
        "AWS::KMS::Key" => Some(format!(
            "`aws kms schedule-key-deletion --key-id {id} --region {region}`; what it sealed is lost with it"
        )),
        "AWS::Logs::LogGroup" => Some(format!("`aws logs delete-log-group --log-group-name {id} --region {region}`")),
        _ => None,
    }
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.id, self.description)
    }
}
