//! What there is to see of a launch on this machine: whether the agent lives. A dead one is started again.

use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use crate::fleet::{Failed, Follow, Members, Overdue, Sight, Standing};
use crate::local::agent::Agent;

/// How often the agent is looked at.
const POLL: Duration = Duration::from_millis(150);
/// How long an agent may be gone before it is started again; systemd waits as long.
const REVIVE_AFTER: Duration = Duration::from_secs(1);
/// How often an agent is started again that dies without giving a reason.
const MOST_REVIVALS: u32 = 5;

/// A launch on this machine that is followed.
pub struct LocalFollow<'a> {
    agent: Agent<'a>,
    gone_since: Option<Instant>,
    revivals: u32,
}

impl<'a> LocalFollow<'a> {
    /// Follows what `agent` was told to run.
    pub fn new(agent: Agent<'a>) -> Self {
        Self { agent, gone_since: None, revivals: 0 }
    }

    /// Keeps the agent alive as an init system would, until that is of no use.
    fn keep_going(&mut self) -> anyhow::Result<Option<Failed>> {
        if self.agent.is_running() {
            self.gone_since = None;
            return Ok(None);
        }
        let gone_since = *self.gone_since.get_or_insert_with(Instant::now);
        if gone_since.elapsed() < REVIVE_AFTER {
            return Ok(None);
        }
        if self.revivals == MOST_REVIVALS {
            let reason = format!("the agent ended {} times without giving a reason", self.revivals + 1);
            return Ok(Some(Failed::unsaid(reason).hint(format!("look into {}", self.agent.log()))));
        }
        self.revivals += 1;
        self.gone_since = None;
        tracing::warn!("the agent is gone, starting it again");
        self.agent.start()?;
        Ok(None)
    }
}

#[async_trait]
impl Follow for LocalFollow<'_> {
    async fn look(&mut self) -> anyhow::Result<Sight> {
        let standing = match self.keep_going()? {
            Some(failed) => Standing::Failed(Box::new(failed)),
            None => Standing::Complete(Members::ThisMachine),
        };
        Ok(Sight { news: Vec::new(), standing })
    }

    fn pause(&mut self) -> Duration {
        POLL
    }

    async fn overdue(&mut self) -> Overdue {
        Overdue::Unknown(Vec::new())
    }
}
