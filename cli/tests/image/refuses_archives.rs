//! Bytes that are no archive, or not a whole one: what the user is told, with nothing stored.

use serde_json::json;

use crate::archive::{Archive, Image, gzip, layer, noise, zstd};
use crate::lab::Lab;

#[test]
fn bytes_that_are_no_archive() {
    let lab = Lab::new();
    insta::assert_snapshot!(lab.refused(b""), @"
    it is empty
    hint: look whether the program that wrote it failed
    ");
    insta::assert_snapshot!(lab.refused(&gzip(b"")), @"
    it is empty
    hint: look whether the program that wrote it failed
    ");
    insta::assert_snapshot!(lab.refused(&noise(4096)), @"
    it is not a tar archive: it begins with b0 15 de fb 75 09 69 79
    hint: `docker save IMAGE -o image.tar` makes one that is taken
    ");
    insta::assert_snapshot!(lab.refused(b"tiny"), @"
    it is not a tar archive: it begins with 74 69 6e 79
    hint: `docker save IMAGE -o image.tar` makes one that is taken
    ");
    insta::assert_snapshot!(lab.refused(b"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>"), @"
    it looks like XML, not like a tar archive
    hint: it may be what a server answered instead of the archive: look into it
    ");
    insta::assert_snapshot!(lab.refused(b"\n<!DOCTYPE html><html>"), @"
    it looks like HTML, not like a tar archive
    hint: it may be what a server answered instead of the archive: look into it
    ");
    insta::assert_snapshot!(lab.refused(b"{\"message\": \"no\"}"), @"
    it looks like JSON, not like a tar archive
    hint: it may be what a server answered instead of the archive: look into it
    ");
    insta::assert_snapshot!(lab.refused(b"\xfd7zXZ\0 and so on"), @"
    it is compressed with xz, and Jetway opens gzip and zstd
    hint: decompress it first and pipe it in: `... | jetway image push -`
    ");
    insta::assert_snapshot!(lab.refused(&gzip(&zstd(&Image::new().saved().bytes()))), @"
    it is not a tar archive: it begins with a second compression
    hint: `docker save IMAGE -o image.tar` makes one that is taken
    ");
    insta::assert_snapshot!(lab.refused(&[0; 10240]), @"
    it has no manifest.json and no index.json: it was not made by `docker save` or as an OCI archive
    hint: `docker save IMAGE -o image.tar` makes one that is taken
    ");
}

#[test]
fn archives_that_were_cut_off() {
    let lab = Lab::new();
    let image = Image::new().layers(&[layer("noise", &noise(2_000_000))]);
    let saved = image.saved().bytes();
    insta::assert_snapshot!(lab.refused(&saved[..saved.len() / 2]), @"
    it is truncated: entry `0/layer.tar` needs 2,007,040 bytes, and 1,007,104 are there
    hint: save or download it again
    ");
    insta::assert_snapshot!(lab.refused(&saved[..1024 + 100]), @"
    it is truncated in the header that follows entry `0/VERSION`
    hint: save or download it again
    ");
    insta::assert_snapshot!(lab.refused(&saved[..300]), @"
    it is truncated in its first header
    hint: save or download it again
    ");
    insta::assert_snapshot!(lab.refused(&saved[..1024]), @"
    it has no manifest.json and no index.json: it was not made by `docker save` or as an OCI archive
    hint: `docker save IMAGE -o image.tar` makes one that is taken
    ");
    let (packed, thin) = (gzip(&saved), zstd(&saved));
    insta::assert_snapshot!(lab.refused(&packed[..packed.len() / 2]), @"
    its gzip data ends too early: it was cut off
    hint: save or download it again
    ");
    insta::assert_snapshot!(lab.refused(&packed[..packed.len() - 4]), @"
    its gzip data ends too early: it was cut off
    hint: save or download it again
    ");
    insta::assert_snapshot!(lab.refused(&thin[..thin.len() / 2]), @"
    its zstd data ends too early: it was cut off
    hint: save or download it again
    ");
}

#[test]
fn archives_with_damage() {
    let lab = Lab::new();
    let saved = Image::new().saved().bytes();
    let mut packed = gzip(&saved);
    let crc = packed.len() - 6;
    packed[crc] ^= 1;
    insta::assert_snapshot!(lab.refused(&packed), @"
    its gzip data is broken: corrupt gzip stream does not have a matching checksum
    hint: save or download it again
    ");
    let mut header = saved.clone();
    header[1024 + 3] ^= 1;
    insta::assert_snapshot!(lab.refused(&header), @"
    the header that follows entry `0/VERSION` is broken
    hint: save or download it again
    ");
}

#[test]
fn bombs() {
    let lab = Lab::new();
    let image = Image::new().layers(&[layer("zeros", &vec![0; 100_000_000])]);
    insta::assert_snapshot!(lab.refused(&gzip(&image.saved().bytes())), @"it opens to more than 200 times its size: that is no image but a bomb");
    insta::assert_snapshot!(lab.refused(&zstd(&image.saved().bytes())), @"it opens to more than 200 times its size: that is no image but a bomb");
    insta::assert_snapshot!(lab.refused(&image.oci().bytes()), @"it opens to more than 200 times its size: that is no image but a bomb");
}

#[test]
fn archives_without_an_image() {
    let lab = Lab::new();
    let parts = Image::new().parts();
    insta::assert_snapshot!(lab.refused(&parts.bytes()), @"
    it has no manifest.json and no index.json: it was not made by `docker save` or as an OCI archive
    hint: `docker save IMAGE -o image.tar` makes one that is taken
    ");
    let with = |manifest: &str| parts.clone().file("manifest.json", manifest).bytes();
    insta::assert_snapshot!(lab.refused(&with("[]")), @"
    manifest.json lists no image
    hint: `docker save IMAGE -o image.tar` makes one that is taken
    ");
    insta::assert_snapshot!(lab.refused(&with("null")), @"
    manifest.json lists no image
    hint: `docker save IMAGE -o image.tar` makes one that is taken
    ");
    insta::assert_snapshot!(lab.refused(&with("")), @"`manifest.json` cannot be read: EOF while parsing a value at line 1 column 0");
    insta::assert_snapshot!(lab.refused(&with("[{\"Config\": 1}]")), @"`manifest.json` cannot be read: invalid type: integer `1`, expected a string at line 1 column 13");
    insta::assert_snapshot!(lab.refused(&with("[{\"Config\": \"x.json\"")), @"`manifest.json` cannot be read: EOF while parsing an object at line 1 column 20");
    insta::assert_snapshot!(lab.refused(&with(&"[".repeat(100_000))), @"`manifest.json` cannot be read: invalid type: sequence, expected a string at line 1 column 2");
    insta::assert_snapshot!(lab.refused(&with(&format!("[{}]", " ".repeat(2_000_000)))), @"`manifest.json` cannot be read: it has more than 1048576 bytes");
    insta::assert_snapshot!(lab.refused(&parts.json("index.json", &json!({ "manifests": [] })).bytes()), @"
    index.json lists no image
    hint: `docker save IMAGE -o image.tar` makes one that is taken
    ");
}

#[test]
fn sources_that_cannot_be_read() {
    let lab = Lab::new();
    insta::assert_snapshot!(lab.refused_push(&["push"]), @"there is no such file");
    std::fs::create_dir(lab.path("shop.tar")).unwrap();
    insta::assert_snapshot!(lab.refused_push(&["push"]), @"
    the folder has no index.json: it is no OCI layout
    hint: `skopeo copy docker-daemon:IMAGE oci:FOLDER` makes one; an archive is given by its file
    ");
    insta::assert_snapshot!(lab.refused_push(&["push", "/dev/null"]), @"
    error: cannot take the image from `/dev/null`: it is neither a file nor a folder
    hint: pipe it in: `... | jetway image push -`
    ");
    insta::assert_snapshot!(lab.refused_push(&["push", "shop.tar", "--platform", "amd64"]), @"
    error: `amd64` is no platform: expected `os/architecture`
    hint: for example `linux/amd64` or `linux/arm64`
    ");
}

#[test]
fn an_archive_that_grows_while_it_is_read() {
    let lab = Lab::new();
    // The first layer is in the store while the second is read.
    let image = Image::new().layers(&[layer("first", &noise(10_000_000)), layer("second", &noise(200_000_000))]);
    lab.write("shop.tar", &image.saved().bytes());
    let child = lab.command().args(["image", "push", "--platform", "linux/amd64"]).spawn().unwrap();
    let mut file = std::fs::File::options().append(true).open(lab.path("shop.tar")).unwrap();
    while crate::lab::files(&lab.images()).is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    std::io::Write::write_all(&mut file, b"more").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!(String::from_utf8(output.stderr).unwrap(), @"
    error: cannot take the image from `shop.tar`: it changed while it was read: its size is another
    hint: wait until whoever writes it is done, and run this again
    ");
    assert_eq!(crate::lab::files(&lab.images()), Vec::<String>::new());
}

#[test]
fn archives_with_too_much() {
    let lab = Lab::new();
    let names = (0..100_001).map(|number| format!("{number}/"));
    let many =
        names.fold(Archive::default(), |archive, name| archive.entry(tar::EntryType::Directory, &name, b"", |_| {}));
    insta::assert_snapshot!(lab.refused(&many.bytes()), @"it has more than 100,000 entries");
    let text = "{}".to_owned() + &" ".repeat(1_000_000);
    let documents = (0..70).fold(Archive::default(), |archive, number| archive.file(&format!("{number}.json"), &text));
    insta::assert_snapshot!(lab.refused(&documents.bytes()), @"the text in the archive has more than 67,108,864 bytes, the most that is allowed");
    let claims =
        Archive::default().entry(tar::EntryType::Regular, "big", b"", |header| header.set_size(21_000_000_000));
    insta::assert_snapshot!(lab.refused(&claims.bytes()), @"the archive has more than 20,000,000,000 bytes, the most that is allowed");
}
