//! Files that are embedded in this program.

use std::path::Path;

use include_dir::{Dir, DirEntry, File};

use super::NewError;

/// A folder in another.
pub(super) fn folder(of: &'static Dir<'_>, path: &str) -> Result<&'static Dir<'static>, NewError> {
    of.get_dir(path).ok_or_else(|| NewError::Broken(format!("the folder {path} is not in it")))
}

/// What Python leaves behind where it has run; no file of ours.
const PYCACHE: &str = "__pycache__";

/// All files in a folder and the folders below it.
pub(super) fn files(folder: &'static Dir<'_>) -> Vec<&'static File<'static>> {
    let mut files = Vec::new();
    for entry in folder.entries() {
        match entry {
            DirEntry::Dir(below) if below.path().ends_with(PYCACHE) => {}
            DirEntry::Dir(below) => files.extend(self::files(below)),
            DirEntry::File(file) => files.push(file),
        }
    }
    files
}

/// What is in a file.
pub(super) fn text(file: &'static File<'_>) -> Result<&'static str, NewError> {
    file.contents_utf8().ok_or_else(|| NewError::Broken(format!("{} is no text", file.path().display())))
}

/// A path in the folder `base`, as seen from there.
pub(super) fn path_in<'path>(base: &Path, path: &'path Path) -> Result<&'path str, NewError> {
    let path = path.strip_prefix(base).unwrap_or(path);
    path.to_str().ok_or_else(|| NewError::Broken(format!("{} is no text", path.display())))
}
