//! Images and archives made for a test, byte for byte.

use std::io::Write as _;

use jetway_common::digest::Digest;
use serde_json::{Value, json};
use tar::{EntryType, Header};

/// An archive in the making: names and contents, in order.
#[derive(Clone, Default)]
pub(crate) struct Archive(Vec<(Header, Vec<u8>)>);

impl Archive {
    /// Adds a file.
    pub(crate) fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        self.entry(EntryType::Regular, name, content.as_ref(), |_| {})
    }

    /// Adds a file with a JSON document.
    pub(crate) fn json(self, name: &str, content: &Value) -> Self {
        self.file(name, content.to_string())
    }

    /// Adds a symbolic link.
    pub(crate) fn link(self, name: &str, target: &str) -> Self {
        self.entry(EntryType::Symlink, name, b"", |header| header.set_link_name_literal(target).unwrap())
    }

    /// Adds whatever `change` makes of the header.
    pub(crate) fn entry(mut self, kind: EntryType, name: &str, content: &[u8], change: impl Fn(&mut Header)) -> Self {
        let mut header = Header::new_gnu();
        header.as_old_mut().name[..name.len().min(100)].copy_from_slice(&name.as_bytes()[..name.len().min(100)]);
        header.set_entry_type(kind);
        header.set_mode(0o644);
        header.set_size(content.len() as u64);
        change(&mut header);
        header.set_cksum();
        self.0.push((header, content.to_vec()));
        self
    }

    /// Adds an extended header in the PAX form.
    pub(crate) fn pax(self, records: &[(&str, &str)]) -> Self {
        let record = |(key, value): &(&str, &str)| {
            let rest = format!(" {key}={value}\n");
            let length =
                (1..1_000_000).find(|length: &usize| length.to_string().len() + rest.len() == *length).unwrap();
            format!("{length}{rest}")
        };
        let body: String = records.iter().map(record).collect();
        self.entry(EntryType::XHeader, "pax", body.as_bytes(), |_| {})
    }

    /// Adds all of another archive.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Leaves out the file of this name.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.0.retain(|(header, _)| header.path_bytes().as_ref() != name.as_bytes());
        self
    }

    /// The archive as it is written.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (header, content) in &self.0 {
            bytes.extend(header.as_bytes());
            bytes.extend(content);
            bytes.resize(bytes.len().next_multiple_of(512), 0);
        }
        bytes.resize((bytes.len() + 1024).next_multiple_of(10240), 0);
        bytes
    }
}

/// An image in the making.
#[derive(Clone)]
pub(crate) struct Image {
    pub(crate) layers: Vec<Vec<u8>>,
    pub(crate) config: Value,
}

impl Image {
    /// A small image with two layers.
    pub(crate) fn new() -> Self {
        Self::of(&[layer("bin/shop", b"the program"), layer("etc/shop", b"its settings")])
            .with("os", &json!("linux"))
            .with("architecture", &json!("amd64"))
            .with("config", &json!({ "Cmd": ["/bin/shop"] }))
    }

    fn of(layers: &[Vec<u8>]) -> Self {
        let diff_ids: Vec<Digest> = layers.iter().map(|layer| Digest::of(layer)).collect();
        let config = json!({ "rootfs": { "type": "layers", "diff_ids": diff_ids } });
        Self { layers: layers.to_vec(), config }
    }

    /// The same image with other layers.
    pub(crate) fn layers(self, layers: &[Vec<u8>]) -> Self {
        let rootfs = Self::of(layers).config["rootfs"].clone();
        Self { layers: layers.to_vec(), ..self }.with("rootfs", &rootfs)
    }

    /// The same image with another field in its configuration.
    pub(crate) fn with(mut self, field: &str, value: &Value) -> Self {
        self.config[field] = value.clone();
        self
    }

    /// The configuration as it is written.
    pub(crate) fn config(&self) -> Vec<u8> {
        self.config.to_string().into_bytes()
    }

    /// The digest of the configuration, in digits.
    pub(crate) fn id(&self) -> String {
        Digest::of(&self.config()).hex().to_owned()
    }

    /// The names of the layers in an old archive.
    pub(crate) fn names(&self) -> Vec<String> {
        (0..self.layers.len()).map(|number| format!("{number}/layer.tar")).collect()
    }

    /// The list in manifest.json.
    pub(crate) fn manifest(&self) -> Value {
        json!([{ "Config": format!("{}.json", self.id()), "RepoTags": ["shop:v1"], "Layers": self.names() }])
    }

    /// What Docker 20.10 saves, without manifest.json.
    pub(crate) fn parts(&self) -> Archive {
        let archive = self.layers.iter().zip(self.names()).fold(Archive::default(), |archive, (layer, name)| {
            archive.file(&name.replace("layer.tar", "VERSION"), "1.0").file(&name, layer)
        });
        archive.file(&format!("{}.json", self.id()), self.config())
    }

    /// What Docker 20.10 saves.
    pub(crate) fn saved(&self) -> Archive {
        self.parts().json("manifest.json", &self.manifest())
    }

    /// The parts of an OCI layout, without index.json, and the descriptor of the manifest.
    pub(crate) fn oci_parts(&self, media_type: &str, pack: fn(&[u8]) -> Vec<u8>) -> (Archive, Value) {
        let (mut archive, mut layers) = (Archive::default(), Vec::new());
        for layer in &self.layers {
            let packed = pack(layer);
            layers.push(descriptor(media_type, &packed));
            archive = archive.file(&blob(&packed), packed);
        }
        let config = descriptor("application/vnd.oci.image.config.v1+json", &self.config());
        let manifest = json!({ "schemaVersion": 2, "config": config, "layers": layers }).to_string();
        let archive = archive.file(&blob(&self.config()), self.config()).file(&blob(manifest.as_bytes()), &manifest);
        (archive, descriptor("application/vnd.oci.image.manifest.v1+json", manifest.as_bytes()))
    }

    /// An OCI archive with gzip layers.
    pub(crate) fn oci(&self) -> Archive {
        let (archive, manifest) = self.oci_parts("application/vnd.oci.image.layer.v1.tar+gzip", gzip);
        archive.json("index.json", &index(&[manifest])).file("oci-layout", r#"{"imageLayoutVersion":"1.0.0"}"#)
    }
}

/// An index with these descriptors.
pub(crate) fn index(manifests: &[Value]) -> Value {
    json!({ "schemaVersion": 2, "manifests": manifests })
}

/// A descriptor of some bytes.
pub(crate) fn descriptor(media_type: &str, bytes: &[u8]) -> Value {
    json!({ "mediaType": media_type, "digest": Digest::of(bytes), "size": bytes.len() })
}

/// Where an OCI layout keeps some bytes.
pub(crate) fn blob(bytes: &[u8]) -> String {
    format!("blobs/sha256/{}", Digest::of(bytes).hex())
}

/// A layer with one file.
pub(crate) fn layer(name: &str, content: &[u8]) -> Vec<u8> {
    Archive::default().file(name, content).bytes()
}

/// Compressed by gzip.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Compressed by zstd.
pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::bulk::compress(bytes, 1).unwrap()
}

/// Bytes that do not compress, always the same ones.
pub(crate) fn noise(length: usize) -> Vec<u8> {
    let mut state = 88_172_645_463_325_252_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    std::iter::repeat_with(&mut next).flatten().take(length).collect()
}
