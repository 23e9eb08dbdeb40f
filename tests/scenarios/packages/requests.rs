//! What `make package` is asked for and cannot do.

use std::path::Path;

use jetway_tests::packages::make;
use jetway_tests::programs::program;

#[test]
fn a_wrong_request_is_told_with_what_would_be_right() {
    for (variable, told) in [
        ("PROFILE=fast", "PROFILE=fast: release (builds first) or dev (packs what `cargo build` has made)"),
        ("REVISION=first", "REVISION=first: a number from 1"),
        ("PARTS=deb snap", "PARTS has snap: some of deb, rpm, archive and sbom"),
        ("TARGET=mips-unknown-linux-gnu", "instances are x86_64-unknown-linux-gnu or aarch64-unknown-linux-gnu"),
    ] {
        make(&[variable]).exits(2).says(told);
    }
}

#[test]
fn a_folder_of_something_else_is_not_emptied() {
    let folder = tempfile::tempdir().unwrap();
    let letter = folder.path().join("letter");
    std::fs::write(&letter, "dear").unwrap();
    let out = format!("OUT={}", folder.path().display());
    make(&["PROFILE=dev", "PARTS=deb", &out]).exits(2).says("letter, which is no package: name a new folder");
    assert_eq!(std::fs::read_to_string(letter).unwrap(), "dear");
}

#[test]
fn what_is_not_built_is_not_packed() {
    let folder = tempfile::tempdir().unwrap();
    let target = format!("CARGO_TARGET_DIR={}", folder.path().display());
    make(&["PROFILE=dev", &target]).exits(2).says("debug/jetway is not built: cargo build --workspace");
}

#[test]
fn what_was_built_from_other_sources_is_not_packed() {
    let folder = tempfile::tempdir().unwrap();
    let debug = folder.path().join("debug");
    std::fs::create_dir(&debug).unwrap();
    std::fs::copy(program("jetway"), debug.join("jetway")).unwrap();
    let source = folder.path().join("main.rs");
    std::fs::write(debug.join("jetway.d"), format!("{}: {}\n", debug.join("jetway").display(), source.display()))
        .unwrap();
    std::fs::write(&source, "").unwrap();
    let later = std::time::SystemTime::now() + std::time::Duration::from_mins(1);
    std::fs::File::options().write(true).open(&source).unwrap().set_modified(later).unwrap();
    let target = format!("CARGO_TARGET_DIR={}", folder.path().display());
    let told = format!("jetway was built before {} changed: cargo build --workspace", source.display());
    make(&["PROFILE=dev", &target]).exits(2).says(&told);
}

#[test]
fn what_building_for_the_other_processor_takes_is_told_before_anything_is_built() {
    let (target, packages) = if cfg!(target_arch = "x86_64") {
        ("aarch64-unknown-linux-gnu", "gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static")
    } else {
        ("x86_64-unknown-linux-gnu", "gcc-x86-64-linux-gnu libc6-dev-amd64-cross qemu-user-static")
    };
    // A system that has what the script itself runs, and no other compiler.
    let folder = tempfile::tempdir().unwrap();
    for tool in ["bash", "cargo", "dirname", "git", "grep", "rustc", "sed", "sort", "strip"] {
        let path = std::env::var("PATH").unwrap();
        let found = path.split(':').map(|entry| Path::new(entry).join(tool)).find(|path| path.exists()).unwrap();
        std::os::unix::fs::symlink(found, folder.path().join(tool)).unwrap();
    }
    let (target, path) = (format!("TARGET={target}"), format!("PATH={}", folder.path().display()));
    let told =
        make(&[&target, &path]).exits(2).says(&format!("apt-get install {packages} (the names are those of Debian)"));
    assert!(!told.stderr.contains("Compiling"), "{told}");
}
