//! What is taken, from every tool that saves images, and what then stands in the store.

use std::collections::BTreeSet;

use serde_json::json;

use crate::archive::{Archive, Image, blob, gzip, index, layer, noise, zstd};
use crate::lab::{Lab, files};

#[test]
fn the_same_image_in_every_form_is_one_image() {
    let image = Image::new();
    let lab = Lab::new();
    let docker_25 = Archive::default()
        .file(&blob(&image.layers[0]), &image.layers[0])
        .file(&blob(&image.layers[1]), &image.layers[1])
        .file(&blob(&image.config()), image.config())
        .json("index.json", &index(&[]))
        .json(
            "manifest.json",
            &json!([{ "Config": blob(&image.config()), "Layers": [blob(&image.layers[0]), blob(&image.layers[1])] }]),
        );
    let skopeo = Archive::default()
        .file(&blob(&image.layers[0]).replace("blobs/sha256/", ""), &image.layers[0])
        .link("legacy/layer.tar", "../elsewhere.tar")
        .file("one.tar", &image.layers[1])
        .file(&format!("{}.json", image.id()), image.config())
        .json(
            "manifest.json",
            &json!([{
                "Config": format!("{}.json", image.id()),
                "Layers": [blob(&image.layers[0]).replace("blobs/sha256/", ""), "one.tar"],
            }]),
        );
    let kaniko = Archive::default()
        .file("one.tar.gz", gzip(&image.layers[0]))
        .file("two.tar.gz", gzip(&image.layers[1]))
        .file(&format!("sha256:{}", image.id()), image.config())
        .json(
            "manifest.json",
            &json!([{ "Config": format!("sha256:{}", image.id()), "Layers": ["one.tar.gz", "two.tar.gz"] }]),
        );
    let linked = Archive::default()
        .file("a/layer.tar", &image.layers[0])
        .link("0/layer.tar", "../a/layer.tar")
        .file("1/layer.tar", &image.layers[1])
        .file(&format!("{}.json", image.id()), image.config())
        .json("manifest.json", &image.manifest());
    let saved = image.saved().bytes();
    let (zstd_parts, manifest) = image.oci_parts("application/vnd.oci.image.layer.v1.tar+zstd", zstd);
    let forms = [
        saved.clone(),
        gzip(&saved),
        zstd(&saved),
        docker_25.bytes(),
        skopeo.bytes(),
        kaniko.bytes(),
        linked.bytes(),
        image.oci().bytes(),
        gzip(&image.oci().bytes()),
        zstd_parts.json("index.json", &index(&[manifest])).bytes(),
        saved[..saved.len() - 3000].to_vec(),
    ];
    let digests: BTreeSet<String> = forms.iter().map(|form| lab.pushed(form)["manifest"].to_string()).collect();
    assert_eq!(digests.len(), 1);
    assert_eq!(lab.pipe(&saved).code, Some(0));
    let store = files(&lab.images());
    let count = |prefix: &str| store.iter().filter(|name| name.starts_with(prefix)).count();
    assert_eq!((count("blobs/"), count("layers/"), count("uploads/"), store.len()), (4, 2, 0, 8), "{store:?}");
}

#[test]
fn a_folder_with_an_oci_layout_is_taken() {
    let lab = Lab::new();
    let archive = Image::new().oci().bytes();
    tar::Archive::new(&archive[..]).unpack(lab.path("layout")).unwrap();
    let from_folder = lab.image(&["push", "--json", "./layout"]).json();
    assert_eq!(from_folder["manifest"], lab.pushed(&archive)["manifest"]);
    assert_eq!(from_folder["layers_stored"], 2);
}

#[test]
fn people_are_told_what_was_new() {
    let lab = Lab::new();
    lab.write("shop.tar", &Image::new().saved().bytes());
    let told = |arguments: &[&str]| lab.image(arguments).text().rsplit_once(", ").unwrap().0.to_owned();
    insta::assert_snapshot!(told(&["push"]), @"shop:v1 is stored as sha256:06c191fa9051: 2 of 2 layers new, 181 B sent of 181 B");
    insta::assert_snapshot!(told(&["push", "./shop.tar"]), @"shop:v1 is stored as sha256:06c191fa9051: 0 of 2 layers new, 0 B sent of 181 B");
}

#[test]
fn a_layer_that_another_image_brought_is_not_stored_again() {
    let lab = Lab::new();
    lab.pushed(&Image::new().saved().bytes());
    let mut layers = Image::new().layers;
    layers.push(layer("new", b"a small change"));
    let answer = lab.pushed(&Image::new().layers(&layers).saved().bytes());
    assert_eq!((&answer["layers"], &answer["layers_stored"]), (&json!(3), &json!(1)));
}

#[test]
fn a_layer_of_many_frames_comes_back_as_it_was() {
    let lab = Lab::new();
    let big = layer("noise", &noise(20_000_000));
    lab.pushed(&Image::new().layers(&[big.clone(), big]).saved().bytes());
    let exported = lab.image(&["export", "shop:v1"]);
    assert_eq!(exported.code, Some(0), "{}", exported.stderr);
    assert_eq!(lab.pushed(&exported.stdout)["layers_stored"], 0);
}

#[test]
fn an_index_gives_the_platform_that_is_wanted() {
    let lab = Lab::new();
    let other = Image::new().with("architecture", &json!("riscv64")).layers(&[layer("other", b"machine")]);
    let media_type = "application/vnd.oci.image.layer.v1.tar+gzip";
    let (_, here) = Image::new().oci_parts(media_type, gzip);
    let (_, there) = other.oci_parts(media_type, gzip);
    let attestation = json!({
        "mediaType": here["mediaType"], "digest": format!("sha256:{}", "0".repeat(64)), "size": 3,
        "platform": { "os": "unknown", "architecture": "unknown" },
    });
    let archive = |image: &Image| image.oci_parts(media_type, gzip).0;
    let both = archive(&Image::new()).and(archive(&other)).json("index.json", &index(&[here, there, attestation]));
    lab.write("shop.tar", &both.bytes());
    assert_eq!(lab.image(&["push", "--json"]).json()["layers"], 2);
    let other = lab.image(&["push", "--json", "--platform", "linux/riscv64"]).json();
    assert_eq!((&other["layers"], &other["platform"]), (&json!(1), &json!("linux/riscv64")));
}

#[test]
fn a_tag_moves_and_the_older_image_stays_without_one() {
    let lab = Lab::new();
    lab.pushed(&Image::new().saved().bytes());
    lab.pushed(&Image::new().with("author", &json!("another")).saved().bytes());
    let rows = lab.image(&["list", "--json"]).json();
    let tags: Vec<_> = rows.as_array().unwrap().iter().map(|row| row["tag"].clone()).collect();
    assert_eq!(tags, [json!("shop:v1"), json!(null)]);
}

#[test]
fn pushes_at_the_same_time_do_not_lose_one_another() {
    let lab = Lab::new();
    let names = ["a", "b", "c", "d", "e", "f"];
    for name in names {
        let mut manifest = Image::new().manifest();
        let image = Image::new().with("author", &json!(name));
        manifest[0]["Config"] = json!(format!("{}.json", image.id()));
        manifest[0]["RepoTags"] = json!([format!("shop:{name}")]);
        lab.write(&format!("{name}.tar"), &image.parts().json("manifest.json", &manifest).bytes());
    }
    std::thread::scope(|scope| {
        for name in names {
            let lab = &lab;
            scope.spawn(move || lab.image(&["push", &format!("{name}.tar")]).text());
        }
    });
    assert_eq!(lab.image(&["list", "--json"]).json().as_array().unwrap().len(), names.len());
    assert!(names.iter().all(|name| lab.image(&["export", &format!("shop:{name}")]).code == Some(0)));
    assert_eq!(files(&lab.images().join("uploads")), Vec::<String>::new());
}

#[test]
fn an_absolute_hard_link_and_a_second_name_are_warned_of() {
    let lab = Lab::new();
    let link = |header: &mut tar::Header| header.set_link_name_literal("/usr/bin/perl").unwrap();
    let linked = Archive::default().entry(tar::EntryType::Link, "usr/bin/perl5", b"", link).bytes();
    let image = Image::new().layers(&[linked]);
    let mut manifest = image.manifest();
    manifest[0]["RepoTags"] = json!(["shop:v1", "shop:latest"]);
    lab.write("shop.tar", &image.parts().json("manifest.json", &manifest).bytes());
    let outcome = lab.image(&["push", "--quiet"]);
    assert_eq!(outcome.code, Some(0));
    insta::assert_snapshot!(outcome.stderr, @"
    warning: the image has several names, and the first is used: `shop:v1`, `shop:latest`
    warning: layer 1 (026eb3fa86ec) has a hard link to the absolute path `/usr/bin/perl`, which Docker 29.7 and later refuse
    ");
}

#[test]
fn what_a_killed_push_left_is_removed_a_day_later() {
    let lab = Lab::new();
    lab.write("home/store/images/shop/uploads/old", b"rest");
    lab.write("home/store/images/shop/uploads/new", b"rest");
    let yesterday = std::time::SystemTime::now() - std::time::Duration::from_hours(25);
    let old = std::fs::File::options().write(true).open(lab.images().join("uploads/old")).unwrap();
    old.set_modified(yesterday).unwrap();
    lab.pushed(&Image::new().saved().bytes());
    let left: Vec<_> = files(&lab.images()).into_iter().filter(|name| name.starts_with("uploads/")).collect();
    assert_eq!(left, ["uploads/new"]);
}

#[test]
fn an_interrupted_push_leaves_nothing() {
    let lab = Lab::new();
    let mut child = lab
        .command()
        .args(["image", "push", "-", "--platform", "linux/amd64"])
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // The first layer is in the store, and the second does not end.
    let image = Image::new().layers(&[layer("first", &noise(10_000_000)), layer("second", &noise(30_000_000))]);
    std::io::Write::write_all(child.stdin.as_mut().unwrap(), &image.saved().bytes()[..20_000_000]).unwrap();
    while files(&lab.images()).is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let id = child.id().to_string();
    assert!(std::process::Command::new("/bin/kill").args(["-TERM", &id]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(String::from_utf8(output.stderr).unwrap(), @"error: interrupted; nothing was stored");
    assert_eq!(files(&lab.images()), Vec::<String>::new());
}
