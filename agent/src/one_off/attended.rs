//! Tells whether somebody still waits for a one-off container: a socket without a file, which the kernel closes with the process,
//! however that ends. <https://man7.org/linux/man-pages/man7/unix.7.html>, "Abstract sockets".

use std::io::{ErrorKind, Result};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// While it lives, and no longer than this process, a container is waited for.
pub(super) struct Attendance(#[expect(dead_code, reason = "the open socket is the sign")] UnixDatagram);

impl Attendance {
    /// Begins to wait for the container with this name.
    pub(super) fn begin(container: &str) -> Result<Self> {
        UnixDatagram::bind_addr(&address(container)?).map(Self)
    }
}

/// Whether nobody waits for the container any more. A question that fails decides nothing.
pub(super) fn is_abandoned(container: &str) -> bool {
    let ask = || UnixDatagram::unbound()?.connect_addr(&address(container)?);
    ask().is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
}

fn address(container: &str) -> Result<SocketAddr> {
    SocketAddr::from_abstract_name(container)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_is_abandoned_as_soon_as_nobody_waits_for_it() {
        let name = format!("jetway-qa-shop-run-{}", std::process::id());
        assert!(is_abandoned(&name));
        let attendance = Attendance::begin(&name).unwrap();
        assert!(!is_abandoned(&name));
        drop(attendance);
        assert!(is_abandoned(&name));
    }
}
