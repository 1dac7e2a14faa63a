//! The SDK and the interfaces beneath it, as they are in this repository, for a plugin that lies elsewhere.

use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};
use toml_edit::DocumentMut;

use super::workspace::Workspace;
use super::{Content, NewError, NewFile, embedded};

static SOURCE: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../plugin-sdk/src");
const MANIFEST: &str = include_str!("../../../../plugin-sdk/Cargo.toml");
const LICENSE: &str = include_str!("../../../../LICENSE");
/// The interfaces that rules are built against.
pub(super) static WIT: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../wit");

/// The folders `sdk` and `wit`. The SDK's source looks for the interfaces beside its own folder.
pub(super) fn files(workspace: &Workspace) -> Result<Vec<NewFile>, NewError> {
    let mut files = vec![
        (PathBuf::from("sdk/Cargo.toml"), Content::Text(manifest(workspace)?)),
        (PathBuf::from("sdk/LICENSE"), Content::Text(LICENSE.to_owned())),
    ];
    for (folder, place) in [(&SOURCE, Path::new("sdk/src")), (&WIT, Path::new("wit"))] {
        for file in embedded::files(folder) {
            files.push((place.join(file.path()), Content::Text(embedded::text(file)?.to_owned())));
        }
    }
    Ok(files)
}

/// The SDK's manifest without what it has of the workspace, and without its tests.
fn manifest(workspace: &Workspace) -> Result<String, NewError> {
    let mut manifest: DocumentMut = MANIFEST.parse()?;
    workspace.resolve(&mut manifest)?;
    manifest.remove("dev-dependencies");
    manifest.remove("lints");
    Ok(manifest.to_string())
}
