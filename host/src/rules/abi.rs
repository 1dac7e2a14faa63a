//! The ABI: what a rule is handed, in the types that are generated from `wit/`.
//!
//! Only what goes *in* is re-exported from here: as it is, or with the event shared ([`Application`], [`Scorecard`]). What
//! comes out of a rule is untrusted until it has been checked, and has types of its own: [`Verdict`](super::Verdict),
//! [`Assessment`](super::Assessment) and [`Grant`](super::Grant).

use std::sync::Arc;

pub use bindings::exports::world_events::rules::rewards::{Page, Standing};
pub use bindings::exports::world_events::rules::scoring::{Action, Report};
pub use bindings::world_events::rules::types::{
    Counter, Difficulty, Event, EventType, ParticipantStatus, Participation, Player, RewardType,
};

pub use super::input::{Application, Scorecard};
pub(super) use bindings::exports::world_events::rules::{eligibility, manifest, rewards, scoring};
pub(super) use bindings::world_events::rules::{host, types};

/// The package of the ABI.
const PACKAGE: &str = "world-events:rules";

/// The version of the ABI that this server speaks: that of `wit/`.
pub const VERSION: semver::Version = semver::Version::new(0, 1, 0);

/// The functions of the `host` interface: all that a plugin may import.
pub(super) const HOST_FUNCTIONS: [&str; 2] = ["log", "random-u64"];

/// Largest score, counter or amount: 2^53 - 1, which every JSON reader can hold exactly.
pub const MAX_INTEGER: u64 = crate::model::MAX_SAFE_INTEGER.unsigned_abs();

#[expect(missing_docs, reason = "generated; documented in wit/")]
mod bindings {
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "rules",
        additional_derives: [PartialEq, Eq, Hash],
    });
}

/// The full name of one of the ABI's interfaces, such as `world-events:rules/host@0.1.0`.
pub(super) fn interface(name: &str) -> String {
    format!("{PACKAGE}/{name}@{VERSION}")
}

/// Which of the ABI's interfaces `full_name` means, if it is one in a version that this server can link: versions that
/// are compatible by Semantic Versioning match in both directions, as wasmtime's linker has it.
pub(super) fn interface_of(full_name: &str) -> Option<&str> {
    let (path, version) = full_name.split_once('@')?;
    let name = path.strip_prefix(PACKAGE)?.strip_prefix('/')?;
    let version = semver::Version::parse(version).ok()?;
    (version.pre.is_empty() && compatible(&version, &VERSION)).then_some(name)
}

/// Whether two releases may be linked with each other, whichever is the newer.
fn compatible(one: &semver::Version, other: &semver::Version) -> bool {
    one.major == other.major && (one.major > 0 || one.minor == other.minor)
}

/// How many bytes a value takes in a rule's memory, near enough to bound it: the bytes of its strings, and 8 for each
/// member (a number, a pair of pointer and length).
///
/// Limits on input and output are measured in this. It is public so that whoever cuts a page of standings can stop
/// before the limit.
pub trait Weigh {
    /// The value's size in bytes.
    fn weight(&self) -> usize;
}

/// One member of a record.
const MEMBER: usize = 8;

impl Weigh for String {
    fn weight(&self) -> usize {
        MEMBER + self.len()
    }
}

impl<T: Weigh> Weigh for Option<T> {
    fn weight(&self) -> usize {
        self.as_ref().map_or(MEMBER, Weigh::weight)
    }
}

impl<T: Weigh> Weigh for Vec<T> {
    fn weight(&self) -> usize {
        MEMBER + self.iter().map(Weigh::weight).sum::<usize>()
    }
}

impl<T: Weigh> Weigh for Arc<T> {
    fn weight(&self) -> usize {
        T::weight(self)
    }
}

/// Members of one fixed size.
macro_rules! weigh_as_member {
    ($($type:ty),* $(,)?) => {$(
        impl Weigh for $type {
            fn weight(&self) -> usize {
                MEMBER
            }
        }
    )*};
}

weigh_as_member!(u64, i64, u32, bool, EventType, Difficulty, ParticipantStatus, RewardType);

/// A record weighs what its members weigh. Naming them all (no `..`) makes the compiler ask for what a later version of
/// the ABI adds.
macro_rules! weigh_members {
    ($($record:path { $($member:ident),* $(,)? })*) => {$(
        impl Weigh for $record {
            fn weight(&self) -> usize {
                let Self { $($member),* } = self;
                0 $(+ $member.weight())*
            }
        }
    )*};
}

weigh_members! {
    Counter { name, value }
    Event {
        id, type_, name, region, difficulty, starts_at, ends_at, participants, capacity, objectives, rewards, data,
        parameters, counters, extra,
    }
    Player { id, attributes, extra }
    Participation { player, status, score, progress, achievements, joined_at, last_activity, extra }
    types::Refusal { code, message, details }
    eligibility::Admission { progress, counters, extra }
    Application { event, player, participation, now, seed }
    Action { kind, amount, attributes }
    Report { actions, progress, at, extra }
    Scorecard { event, participation, report, seed }
    scoring::Outcome { score, progress, achievements, completed, counters, extra }
    Standing { rank, participation }
    Page { event, offset, total, rows, now, seed }
    rewards::Grant { player, reward_type, reward_id, amount, reason, extra }
    manifest::Description { name, version, description, parameters_schema, extra }
}

impl<T: Weigh> Weigh for Result<T, types::Refusal> {
    fn weight(&self) -> usize {
        MEMBER + self.as_ref().map_or_else(Weigh::weight, Weigh::weight)
    }
}

impl Weigh for () {
    fn weight(&self) -> usize {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interfaces_match_in_compatible_versions_only() {
        assert_eq!(interface("host"), "world-events:rules/host@0.1.0");
        for (name, expected) in [
            ("world-events:rules/host@0.1.0", Some("host")),
            ("world-events:rules/scoring@0.1.7", Some("scoring")),
            ("world-events:rules/host@0.2.0", None),
            ("world-events:rules/host@1.1.0", None),
            ("world-events:rules/host@0.1.0-rc.1", None),
            ("world-events:rules/host", None),
            ("world-events:rules-evil/host@0.1.0", None),
            ("wasi:cli/stdout@0.2.0", None),
            ("fetch", None),
        ] {
            assert_eq!(interface_of(name), expected, "{name}");
        }
    }

    #[test]
    fn a_weight_counts_strings_and_members() {
        let player = Player { id: "abc".into(), attributes: "{}".into(), extra: "{}".into() };
        assert_eq!(player.weight(), 3 * 8 + 3 + 2 + 2);
        assert_eq!(vec![player.clone(), player].weight(), 8 + 2 * 31);
        assert_eq!(None::<String>.weight(), 8);
    }
}
