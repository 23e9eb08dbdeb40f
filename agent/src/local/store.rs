//! The store as a folder. It does nothing in a folder that does not carry the marker of a store.

use std::fs::File;
use std::io::{ErrorKind, Read as _, SeekFrom};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use jetway_common::layout::ObjectKey;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};

use crate::platform::{Store, StoreError};

/// The file that makes a folder a store, so that a mistyped path is never taken for an empty one.
const MARKER: &str = "jetway-store";

/// What is read at once; each file under way has a buffer of this size.
const CHUNK: usize = 256 * 1024;

/// A folder with the layout of the store.
#[derive(Debug, Clone)]
pub struct FolderStore {
    root: PathBuf,
}

impl FolderStore {
    /// The store in the folder `root`.
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    async fn with<T: Send + 'static>(
        &self,
        key: &ObjectKey,
        work: impl FnOnce(&Path) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (root, path) = (self.root.clone(), self.root.join(key.as_str()));
        let work = move || is_store(&root).and_then(|()| work(&path));
        let done = tokio::task::spawn_blocking(work).await;
        done.unwrap_or_else(|error| Err(StoreError::NotAnswering(error.to_string())))
    }
}

#[async_trait]
impl Store for FolderStore {
    async fn get(&self, key: &ObjectKey, limit: usize) -> Result<Option<Vec<u8>>, StoreError> {
        let name = key.to_string();
        self.with(key, move |path| {
            let file = match File::open(path) {
                Ok(file) => file,
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(translate(&name, &error)),
            };
            let mut bytes = Vec::new();
            let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
            file.take(most).read_to_end(&mut bytes).map_err(|error| translate(&name, &error))?;
            if bytes.len() > limit { Err(StoreError::TooLarge { key: name, limit }) } else { Ok(Some(bytes)) }
        })
        .await
    }

    async fn read(&self, key: &ObjectKey, start: u64, into: &mut [u8]) -> Result<(), StoreError> {
        let (name, copy) = (key.to_string(), key.to_string());
        let file = self.with(key, move |path| File::open(path).map_err(|error| translate(&copy, &error))).await?;
        let mut file = tokio::fs::File::from_std(file);
        file.set_max_buf_size(CHUNK);
        let reading = async {
            file.seek(SeekFrom::Start(start)).await?;
            file.read_exact(into).await
        };
        reading.await.map(|_| ()).map_err(|error| translate(&name, &error))
    }

    async fn put_report(&self, key: &ObjectKey, bytes: Vec<u8>) -> Result<(), StoreError> {
        let name = key.to_string();
        self.with(key, move |path| crate::file::replace(path, &bytes, 0o600).map_err(|error| translate(&name, &error)))
            .await
    }
}

fn is_store(root: &Path) -> Result<(), StoreError> {
    let marker = root.join(MARKER);
    match std::fs::symlink_metadata(&marker) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let reason = format!("the folder `{}` is no store of Jetway: it has no file `{MARKER}`", root.display());
            Err(StoreError::Denied { key: MARKER.to_owned(), reason })
        }
        Err(error) => Err(translate(MARKER, &error)),
    }
}

fn translate(key: &str, error: &std::io::Error) -> StoreError {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::UnexpectedEof => StoreError::Short(key.to_owned()),
        ErrorKind::PermissionDenied | ErrorKind::IsADirectory | ErrorKind::NotADirectory => {
            StoreError::Denied { key: key.to_owned(), reason: error.to_string() }
        }
        _ => StoreError::NotAnswering(format!("`{key}`: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use jetway_common::layout::ApplicationKeys;

    use super::*;

    fn keys() -> ApplicationKeys {
        ApplicationKeys::new(&"local".parse().unwrap(), &"shop".parse().unwrap())
    }

    #[tokio::test]
    async fn a_folder_without_the_marker_is_no_store() {
        let folder = tempfile::tempdir().unwrap();
        let store = FolderStore::new(folder.path().to_owned());
        let error = store.get(&keys().current(), 10).await.unwrap_err();
        assert!(error.to_string().contains("is no store of Jetway"), "{error}");
        assert!(store.put_report(&keys().current(), vec![1]).await.is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn what_was_put_is_got_whole_or_in_parts() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(MARKER), "").unwrap();
        let store = FolderStore::new(folder.path().to_owned());
        let key = keys().report("v1".parse().unwrap(), &"local-box".parse().unwrap());
        assert!(store.get(&key, 10).await.unwrap().is_none());
        store.put_report(&key, b"0123456789".to_vec()).await.unwrap();
        assert_eq!(store.get(&key, 10).await.unwrap().unwrap(), b"0123456789");
        assert!(matches!(store.get(&key, 9).await, Err(StoreError::TooLarge { .. })));
        let mut part = [0; 3];
        store.read(&key, 2, &mut part).await.unwrap();
        assert_eq!(&part, b"234");
        assert!(matches!(store.read(&key, 8, &mut part).await, Err(StoreError::Short(_))));
    }
}
