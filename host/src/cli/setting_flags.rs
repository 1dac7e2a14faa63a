//! Settings as flags.

use std::{fmt, marker::PhantomData, path::PathBuf};

use clap::{
    Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, builder::NonEmptyStringValueParser, value_parser,
};
use figment::{
    Figment,
    providers::Serialized,
    value::{Num, Value},
};

use crate::config::{self, CONFIG_ENV, Given, Group, Kind, SETTINGS, Setting, Settings, SettingsError};

/// The flag that names the settings file.
const CONFIG: &str = "config";

/// Which settings a command takes as flags.
pub trait Selection {
    /// Their groups.
    const GROUPS: &'static [Group];

    /// What holds when nothing is said.
    #[must_use]
    fn defaults() -> Settings {
        Settings::default()
    }
}

/// The settings that a command takes, as they were given. Flatten it into the command's arguments.
pub struct SettingFlags<S> {
    file: Option<PathBuf>,
    given: Vec<Given>,
    selection: PhantomData<fn() -> S>,
}

impl<S> fmt::Debug for SettingFlags<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the values: some are secrets.
        let keys: Vec<&str> = self.given.iter().map(|given| given.setting.key).collect();
        f.debug_struct("SettingFlags").field("file", &self.file).field("given", &keys).finish()
    }
}

impl<S: Selection> SettingFlags<S> {
    /// Puts the flags over the environment, the file and the defaults.
    ///
    /// # Errors
    ///
    /// When a setting cannot be used.
    pub fn load(&self) -> Result<Settings, SettingsError> {
        config::load(S::defaults(), self.file.as_deref(), &self.given, |name| std::env::var_os(name))
    }
}

fn selected<S: Selection>() -> impl Iterator<Item = &'static Setting> {
    SETTINGS.iter().filter(|setting| S::GROUPS.contains(&setting.group))
}

impl<S: Selection> Args for SettingFlags<S> {
    fn augment_args(command: Command) -> Command {
        let defaults = Figment::from(Serialized::defaults(S::defaults()));
        let config = Arg::new(CONFIG).long(CONFIG).value_name("FILE").value_parser(value_parser!(PathBuf)).help(
            format!("A TOML file with settings; flags and environment variables go before it [env: {CONFIG_ENV}]"),
        );
        selected::<S>().fold(command.arg(config), |command, setting| {
            let arg = Arg::new(setting.key)
                .long(setting.flag())
                .value_name(setting.value_name)
                .action(ArgAction::Set)
                .help(help(setting, &defaults))
                .help_heading(setting.group.heading());
            command.arg(match setting.kind {
                Kind::TextOrEmpty => arg,
                // A negative number is a bad value, not an unknown flag.
                Kind::Integer(..) => arg.allow_negative_numbers(true),
                _ => arg.value_parser(NonEmptyStringValueParser::new()),
            })
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<S: Selection> FromArgMatches for SettingFlags<S> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut flags = Self { file: None, given: Vec::new(), selection: PhantomData };
        flags.update_from_arg_matches(matches)?;
        Ok(flags)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.file = matches.get_one::<PathBuf>(CONFIG).cloned();
        self.given = selected::<S>()
            .filter_map(|setting| {
                let value = matches.get_one::<String>(setting.key)?.clone();
                Some(Given { setting, value })
            })
            .collect();
        Ok(())
    }
}

/// What a setting is for, and on a line of their own its default and its environment variables.
fn help(setting: &Setting, defaults: &Figment) -> String {
    let default = match defaults.find_value(setting.key) {
        Ok(Value::String(_, text)) if text.is_empty() => "[default: none] ".to_owned(),
        Ok(Value::String(_, text)) => format!("[default: {text}] "),
        Ok(Value::Num(_, number)) => format!("[default: {}] ", plain(number)),
        // What has no default says in its help what happens without it.
        _ => String::new(),
    };
    let mut variables = setting.env();
    for alias in setting.env_aliases {
        variables.push_str(" or ");
        variables.push_str(alias);
    }
    format!("{}\n{default}[env: {variables}]", setting.help)
}

fn plain(number: Num) -> u128 {
    number.to_u128().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Everything;

    impl Selection for Everything {
        const GROUPS: &'static [Group] =
            &[Group::Http, Group::Data, Group::Database, Group::Tokens, Group::Logs, Group::Rules];
    }

    fn command() -> Command {
        SettingFlags::<Everything>::augment_args(Command::new("test"))
    }

    #[test]
    fn help_explains_every_setting() {
        let help = command().term_width(0).render_help().to_string();
        for setting in SETTINGS {
            let flag = format!("--{} <{}>", setting.flag(), setting.value_name);
            let at = help.find(&flag).unwrap_or_else(|| panic!("{flag} is not in {help}"));
            let line = &help[at..][..help[at..].find("\n      --").unwrap_or(help.len() - at)];
            assert!(line.contains(setting.help) && line.contains(&setting.env()), "{line}");
        }
        for part in ["[default: 127.0.0.1:8080]", "[default: 30s]", "[default: 10000000]", "or DATABASE_URL]"] {
            assert!(help.contains(part), "{part} is not in {help}");
        }
    }

    #[test]
    fn flags_are_taken_as_they_stand() {
        let matches = command()
            .try_get_matches_from([
                "test",
                "--config",
                "a.toml",
                "--path-prefix",
                "",
                "--rules-concurrent-decisions",
                "-1",
            ])
            .unwrap();
        let flags = SettingFlags::<Everything>::from_arg_matches(&matches).unwrap();
        assert_eq!(flags.file, Some(PathBuf::from("a.toml")));
        let given: Vec<_> = flags.given.iter().map(|given| (given.setting.key, &*given.value)).collect();
        assert_eq!(given, [("path_prefix", ""), ("rules.concurrent_decisions", "-1")]);
        assert!(command().try_get_matches_from(["test", "--data-dir", ""]).is_err());
    }

    #[test]
    fn secrets_are_not_printed() {
        let matches = command().try_get_matches_from(["test", "--jwt-secret", "hunter2"]).unwrap();
        let flags = SettingFlags::<Everything>::from_arg_matches(&matches).unwrap();
        assert_eq!(format!("{flags:?}"), "SettingFlags { file: None, given: [\"jwt_secret\"] }");
    }
}
