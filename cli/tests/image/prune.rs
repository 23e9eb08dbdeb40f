//! `jetway image prune`: only what nothing needs goes.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::archive::{Image, layer};
use crate::lab::{Lab, files};

/// Pushes an image with a layer of its own, under a tag of its own.
fn push(lab: &Lab, name: &str) -> Value {
    let mut layers = Image::new().layers;
    layers.push(layer("own", name.as_bytes()));
    let image = Image::new().layers(&layers);
    let mut manifest = image.manifest();
    manifest[0]["RepoTags"] = json!([format!("shop:{name}")]);
    lab.pushed(&image.parts().json("manifest.json", &manifest).bytes())
}

/// Makes everything in the store two hours older, one image a minute older than the next.
fn age(lab: &Lab) {
    let old = SystemTime::now() - Duration::from_hours(2);
    for name in files(&lab.images()) {
        std::fs::File::options().write(true).open(lab.images().join(name)).unwrap().set_modified(old).unwrap();
    }
    let path = lab.images().join("index.json");
    let mut index: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    for (minute, entry) in index["manifests"].as_array_mut().unwrap().iter_mut().enumerate() {
        entry["annotations"]["jetway.pushed-at"] = json!(format!("2026-01-01T00:{minute:02}:00Z"));
    }
    std::fs::write(path, index.to_string()).unwrap();
}

fn pin(lab: &Lab, release: u32, image: &Value) {
    let record = json!({
        "format": 1, "installation": "jetway", "environment": "local", "application": "shop",
        "release": format!("v{release}"), "origin": { "at": "2026-01-01T00:00:00Z", "by": "me" },
        "containers": { "web": {
            "image": {
                "manifest": image["manifest"], "config": image["config"], "platform": image["platform"],
                "reference": "shop",
            },
            "settings": { "stop_timeout": "10s" },
        } },
        "instances": { "count": 1, "type": "t3.small" },
    });
    lab.write(&format!("home/store/jetway/local/shop/releases/v{release}.json"), record.to_string().as_bytes());
}

fn tags(lab: &Lab) -> Vec<String> {
    let rows = lab.image(&["list", "--json"]).json();
    let mut tags: Vec<String> =
        rows.as_array().unwrap().iter().map(|row| row["tag"].as_str().unwrap().to_owned()).collect();
    tags.sort();
    tags
}

#[test]
fn the_newest_images_and_those_of_releases_stay_and_still_work() {
    let lab = Lab::new();
    let images: Vec<Value> = ["a", "b", "c", "d", "e"].map(|name| push(&lab, name)).to_vec();
    age(&lab);
    pin(&lab, 1, &images[0]);
    pin(&lab, 2, &images[1]);
    let current = json!({
        "format": 1, "live": "v1", "previous": null, "pending": null, "updated_at": "2026-01-01T00:00:00Z"
    });
    lab.write("home/store/jetway/local/shop/current.json", current.to_string().as_bytes());
    let before = files(&lab.images());
    insta::assert_snapshot!(lab.image(&["prune", "--keep", "1", "--dry-run"]).text(), @"
    would remove shop:c (sha256:a1ffaa15cb99)
    would remove shop:d (sha256:9b5807d4c1d1)
    would remove 2 images and 6 blobs, 3.2 kB; 3 images kept
    ");
    assert_eq!(files(&lab.images()), before);
    let answer = lab.image(&["prune", "--keep", "1", "--json"]).json();
    assert_eq!((&answer["images_kept"], &answer["blobs"]), (&json!(3), &json!(6)));
    assert_eq!(tags(&lab), ["shop:a", "shop:b", "shop:e"]);
    for tag in tags(&lab) {
        assert_eq!(lab.image(&["export", &tag]).code, Some(0));
    }
    insta::assert_snapshot!(lab.image(&["prune", "--keep", "1"]).text(), @"removed 0 images and 0 blobs, 0 B; 3 images kept");
    assert_eq!(push(&lab, "c")["layers_stored"], 1);
}

/// What is printed, without the time of day.
fn told(lab: &Lab, arguments: &[&str]) -> String {
    let text = lab.image(arguments).text();
    let (told, time) = text.split_once(" from ").unwrap_or((&text, ""));
    assert!(time.is_empty() || time.starts_with("20"), "{text}");
    told.trim_end().to_owned()
}

#[test]
fn what_was_pushed_within_the_hour_stays_and_is_told_with_the_time_from_which_it_can_go() {
    let lab = Lab::new();
    push(&lab, "a");
    insta::assert_snapshot!(told(&lab, &["prune", "--keep", "0"]), @"
    removed 0 images and 0 blobs, 0 B; 1 image kept
    too young to go: 1 image that nothing needs; an hour after its last push all of it can,
    ");
    assert_eq!(tags(&lab), ["shop:a"]);
    push(&lab, "b");
    insta::assert_snapshot!(told(&lab, &["prune", "--keep", "1", "--dry-run"]), @"
    would remove 0 images and 0 blobs, 0 B; 2 images kept
    too young to go: 1 image that nothing needs; an hour after its last push all of it can,
    ");
    insta::assert_snapshot!(told(&lab, &["prune", "--keep", "2"]), @"removed 0 images and 0 blobs, 0 B; 2 images kept");
    let index = lab.images().join("index.json");
    let mut listed: Value = serde_json::from_slice(&std::fs::read(&index).unwrap()).unwrap();
    listed["manifests"].as_array_mut().unwrap().retain(|entry| entry.to_string().contains("shop:b"));
    std::fs::write(&index, listed.to_string()).unwrap();
    insta::assert_snapshot!(told(&lab, &["prune", "--keep", "1"]), @"
    removed 0 images and 0 blobs, 0 B; 1 image kept
    too young to go: 3 blobs that nothing needs; an hour after its last push all of it can,
    ");
    let answer = lab.image(&["prune", "--keep", "1", "--json"]).json();
    let until: Timestamp = answer["young"]["until"].as_str().unwrap().parse().unwrap();
    let minutes = until.duration_since(Timestamp::now()).as_mins();
    assert_eq!((&answer["young"]["images"], &answer["young"]["blobs"]), (&json!(0), &json!(3)));
    assert!((50..=60).contains(&minutes), "{minutes} minutes");
}

#[test]
fn everything_goes_when_nothing_is_needed() {
    let lab = Lab::new();
    push(&lab, "a");
    age(&lab);
    lab.image(&["prune", "--keep", "0"]).text();
    assert_eq!(files(&lab.images()), ["index.json", "oci-layout"]);
}

#[test]
fn nothing_goes_when_an_image_that_is_needed_cannot_be_read() {
    let lab = Lab::new();
    let image = push(&lab, "a");
    push(&lab, "b");
    age(&lab);
    let manifest = image["manifest"].as_str().unwrap().trim_start_matches("sha256:");
    std::fs::remove_file(lab.images().join("blobs/sha256").join(manifest)).unwrap();
    pin(&lab, 1, &image);
    let before = files(&lab.images());
    let outcome = lab.image(&["prune", "--keep", "1"]);
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("so nothing is removed"), "{}", outcome.stderr);
    assert_eq!(files(&lab.images()), before);
}
