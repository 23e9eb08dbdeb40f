//! Asks systemd over the system's bus. Every question has a time limit: a person, or a system that goes down, waits for the answer.

use std::time::Duration;

use procfs::Current as _;
use zbus::proxy::CacheProperties;
use zbus::{Connection, OwnedObjectPath, connection, fdo, proxy};

use super::unit::{Unit, UnitState};
use crate::platform::Descent;

/// How long a person waits for one answer.
const LIMIT: Duration = Duration::from_millis(700);
/// How long one answer may take of which it depends how containers end, on a machine that is busy with going down.
const PATIENT: Duration = Duration::from_secs(3);
/// What is being started while a system goes down that boots again:
/// <https://www.freedesktop.org/software/systemd/man/latest/systemd.special.html>.
const REBOOTS: [&str; 3] = ["reboot.target", "kexec.target", "soft-reboot.target"];

/// The line to systemd.
pub struct Bus {
    connection: Connection,
}

/// Why systemd did not answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BusError {
    /// There is no bus here, or nobody on it.
    #[error("systemd does not answer: {0}")]
    Away(String),
    /// It says no.
    #[error("systemd refused it: {0}")]
    Refused(String),
}

impl From<zbus::Error> for BusError {
    fn from(error: zbus::Error) -> Self {
        match error {
            zbus::Error::MethodError(name, reason, _) => {
                Self::Refused(reason.unwrap_or_else(|| name.as_str().to_owned()))
            }
            zbus::Error::FDO(error) => match *error {
                fdo::Error::AccessDenied(reason) | fdo::Error::InteractiveAuthorizationRequired(reason) => {
                    Self::Refused(reason)
                }
                other => Self::Away(other.to_string()),
            },
            other => Self::Away(other.to_string()),
        }
    }
}

#[proxy(
    interface = "org.freedesktop.systemd1.Manager",
    default_service = "org.freedesktop.systemd1",
    default_path = "/org/freedesktop/systemd1"
)]
trait Manager {
    #[zbus(property)]
    fn system_state(&self) -> zbus::Result<String>;
    fn load_unit(&self, name: &str) -> zbus::Result<OwnedObjectPath>;
    fn start_unit(&self, name: &str, mode: &str) -> zbus::Result<OwnedObjectPath>;
    fn list_jobs(&self) -> zbus::Result<Vec<ListedJob>>;
    fn list_units_filtered(&self, states: &[&str]) -> zbus::Result<Vec<ListedUnit>>;
}

/// Name, description, load, active and sub state, followed unit, path, and a job's id, type and path.
type ListedUnit = (String, String, String, String, String, String, OwnedObjectPath, u32, String, OwnedObjectPath);

/// Id, unit, type, state, and the paths of the job and of its unit.
type ListedJob = (u32, String, String, String, OwnedObjectPath, OwnedObjectPath);

#[proxy(interface = "org.freedesktop.systemd1.Unit", default_service = "org.freedesktop.systemd1")]
trait Unit {
    #[zbus(property)]
    fn load_state(&self) -> zbus::Result<String>;
    #[zbus(property)]
    fn active_state(&self) -> zbus::Result<String>;
    #[zbus(property)]
    fn sub_state(&self) -> zbus::Result<String>;
}

#[proxy(interface = "org.freedesktop.systemd1.Service", default_service = "org.freedesktop.systemd1")]
trait Service {
    #[zbus(property)]
    fn result(&self) -> zbus::Result<String>;
    #[zbus(property, name = "NRestarts")]
    fn restarts(&self) -> zbus::Result<u32>;
    /// In microseconds of the monotonic clock; zero where no watchdog waits.
    #[zbus(property, name = "WatchdogTimestampMonotonic")]
    fn sign_of_life(&self) -> zbus::Result<u64>;
    #[zbus(property)]
    fn status_text(&self) -> zbus::Result<String>;
}

#[proxy(
    interface = "org.freedesktop.timedate1",
    default_service = "org.freedesktop.timedate1",
    default_path = "/org/freedesktop/timedate1"
)]
trait Clock {
    #[zbus(property, name = "NTPSynchronized")]
    fn is_synchronized(&self) -> zbus::Result<bool>;
}

impl Bus {
    /// The system's bus, each answer within a second.
    pub async fn connect() -> Result<Self, BusError> {
        Self::over(connection::Builder::system(), LIMIT).await
    }

    /// The same, each answer within a few seconds.
    pub async fn connect_patiently() -> Result<Self, BusError> {
        Self::over(connection::Builder::system(), PATIENT).await
    }

    async fn over(builder: connection::Builder<'_>, limit: Duration) -> Result<Self, BusError> {
        let connecting = builder.method_timeout(limit).build();
        match tokio::time::timeout(limit, connecting).await {
            Ok(connection) => Ok(Self { connection: connection? }),
            Err(_) => Err(BusError::Away(format!("nobody on the system's bus within {} ms", limit.as_millis()))),
        }
    }

    /// How the system is going down: systemd says that it is as soon as the order is there.
    pub async fn descent(&self) -> Result<Option<Descent>, BusError> {
        let manager = self.manager().await?;
        if manager.system_state().await? != "stopping" {
            return Ok(None);
        }
        let boots_again = manager.list_jobs().await?.iter().any(|(_, unit, ..)| REBOOTS.contains(&unit.as_str()));
        Ok(Some(if boots_again { Descent::Reboot } else { Descent::PowerOff }))
    }

    /// How a unit is.
    pub async fn unit(&self, name: &str) -> Result<Unit, BusError> {
        let path = self.manager().await?.load_unit(name).await?;
        let unit =
            UnitProxy::builder(&self.connection).path(&path).cache_properties(CacheProperties::No).build().await?;
        let service =
            ServiceProxy::builder(&self.connection).path(&path).cache_properties(CacheProperties::No).build().await?;
        let (load, active, detail) = tokio::try_join!(unit.load_state(), unit.active_state(), unit.sub_state())?;
        let state = UnitState::of(&load, &active);
        if state == UnitState::Missing {
            let result = None;
            return Ok(Unit { name: name.to_owned(), state, detail, result, restarts: 0, silent: None, said: None });
        }
        let (result, restarts, sign, said) =
            tokio::try_join!(service.result(), service.restarts(), service.sign_of_life(), service.status_text())?;
        let silent = (state == UnitState::Active && sign > 0).then(|| since(sign)).flatten();
        let result = Some(result).filter(|result| result != "success");
        let said = Some(said).filter(|said| !said.is_empty());
        Ok(Unit { name: name.to_owned(), state, detail, result, restarts, silent, said })
    }

    /// The names of the units that failed, in order.
    pub async fn failed_units(&self) -> Result<Vec<String>, BusError> {
        let listed = self.manager().await?.list_units_filtered(&["failed"]).await?;
        let mut names: Vec<String> = listed.into_iter().map(|(name, ..)| name).collect();
        names.sort_unstable();
        Ok(names)
    }

    /// Has a unit started; that it has begun to is not waited for.
    pub async fn start(&self, name: &str) -> Result<(), BusError> {
        self.manager().await?.start_unit(name, "replace").await?;
        Ok(())
    }

    /// Whether the clock is kept right by somebody who knows the time.
    pub async fn clock_is_kept(&self) -> Result<bool, BusError> {
        let clock = ClockProxy::builder(&self.connection).cache_properties(CacheProperties::No).build().await?;
        Ok(clock.is_synchronized().await?)
    }

    async fn manager(&self) -> Result<ManagerProxy<'_>, BusError> {
        Ok(ManagerProxy::builder(&self.connection).cache_properties(CacheProperties::No).build().await?)
    }
}

/// How long ago it was `microseconds` after the machine began; no machine that runs containers sleeps meanwhile.
fn since(microseconds: u64) -> Option<Duration> {
    let up = Duration::try_from_secs_f64(procfs::Uptime::current().ok()?.uptime).ok()?;
    Some(up.saturating_sub(Duration::from_micros(microseconds)))
}

#[cfg(test)]
mod tests;
