//! `jetway image export`: what comes out is what went in, or nothing.

use crate::archive::{Image, layer, noise};
use crate::lab::{Lab, files};

#[test]
fn what_was_pushed_comes_back_and_is_the_same_image_again() {
    let lab = Lab::new();
    let first = lab.pushed(&Image::new().saved().bytes());
    let archive = lab.image(&["export", "shop:v1"]).stdout;
    let other = Lab::new();
    assert_eq!(other.pushed(&archive)["manifest"], first["manifest"]);
    let mut names = Vec::new();
    for entry in tar::Archive::new(&archive[..]).entries().unwrap() {
        names.push(entry.unwrap().path().unwrap().display().to_string());
    }
    assert_eq!(names.last().unwrap(), "manifest.json");
}

#[test]
fn an_image_is_found_by_its_digest_too() {
    let lab = Lab::new();
    let digest = lab.pushed(&Image::new().saved().bytes())["manifest"].as_str().unwrap().to_owned();
    let by_tag = lab.image(&["export", "shop:v1"]).stdout;
    for name in [&digest[..], &digest[7..19], &digest[..16]] {
        assert!(lab.image(&["export", name]).stdout == by_tag, "{name}");
    }
    let outcome = lab.image(&["export", "shop:v9"]);
    assert_eq!(outcome.code, Some(2));
    insta::assert_snapshot!(outcome.stderr, @"
    error: there is no image `shop:v9` in the store
    hint: `jetway image list --environment local` shows what there is
    ");
    insta::assert_snapshot!(lab.image(&["export", "v9"]).stderr, @"
    error: there is no release v9
    hint: `jetway releases local` lists them
    ");
}

#[test]
fn a_file_is_written_whole_or_not_at_all() {
    let lab = Lab::new();
    lab.pushed(&Image::new().saved().bytes());
    insta::assert_snapshot!(lab.image(&["export", "shop:v1", "-o", "out.tar"]).text(), @"shop:v1 is written to out.tar: 20.5 kB in 2 layers");
    let answer = lab.image(&["export", "shop:v1", "-o", "out.tar", "--json"]).json();
    assert_eq!(answer["file"], "out.tar");
    insta::assert_snapshot!(lab.image(&["export", "shop:v1", "--json"]).stderr, @"
    error: --json and the archive cannot both be on stdout
    hint: say `-o FILE`
    ");
}

#[test]
fn a_pipe_or_a_device_is_not_replaced_by_a_file() {
    let lab = Lab::new();
    lab.pushed(&Image::new().saved().bytes());
    assert!(std::process::Command::new("mkfifo").arg(lab.path("pipe")).status().unwrap().success());
    let outcome = lab.image(&["export", "shop:v1", "-o", "pipe"]);
    assert_eq!(outcome.code, Some(2));
    insta::assert_snapshot!(outcome.stderr, @"
    error: `pipe` is there and is no regular file, so it is left as it is
    hint: name another file, or `-` for standard output
    ");
    assert!(!std::fs::metadata(lab.path("pipe")).unwrap().is_file());
}

#[test]
fn stored_bytes_that_are_wrong_are_never_exported() {
    let lab = Lab::new();
    lab.pushed(&Image::new().layers(&[layer("noise", &noise(3_000_000))]).saved().bytes());
    let blobs = lab.images().join("blobs/sha256");
    let size = |name: &String| std::fs::metadata(blobs.join(name)).unwrap().len();
    let largest = files(&blobs).into_iter().max_by_key(size).unwrap();
    let mut bytes = std::fs::read(blobs.join(&largest)).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(blobs.join(&largest), bytes).unwrap();
    let outcome = lab.image(&["export", "shop:v1", "-o", "out.tar"]);
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stderr.contains("in the store is broken: it opens to sha256:"), "{}", outcome.stderr);
    assert!(files(&lab.path(".")).iter().all(|name| !name.contains("out.tar")));
}

#[test]
fn a_reader_that_leaves_early_has_no_whole_archive() {
    let lab = Lab::new();
    lab.pushed(&Image::new().layers(&[layer("noise", &noise(3_000_000))]).saved().bytes());
    let mut child = lab.command().args(["image", "export", "shop:v1"]).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(String::from_utf8(output.stderr).unwrap(), @"error: whoever reads standard output has left, and has not all of the archive");
}
