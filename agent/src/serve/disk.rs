//! Tells when Docker's disk is full: what serves goes on, but could not be started again.

use super::Server;
use crate::disk::{FREE_SPACE, Room};
use crate::error::StepError;

impl Server<'_> {
    /// That the disk is full, if it is and can be seen from here.
    pub(super) async fn full_disk(&mut self) -> Option<StepError> {
        if self.docker_root.is_none() {
            self.docker_root = self.platform.engine.describe().await.ok().map(|engine| engine.root);
        }
        let lack = Room::at(self.docker_root.as_deref()?)?.lack()?;
        Some(StepError::later(lack).hint(FREE_SPACE))
    }
}
