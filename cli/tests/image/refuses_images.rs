//! Archives that are well-formed and hold no image that can be taken: what the user is told, with nothing stored.

use serde_json::{Value, json};

use crate::archive::{Archive, Image, descriptor, gzip, index, layer};
use crate::lab::Lab;

const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

#[track_caller]
fn told(archive: &Archive) -> String {
    Lab::new().refused(&archive.bytes())
}

fn with_manifest(change: impl Fn(&mut Value)) -> Archive {
    let mut manifest = Image::new().manifest();
    change(&mut manifest);
    Image::new().parts().json("manifest.json", &manifest)
}

#[test]
fn another_number_of_images() {
    let two = with_manifest(|manifest| {
        let mut second = manifest[0].clone();
        second["RepoTags"] = json!(["nginx:latest"]);
        manifest.as_array_mut().unwrap().push(second);
    });
    insta::assert_snapshot!(told(&two), @"
    it holds 2 images, and 1 is expected: shop:v1, nginx:latest
    hint: save one image at a time
    ");
    let (parts, first) = Image::new().oci_parts(LAYER, gzip);
    let (more, second) = Image::new().with("author", &json!("another")).oci_parts(LAYER, gzip);
    let config = Image::new().with("author", &json!("another"));
    let more = Archive::default()
        .file(&crate::archive::blob(&config.config()), config.config())
        .and(more.without(&crate::archive::blob(&config.config())))
        .without(&crate::archive::blob(&gzip(&config.layers[0])))
        .without(&crate::archive::blob(&gzip(&config.layers[1])));
    let both = parts.and(more).json("index.json", &index(&[first, second]));
    let told = told(&both);
    insta::assert_snapshot!(told.split(':').next().unwrap(), @"it holds 2 images, and 1 is expected");
}

#[test]
fn another_platform() {
    let arm = |image: Image| image.with("architecture", &json!("riscv64"));
    insta::assert_snapshot!(told(&arm(Image::new()).saved()), @"
    the image is for linux/riscv64, and linux/amd64 is wanted
    hint: build it with `docker build --platform linux/amd64`; `jetway image push --platform linux/riscv64` stores this one
    ");
    insta::assert_snapshot!(told(&arm(Image::new()).oci()), @"
    the image is for linux/riscv64, and linux/amd64 is wanted
    hint: build it with `docker build --platform linux/amd64`; `jetway image push --platform linux/riscv64` stores this one
    ");
    insta::assert_snapshot!(told(&Image::new().with("os", &json!("windows")).saved()), @"
    the image is for windows, and Jetway runs linux
    hint: build it with `docker build --platform linux/amd64` from a base image for linux
    ");
    insta::assert_snapshot!(told(&Image::new().with("os", &json!("windows")).oci()), @"
    the image is for windows, and Jetway runs linux
    hint: build it with `docker build --platform linux/amd64` from a base image for linux
    ");
    insta::assert_snapshot!(told(&Image::new().with("os", &Value::Null).saved()), @"`85b8fd3e226f5bfb8af80c76f666fffb97b11d0b9a78038d05df75015ad1b43e.json` cannot be read: invalid type: null, expected a string at line 1 column 253");
    let (parts, manifest) = arm(Image::new()).oci_parts(LAYER, gzip);
    let mut other = manifest.clone();
    other["platform"] = json!({ "os": "linux", "architecture": "s390x" });
    other["digest"] = json!(format!("sha256:{}", "0".repeat(64)));
    let list = index(&[manifest]);
    let nested = descriptor("application/vnd.oci.image.index.v1+json", list.to_string().as_bytes());
    let archive = parts.json(&crate::archive::blob(list.to_string().as_bytes()), &list);
    insta::assert_snapshot!(told(&archive.json("index.json", &index(&[nested, other]))), @"
    the image is for linux/riscv64, and linux/amd64 is wanted
    hint: build it with `docker build --platform linux/amd64`; `jetway image push --platform linux/riscv64` stores this one
    ");
}

#[test]
fn configurations_that_are_not_as_they_are_named() {
    let image = Image::new();
    let name = format!("{}.json", image.id());
    let other = image.parts().without(&name).file(&name, image.clone().with("author", &json!("x")).config());
    let other = other.json("manifest.json", &image.manifest());
    insta::assert_snapshot!(told(&other).replace(&image.id(), "DIGITS"), @"
    `DIGITS.json` has the digest sha256:d7b58792a37c274eb8f38d70ca26075543fc0a02dbd41bfa4059e90924cf480c, which is not the one that it is named by
    hint: save or download it again
    ");
    insta::assert_snapshot!(told(&with_manifest(|manifest| manifest[0]["Config"] = json!("../../etc/passwd"))), @"
    `../../etc/passwd` is named and is not there
    hint: save it again, with all of its files: `docker save IMAGE -o image.tar`
    ");
    insta::assert_snapshot!(told(&with_manifest(|manifest| manifest[0]["Config"] = json!("0/layer.tar"))), @"
    `0/layer.tar` is named and is not there
    hint: save it again, with all of its files: `docker save IMAGE -o image.tar`
    ");
    insta::assert_snapshot!(told(&with_manifest(|manifest| manifest[0]["Config"] = json!("0/VERSION"))), @"`0/VERSION` cannot be read: invalid type: floating point `1.0`, expected an image configuration at line 1 column 3");
}

#[test]
fn layers_that_are_not_as_the_configuration_says() {
    let image = Image::new();
    let change = |bytes: &[u8]| image.saved().without("1/layer.tar").file("1/layer.tar", bytes);
    insta::assert_snapshot!(told(&change(&layer("etc/shop", b"its settingS"))), @"
    layer `1/layer.tar` opens to sha256:06876d2174877aa2d3d6abcfe8dd675551efbeae5e8e16bec82eb4992b5bad44, and the image's configuration says sha256:8463aea98ce59c3f7e77ea038a476b169c353bd8acaef12762775c3b8bcf060f
    hint: save or download it again
    ");
    insta::assert_snapshot!(told(&change(b"no tar at all")), @"
    layer `1/layer.tar` is no tar archive: it is a text
    hint: save it again, with all of its files: `docker save IMAGE -o image.tar`
    ");
    insta::assert_snapshot!(told(&change(&vec![7; 2_000_000])), @"
    layer `1/layer.tar` is no tar archive: it begins with 07 07 07 07 07 07 07 07
    hint: save it again, with all of its files: `docker save IMAGE -o image.tar`
    ");
    insta::assert_snapshot!(told(&change(&gzip(b"no tar at all"))), @"
    layer `1/layer.tar` is no tar archive: what is compressed in it is none
    hint: save it again, with all of its files: `docker save IMAGE -o image.tar`
    ");
    insta::assert_snapshot!(told(&change(b"")), @"
    layer `1/layer.tar` is no tar archive: it is empty
    hint: save it again, with all of its files: `docker save IMAGE -o image.tar`
    ");
    insta::assert_snapshot!(told(&image.saved().without("1/layer.tar")), @"
    layer `1/layer.tar` is named and is not there
    hint: save it again, with all of its files: `docker save IMAGE -o image.tar`
    ");
    insta::assert_snapshot!(told(&with_manifest(|manifest| manifest[0]["Layers"] = json!(["0/layer.tar"]))), @"
    its manifest and its configuration disagree: they have 1 and 2 layers
    hint: save it again, with all of its files: `docker save IMAGE -o image.tar`
    ");
    insta::assert_snapshot!(told(&image.clone().layers(&[]).saved()), @"the image has no layers");
    let many = vec![layer("x", b"x"); 128];
    insta::assert_snapshot!(told(&image.clone().layers(&many).saved()), @"
    it has 128 layers, and the most that a container can have is 127
    hint: build it with fewer steps: each `RUN`, `COPY` and `ADD` makes a layer
    ");
    let damaged = gzip(&image.layers[0]);
    let mut damaged = damaged;
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0x55;
    let outcome = told(&change(&damaged));
    assert!(outcome.starts_with("its gzip data of a layer is broken"), "{outcome}");
}

#[test]
fn a_bit_flip_is_found_even_when_the_layer_is_stored_already() {
    let lab = Lab::new();
    let image = Image::new();
    lab.pushed(&image.saved().bytes());
    let named = crate::archive::blob(&image.layers[0]);
    let archive = image.parts().without("0/layer.tar").file(&named, layer("bin/shop", b"another one"));
    let mut manifest = image.manifest();
    manifest[0]["Layers"][0] = json!(named);
    lab.write("shop.tar", &archive.json("manifest.json", &manifest).bytes());
    let outcome = lab.image(&["push"]);
    assert_eq!(outcome.code, Some(2));
    assert!(outcome.stderr.contains("and the image's configuration says"), "{}", outcome.stderr);
}

#[test]
fn manifests_of_other_kinds() {
    let (parts, manifest) = Image::new().oci_parts(LAYER, gzip);
    let with = |media_type: &str| {
        let mut manifest = manifest.clone();
        manifest["mediaType"] = json!(media_type);
        told(&parts.clone().json("index.json", &index(&[manifest])))
    };
    insta::assert_snapshot!(with("application/vnd.docker.distribution.manifest.v1+prettyjws"), @"
    the image is in the old schema 1 format
    hint: pull it with a current Docker, and save it again
    ");
    let (parts, manifest) = Image::new().oci_parts("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", gzip);
    let foreign = told(&parts.json("index.json", &index(&[manifest])));
    assert!(foreign.ends_with("is a foreign layer: its bytes are not in the image"), "{foreign}");
}

#[test]
fn an_index_that_lies_or_has_no_bottom() {
    let (parts, manifest) = Image::new().oci_parts(LAYER, gzip);
    let place = format!("blobs/sha256/{}", manifest["digest"].as_str().unwrap().trim_start_matches("sha256:"));
    let lying = parts.clone().without(&place).json(&place, &json!({ "schemaVersion": 2 }));
    let lying = told(&lying.json("index.json", &index(std::slice::from_ref(&manifest))));
    assert!(lying.contains("which is not the one that it is named by"), "{lying}");
    let mut archive = parts;
    let mut inner = manifest;
    for _ in 0..8 {
        let list = index(&[inner]).to_string();
        inner = descriptor("application/vnd.oci.image.index.v1+json", list.as_bytes());
        archive = archive.file(&crate::archive::blob(list.as_bytes()), &list);
    }
    let deep = told(&archive.json("index.json", &index(&[inner])));
    assert!(deep.ends_with("it names too many manifests"), "{deep}");
    insta::assert_snapshot!(told(&Archive::default().file("index.json", "{}")), @"
    index.json lists no image
    hint: `docker save IMAGE -o image.tar` makes one that is taken
    ");
    let missing = told(&Image::new().oci().without(&crate::archive::blob(&gzip(&Image::new().layers[0]))));
    assert!(missing.contains("is named and is not there"), "{missing}");
}
