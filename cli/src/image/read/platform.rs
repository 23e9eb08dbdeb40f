//! Which kind of machine an image is for, and which is wanted.

use std::fmt;

use serde::Deserialize;

/// `os/architecture`, and a variant where there is one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(crate) struct ImagePlatform {
    #[serde(default)]
    pub(crate) os: String,
    #[serde(default)]
    pub(crate) architecture: String,
    #[serde(default)]
    pub(crate) variant: Option<String>,
}

impl fmt::Display for ImagePlatform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let harmless = |text: &str| crate::image::refusal::shown(text);
        write!(f, "{}/{}", harmless(&self.os), harmless(&self.architecture))?;
        self.variant.as_ref().filter(|variant| !variant.is_empty()).map_or(Ok(()), |it| write!(f, "/{}", harmless(it)))
    }
}

impl ImagePlatform {
    /// The platform that `text` names, if it names one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('/').map(str::to_owned);
        let (os, architecture, variant) = (parts.next()?, parts.next()?, parts.next());
        let is_word = |word: &String| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric());
        let is_good = [Some(&os), Some(&architecture), variant.as_ref()].into_iter().flatten().all(is_word);
        (is_good && parts.next().is_none()).then_some(Self { os, architecture, variant })
    }

    /// The platform of this machine's containers.
    pub(crate) fn of_this_machine() -> Self {
        let architecture = match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            "x86" => "386",
            other => other,
        };
        Self { os: "linux".to_owned(), architecture: architecture.to_owned(), variant: None }
    }

    /// Whether an image for `self` is what `wanted` asks for.
    pub(crate) fn suits(&self, wanted: &Self) -> bool {
        let same = self.os == wanted.os && self.architecture == wanted.architecture;
        same && (wanted.variant.is_none() || self.variant == wanted.variant)
    }

    /// Attestations say this of themselves.
    pub(crate) fn is_unknown(&self) -> bool {
        self.os == "unknown" || self.architecture == "unknown"
    }
}
