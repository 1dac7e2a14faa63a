//! Machine code on disk, so that a restart compiles nothing again.
//!
//! Machine code is run as it is, so whoever can write here rules the server. The folder is therefore ours alone, and each
//! file begins with a digest of its content and of what it is the machine code of. Anything doubtful is thrown away, and
//! compiled again.

use std::cmp::Reverse;
use std::fs::{self, DirBuilder, DirEntry, Permissions};
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
    capacity: u64,
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
    /// Opens the folder, and makes it if it is missing. It keeps so many bytes of machine code.
    pub(super) fn open(folder: PathBuf, fingerprint: String, capacity: u64) -> Result<Self, CacheFolderError> {
        let cache = Self { folder, fingerprint, capacity };
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
        cache.make_room().map_err(why)?;
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
                remove(&path)?;
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
                touch(&path);
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
            file.persist(self.path(digest)).map_err(|error| error.error)?;
            self.make_room()
        };
        if let Err(error) = write() {
            tracing::warn!(folder = %self.folder.display(), %error, "a compiled plugin cannot be kept");
        }
    }

    /// Removes what was not used for longest, until the rest has room. The last one stays, however large it is.
    fn make_room(&self) -> io::Result<()> {
        let mut files: Vec<_> = fs::read_dir(&self.folder)?.filter_map(|entry| code_file(&entry.ok()?)).collect();
        files.sort_unstable_by_key(|(used, ..)| Reverse(*used));
        let mut kept = 0_u64;
        for (number, (_, bytes, path)) in files.into_iter().enumerate() {
            kept = kept.saturating_add(bytes);
            if number > 0 && kept > self.capacity {
                remove(&path)?;
            }
        }
        Ok(())
    }

    /// Forgets a plugin.
    pub(super) fn remove(&self, digest: PluginDigest) {
        let path = self.path(digest);
        if let Err(error) = remove(&path) {
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

/// When a file of machine code was used last, how large it is, and where; nothing of any other file.
fn code_file(entry: &DirEntry) -> Option<(SystemTime, u64, PathBuf)> {
    let path = entry.path();
    let meta = entry.metadata().ok().filter(|meta| meta.is_file())?;
    (path.extension()? == EXTENSION).then_some((meta.modified().ok()?, meta.len(), path))
}

/// Removes a file, unless another process was quicker.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// Notes that a file is in use.
fn touch(path: &Path) {
    let touched = fs::File::options().append(true).open(path).and_then(|file| file.set_modified(SystemTime::now()));
    if let Err(error) = touched {
        tracing::warn!(path = %path.display(), %error, "that a compiled plugin is in use cannot be noted");
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
    const ROOM: u64 = 1 << 20;

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
        let cache = DiskCache::open(folder.clone(), PRINT.into(), ROOM).unwrap();
        assert_eq!(mode(&folder), 0o700);
        assert!(cache.read(digest).is_none());
        cache.write(digest, &code(b"machine code"));

        let cache = DiskCache::open(folder, PRINT.into(), ROOM).unwrap();
        assert_eq!(cache.read(digest).unwrap().as_bytes(), b"machine code");
        assert!(cache.read(PluginDigest::of(b"other")).is_none());
    }

    #[test]
    fn damage_is_seen_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let cache = DiskCache::open(folder.path().to_owned(), PRINT.into(), ROOM).unwrap();
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
        DiskCache::open(folder.path().to_owned(), PRINT.into(), ROOM).unwrap().write(digest, &code(b"machine code"));
        fs::set_permissions(folder.path(), Permissions::from_mode(0o770)).unwrap();

        let cache = DiskCache::open(folder.path().to_owned(), PRINT.into(), ROOM).unwrap();
        assert_eq!(mode(folder.path()), 0o700);
        assert!(cache.read(digest).is_none());
    }

    #[test]
    fn what_another_build_left_is_removed_after_a_day() {
        let folder = tempfile::tempdir().unwrap();
        let cache = DiskCache::open(folder.path().to_owned(), "another build".into(), ROOM).unwrap();
        let (old, new) = (PluginDigest::of(b"old"), PluginDigest::of(b"new"));
        cache.write(old, &code(b"1"));
        cache.write(new, &code(b"2"));
        let before = SystemTime::now() - 2 * STALE;
        fs::File::options().write(true).open(cache.path(old)).unwrap().set_modified(before).unwrap();

        DiskCache::open(folder.path().to_owned(), PRINT.into(), ROOM).unwrap();
        assert!(!cache.path(old).exists());
        assert!(cache.path(new).exists());
    }

    #[test]
    fn what_was_not_used_for_longest_makes_room() {
        let folder = tempfile::tempdir().unwrap();
        let open = |capacity| DiskCache::open(folder.path().to_owned(), PRINT.into(), capacity).unwrap();
        let room_for_three = 3 * (SEAL as u64 + 100);
        let cache = open(room_for_three);
        let digests = [b"a", b"b", b"c", b"d"].map(|wasm| PluginDigest::of(wasm));
        let kept = || digests.map(|digest| cache.path(digest).exists());
        let write = |number: usize| {
            cache.write(digests[number], &code(&[0; 100]));
            // In the order in which they were written, whatever the clock of the file system counts in.
            let at = SystemTime::now() - Duration::from_secs(60 - number as u64);
            fs::File::options().append(true).open(cache.path(digests[number])).unwrap().set_modified(at).unwrap();
        };
        (0..3).for_each(write);
        assert_eq!(kept(), [true, true, true, false]);
        assert!(cache.read(digests[0]).is_some());
        write(3);
        assert_eq!(kept(), [true, false, true, true]);
        open(0);
        assert_eq!(kept(), [true, false, false, false], "the last one that was used stays");
        fs::write(folder.path().join("notes.txt"), [0; 1_000]).unwrap();
        open(0);
        assert!(folder.path().join("notes.txt").exists(), "what is no machine code does not count");
    }
}
