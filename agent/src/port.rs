//! Who listens on a port of this machine, from /proc.

use std::collections::HashSet;

use procfs::net::TcpState;
use procfs::process::{FDTarget, Process, all_processes};

/// A parent chain longer than this is no chain.
const DEEPEST: usize = 64;

/// Who listens on a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// Nobody.
    Nobody,
    /// One of the given processes, or a child of one.
    Ours,
    /// Somebody else, by name.
    Other {
        /// Its process.
        pid: i32,
        /// What it is called.
        name: String,
    },
    /// Somebody whose process we may not see.
    Unseen,
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nobody => f.write_str("nobody"),
            Self::Ours => f.write_str("this application"),
            Self::Other { pid, name } => write!(f, "`{}` (process {pid})", crate::text::escape(name)),
            Self::Unseen => f.write_str("another process"),
        }
    }
}

/// Who listens on `port`; `own` are the first processes of our containers.
pub async fn holder(port: u16, own: Vec<i32>) -> Holder {
    let look = move || look(port, &own);
    tokio::task::spawn_blocking(look).await.unwrap_or(Holder::Unseen)
}

fn look(port: u16, own: &[i32]) -> Holder {
    // By way of our own process: on an instance the agent sees of /proc nothing but processes.
    let Ok(own_process) = Process::myself() else { return Holder::Nobody };
    let sockets = own_process.tcp().into_iter().chain(own_process.tcp6()).flatten();
    let listening = sockets.filter(|socket| socket.state == TcpState::Listen && socket.local_address.port() == port);
    let inodes: HashSet<u64> = listening.map(|socket| socket.inode).collect();
    if inodes.is_empty() {
        return Holder::Nobody;
    }
    let holders: Vec<Process> = all_processes().into_iter().flatten().flatten().filter(|p| holds(p, &inodes)).collect();
    if holders.iter().any(|process| descends(process.pid, own)) {
        return Holder::Ours;
    }
    let Some(process) = holders.first() else { return Holder::Unseen };
    Holder::Other { pid: process.pid, name: process.stat().map(|stat| stat.comm).unwrap_or_default() }
}

fn holds(process: &Process, inodes: &HashSet<u64>) -> bool {
    let files = process.fd().into_iter().flatten().flatten();
    files.map(|file| file.target).any(|target| matches!(target, FDTarget::Socket(inode) if inodes.contains(&inode)))
}

fn descends(pid: i32, own: &[i32]) -> bool {
    let mut pid = pid;
    for _ in 0..DEEPEST {
        if own.contains(&pid) {
            return true;
        }
        match Process::new(pid).and_then(|process| process.stat()) {
            Ok(stat) if stat.ppid > 1 => pid = stat.ppid,
            _ => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_holder_of_a_port_is_found_and_told_from_our_own() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let pid = i32::try_from(std::process::id()).unwrap();
        assert!(matches!(holder(port, Vec::new()).await, Holder::Other { pid: found, .. } if found == pid));
        assert_eq!(holder(port, vec![pid]).await, Holder::Ours);
        drop(listener);
        assert_eq!(holder(port, Vec::new()).await, Holder::Nobody);
    }
}
