//! Whether what was built is still what would be built.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// Folders in a plugin's folder that it is not built from: what tools put there, and what tries it.
const NO_SOURCES: [&str; 8] =
    [".git", ".venv", "__pycache__", "cases", super::DIST, super::GENERATED, "node_modules", "tests"];

/// A digest of all that something is made from, and the file that tells what it was made from.
#[derive(Debug)]
pub(super) struct Stamp {
    file: PathBuf,
    digest: String,
}

impl Stamp {
    /// Looks at the sources: files, and folders with all that is in them. `how` is what else decides what is made of them.
    pub(super) fn of(file: PathBuf, sources: &[impl AsRef<Path>], how: &str) -> io::Result<Self> {
        let mut hasher = Sha256::new();
        hasher.update(how);
        for source in sources {
            add(&mut hasher, source.as_ref(), source.as_ref())?;
        }
        let digest = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { file, digest })
    }

    /// Whether it was made from just these.
    pub(super) fn is_fresh(&self) -> bool {
        fs::read_to_string(&self.file).is_ok_and(|digest| digest == self.digest)
    }

    /// Notes that it is about to be made anew: if that breaks off, what is left is of no known sources.
    pub(super) fn clear(&self) -> io::Result<()> {
        match fs::remove_file(&self.file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Notes that it was.
    pub(super) fn set(&self) -> io::Result<()> {
        fs::write(&self.file, &self.digest)
    }
}

/// Adds a file, or those in a folder by name, each with its path, so that renaming one is a change as well.
fn add(hasher: &mut Sha256, root: &Path, path: &Path) -> io::Result<()> {
    let kind = fs::metadata(path)?;
    if kind.is_dir() {
        let mut entries = fs::read_dir(path)?.collect::<io::Result<Vec<_>>>()?;
        entries.retain(|entry| !NO_SOURCES.iter().any(|name| entry.file_name() == *name));
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            // A link to a folder may lead back to where it is.
            if !(entry.file_type()?.is_symlink() && entry.path().is_dir()) {
                add(hasher, root, &entry.path())?;
            }
        }
    } else if kind.is_file() {
        let name = path.strip_prefix(root).unwrap_or(path).as_os_str().as_encoded_bytes();
        hasher.update((name.len() as u64).to_le_bytes());
        hasher.update(name);
        let mut bytes = Vec::new();
        File::open(path)?.read_to_end(&mut bytes)?;
        hasher.update((bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_a_source_is_seen_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let (root, stamp) = (folder.path().join("plugin"), folder.path().join("stamp"));
        for part in ["src", "node_modules", "dist"] {
            fs::create_dir_all(root.join(part)).unwrap();
        }
        let look = |how: &str| Stamp::of(stamp.clone(), &[&root], how).unwrap();
        let write = |file: &str, text: &str| fs::write(root.join(file), text).unwrap();
        write("src/rule.ts", "1");
        assert!(!look("").is_fresh());
        look("").set().unwrap();
        write("node_modules/x.js", "2");
        write("dist/x.wasm", "3");
        assert!(look("").is_fresh());
        assert!(!look("otherwise").is_fresh());
        write("src/rule.ts", "2");
        assert!(!look("").is_fresh());
        write("src/rule.ts", "1");
        assert!(look("").is_fresh());
        fs::rename(root.join("src/rule.ts"), root.join("src/tool.ts")).unwrap();
        assert!(!look("").is_fresh());
    }
}
