//! What the commands that launch a release have in common: how long, how patiently, and what becomes of what is over.

use jetway_common::current::{Remains, Terms};
use jetway_common::seconds::{Seconds, SecondsError};

/// How a release is launched and followed.
#[derive(Debug, clap::Args)]
pub(super) struct Following {
    /// How long the release may take until it is ready.
    #[arg(long, default_value = "15m", value_name = "TIME", value_parser = some_time)]
    timeout: Seconds,
    /// How long the release before stays on standby, from where `jetway rollback` brings it back within seconds; 0s
    /// removes it at once. As the manifest says, unless it is said here.
    #[arg(long, value_name = "TIME")]
    keep: Option<Seconds>,
    /// Keep the instances of a release that fails, to look into them; the next release that is healthy removes them.
    #[arg(long)]
    keep_failed: bool,
    /// Leave as soon as the release is launched; `jetway wait` tells what came of it.
    #[arg(long)]
    pub(super) detach: bool,
    /// How long to wait for another deploy to finish.
    #[arg(long, default_value = "0s", value_name = "TIME")]
    pub(super) wait: Seconds,
}

impl Following {
    /// What whoever concludes the launch keeps to; `keep` is how long the release before stays, unless it was said.
    pub(super) fn terms(&self, keep: Seconds) -> Terms {
        let failed = if self.keep_failed { Remains::Kept } else { Remains::Removed };
        Terms { timeout: self.timeout, standby: self.keep.unwrap_or(keep), failed }
    }
}

/// A length of time in which something can happen.
pub(super) fn some_time(text: &str) -> Result<Seconds, String> {
    let time: Seconds = text.parse().map_err(|error: SecondsError| error.to_string())?;
    if time.0 == 0 { Err("nothing is ready in no time; give it a second or more".to_owned()) } else { Ok(time) }
}
