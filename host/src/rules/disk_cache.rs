//! Machine code on disk, so that a restart compiles nothing again.
//!
//! Machine code is run as it is, so whoever can write here rules the server. The folder is therefore ours alone, and each
//! file begins with a digest of its content and of what it is the machine code of. Anything doubtful is thrown away, and
//! compiled again.

use std::fs::{self, DirBuilder, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

use super::digest::PluginDigest;
use super::plugin::MachineCode;

/// How the files end.
const EXTENSION: &str = "code";
/// Bytes of the digest that a file begins with.
const SEAL: usize = 32;
/// After this, what another build of the server left behind, or an interrupted one, is removed.
const STALE: Duration = Duration::from_secs(24 * 60 * 60);

/// A folder of machine code for one engine.
#[derive(Debug)]
pub(super) struct DiskCache {
    folder: PathBuf,
    fingerprint: String,
}

/// Why the folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CacheFolderError {
    /// It belongs to somebody else.
    #[error("the folder for compiled plugins, `{}`, belongs to user {owner}, not to user {user} who runs the server", .folder.display())]
    NotOurs {
        /// The folder.
        folder: PathBuf,
        /// Its owner's uid.
        owner: u32,
        /// The uid of this process.
        user: u32,
    },
    /// The system does not let us.
    #[error("the folder for compiled plugins, `{}`, cannot be used: {why}", .folder.display())]
    Io {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        why: io::Error,
    },
}

impl DiskCache {
    /// Opens the folder, and makes it if it is missing.
    pub(super) fn open(folder: PathBuf, fingerprint: String) -> Result<Self, CacheFolderError> {
        let cache = Self { folder, fingerprint };
        let why = |why| CacheFolderError::Io { folder: cache.folder.clone(), why };
        DirBuilder::new().recursive(true).mode(0o700).create(&cache.folder).map_err(why)?;
        let meta = fs::metadata(&cache.folder).map_err(why)?;
        let user = nix::unistd::geteuid().as_raw();
        if meta.uid() != user {
            return Err(CacheFolderError::NotOurs { folder: cache.folder, owner: meta.uid(), user });
        }
        let was_private = meta.mode() & 0o077 == 0;
        if !was_private {
            tracing::warn!(folder = %cache.folder.display(), "compiled plugins were open to others; compiling again");
            fs::set_permissions(&cache.folder, Permissions::from_mode(0o700)).map_err(why)?;
        }
        cache.clean(was_private).map_err(why)?;
        Ok(cache)
    }

    /// Removes what is of no more use, or all of it if the content cannot be trusted.
    fn clean(&self, trusted: bool) -> io::Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            // A folder in here is nobody's business: it is never read.
            if entry.file_type()?.is_dir() {
                continue;
            }
            let path = entry.path();
            let ours =
                path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.ends_with(&self.suffix()));
            if !trusted || (!ours && is_stale(&path)) {
                fs::remove_file(&path)?;
            }
        }
        Ok(())
    }

    /// The machine code of a plugin, if there is any that can be trusted.
    pub(super) fn read(&self, digest: PluginDigest) -> Option<MachineCode> {
        let path = self.path(digest);
        let mut file = match fs::read(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "a compiled plugin cannot be read; compiling again");
                return None;
            }
        };
        match file.split_at_checked(SEAL) {
            Some((seal, code)) if seal == self.seal(digest, code) => {
                file.drain(..SEAL);
                // SAFETY: the folder is private to this user, and the seal shows that the file is what this program
                // wrote for this plugin and engine.
                Some(unsafe { MachineCode::trusted(file) })
            }
            _ => {
                tracing::warn!(path = %path.display(), "a compiled plugin is damaged; compiling again");
                self.remove(digest);
                None
            }
        }
    }

    /// Keeps the machine code of a plugin: all of it, or nothing.
    pub(super) fn write(&self, digest: PluginDigest, code: &MachineCode) {
        let write = || {
            let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
            file.write_all(&self.seal(digest, code.as_bytes()))?;
            file.write_all(code.as_bytes())?;
            file.persist(self.path(digest)).map_err(|error| error.error)
        };
        if let Err(error) = write() {
            tracing::warn!(folder = %self.folder.display(), %error, "a compiled plugin cannot be kept");
        }
    }

    /// Forgets a plugin.
    pub(super) fn remove(&self, digest: PluginDigest) {
        let path = self.path(digest);
        if let Err(error) = fs::remove_file(&path) {
            tracing::warn!(path = %path.display(), %error, "a compiled plugin cannot be removed");
        }
    }

    fn path(&self, digest: PluginDigest) -> PathBuf {
        self.folder.join(format!("{digest}{}", self.suffix()))
    }

    fn suffix(&self) -> String {
        format!("-{}.{EXTENSION}", self.fingerprint)
    }

    fn seal(&self, digest: PluginDigest, code: &[u8]) -> [u8; SEAL] {
        let hash = Sha256::new().chain_update(digest.as_bytes()).chain_update(&self.fingerprint).chain_update(code);
        hash.finalize().into()
    }
}

fn is_stale(path: &Path) -> bool {
    let modified = fs::metadata(path).and_then(|meta| meta.modified());
    modified.is_ok_and(|modified| SystemTime::now().duration_since(modified).is_ok_and(|age| age > STALE))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINT: &str = "0123456789abcdef";

    fn code(bytes: &[u8]) -> MachineCode {
        // SAFETY: never run.
        unsafe { MachineCode::trusted(bytes.to_vec()) }
    }

    fn mode(folder: &Path) -> u32 {
        fs::metadata(folder).unwrap().mode() & 0o777
    }

    #[test]
    fn what_was_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("a/b");
        let digest = PluginDigest::of(b"wasm");
        let cache = DiskCache::open(folder.clone(), PRINT.into()).unwrap();
        assert_eq!(mode(&folder), 0o700);
        assert!(cache.read(digest).is_none());
        cache.write(digest, &code(b"machine code"));

        let cache = DiskCache::open(folder, PRINT.into()).unwrap();
        assert_eq!(cache.read(digest).unwrap().as_bytes(), b"machine code");
        assert!(cache.read(PluginDigest::of(b"other")).is_none());
    }

    #[test]
    fn damage_is_seen_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let cache = DiskCache::open(folder.path().to_owned(), PRINT.into()).unwrap();
        let digest = PluginDigest::of(b"wasm");
        let path = cache.path(digest);
        cache.write(digest, &code(b"machine code"));
        let good = fs::read(&path).unwrap();

        let mut flipped = good.clone();
        flipped[SEAL] ^= 1;
        for bad in [flipped, good[..good.len() - 1].to_vec(), good[..5].to_vec(), Vec::new()] {
            fs::write(&path, bad).unwrap();
            assert!(cache.read(digest).is_none());
            assert!(!path.exists());
        }
        // Whole, but of another plugin.
        let other = PluginDigest::of(b"other");
        fs::write(cache.path(other), good).unwrap();
        assert!(cache.read(other).is_none());
    }

    #[test]
    fn a_folder_that_was_open_to_others_is_closed_and_emptied() {
        let folder = tempfile::tempdir().unwrap();
        let digest = PluginDigest::of(b"wasm");
        DiskCache::open(folder.path().to_owned(), PRINT.into()).unwrap().write(digest, &code(b"machine code"));
        fs::set_permissions(folder.path(), Permissions::from_mode(0o770)).unwrap();

        let cache = DiskCache::open(folder.path().to_owned(), PRINT.into()).unwrap();
        assert_eq!(mode(folder.path()), 0o700);
        assert!(cache.read(digest).is_none());
    }

    #[test]
    fn what_another_build_left_is_removed_after_a_day() {
        let folder = tempfile::tempdir().unwrap();
        let cache = DiskCache::open(folder.path().to_owned(), "another build".into()).unwrap();
        let (old, new) = (PluginDigest::of(b"old"), PluginDigest::of(b"new"));
        cache.write(old, &code(b"1"));
        cache.write(new, &code(b"2"));
        let before = SystemTime::now() - 2 * STALE;
        fs::File::options().write(true).open(cache.path(old)).unwrap().set_modified(before).unwrap();

        DiskCache::open(folder.path().to_owned(), PRINT.into()).unwrap();
        assert!(!cache.path(old).exists());
        assert!(cache.path(new).exists());
    }
}
