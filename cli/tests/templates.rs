//! Every variant of the four templates, compared with its golden file. Needs neither AWS nor Docker.
//!
//! `JETWAY_GOLDEN=write cargo test -p jetway --test templates` writes the files anew: read the difference before you commit it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must say so and end")]

#[path = "templates/rules.rs"]
mod rules;
#[path = "templates/variants.rs"]
mod variants;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use jetway::template::check;
use jetway::template::model::Template;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/templates")
}

fn yaml(template: &Template) -> String {
    template.yaml().unwrap()
}

#[test]
fn every_variant_is_what_its_golden_file_says() {
    let write = std::env::var("JETWAY_GOLDEN").is_ok_and(|value| value == "write");
    let mut different = Vec::new();
    for (name, template) in variants::all() {
        let path = folder().join(format!("{name}.yaml"));
        let rendered = yaml(&template);
        if write {
            fs::write(&path, rendered).unwrap();
        } else if fs::read_to_string(&path).ok() != Some(rendered) {
            different.push(name);
        }
    }
    assert!(
        different.is_empty(),
        "{different:?} changed; `JETWAY_GOLDEN=write` writes them, `git diff` shows what it means"
    );
}

#[test]
fn every_golden_file_belongs_to_a_variant() {
    let names: BTreeSet<String> = variants::all().into_iter().map(|(name, _)| format!("{name}.yaml")).collect();
    let files = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let strays: Vec<String> = files.filter(|file| !names.contains(file)).collect();
    assert!(strays.is_empty(), "{strays:?} belong to no variant; remove them");
}

#[test]
fn aws_has_no_reason_to_refuse_a_variant() {
    for (name, template) in variants::all() {
        assert_eq!(check::problems(&template, &yaml(&template)), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn a_parent_gives_what_a_child_asks_for_by_the_same_name() {
    let given: BTreeSet<String> = variants::all()
        .iter()
        .filter(|(name, _)| !name.starts_with("release"))
        .flat_map(|(_, template)| template.outputs.names().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    // What people or the deploy itself decide.
    let own = [
        "Zones",
        "CertificateArn",
        "DeletionProtection",
        "ImageId",
        "InRotation",
        "InstanceCount",
        "KeyName",
        "NewLogGroup",
        "StandbyUntil",
    ];
    for (name, template) in variants::all() {
        let orphans: Vec<&str> =
            template.parameters.names().filter(|asked| !given.contains(*asked) && !own.contains(asked)).collect();
        assert!(orphans.is_empty(), "{name}: no parent gives {orphans:?}");
    }
}
