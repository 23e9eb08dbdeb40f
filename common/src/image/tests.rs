//! How layers are written down.

use super::*;

fn layer() -> Layer {
    let digest = |letter: &str| format!("sha256:{}", letter.repeat(64)).parse().unwrap();
    let plain_size = FRAME as u64 + 1;
    Layer { diff_id: digest("a"), plain_size, digest: digest("b"), size: 30, frames: vec![20, 10] }
}

#[test]
fn a_layer_survives_its_descriptor() {
    let descriptor = layer().descriptor().unwrap();
    assert_eq!(Layer::from_descriptor(&descriptor).unwrap(), layer());
    insta::assert_json_snapshot!(serde_json::to_value(descriptor.annotations()).unwrap(), @r#"
    {
      "jetway.diff-id": "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      "jetway.frames": "20,10",
      "jetway.plain-size": "8388609"
    }
    "#);
}

#[test]
fn frames_open_to_their_full_size_but_the_last() {
    assert_eq!([0, 1, 2].map(|index| layer().plain_frame(index)), [FRAME as u64, 1, 0]);
}

#[test]
fn frames_that_do_not_add_up_are_refused() {
    for broken in [
        Layer { frames: vec![20], ..layer() },
        Layer { frames: vec![20, 11], ..layer() },
        Layer { plain_size: FRAME as u64, ..layer() },
        Layer { size: 29, ..layer() },
    ] {
        let error = Layer::from_descriptor(&broken.descriptor().unwrap()).unwrap_err();
        assert!(error.to_string().ends_with("lacks its `jetway.frames`: it was not stored by Jetway"), "{error}");
    }
}

#[test]
fn a_manifest_whose_bytes_are_not_the_pinned_ones_is_refused() {
    let pinned = Digest::of(b"{}");
    let error = StoredImage::new(&pinned, b"{ }", Vec::new()).unwrap_err().to_string();
    assert!(error.starts_with("the image's manifest has digest sha256:"), "{error}");
}
