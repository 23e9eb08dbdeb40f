//! Writes a stored image as an archive that `docker load` takes, and checks every layer on the way.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jetway_common::digest::Hasher;
use jetway_common::image::{Layer, StoredImage};
use jetway_common::layout::ImageKeys;
use serde_json::json;
use tar::{EntryType, Header};

use super::publish::Watch;
use crate::error::UserError;
use crate::platform::Store;

/// How many frames are fetched and opened at the same time.
const AHEAD: usize = 4;
const BLOCK: usize = 512;

/// Takes the bytes of the archive, in order.
pub type Sink<'a> = &'a mut (dyn FnMut(&[u8]) -> anyhow::Result<()> + Send);

/// Writes `image` into `sink`, under the name `tag` if that is one that Docker knows how to read.
pub async fn export(
    store: &dyn Store,
    images: &ImageKeys,
    image: &StoredImage,
    tag: Option<&str>,
    sink: Sink<'_>,
    watch: &Watch<'_>,
) -> anyhow::Result<u64> {
    let total: u64 = image.layers.iter().map(|layer| layer.plain_size).sum();
    let mut export = Export { store, images, sink, watch, total, written: 0 };
    let config = format!("{}.json", image.config.hex());
    export.file(&config, &image.config_bytes)?;
    let mut names: Vec<String> = Vec::new();
    for layer in &image.layers {
        let name = format!("{}.tar", layer.diff_id.hex());
        if !names.contains(&name) {
            export.layer(&name, layer).await?;
        }
        names.push(name);
    }
    let tags: Vec<String> = tag.and_then(docker_tag).into_iter().collect();
    let manifest = json!([{ "Config": config, "RepoTags": tags, "Layers": names }]);
    export.file("manifest.json", &serde_json::to_vec(&manifest)?)?;
    (export.sink)(&[0; 2 * BLOCK])?;
    Ok(export.written)
}

struct Export<'a> {
    store: &'a dyn Store,
    images: &'a ImageKeys,
    sink: Sink<'a>,
    watch: &'a Watch<'a>,
    total: u64,
    written: u64,
}

impl Export<'_> {
    fn file(&mut self, name: &str, content: &[u8]) -> anyhow::Result<()> {
        self.header(name, content.len() as u64)?;
        (self.sink)(content)?;
        self.pad(content.len() as u64)
    }

    async fn layer(&mut self, name: &str, layer: &Layer) -> anyhow::Result<()> {
        self.header(name, layer.plain_size)?;
        let mut hasher = Hasher::default();
        let mut start = 0;
        let places = layer.frames.iter().enumerate().map(|(index, length)| {
            let place = (index, start, u64::from(*length));
            start += u64::from(*length);
            place
        });
        let (store, images) = (self.store, self.images);
        let open = |(index, start, length)| async move {
            let packed = store.range(&images.blob(&layer.digest), start, length).await?;
            let size = usize::try_from(layer.plain_frame(index))?;
            let plain = tokio::task::spawn_blocking(move || zstd::bulk::decompress(&packed, size)).await?;
            plain.map_err(|error| broken(layer, &format!("frame {} cannot be opened: {error}", index + 1)))
        };
        let places: Vec<_> = places.collect();
        let mut frames = stream::iter(places).map(open).buffered(AHEAD);
        while let Some(plain) = frames.try_next().await? {
            if self.watch.stop.is_cancelled() {
                return Err(UserError::failed("interrupted; the archive is not complete").into());
            }
            hasher.update(&plain);
            (self.sink)(&plain)?;
            self.written += plain.len() as u64;
            self.watch.step.bytes(self.written, Some(self.total));
        }
        let found = hasher.finish();
        if found != layer.diff_id {
            return Err(broken(layer, &format!("it opens to {found}")));
        }
        self.pad(layer.plain_size)
    }

    fn header(&mut self, name: &str, size: u64) -> anyhow::Result<()> {
        let mut header = Header::new_gnu();
        header.set_path(name)?;
        header.set_entry_type(EntryType::Regular);
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        header.set_size(size);
        header.set_cksum();
        (self.sink)(header.as_bytes())
    }

    fn pad(&mut self, size: u64) -> anyhow::Result<()> {
        let padding = usize::try_from(size.wrapping_neg() % BLOCK as u64)?;
        (self.sink)(&[0; BLOCK][..padding])
    }
}

fn broken(layer: &Layer, problem: &str) -> anyhow::Error {
    UserError::failed(format!("layer {} in the store is broken: {problem}", layer.diff_id)).into()
}

/// The reference with its tag, if Docker would take it: one that it does not would make it refuse the whole archive.
fn docker_tag(reference: &str) -> Option<String> {
    let (path, last) = reference.rsplit_once('/').map_or((None, reference), |(path, last)| (Some(path), last));
    let (name, tag) = last.split_once(':').unwrap_or((last, "latest"));
    let is_name = |part: &str, more: &[u8]| {
        let is_edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        part.starts_with(is_edge)
            && part.ends_with(is_edge)
            && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || more.contains(&b))
    };
    let is_tag = tag.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && tag.len() <= 128
        && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
    let mut parts = path.into_iter().flat_map(|path| path.split('/'));
    let registry = parts.next().is_none_or(|part| is_name(part, b"._-:"));
    let is_good = registry && parts.all(|part| is_name(part, b"._-")) && is_name(name, b"._-") && is_tag;
    is_good.then(|| format!("{}{name}:{tag}", path.map_or_else(String::new, |path| format!("{path}/"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_references_that_docker_reads_become_tags() {
        for (reference, tag) in [
            ("hello", Some("hello:latest")),
            ("localhost/hello:v2", Some("localhost/hello:v2")),
            ("registry:5000/a/b:C", Some("registry:5000/a/b:C")),
            ("Hello:v2", None),
            ("hello@sha256:12", None),
            ("image.tar", Some("image.tar:latest")),
            ("a b", None),
        ] {
            assert_eq!(docker_tag(reference).as_deref(), tag, "{reference}");
        }
    }
}
