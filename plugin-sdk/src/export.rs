//! Making a plugin of a crate.

use std::any::Any;
use std::{fmt, mem};

use crate::bindings::manifest::exports::world_events::rules::manifest::Description;
use crate::bindings::{eligibility, rewards, scoring};
use crate::json::parse;
use crate::schema::parameters_schema;
use crate::{Application, Eligibility, Event, Grant, NoParameters, Page, Plugin, Refusal, Rewards, Scorecard, Scoring};

/// Makes a type the plugin that this crate is, and names what it decides: any of `eligibility`, `scoring` and
/// `rewards`.
///
/// Only what is named is exported; the server does not call a plugin about anything else. The manifest is exported
/// always: name, version and description are those of the crate (`Cargo.toml`), the schema is that of
/// [`Plugin::Parameters`](crate::Plugin::Parameters). The crate's name must be 1 to 64 characters of a-z, 0-9 and `-`,
/// starting with a letter. Use it once in a crate.
///
/// ```
/// use world_events_plugin_sdk::prelude::*;
///
/// struct Everybody;
///
/// impl Plugin for Everybody {
///     type Parameters = NoParameters;
/// }
///
/// impl Eligibility for Everybody {
///     fn check(_: &Application, _: &NoParameters) -> Result<Admission, Refusal> {
///         Ok(Admission::default())
///     }
/// }
///
/// world_events_plugin_sdk::export!(Everybody: eligibility);
/// # fn main() {}
/// ```
///
/// What is named has to be implemented, also when the crate is only tested:
///
/// ```compile_fail
/// use world_events_plugin_sdk::prelude::*;
///
/// struct Everybody;
///
/// impl Plugin for Everybody {
///     type Parameters = NoParameters;
/// }
///
/// world_events_plugin_sdk::export!(Everybody: scoring);
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! export {
    ($plugin:ty: $($capability:ident),+ $(,)?) => {
        const _: () = {
            type __Plugin = $plugin;
            $crate::__export_manifest!(__Plugin);
            $($crate::__export_capability!($capability, __Plugin);)+
        };
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __export_manifest {
    ($plugin:ident) => {
        const _: () = assert!(
            $crate::__private::is_plugin_name(env!("CARGO_PKG_NAME")),
            "a plugin has its crate's name, which must be 1 to 64 characters of a-z, 0-9 and `-`, starting with a letter"
        );

        #[cfg(target_arch = "wasm32")]
        const _: () = {
            struct __Manifest;

            impl $crate::__private::ManifestGuest for __Manifest {
                fn describe() -> $crate::__private::Description {
                    $crate::__private::describe::<$plugin>(
                        env!("CARGO_PKG_NAME"),
                        env!("CARGO_PKG_VERSION"),
                        env!("CARGO_PKG_DESCRIPTION"),
                    )
                }
            }

            $crate::bindings::manifest::export!(__Manifest with_types_in $crate::bindings::manifest);
        };
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __export_capability {
    (eligibility, $plugin:ident) => {
        const _: fn() = $crate::__private::is_eligibility::<$plugin>;
        #[cfg(target_arch = "wasm32")]
        $crate::bindings::eligibility::export!($plugin with_types_in $crate::bindings::eligibility);
    };
    (scoring, $plugin:ident) => {
        const _: fn() = $crate::__private::is_scoring::<$plugin>;
        #[cfg(target_arch = "wasm32")]
        $crate::bindings::scoring::export!($plugin with_types_in $crate::bindings::scoring);
    };
    (rewards, $plugin:ident) => {
        const _: fn() = $crate::__private::is_rewards::<$plugin>;
        #[cfg(target_arch = "wasm32")]
        $crate::bindings::rewards::export!($plugin with_types_in $crate::bindings::rewards);
    };
    ($other:ident, $plugin:ident) => {
        compile_error!(concat!(
            "there is no capability `",
            stringify!($other),
            "`: a plugin decides `eligibility`, `scoring` or `rewards`"
        ));
    };
}

/// What [`export!`] expands to. No part of the interface: it may change at any time.
#[doc(hidden)]
pub mod __private {
    pub use super::describe;
    pub use crate::bindings::manifest::exports::world_events::rules::manifest::{Description, Guest as ManifestGuest};
    use crate::{Eligibility, Rewards, Scoring};

    /// Whether the server takes this as a plugin's name.
    #[must_use]
    pub const fn is_plugin_name(name: &str) -> bool {
        let mut rest = name.as_bytes();
        if rest.len() > 64 || !matches!(rest, [b'a'..=b'z', ..]) {
            return false;
        }
        while let [b'a'..=b'z' | b'0'..=b'9' | b'-', after @ ..] = rest {
            rest = after;
        }
        rest.is_empty()
    }

    pub const fn is_eligibility<P: Eligibility>() {}

    pub const fn is_scoring<P: Scoring>() {}

    pub const fn is_rewards<P: Rewards>() {}
}

impl<P: Eligibility> eligibility::exports::world_events::rules::eligibility::Guest for P {
    fn check(
        application: Application,
    ) -> Result<eligibility::exports::world_events::rules::eligibility::Admission, Refusal> {
        report_panics();
        let parameters = parameters::<P>(&application.event);
        let admission = P::check(&application, &parameters).map(Into::into);
        leave((application, parameters));
        admission
    }
}

impl<P: Scoring> scoring::exports::world_events::rules::scoring::Guest for P {
    fn score(card: Scorecard) -> Result<scoring::exports::world_events::rules::scoring::Outcome, Refusal> {
        report_panics();
        let parameters = parameters::<P>(&card.event);
        let outcome = P::score(&card, &parameters).map(Into::into);
        leave((card, parameters));
        outcome
    }
}

impl<P: Rewards> rewards::exports::world_events::rules::rewards::Guest for P {
    fn payout(page: Page) -> Vec<Grant> {
        report_panics();
        let parameters = parameters::<P>(&page.event);
        let grants = P::payout(&page, &parameters);
        leave((page, parameters));
        grants
    }
}

/// Lets go of what a call was about. In a sandbox nobody has to take it apart, as the memory is thrown away with the call.
fn leave<T>(values: T) {
    if cfg!(target_arch = "wasm32") {
        mem::forget(values);
    }
}

/// Describes a plugin by what is said about its crate and by its parameters' type.
#[must_use]
pub fn describe<P: Plugin>(name: &str, version: &str, description: &str) -> Description {
    report_panics();
    Description {
        name: name.to_owned(),
        version: version.to_owned(),
        description: description.to_owned(),
        parameters_schema: parameters_schema::<P>(),
        extra: String::new(),
    }
}

/// Reads the designer's parameters. The server has validated them by the schema, so a mismatch is a bug of the
/// plugin's, in which its schema differs from what serde reads.
pub(crate) fn parameters<P: Plugin>(event: &Event) -> P::Parameters {
    // A rule without parameters is spared the JSON reader, which would be most of a small module.
    let none: Box<dyn Any> = Box::new(NoParameters {});
    if let Ok(none) = none.downcast() {
        if event.parameters != "{}" {
            fail(format_args!("the rule has no parameters, but was given {}", event.parameters));
        }
        return *none;
    }
    match parse("a parameter of the rule", &event.parameters) {
        Ok(parameters) => parameters,
        Err(malformed) => fail(format_args!("{malformed}")),
    }
}

/// Ends the call as failed, with a message for who wrote the rule or set its parameters.
#[cold]
#[track_caller]
#[allow(clippy::panic, reason = "a trap is how a rule tells the server that it failed")]
pub(crate) fn fail(message: fmt::Arguments<'_>) -> ! {
    panic!("{message}")
}

/// Makes a panic say in the rule's log what happened and where, before it ends the call.
fn report_panics() {
    #[cfg(target_arch = "wasm32")]
    std::panic::set_hook(Box::new(|panic| crate::log::error(panic.to_string())));
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;
    use serde::Deserialize;
    use serde_json::json;

    use super::*;
    use crate::testing;

    /// What a designer can set.
    #[derive(Debug, Default, PartialEq, Deserialize, JsonSchema)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Tuning {
        /// The lowest level.
        #[schemars(range(min = 1, max = 99))]
        min_level: u32,
    }

    struct Tuned;

    impl Plugin for Tuned {
        type Parameters = Tuning;
    }

    struct Plain;

    impl Plugin for Plain {
        type Parameters = NoParameters;
    }

    #[test]
    fn without_parameters_there_is_no_schema() {
        let description = describe::<Plain>("plain", "1.2.3", "Plain.");
        assert_eq!(description.parameters_schema, "");
        assert_eq!((description.name.as_str(), description.version.as_str()), ("plain", "1.2.3"));
    }

    #[test]
    fn parameters_are_read_from_the_event() {
        let event = testing::event().with_parameters(json!({"minLevel": 7}));
        assert_eq!(parameters::<Tuned>(&event), Tuning { min_level: 7 });
    }

    #[test]
    #[should_panic(expected = "a parameter of the rule is malformed: unknown field `minLvl`")]
    fn malformed_parameters_end_the_call() {
        let _ = testing::parameters::<Tuned>(json!({"minLvl": 7}));
    }

    #[test]
    #[should_panic(expected = r#"the rule has no parameters, but was given {"minLevel":7}"#)]
    fn parameters_that_a_rule_does_not_have_end_the_call() {
        let _ = testing::parameters::<Plain>(json!({"minLevel": 7}));
    }

    #[test]
    fn names_are_those_that_the_server_takes() {
        for name in ["a", "boss-invasion", "x2", &"a".repeat(64)] {
            assert!(__private::is_plugin_name(name), "{name}");
        }
        for name in ["", "2x", "-a", "Boss", "boss_invasion", "bösse", &"a".repeat(65)] {
            assert!(!__private::is_plugin_name(name), "{name}");
        }
    }
}
