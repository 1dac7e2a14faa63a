//! The cluster: PostgreSQL's data directory.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use nix::sys::signal::Signal;

use super::{Binaries, EmbeddedError, Owner, ROLE, process};
use crate::config::create_data_dir;

/// The cluster's folder in the data directory.
pub(super) const FOLDER: &str = "postgres";

/// What differs from PostgreSQL's defaults. Written once, into `postgresql.conf`, for operators to change.
const CONFIGURATION: &str = "
#------------------------------------------------------------------------------
# WORLD EVENTS
#------------------------------------------------------------------------------
# Sockets and fsync are set by the server when it starts PostgreSQL.

max_connections = 100
shared_buffers = 256MB
wal_buffers = 16MB
# Fewer and smoother checkpoints under many small writes; recovery after a crash reads at most this much.
checkpoint_timeout = 10min
min_wal_size = 256MB
max_wal_size = 2GB
# The data is expected on solid-state disks.
random_page_cost = 1.1
# Compiling queries costs more than it gains where each takes a millisecond.
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
log_checkpoints = off
";

/// A cluster that can be started.
#[derive(Debug)]
pub(super) struct Cluster {
    path: PathBuf,
    folder: Arc<File>,
    /// The path by which PostgreSQL reaches it.
    name: PathBuf,
}

/// Makes the data directory when it is missing, and gives its real path.
pub(super) fn make_data_dir(path: &Path) -> Result<PathBuf, EmbeddedError> {
    create_data_dir(path)
        .map_err(|source| EmbeddedError::io("make the data directory", path.display().to_string(), source))?;
    fs::canonicalize(path).map_err(|source| EmbeddedError::io("find", path.display().to_string(), source))
}

/// The major version of the cluster at `path`; `None` where there is nothing yet.
pub(super) fn version(path: &Path) -> Result<Option<u32>, EmbeddedError> {
    let not_a_cluster = || EmbeddedError::NotACluster { path: path.to_owned() };
    let failed = |source| EmbeddedError::io("read", path.display().to_string(), source);
    match fs::read_to_string(path.join("PG_VERSION")) {
        Ok(version) => version.trim().parse().map(Some).map_err(|_| not_a_cluster()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => match fs::read_dir(path) {
            Ok(mut entries) => entries.next().map_or(Ok(None), |_| Err(not_a_cluster())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => Err(not_a_cluster()),
            Err(error) => Err(failed(error)),
        },
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => Err(not_a_cluster()),
        Err(error) => Err(failed(error)),
    }
}

impl Cluster {
    /// The cluster that is at `path`.
    pub(super) fn open(path: PathBuf, owner: &Owner) -> Result<Self, EmbeddedError> {
        let shown = path.display().to_string();
        let failed = |action| {
            let shown = shown.clone();
            move |source| EmbeddedError::io(action, shown, source)
        };
        let folder = Arc::new(File::open(&path).map_err(failed("open"))?);
        let metadata = folder.metadata().map_err(failed("look at"))?;
        // Copied here by root, a backup perhaps.
        if owner.is_other && metadata.uid() != owner.uid.as_raw() {
            owner.take_over(&path).map_err(failed("change the owner of"))?;
        }
        let name = if owner.can_reach(&path) { path.clone() } else { process::inherited_path(&folder) };
        Ok(Self { path, folder, name })
    }

    /// Makes a cluster at `path`, where nothing or an empty folder is. It is made beside its place and moved there when it
    /// is complete, so that an interrupted first start leaves nothing that looks like a cluster.
    pub(super) fn create(path: PathBuf, binaries: &Binaries, owner: &Owner) -> Result<Self, EmbeddedError> {
        let staging = path.with_extension("new");
        let failed = |action, path: &Path| {
            let path = path.display().to_string();
            move |source| EmbeddedError::io(action, path, source)
        };
        if let Err(error) = fs::remove_dir_all(&staging)
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(failed("remove", &staging)(error));
        }
        fs::DirBuilder::new().mode(0o700).create(&staging).map_err(failed("make", &staging))?;
        let staged = Self::open(staging, owner)?;
        staged.initialise(binaries, owner)?;
        fs::rename(&staged.path, &path).map_err(failed("make", &path))?;
        if let Some(parent) = path.parent() {
            File::open(parent).and_then(|parent| parent.sync_all()).map_err(failed("sync", parent))?;
        }
        tracing::info!(cluster = %path.display(), user = owner.name, "made a PostgreSQL cluster");
        Self::open(path, owner)
    }

    fn initialise(&self, binaries: &Binaries, owner: &Owner) -> Result<(), EmbeddedError> {
        let program = binaries.program("initdb");
        let spawn_error = |source| EmbeddedError::Spawn { program: program.clone(), user: owner.name.clone(), source };
        let output = process::command(&program, owner, &self.folder, Signal::SIGTERM)
            .arg("--pgdata")
            .arg(&self.name)
            .args(["--username", ROLE])
            // Whoever can open the socket is trusted: its folder lets only the owner in.
            .args(["--auth-local=trust", "--auth-host=reject"])
            // Sorted by bytes: the order of text, and so of indexes, does not change with the system's libraries.
            .args(["--encoding=UTF8", "--locale=C"])
            .arg("--data-checksums")
            .output()
            .map_err(spawn_error)?;
        if !output.status.success() {
            let said = [output.stdout, output.stderr].concat();
            let output_text = last_lines(&String::from_utf8_lossy(&said));
            return Err(EmbeddedError::Init { status: output.status, output: output_text });
        }
        let path = self.path.join("postgresql.conf");
        OpenOptions::new()
            .append(true)
            .open(&path)
            .and_then(|mut file| {
                file.write_all(CONFIGURATION.as_bytes())?;
                file.sync_all()
            })
            .map_err(|source| EmbeddedError::io("write", path.display().to_string(), source))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The open folder.
    pub(super) const fn folder(&self) -> &Arc<File> {
        &self.folder
    }

    /// The path by which PostgreSQL reaches it: the real one, or where its user cannot walk there, the open folder's.
    pub(super) fn name(&self) -> &Path {
        &self.name
    }
}

/// The end of what a program said, on one line.
pub(super) fn last_lines(text: &str) -> String {
    const LINES: usize = 6;
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.get(lines.len().saturating_sub(LINES)..).unwrap_or_default().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_told_apart() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FOLDER);
        assert_eq!(version(&path).unwrap(), None);
        fs::create_dir(&path).unwrap();
        assert_eq!(version(&path).unwrap(), None, "an empty folder is nothing yet");
        fs::write(path.join("notes.txt"), "mine").unwrap();
        assert!(matches!(version(&path), Err(EmbeddedError::NotACluster { .. })));
        fs::write(path.join("PG_VERSION"), "15\n").unwrap();
        assert_eq!(version(&path).unwrap(), Some(15));
        fs::write(path.join("PG_VERSION"), "9.6\n").unwrap();
        assert!(matches!(version(&path), Err(EmbeddedError::NotACluster { .. })));
        fs::remove_dir_all(&path).unwrap();
        fs::write(&path, "a file").unwrap();
        assert!(matches!(version(&path), Err(EmbeddedError::NotACluster { .. })));
    }

    #[test]
    fn only_the_end_is_told() {
        assert_eq!(last_lines("one\n\n two \n"), "one; two");
        let long: String = (0..100).map(|n| format!("{n}\n")).collect();
        assert_eq!(last_lines(&long), "94; 95; 96; 97; 98; 99");
    }
}
