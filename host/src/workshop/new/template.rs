//! The templates of rules. Those that end in `.jinja` are rendered, the others are taken as they are.

use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};

use super::place::Place;
use super::workspace::Workspace;
use super::{Content, Language, NewError, NewFile, NewPlugin, abi, embedded, example};
use crate::model::EventType;

/// What `every` plugin has; what those of a kind of event have, in `kinds`, whatever they are written in; and a folder for
/// each language, with what `every` plugin in it has and what those of each kind have. The `component` is what languages
/// have that know the interfaces only as WIT. The rest is what templates include.
static TEMPLATES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/src/workshop/new/templates");

/// How the names of templates end.
const SUFFIX: &str = ".jinja";

/// The files of a plugin that come from templates.
pub(super) fn files(plugin: &NewPlugin, place: &Place, workspace: &Workspace) -> Result<Vec<NewFile>, NewError> {
    let language = match plugin.language {
        Language::Rust => "rust",
        Language::TypeScript => "typescript",
        Language::Python => "python",
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
        language,
        standalone => matches!(place, Place::Alone { .. }),
        shares_abi => abi::is_shared(place),
        edition => workspace.edition()?,
        schemars => workspace.dependency("schemars")?,
        serde => workspace.dependency("serde")?,
        guest_profile => workspace.guest_profile()?,
        npm_scripts => example::npm("scripts")?,
        npm_tools => example::npm("devDependencies")?,
        npm_overrides => example::npm("overrides")?,
    };
    let environment = environment()?;
    let mut folders = vec!["every".to_owned(), format!("kinds/{kind}/every")];
    if plugin.language != Language::Rust {
        folders.push("component/every".to_owned());
    }
    folders.extend([format!("{language}/every"), format!("{language}/{kind}")]);
    let mut files = Vec::new();
    for folder in folders {
        let folder = embedded::folder(&TEMPLATES, &folder)?;
        for template in embedded::files(folder) {
            let path = embedded::path_in(folder.path(), template.path())?;
            let (path, text) = match path.strip_suffix(SUFFIX) {
                Some(path) => {
                    let template = environment.get_template(embedded::path_in(Path::new(""), template.path())?)?;
                    (path, template.render(&context)?)
                }
                None => (path, embedded::text(template)?.to_owned()),
            };
            files.push((PathBuf::from(path), Content::Text(text)));
        }
    }
    Ok(files)
}

/// All templates.
fn environment() -> Result<Environment<'static>, NewError> {
    let mut environment = Environment::new();
    let mut syntax = SyntaxConfig::builder();
    // A line that has nothing but a tag leaves nothing behind.
    syntax.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true);
    environment.set_syntax(syntax.build()?);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    for template in embedded::files(&TEMPLATES) {
        let name = embedded::path_in(Path::new(""), template.path())?;
        environment.add_template(name, embedded::text(template)?)?;
    }
    Ok(environment)
}
