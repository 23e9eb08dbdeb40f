//! Every reason for which an image is not taken, in the words that the user reads.

use std::io;

use crate::printer::harmless;

/// Why an image is not taken. Each continues the sentence "cannot take the image from `image.tar`: ...".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("it is empty")]
    Empty,
    #[error("it is not a tar archive: it begins with {0}")]
    NotTar(String),
    #[error("it looks like {0}, not like a tar archive")]
    LooksLike(&'static str),
    #[error("it is compressed with {0}, and Jetway opens gzip and zstd")]
    Compression(&'static str),
    #[error("its {what} ends too early: it was cut off")]
    CompressedCut { what: String },
    #[error("its {what} is broken: {reason}")]
    CompressedBroken { what: String, reason: String },
    #[error("it opens to more than {ratio} times its size: that is no image but a bomb")]
    Bomb { ratio: u64 },
    #[error("it is truncated: entry `{entry}` needs {} bytes, and {} are there", grouped(*needed), grouped(*present))]
    Truncated { entry: String, needed: u64, present: u64 },
    #[error("it is truncated in {0}")]
    TruncatedHeader(String),
    #[error("{0} is broken")]
    BadHeader(String),
    #[error("entry `{entry}` {problem}")]
    Entry { entry: String, problem: String },
    #[error("it has more than {} entries", grouped(*.0))]
    TooManyEntries(u64),
    #[error("{what} has more than {} bytes, the most that is allowed", grouped(*limit))]
    TooLarge { what: String, limit: u64 },
    #[error("it has no manifest.json and no index.json: it was not made by `docker save` or as an OCI archive")]
    NoManifest,
    #[error("{0} lists no image")]
    NoImage(&'static str),
    #[error("it holds {count} images, and 1 is expected: {names}")]
    ManyImages { count: usize, names: String },
    #[error("`{document}` cannot be read: {reason}")]
    Json { document: String, reason: String },
    #[error("`{0}` is named and is not there")]
    Missing(String),
    #[error("`{name}` has the digest {found}, which is not the one that it is named by")]
    WrongName { name: String, found: String },
    #[error("layer `{0}` is named and is not there")]
    MissingLayer(String),
    #[error("layer `{name}` is no tar archive: {problem}")]
    BadLayer { name: String, problem: String },
    #[error("layer `{layer}` opens to {found}, and the image's configuration says {expected}")]
    WrongLayer { layer: String, found: String, expected: String },
    #[error("its manifest and its configuration disagree: they have {layers} and {diff_ids} layers")]
    LayerCount { layers: usize, diff_ids: usize },
    #[error("it has {0} layers, and the most that a container can have is 127")]
    TooManyLayers(usize),
    #[error("the image has no layers")]
    NoLayers,
    #[error("layer {0} is a foreign layer: its bytes are not in the image")]
    ForeignLayer(String),
    #[error("the image is in the old schema 1 format")]
    Schema1,
    #[error("the image is for windows, and Jetway runs linux")]
    Windows,
    #[error("the image is for {found}, and {wanted} is wanted")]
    WrongPlatform { found: String, wanted: String },
    #[error("the image is for {found}; none of these is the wanted {wanted}")]
    NoPlatform { found: String, wanted: String },
    #[error("it changed while it was read: {0}")]
    Changed(&'static str),
    #[error("the folder has no index.json: it is no OCI layout")]
    NoLayout,
    #[error("it is neither a file nor a folder")]
    NotAFile,
}

impl Refusal {
    /// What to do about it, where there is one thing to do.
    pub(crate) fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::WrongPlatform { found, wanted } => {
                return Some(format!(
                    "build it with `docker build --platform {wanted}`; `jetway image push --platform {found}` stores this one"
                ));
            }
            Self::NoPlatform { .. } => "`jetway image push --platform` takes another one",
            Self::Windows => "build it with `docker build --platform linux/amd64` from a base image for linux",
            Self::ManyImages { .. } => "save one image at a time",
            Self::Compression(_) => "decompress it first and pipe it in: `... | jetway image push -`",
            Self::NotAFile => "pipe it in: `... | jetway image push -`",
            Self::Schema1 => "pull it with a current Docker, and save it again",
            Self::Empty => "look whether the program that wrote it failed",
            Self::LooksLike(_) => "it may be what a server answered instead of the archive: look into it",
            Self::NotTar(_) | Self::NoManifest | Self::NoImage(_) => {
                "`docker save IMAGE -o image.tar` makes one that is taken"
            }
            Self::CompressedCut { .. }
            | Self::CompressedBroken { .. }
            | Self::Truncated { .. }
            | Self::TruncatedHeader(_)
            | Self::BadHeader(_)
            | Self::WrongName { .. }
            | Self::WrongLayer { .. } => "save or download it again",
            Self::Missing(_) | Self::MissingLayer(_) | Self::BadLayer { .. } | Self::LayerCount { .. } => {
                "save it again, with all of its files: `docker save IMAGE -o image.tar`"
            }
            Self::TooManyLayers(_) => "build it with fewer steps: each `RUN`, `COPY` and `ADD` makes a layer",
            Self::Changed(_) => "wait until whoever writes it is done, and run this again",
            Self::Entry { .. } => {
                "`docker save IMAGE -o image.tar` makes an archive of an image; one of `docker export` is none"
            }
            Self::NoLayout => "`skopeo copy docker-daemon:IMAGE oci:FOLDER` makes one; an archive is given by its file",
            _ => return None,
        };
        Some(hint.to_owned())
    }

    pub(crate) fn entry(entry: &str, problem: impl Into<String>) -> Self {
        Self::Entry { entry: shown(entry), problem: problem.into() }
    }

    pub(crate) fn json(document: &str, reason: impl std::fmt::Display) -> Self {
        Self::Json { document: shown(document), reason: reason.to_string() }
    }
}

/// Why a reader ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The input is not acceptable.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The input could not be read.
    #[error("{0}")]
    Unreadable(io::Error),
    /// For a push, Docker would compress what is stored already, or it lacks a part of the image.
    #[error("it is better saved than pushed")]
    BetterSaved,
    /// What began like a layer that is stored is another.
    #[error("a layer begins like one that is stored, and is another")]
    Mistaken,
    /// Nobody wants the rest.
    #[error("it was stopped")]
    Stopped,
}

/// Marks an I/O error of a reader that was told to stop.
#[derive(Debug, thiserror::Error)]
#[error("it was stopped")]
pub(crate) struct Stop;

/// Readers that wrap one another can only pass on I/O errors, so a refusal travels inside one.
impl From<Refusal> for io::Error {
    fn from(refusal: Refusal) -> Self {
        Self::other(refusal)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let inner = error.get_ref();
        if let Some(refusal) = inner.and_then(|inner| inner.downcast_ref::<Refusal>()) {
            return Self::Refused(refusal.clone());
        }
        if inner.is_some_and(<dyn std::error::Error + Send + Sync>::is::<Stop>) {
            Self::Stopped
        } else {
            Self::Unreadable(error)
        }
    }
}

impl From<Failure> for io::Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refusal) => refusal.into(),
            Failure::Unreadable(error) => error,
            Failure::BetterSaved | Failure::Mistaken => Self::other(failure),
            Failure::Stopped => Self::other(Stop),
        }
    }
}

/// A name from an archive, short and harmless enough for a message.
pub(crate) fn shown(name: &str) -> String {
    let harmless = harmless(name);
    match harmless.char_indices().nth(120) {
        Some((end, _)) => format!("{}...", &harmless[..end]),
        None => harmless,
    }
}

/// A number with its thousands set apart.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
