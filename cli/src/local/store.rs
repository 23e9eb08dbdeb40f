//! The folder store: the same promises as a bucket, kept by links, renames and one file lock.

use std::fs::{self, File};
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use jetway_common::digest::Digest;
use jetway_common::layout::ObjectKey;
use jiff::Timestamp;

use crate::local::home;
use crate::platform::{Entry, Object, Store, StoreError, Upload, Version, Written};

/// A store in a folder.
pub struct FolderStore {
    root: PathBuf,
}

impl FolderStore {
    /// The store in the folder `root`, which exists.
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    fn path(&self, key: &ObjectKey) -> PathBuf {
        self.root.join(key.as_str())
    }

    fn make_folder_of(&self, key: &ObjectKey) -> std::io::Result<PathBuf> {
        let path = self.path(key);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        Ok(path)
    }

    /// Compare and write must be one act; the kernel releases this lock even when its holder is killed.
    fn writers_lock(&self) -> std::io::Result<File> {
        let file =
            File::options().create(true).truncate(false).write(true).mode(0o600).open(self.root.join(".writers"))?;
        rustix::fs::flock(&file, rustix::fs::FlockOperation::LockExclusive)?;
        Ok(file)
    }
}

fn store_error<'a>(action: &'static str, key: &'a ObjectKey) -> impl Fn(std::io::Error) -> StoreError + 'a {
    move |error| StoreError { action, key: key.to_string(), reason: error.to_string(), hint: None }
}

fn version_of(bytes: &[u8]) -> Version {
    Version(Digest::of(bytes).to_string())
}

fn absent<T>(error: std::io::Error) -> std::io::Result<Option<T>> {
    if error.kind() == ErrorKind::NotFound { Ok(None) } else { Err(error) }
}

#[async_trait]
impl Store for FolderStore {
    fn place(&self) -> String {
        self.root.display().to_string()
    }

    async fn get(&self, key: &ObjectKey) -> Result<Option<Object>, StoreError> {
        let read = || -> std::io::Result<Object> {
            let mut file = File::open(self.path(key))?;
            // A time to come is that of a clock which was set back.
            let age = file.metadata()?.modified()?.elapsed().unwrap_or_default();
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            Ok(Object { version: version_of(&bytes), bytes: bytes.into(), age })
        };
        read().map(Some).or_else(absent).map_err(store_error("read", key))
    }

    async fn size(&self, key: &ObjectKey) -> Result<Option<u64>, StoreError> {
        let metadata = fs::metadata(self.path(key)).map(Some).or_else(absent).map_err(store_error("read", key))?;
        Ok(metadata.filter(fs::Metadata::is_file).map(|metadata| metadata.len()))
    }

    async fn range(&self, key: &ObjectKey, start: u64, length: u64) -> Result<Bytes, StoreError> {
        let path = self.path(key);
        let read = move || -> std::io::Result<Bytes> {
            let mut file = File::open(path)?;
            file.seek(SeekFrom::Start(start))?;
            let mut bytes = Vec::new();
            file.take(length).read_to_end(&mut bytes)?;
            if bytes.len() as u64 == length { Ok(bytes.into()) } else { Err(ErrorKind::UnexpectedEof.into()) }
        };
        let read = tokio::task::spawn_blocking(read).await.map_err(std::io::Error::other);
        read.and_then(|bytes| bytes).map_err(store_error("read", key))
    }

    async fn put_new(&self, key: &ObjectKey, bytes: &[u8]) -> Result<Written, StoreError> {
        let written = self.make_folder_of(key).and_then(|path| home::write_new(&path, bytes));
        match written {
            Ok(()) => Ok(Written::Done),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(Written::Lost),
            Err(error) => Err(store_error("write", key)(error)),
        }
    }

    async fn ensure(&self, key: &ObjectKey, bytes: &[u8]) -> Result<(), StoreError> {
        self.put_new(key, bytes).await.map(|_| ())
    }

    async fn replace(&self, key: &ObjectKey, bytes: &[u8], expected: &Version) -> Result<Written, StoreError> {
        let replace = || -> std::io::Result<Written> {
            let _lock = self.writers_lock()?;
            let path = self.path(key);
            match fs::read(&path).map(Some).or_else(absent)? {
                Some(found) if version_of(&found) == *expected => {
                    home::write_whole(&path, bytes).map(|()| Written::Done)
                }
                _ => Ok(Written::Lost),
            }
        };
        replace().map_err(store_error("write", key))
    }

    async fn remove(&self, key: &ObjectKey, expected: &Version) -> Result<Written, StoreError> {
        let remove = || -> std::io::Result<Written> {
            let _lock = self.writers_lock()?;
            let path = self.path(key);
            match fs::read(&path).map(Some).or_else(absent)? {
                None => Ok(Written::Done),
                Some(found) if version_of(&found) == *expected => fs::remove_file(&path).map(|()| Written::Done),
                Some(_) => Ok(Written::Lost),
            }
        };
        remove().map_err(store_error("delete", key))
    }

    async fn delete(&self, key: &ObjectKey) -> Result<(), StoreError> {
        let deleted = fs::remove_file(self.path(key)).map(Some).or_else(absent);
        deleted.map(|_| ()).map_err(store_error("delete", key))
    }

    async fn list(&self, prefix: &ObjectKey) -> Result<Vec<Entry>, StoreError> {
        let mut entries = Vec::new();
        collect(&self.path(prefix), "", &mut entries).map_err(store_error("list", prefix))?;
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    async fn folders(&self, prefix: &ObjectKey) -> Result<Vec<String>, StoreError> {
        let read = || -> std::io::Result<Vec<String>> {
            let Some(found) = fs::read_dir(self.path(prefix)).map(Some).or_else(absent)? else { return Ok(Vec::new()) };
            let mut names = Vec::new();
            for item in found {
                let item = item?;
                if item.file_type()?.is_dir() {
                    names.push(item.file_name().to_string_lossy().into_owned());
                }
            }
            names.sort();
            Ok(names)
        };
        read().map_err(store_error("list", prefix))
    }

    async fn upload(&self, key: &ObjectKey, _: Option<&ObjectKey>) -> Result<Box<dyn Upload>, StoreError> {
        let open = |path: PathBuf| File::options().write(true).create_new(true).mode(0o600).open(path);
        let file = self.make_folder_of(key).and_then(open).map_err(store_error("write", key))?;
        Ok(Box::new(FileUpload { key: key.clone(), file: Arc::new(file) }))
    }

    async fn settle(&self, upload: &ObjectKey, key: &ObjectKey) -> Result<(), StoreError> {
        let settle = || {
            let path = self.make_folder_of(key)?;
            fs::rename(self.path(upload), &path)?;
            home::sync_folder_of(&path)
        };
        settle().map_err(store_error("write", key))
    }

    async fn abandon(&self, upload: &ObjectKey) -> Result<(), StoreError> {
        self.delete(upload).await
    }
}

/// Files that begin with a dot are unfinished writes, not objects.
fn collect(folder: &Path, prefix: &str, entries: &mut Vec<Entry>) -> std::io::Result<()> {
    let Some(found) = fs::read_dir(folder).map(Some).or_else(absent)? else { return Ok(()) };
    for item in found {
        let item = item?;
        let name = item.file_name().to_string_lossy().into_owned();
        let Some(metadata) = item.metadata().map(Some).or_else(absent)? else { continue };
        if metadata.is_dir() {
            collect(&item.path(), &format!("{prefix}{name}/"), entries)?;
        } else if !name.starts_with('.') {
            let written_at = Timestamp::try_from(metadata.modified()?).map_err(std::io::Error::other)?;
            entries.push(Entry { name: format!("{prefix}{name}"), size: metadata.len(), written_at });
        }
    }
    Ok(())
}

struct FileUpload {
    key: ObjectKey,
    file: Arc<File>,
}

impl FileUpload {
    async fn on_thread(
        &self,
        act: impl FnOnce(&File) -> std::io::Result<()> + Send + 'static,
    ) -> Result<(), StoreError> {
        let file = Arc::clone(&self.file);
        let acted = tokio::task::spawn_blocking(move || act(&file)).await.map_err(std::io::Error::other);
        acted.and_then(|acted| acted).map_err(store_error("write", &self.key))
    }
}

#[async_trait]
impl Upload for FileUpload {
    async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        self.on_thread(move |mut file| file.write_all(&bytes)).await
    }

    async fn finish(self: Box<Self>) -> Result<(), StoreError> {
        self.on_thread(File::sync_all).await
    }
}
