//! The image in the forms that engines take: a manifest with plain layers, and an archive as `docker save` writes it.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};
use jetway_common::digest::Digest;
use jetway_common::image::StoredImage;
use serde_json::json;

use crate::engine::Archive;
use crate::layers::{Form, Layers};

const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const BLOCK: usize = 512;

/// The image's manifest for an engine that does not understand zstd: the same layers, uncompressed.
pub fn plain_manifest(image: &StoredImage) -> Vec<u8> {
    let layer = |layer: &jetway_common::image::Layer| json!({ "mediaType": LAYER, "digest": layer.diff_id, "size": layer.plain_size });
    let layers: Vec<_> = image.layers.iter().map(layer).collect();
    let config = json!({ "mediaType": CONFIG, "digest": image.config, "size": image.config_bytes.len() });
    let manifest = json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers });
    manifest.to_string().into_bytes()
}

/// The image as a stream that `docker load` takes: an OCI layout that also has the `manifest.json` of `docker save`.
pub fn archive(image: &StoredImage, reference: &str, layers: &Arc<Layers>) -> Archive {
    let manifest = plain_manifest(image);
    let digest = Digest::of(&manifest);
    let mut distinct = image.layers.clone();
    distinct.sort_by(|a, b| a.diff_id.cmp(&b.diff_id));
    distinct.dedup_by(|a, b| a.diff_id == b.diff_id);
    let blobs: Vec<_> = distinct.into_iter().map(|layer| layer_entry(layer, Arc::clone(layers))).collect();
    let index = index(&digest, manifest.len(), reference);
    let docker = docker_manifest(image, reference);
    let small = [
        (blob_path(&image.config), image.config_bytes.clone()),
        (blob_path(&digest), manifest),
        ("oci-layout".to_owned(), br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec()),
        ("index.json".to_owned(), index),
        ("manifest.json".to_owned(), docker),
    ];
    let small = stream::iter(small.map(|(path, bytes)| file_entry(&path, bytes)));
    let end = stream::once(async { Ok(Bytes::from_static(&[0; 2 * BLOCK])) });
    stream::iter(blobs).flatten().chain(small).chain(end).boxed()
}

fn layer_entry(layer: jetway_common::image::Layer, layers: Arc<Layers>) -> Archive {
    let head = header(&blob_path(&layer.diff_id), layer.plain_size);
    let tail = padding(layer.plain_size);
    // The layer's own stream begins when its turn comes: an archive is read from front to back.
    let body = stream::once(async move { layers.stream(0, &layer, Form::Plain) }).flatten();
    stream::once(async { head }).chain(body).chain(stream::once(async { Ok(tail) })).boxed()
}

fn file_entry(path: &str, bytes: Vec<u8>) -> io::Result<Bytes> {
    let mut entry = header(path, bytes.len() as u64)?.to_vec();
    let tail = padding(bytes.len() as u64);
    entry.extend(bytes);
    entry.extend(tail);
    Ok(entry.into())
}

fn header(path: &str, size: u64) -> io::Result<Bytes> {
    let mut header = tar::Header::new_ustar();
    header.set_path(path)?;
    header.set_size(size);
    header.set_mode(0o644);
    header.set_cksum();
    Ok(Bytes::copy_from_slice(header.as_bytes()))
}

fn padding(size: u64) -> Bytes {
    let over = usize::try_from(size % BLOCK as u64).unwrap_or_default();
    Bytes::from_static(&[0; BLOCK]).slice(..(BLOCK - over) % BLOCK)
}

fn blob_path(digest: &Digest) -> String {
    format!("blobs/sha256/{}", digest.hex())
}

fn index(manifest: &Digest, size: usize, reference: &str) -> Vec<u8> {
    let annotations = json!({ "io.containerd.image.name": format!("docker.io/{reference}") });
    let entry = json!({ "mediaType": MANIFEST, "digest": manifest, "size": size, "annotations": annotations });
    json!({ "schemaVersion": 2, "manifests": [entry] }).to_string().into_bytes()
}

fn docker_manifest(image: &StoredImage, reference: &str) -> Vec<u8> {
    let layers: Vec<_> = image.layers.iter().map(|layer| blob_path(&layer.diff_id)).collect();
    json!([{ "Config": blob_path(&image.config), "RepoTags": [reference], "Layers": layers }]).to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::sync::atomic::AtomicU64;

    use futures_util::TryStreamExt as _;
    use jetway_common::layout::ImageKeys;

    use super::*;
    use crate::layers::tests::{Blob, stored};

    #[tokio::test]
    async fn the_archive_is_a_tar_with_every_part_of_the_image() {
        let (layer, bytes) = stored(&[7; 1000]);
        let layers = Layers::new(
            Arc::new(Blob { bytes, failures: AtomicU64::new(0) }),
            ImageKeys::new(&"shop".parse().unwrap()),
        );
        let image = StoredImage {
            manifest: Digest::of(b"stored"),
            manifest_bytes: b"stored".to_vec(),
            config: Digest::of(b"{}"),
            config_bytes: b"{}".to_vec(),
            platform: "linux/amd64".to_owned(),
            layers: vec![layer.clone(), layer.clone()],
        };
        let tar =
            archive(&image, "jetway/local/shop:v1-web", &layers).try_collect::<Vec<Bytes>>().await.unwrap().concat();
        let mut names = Vec::new();
        for entry in tar::Archive::new(&tar[..]).entries().unwrap() {
            let mut entry = entry.unwrap();
            let path = entry.path().unwrap().to_string_lossy().into_owned();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            if let Some(hex) = path.strip_prefix("blobs/sha256/") {
                assert_eq!(Digest::of(&content).hex(), hex);
            }
            names.push(path);
        }
        assert_eq!(names.len(), 6, "{names:?}");
        assert_eq!(names[0], blob_path(&layer.diff_id));
        assert_eq!(names[5], "manifest.json");
    }
}
