//! One-off containers on an engine in memory.

use super::*;
use crate::attempt::tests::World;
use crate::engine::fake::{Fake, serving};

fn arguments(folder: &Path) -> OneOffArguments {
    OneOffArguments {
        container: "web".parse().unwrap(),
        entrypoint: None,
        tty: false,
        timeout: None,
        boot_file: folder.join("boot.json"),
        run_dir: folder.to_owned(),
        command: vec!["migrate".to_owned()],
    }
}

#[tokio::test]
async fn a_container_that_is_made_while_the_instance_begins_to_leave_is_not_started_and_not_left() {
    let (world, folder) = (World::new(0), tempfile::tempdir().unwrap());
    let arguments = arguments(folder.path());
    std::fs::write(&arguments.boot_file, world.boot_file.to_bytes().unwrap()).unwrap();
    let mut report = BootReport::from_bytes(include_bytes!("../../../tests/fixtures/wire/v1/report.json")).unwrap();
    report.phase = Phase::Draining;
    let (path, report) = (folder.path().join("report.json"), report.to_bytes().unwrap());
    let leaves: Box<dyn Fn() + Send + Sync> = Box::new(move || std::fs::write(&path, &report).unwrap());
    let engine = Fake { meanwhile: Some(leaves), ..Fake::with([serving("v1-web", "v1")]) };
    let told = make(&arguments, &engine).await.err().map(|error| error.reason);
    assert_eq!(told.as_deref(), Some("this instance is leaving: nothing is begun here any more"));
    assert_eq!(engine.story(), ["v1-web running always"]);
}
