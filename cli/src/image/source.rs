//! Which image a text means, by its form alone: what lies in the current folder never changes the answer.

use std::fmt;
use std::path::{Path, PathBuf};

/// Where an image is taken from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Standard input, written `-`.
    Input,
    /// An archive, or the folder of an OCI layout.
    Path(PathBuf),
    /// A reference in the local Docker engine.
    Engine(String),
}

/// Names with these ends are files; no tag of Docker is written like that.
const ARCHIVES: [&str; 7] = [".tar", ".tar.gz", ".tgz", ".tar.zst", ".tzst", ".tar.zstd", ".oci"];

impl Source {
    /// `-` is standard input. What begins with `/`, `./` or `../`, or ends like an archive (`.tar`, `.tar.gz`, `.tgz`,
    /// `.tar.zst`, `.tzst`, `.tar.zstd`, `.oci`), is a path. All else is a reference in the local Docker engine.
    pub fn parse(text: &str) -> Self {
        let begins = ["/", "./", "../"].iter().any(|start| text.starts_with(start));
        let is_path = begins || matches!(text, "." | "..") || ARCHIVES.iter().any(|end| text.ends_with(end));
        match text {
            "-" => Self::Input,
            _ if is_path => Self::Path(PathBuf::from(text)),
            _ => Self::Engine(text.to_owned()),
        }
    }

    /// What to say to a user who meant the path of this name, if there is one.
    pub(crate) fn path_hint(reference: &str) -> Option<String> {
        let path = Path::new(reference);
        path.exists().then(|| format!("there is a file or folder of that name: say `./{}`", path.display()))
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input => f.write_str("standard input"),
            Self::Path(path) => write!(f, "{}", path.display()),
            Self::Engine(reference) => f.write_str(reference),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_of_the_text_decides() {
        for path in ["./x", "../x", "/x", ".", "image.tar", "a/b.tar.gz", "b.tgz", "c.tar.zst", "d.oci"] {
            assert_eq!(Source::parse(path), Source::Path(path.into()), "{path}");
        }
        for reference in ["hello", "hello:v2", "localhost/hello:v2", "registry:5000/a/b@sha256:12", "hello.tar:v1"] {
            assert_eq!(Source::parse(reference), Source::Engine(reference.into()), "{reference}");
        }
        assert_eq!(Source::parse("-"), Source::Input);
    }
}
