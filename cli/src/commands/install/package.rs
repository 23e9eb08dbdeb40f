//! The agent's package: read, checked to be one, and stored where deploys find it.

mod rpm;

use std::fmt;
use std::path::{Path, PathBuf};

use jetway_common::agent_package::{self, Architecture, CurrentPackage};
use jetway_common::digest::Digest;
use jetway_common::document::Document as _;
use jetway_common::layout::ObjectKey;

use self::rpm::Header;
use crate::error::UserError;
use crate::platform::{Store, Written};
use crate::printer::Printer;
use crate::progress::size;

/// The package's name, as RPM has it.
const NAME: &str = "jetway-agent";
/// No package of the agent is larger, in bytes.
const LARGEST: u64 = 256 * 1024 * 1024;

/// The newest format of packages that the RPM of instances takes whole; Amazon Linux 2023 has RPM 4.16, and of newer ones
/// "RPM 4.x" only reads some: <https://rpm-software-management.github.io/rpm/manual/format_v6.html>.
const NEWEST_FORMAT: u32 = 4;

/// How every .deb begins: <https://manpages.debian.org/deb.5>.
const DEB_MAGIC: [u8; 8] = *b"!<arch>\n";

/// A package that was read and checked.
#[derive(Debug)]
pub(super) struct Package {
    path: PathBuf,
    architecture: Architecture,
    version: String,
    digest: Digest,
    bytes: Vec<u8>,
}

impl Package {
    /// Reads the file; an error if it is not a package of the agent for instances.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let wrong = |reason: String| UserError::usage(format!("{}: {reason}", path.display()));
        let file = std::fs::metadata(path).map_err(|error| wrong(error.to_string()))?;
        if !file.is_file() {
            return Err(wrong("is no file that can be read twice, but a folder, a pipe or a device".to_owned()).into());
        }
        let length = file.len();
        if length > LARGEST {
            return Err(wrong(format!("is {}: no package of the agent is that large", size(length))).into());
        }
        let bytes = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
        let hint = "name the RPM file of jetway-agent for the instances' processor; `make package` makes it";
        let what = if bytes.starts_with(&DEB_MAGIC) { "is a package for Debian" } else { "is no RPM package" };
        let header = Header::parse(&bytes).ok_or_else(|| wrong(what.to_owned()).hint(hint))?;
        if header.format > NEWEST_FORMAT {
            let found = header.format;
            let reason =
                format!("is in format {found} of RPM, and instances have one that takes up to {NEWEST_FORMAT}");
            return Err(wrong(reason).hint(hint).into());
        }
        if !header.is_whole(&bytes) {
            return Err(wrong("is damaged: it has not the payload that its header names".to_owned()).hint(hint).into());
        }
        if header.name != NAME {
            return Err(wrong(format!("is the package `{}`, not `{NAME}`", header.name)).into());
        }
        let architecture = Architecture::ALL.into_iter().find(|known| known.in_rpm() == header.architecture);
        let foreign = || wrong(format!("is for `{}`; instances are aarch64 or x86_64", header.architecture));
        let architecture = architecture.ok_or_else(foreign)?;
        let digest = Digest::of(&bytes);
        Ok(Self { path: path.to_owned(), architecture, version: header.version, digest, bytes })
    }

    /// Its key in the store.
    pub(super) fn key(&self) -> ObjectKey {
        agent_package::package(self.architecture, &self.digest)
    }

    /// Stores it, and makes new releases take it.
    pub(super) async fn store(&self, printer: Printer, store: &dyn Store) -> anyhow::Result<()> {
        let step = printer.step("agent");
        // Its key holds its digest: whoever was faster has stored the same bytes.
        let (Written::Done | Written::Lost) = store.put_new(&self.key(), &self.bytes).await?;
        let current =
            CurrentPackage { version: self.version.clone(), key: self.key().to_string(), digest: self.digest.clone() };
        self.point(store, &current.to_bytes()?).await?;
        step.done(&format!("{} {} for {} is stored", NAME, self.version, self.architecture));
        Ok(())
    }

    async fn point(&self, store: &dyn Store, bytes: &[u8]) -> anyhow::Result<()> {
        let key = agent_package::current(self.architecture);
        loop {
            let written = match store.get(&key).await? {
                Some(there) if there.bytes == bytes => return Ok(()),
                Some(there) => store.replace(&key, bytes, &there.version).await?,
                None => store.put_new(&key, bytes).await?,
            };
            if written == Written::Done {
                return Ok(());
            }
        }
    }
}

impl fmt::Display for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, architecture, version, digest, bytes } = self;
        let size = size(bytes.len() as u64);
        write!(f, "{NAME} {version} for {architecture} from {} ({size}, {})", path.display(), digest.short())
    }
}
