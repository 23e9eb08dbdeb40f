//! Entries that do not belong into an archive of an image: what the user is told, with nothing stored.

use tar::EntryType;

use crate::archive::{Archive, Image};
use crate::lab::Lab;

#[track_caller]
fn told(entry: impl Fn(Archive) -> Archive) -> String {
    Lab::new().refused(&entry(Image::new().saved()).bytes())
}

#[test]
fn names_that_lead_elsewhere() {
    insta::assert_snapshot!(told(|archive| archive.file("../../etc/passwd", "x")), @"
    entry `../../etc/passwd` leads out of the archive
    hint: `docker save IMAGE -o image.tar` makes an archive of an image; one of `docker export` is none
    ");
    insta::assert_snapshot!(told(|archive| archive.file("a/../../b", "x")), @"
    entry `a/../../b` leads out of the archive
    hint: `docker save IMAGE -o image.tar` makes an archive of an image; one of `docker export` is none
    ");
    insta::assert_snapshot!(told(|archive| archive.file("/etc/passwd", "x")), @"
    entry `/etc/passwd` has an absolute name
    hint: `docker save IMAGE -o image.tar` makes an archive of an image; one of `docker export` is none
    ");
    insta::assert_snapshot!(told(|archive| archive.pax(&[("path", "../x")]).file("x", "x")), @"
    entry `../x` leads out of the archive
    hint: `docker save IMAGE -o image.tar` makes an archive of an image; one of `docker export` is none
    ");
    insta::assert_snapshot!(told(|archive| archive.file("\u{1b}[31mred/../x", "x")), @r"
    entry `\u{1b}[31mred/../x` leads out of the archive
    hint: `docker save IMAGE -o image.tar` makes an archive of an image; one of `docker export` is none
    ");
    let long = "n".repeat(5000);
    insta::assert_snapshot!(told(|archive| archive.pax(&[("path", &long)]).file("x", "x")), @"
    entry `nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn...` has a name of 5000 bytes, more than 4096
    hint: `docker save IMAGE -o image.tar` makes an archive of an image; one of `docker export` is none
    ");
    insta::assert_snapshot!(told(|archive| archive.pax(&[("path", &long.repeat(20))]).file("x", "x")), @"
    entry `pax` has an extended header that is too large
    hint: `docker save IMAGE -o image.tar` makes an archive of an image; one of `docker export` is none
    ");
}

#[test]
fn links() {
    insta::assert_snapshot!(told(|archive| archive.without("manifest.json").link("manifest.json", "0/VERSION")), @"
    entry `manifest.json` is a symbolic link; only files and folders belong there
    hint: `docker save IMAGE -o image.tar` makes an archive of an image; one of `docker export` is none
    ");
    insta::assert_snapshot!(told(|archive| archive.link("2/layer.tar", "../../../etc/shadow.tar")), @"
    entry `2/layer.tar` is a link that leads out of the archive, to `../../../etc/shadow.tar`
    hint: `docker save IMAGE -o image.tar` makes an archive of an image; one of `docker export` is none
    ");
    insta::assert_snapshot!(told(|archive| archive.link("2/layer.tar", "/etc/shadow.tar")), @"
    entry `2/layer.tar` is a link that leads out of the archive, to `/etc/shadow.tar`
    hint: `docker save IMAGE -o image.tar` makes an archive of an image; one of `docker export` is none
    ");
    insta::assert_snapshot!(told(|archive| archive.link("2/layer.tar", "VERSION")), @"
    entry `2/layer.tar` is a symbolic link; only files and folders belong there
    hint: `docker save IMAGE -o image.tar` makes an archive of an image; one of `docker export` is none
    ");
    insta::assert_snapshot!(told(|archive| archive.link("x.tar", "0/layer.tar")), @"
    entry `x.tar` is a symbolic link; only files and folders belong there
    hint: `docker save IMAGE -o image.tar` makes an archive of an image; one of `docker export` is none
    ");
    insta::assert_snapshot!(
        told(|archive| archive.without("0/layer.tar").link("0/layer.tar", "../2/layer.tar").link("2/layer.tar", "../0/layer.tar")),
        @"
    layer `0/layer.tar` is named and is not there
    hint: save it again, with all of its files: `docker save IMAGE -o image.tar`
    "
    );
    let target = |header: &mut tar::Header| header.set_link_name_literal("0/layer.tar").unwrap();
    insta::assert_snapshot!(told(|archive| archive.entry(EntryType::Link, "2/layer.tar", b"", target)), @"
    entry `2/layer.tar` is a hard link; only files and folders belong there
    hint: `docker save IMAGE -o image.tar` makes an archive of an image; one of `docker export` is none
    ");
}

#[test]
fn kinds_that_are_no_file() {
    let kinds = [EntryType::Char, EntryType::Block, EntryType::Fifo, EntryType::GNUSparse, EntryType::new(b'Q')];
    let all: Vec<String> = kinds.map(|kind| told(|archive| archive.entry(kind, "odd", b"", |_| {}))).to_vec();
    insta::assert_snapshot!(all.join("\n"), @"
    entry `odd` is a device; only files and folders belong there
    hint: `docker save IMAGE -o image.tar` makes an archive of an image; one of `docker export` is none
    entry `odd` is a device; only files and folders belong there
    hint: `docker save IMAGE -o image.tar` makes an archive of an image; one of `docker export` is none
    entry `odd` is a named pipe; only files and folders belong there
    hint: `docker save IMAGE -o image.tar` makes an archive of an image; one of `docker export` is none
    entry `odd` is a sparse file; only plain files belong there
    hint: `docker save IMAGE -o image.tar` makes an archive of an image; one of `docker export` is none
    entry `odd` is of the unknown type 'Q'
    hint: `docker save IMAGE -o image.tar` makes an archive of an image; one of `docker export` is none
    ");
    insta::assert_snapshot!(told(|archive| archive.entry(EntryType::Regular, "su", b"x", |header| header.set_mode(0o4755))), @"
    entry `su` is setuid or setgid; only plain files belong there
    hint: `docker save IMAGE -o image.tar` makes an archive of an image; one of `docker export` is none
    ");
    insta::assert_snapshot!(told(|archive| archive.entry(EntryType::Directory, "folder", b"content", |_| {})), @"
    entry `folder` is no file and has content
    hint: `docker save IMAGE -o image.tar` makes an archive of an image; one of `docker export` is none
    ");
    insta::assert_snapshot!(told(|archive| archive.pax(&[("GNU.sparse.major", "1")]).file("x", "x")), @"
    entry `pax` has a sparse file
    hint: `docker save IMAGE -o image.tar` makes an archive of an image; one of `docker export` is none
    ");
}

#[test]
fn headers_that_two_readers_would_read_in_two_ways() {
    insta::assert_snapshot!(told(|archive| archive.pax(&[("size", "0")]).file("x", "content")), @"
    entry `x` has two sizes: 7 in its header and 0 in its PAX header
    hint: `docker save IMAGE -o image.tar` makes an archive of an image; one of `docker export` is none
    ");
    insta::assert_snapshot!(told(|archive| archive.pax(&[("size", "7"), ("size", "7")]).file("x", "content")), @"
    entry `pax` has more than one size
    hint: `docker save IMAGE -o image.tar` makes an archive of an image; one of `docker export` is none
    ");
    insta::assert_snapshot!(told(|archive| archive.pax(&[("size", "-7")]).file("x", "content")), @"
    entry `pax` has a broken size in its PAX header
    hint: `docker save IMAGE -o image.tar` makes an archive of an image; one of `docker export` is none
    ");
    insta::assert_snapshot!(told(|archive| archive.pax(&[("path", "a"), ("path", "b")]).file("x", "content")), @"
    entry `pax` has more than one name
    hint: `docker save IMAGE -o image.tar` makes an archive of an image; one of `docker export` is none
    ");
    insta::assert_snapshot!(told(|archive| archive.entry(EntryType::XHeader, "pax", b"7 path", |_| {}).file("x", "x")), @"
    entry `pax` has a broken PAX header
    hint: `docker save IMAGE -o image.tar` makes an archive of an image; one of `docker export` is none
    ");
    insta::assert_snapshot!(told(|archive| archive.entry(EntryType::XHeader, "pax", b"0 path=x\n", |_| {}).file("x", "x")), @"
    entry `pax` has a broken PAX header
    hint: `docker save IMAGE -o image.tar` makes an archive of an image; one of `docker export` is none
    ");
    insta::assert_snapshot!(
        told(|archive| archive.entry(EntryType::XGlobalHeader, "pax", b"10 path=x\n", |_| {}).file("x", "x")),
        @"
    entry `pax` has more than one name
    hint: `docker save IMAGE -o image.tar` makes an archive of an image; one of `docker export` is none
    "
    );
    insta::assert_snapshot!(
        told(|archive| archive.entry(EntryType::GNULongName, "long", b"y\0", |_| {}).pax(&[("path", "x")]).file("x", "x")),
        @"
    entry `y` has more than one name
    hint: `docker save IMAGE -o image.tar` makes an archive of an image; one of `docker export` is none
    "
    );
}

#[test]
fn names_that_are_there_twice() {
    insta::assert_snapshot!(told(|archive| archive.file("manifest.json", "[]")), @"
    entry `manifest.json` is there twice
    hint: `docker save IMAGE -o image.tar` makes an archive of an image; one of `docker export` is none
    ");
    insta::assert_snapshot!(told(|archive| archive.file("./manifest.json", "[]")), @"
    entry `manifest.json` is there twice
    hint: `docker save IMAGE -o image.tar` makes an archive of an image; one of `docker export` is none
    ");
    insta::assert_snapshot!(told(|archive| archive.file("0//layer.tar", "x")), @"
    entry `0/layer.tar` is there twice
    hint: `docker save IMAGE -o image.tar` makes an archive of an image; one of `docker export` is none
    ");
}

#[test]
fn what_is_harmless_is_taken() {
    let lab = Lab::new();
    let long = "n".repeat(200);
    let archive = Archive::default()
        .entry(EntryType::XGlobalHeader, "pax", b"15 comment=abc\n", |_| {})
        .entry(EntryType::Directory, "folder/", b"", |header| header.set_mode(0o2755))
        .entry(EntryType::GNULongName, "long", long.as_bytes(), |_| {})
        .file("short", "{}")
        .pax(&[("path", "blobs/other"), ("size", "2"), ("mtime", "1.5")])
        .file("short", "{}")
        .and(Image::new().saved());
    lab.pushed(&archive.bytes());
}
