//! Putting the layers together.

use std::{
    collections::HashMap,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use figment::{
    Figment, Metadata, Profile, Provider,
    error::{Kind as ErrorKind, OneOf},
    providers::{Format as _, Serialized, Toml},
    util::nest,
    value::{Dict, Map, Value},
};

use super::{Kind, SETTINGS, Setting, Settings, SettingsError, error::Origin};

/// The environment variable that names the settings file.
pub const CONFIG_ENV: &str = "WORLD_EVENTS_CONFIG";

/// A setting that was given as a flag.
#[derive(Debug, Clone)]
pub struct Given {
    /// Which setting.
    pub setting: &'static Setting,
    /// The flag's value.
    pub value: String,
}

/// Reads the settings: `flags` over the environment over the file over `defaults`. The file is `file`, or what
/// [`CONFIG_ENV`] names, or none. An environment variable that is set to nothing counts as not set.
///
/// # Errors
///
/// When a value cannot be used, naming the setting, where the value comes from and what would be right.
pub fn load(
    defaults: Settings,
    file: Option<&Path>,
    flags: &[Given],
    env: impl Fn(&str) -> Option<OsString>,
) -> Result<Settings, SettingsError> {
    let env = |name: &str| env(name).filter(|value| !value.is_empty());
    let file = file.map(Path::to_owned).or_else(|| env(CONFIG_ENV).map(PathBuf::from));
    let mut layers =
        Layers { figment: Figment::from(Serialized::defaults(defaults)), origins: HashMap::new(), file: file.clone() };
    if let Some(path) = file {
        layers.add_file(&path)?;
    }
    for setting in SETTINGS {
        let names = std::iter::once(setting.env()).chain(setting.env_aliases.iter().map(|&name| name.to_owned()));
        if let Some((name, value)) = names.into_iter().find_map(|name| env(&name).map(|value| (name, value))) {
            let origin = Origin::Env(name);
            let value = value.into_string().map_err(|_| invalid(setting, origin.clone(), "is not UTF-8"))?;
            layers.add_text(setting, origin, &value)?;
        }
    }
    for Given { setting, value } in flags {
        layers.add_text(setting, Origin::Flag(setting.flag()), value)?;
    }
    layers.finish()
}

struct Layers {
    figment: Figment,
    /// Where each value comes from that is not a default.
    origins: HashMap<&'static str, Origin>,
    file: Option<PathBuf>,
}

/// A layer of values for figment.
struct Layer(Dict);

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named("settings")
    }

    fn data(&self) -> figment::Result<Map<Profile, Dict>> {
        Ok(Profile::Default.collect(self.0.clone()))
    }
}

impl Layers {
    fn add_file(&mut self, path: &Path) -> Result<(), SettingsError> {
        let text = fs::read_to_string(path).map_err(|source| SettingsError::Read { path: path.to_owned(), source })?;
        let values: Dict = Toml::from_str(&text)
            .map_err(|error| SettingsError::Syntax { path: path.to_owned(), problem: error.to_string() })?;
        let layer = Figment::from(Layer(values.clone()));
        for setting in SETTINGS.iter().filter(|setting| layer.contains(setting.key)) {
            self.origins.insert(setting.key, Origin::File(path.to_owned()));
        }
        self.merge(values);
        Ok(())
    }

    fn add_text(&mut self, setting: &'static Setting, origin: Origin, text: &str) -> Result<(), SettingsError> {
        let value = match setting.kind {
            Kind::Integer(..) => match text.replace('_', "").parse::<u64>() {
                Ok(number) => Value::from(number),
                Err(_) => return Err(out_of_bounds(setting, origin, &format!("{text:?}"))),
            },
            _ => Value::from(text),
        };
        if let Value::Dict(_, values) = nest(setting.key, value) {
            self.merge(values);
        }
        self.origins.insert(setting.key, origin);
        Ok(())
    }

    fn merge(&mut self, values: Dict) {
        self.figment = std::mem::take(&mut self.figment).merge(Layer(values));
    }

    fn origin(&self, key: &str) -> Origin {
        let known = self.origins.get(key).cloned();
        // What is no setting by itself, such as a whole section, can only come from the file.
        let unknown = || self.file.clone().filter(|_| Setting::find(key).is_none()).map(Origin::File);
        known.or_else(unknown).unwrap_or(Origin::Default)
    }

    fn finish(self) -> Result<Settings, SettingsError> {
        let mut settings: Settings = self.figment.extract().map_err(|error| self.explain(error))?;
        for setting in SETTINGS {
            self.check(setting)?;
        }
        if settings.jwt_secret.is_some() && settings.jwt_public_key.is_some() {
            let with_origin = |key| (key, self.origin(key));
            return Err(SettingsError::Conflict(with_origin("jwt_secret"), with_origin("jwt_public_key")));
        }
        // Paths are kept as they were meant when the server started.
        if let Ok(absolute) = std::path::absolute(&settings.data_dir) {
            settings.data_dir = absolute;
        }
        Ok(settings)
    }

    /// What the type of a value cannot say.
    fn check(&self, setting: &'static Setting) -> Result<(), SettingsError> {
        let Ok(value) = self.figment.find_value(setting.key) else { return Ok(()) };
        // Nothing is said of an optional setting.
        if matches!(value, Value::Empty(..)) {
            return Ok(());
        }
        let text = value.as_str();
        let problem = match setting.kind {
            Kind::Integer(min, max) if !whole(&value).is_some_and(|number| (min..=max).contains(&number)) => {
                return Err(out_of_bounds(setting, self.origin(setting.key), &show(setting, &value)));
            }
            Kind::Text | Kind::Secret if text == Some("") => "is empty".to_owned(),
            Kind::Duration(max) => match text.map(humantime::parse_duration) {
                Some(Ok(span)) if span.as_millis() >= 1 && span.as_secs() <= max => return Ok(()),
                _ => format!("is {}: it is outside 1ms to {max}s", show(setting, &value)),
            },
            _ => return Ok(()),
        };
        let problem = format!("{problem}; it must be {}", setting.expects);
        Err(invalid(setting, self.origin(setting.key), &problem))
    }

    /// Says in the words of settings what figment says in the words of serde.
    fn explain(&self, error: figment::Error) -> SettingsError {
        let key = error.path.join(".");
        let origin = self.origin(&key);
        match (error.kind, &self.file) {
            (ErrorKind::UnknownField(_, known), Some(path)) => {
                SettingsError::Unknown { key, path: path.clone(), known: OneOf(known).to_string() }
            }
            (kind, _) => match Setting::find(&key) {
                Some(setting) if setting.kind == Kind::Secret => {
                    // The reason may repeat the value where it is no text at all.
                    let reason =
                        if let ErrorKind::Message(reason) = kind { reason } else { "it is no text".to_owned() };
                    invalid(setting, origin, &format!("cannot be used: {reason}; it must be {}", setting.expects))
                }
                Some(setting) => {
                    let value = self.figment.find_value(&key).map(|value| show(setting, &value)).unwrap_or_default();
                    invalid(setting, origin, &format!("is {value}: {kind}; it must be {}", setting.expects))
                }
                None => SettingsError::Invalid { key, origin, problem: format!("cannot be used: {kind}") },
            },
        }
    }
}

/// A number that figment may hold signed or unsigned.
fn whole(value: &Value) -> Option<u64> {
    let signed = || value.to_i128().and_then(|number| u64::try_from(number).ok());
    value.to_u128().and_then(|number| u64::try_from(number).ok()).or_else(signed)
}

fn invalid(setting: &Setting, origin: Origin, problem: &str) -> SettingsError {
    SettingsError::Invalid { key: setting.key.to_owned(), origin, problem: problem.to_owned() }
}

fn out_of_bounds(setting: &Setting, origin: Origin, value: &str) -> SettingsError {
    let Kind::Integer(min, max) = setting.kind else { return invalid(setting, origin, "is no number") };
    invalid(setting, origin, &format!("is {value}; it must be {} from {min} to {max}", setting.expects))
}

/// A value as an error shows it.
fn show(setting: &Setting, value: &Value) -> String {
    match (setting.kind, value) {
        (Kind::Secret, _) => "[redacted]".to_owned(),
        (_, Value::String(_, text)) => format!("{text:?}"),
        (_, value) => serde_json::to_string(value).unwrap_or_default(),
    }
}
