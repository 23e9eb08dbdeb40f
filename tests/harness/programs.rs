//! Where the built programs and the scripts are.

use std::path::{Path, PathBuf};

/// The top folder of the project.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A program of the workspace, as `cargo build` left it beside the tests' own.
#[track_caller]
pub fn program(name: &str) -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let folder = own.ancestors().find(|folder| folder.ends_with("debug") || folder.ends_with("release"));
    let path = folder.unwrap_or_else(|| panic!("{} is in no target folder", own.display())).join(name);
    assert!(path.is_file(), "{} is not built: run `cargo build --workspace` first", path.display());
    path
}
