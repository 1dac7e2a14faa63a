//! One server per data directory.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read as _, Seek as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use super::EmbeddedError;

/// The file's name in the data directory.
const FILE: &str = "postgres.lock";

/// A data directory that is ours as long as this lives. The kernel lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
}

impl Drop for Lock {
    /// Said, not left to closing the file: a child process that is about to be another program has the file open for a
    /// moment, too, and would keep the lock.
    fn drop(&mut self) {
        if let Err(error) = self.file.unlock() {
            tracing::warn!(%error, "the data directory's lock is let go of only when its file is closed");
        }
    }
}

impl Lock {
    pub(super) fn take(data_dir: &Path) -> Result<Self, EmbeddedError> {
        let path = data_dir.join(FILE);
        let io = |action| {
            let path = path.display().to_string();
            move |source| EmbeddedError::io(action, path, source)
        };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(io("open"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                // Only for the message: whoever holds the lock may be about to write.
                let pid = file.read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok());
                return Err(EmbeddedError::Locked { data_dir: data_dir.to_owned(), pid });
            }
            Err(TryLockError::Error(source)) => return Err(io("lock")(source)),
        }
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(io("write"))?;
        Ok(Self { file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_who_is_first() {
        let dir = tempfile::tempdir().unwrap();
        let first = Lock::take(dir.path()).unwrap();
        let error = Lock::take(dir.path()).unwrap_err();
        let own = i32::try_from(std::process::id()).unwrap();
        assert!(matches!(error, EmbeddedError::Locked { pid: Some(pid), .. } if pid == own), "{error}");
        drop(first);
        Lock::take(dir.path()).unwrap();
    }

    #[test]
    fn a_child_that_is_just_being_made_does_not_keep_it() {
        let dir = tempfile::tempdir().unwrap();
        let first = Lock::take(dir.path()).unwrap();
        // What fork leaves in the child until it becomes another program: the same open file.
        let of_child = first.file.try_clone().unwrap();
        drop(first);
        Lock::take(dir.path()).unwrap();
        drop(of_child);
    }
}
