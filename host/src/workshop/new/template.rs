//! The templates of rules. Those that end in `.jinja` are rendered, the others are taken as they are.

use std::path::PathBuf;

use include_dir::{Dir, include_dir};
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};

use super::place::Place;
use super::workspace::Workspace;
use super::{Language, NewError, NewFile, NewPlugin, embedded};
use crate::model::EventType;

/// A folder for each language. In it: what `every` plugin has, a folder for each kind of event, and the `parts` that they
/// include.
static TEMPLATES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/src/workshop/new/templates");

/// How the names of templates end.
const SUFFIX: &str = ".jinja";

/// The files of a plugin that come from templates.
pub(super) fn files(plugin: &NewPlugin, place: &Place, workspace: &Workspace) -> Result<Vec<NewFile>, NewError> {
    let language = match plugin.language {
        Language::Rust => "rust",
    };
    let kind = match plugin.kind {
        EventType::Disaster => "disaster",
        EventType::Festival => "festival",
        EventType::War => "war",
        EventType::Invasion => "invasion",
        EventType::Tournament => "tournament",
        EventType::Quest => "quest",
    };
    let name = plugin.name.as_str();
    let context = context! {
        name,
        crate => name.replace('-', "_"),
        kind,
        standalone => matches!(place, Place::Alone { .. }),
        edition => workspace.edition()?,
        schemars => workspace.dependency("schemars")?,
        serde => workspace.dependency("serde")?,
        guest_profile => workspace.guest_profile()?,
    };
    let language = embedded::folder(&TEMPLATES, language)?;
    let environment = environment(language)?;
    let mut files = Vec::new();
    for folder in ["every", kind] {
        let folder = language.path().join(folder);
        let folder = embedded::folder(&TEMPLATES, folder.to_str().unwrap_or_default())?;
        for template in embedded::files(folder) {
            let path = embedded::path_in(folder.path(), template.path())?;
            files.push(match path.strip_suffix(SUFFIX) {
                Some(path) => {
                    let template = environment.get_template(embedded::path_in(language.path(), template.path())?)?;
                    (PathBuf::from(path), template.render(&context)?)
                }
                None => (PathBuf::from(path), embedded::text(template)?.to_owned()),
            });
        }
    }
    Ok(files)
}

/// All templates of a language.
fn environment(language: &'static Dir<'_>) -> Result<Environment<'static>, NewError> {
    let mut environment = Environment::new();
    let mut syntax = SyntaxConfig::builder();
    // A line that has nothing but a tag leaves nothing behind.
    syntax.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true);
    environment.set_syntax(syntax.build()?);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    for template in embedded::files(language) {
        let name = embedded::path_in(language.path(), template.path())?;
        environment.add_template(name, embedded::text(template)?)?;
    }
    Ok(environment)
}
