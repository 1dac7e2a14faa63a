//! Values of all kinds: those that are declared, and wild ones, whatever a server lets through.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::strategy::Union;
use serde_json::{Map, Value};

use super::whole::Whole;
use crate::model::MAX_SAFE_INTEGER;
use crate::workshop::scenario::draw::Kind;
use crate::workshop::scenario::{ActionPlan, Draw};

/// The members of a JSON object.
pub type Members = Map<String, Value>;

/// A whole number that JSON holds exactly.
pub fn wild_integer() -> Whole {
    Whole::between(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER)
}

/// Text of these many characters, without the one that no server takes.
pub fn wild_text(least: usize, most: usize) -> BoxedStrategy<String> {
    let character = prop_oneof![8 => proptest::char::range('a', 'z'), 1 => any::<char>()]
        .prop_map(|character| if character == '\0' { ' ' } else { character });
    vec(character, least..=most.max(least)).prop_map(String::from_iter).boxed()
}

/// Any JSON, not very large.
pub fn wild_json() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        wild_integer().prop_map(Value::from),
        (-1e9..1e9_f64).prop_map(Value::from),
        wild_text(0, 12).prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            btree_map(wild_text(1, 6), inner, 0..3).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
    .boxed()
}

/// Any JSON object, not very large; it often has members of these names.
pub fn wild_object(names: Vec<String>) -> BoxedStrategy<Members> {
    let name = if names.is_empty() {
        wild_text(1, 8)
    } else {
        prop_oneof![3 => proptest::sample::select(names), 1 => wild_text(1, 8)].boxed()
    };
    btree_map(name, wild_json(), 0..4).prop_map(|members| members.into_iter().collect()).boxed()
}

/// What a draw may give, if it gives anything.
pub fn drawn(draw: &Draw) -> BoxedStrategy<Option<Value>> {
    let value = match &draw.kind {
        Kind::Constant(value) => Just(value.clone()).boxed(),
        Kind::Choice { values, .. } => proptest::sample::select(values.clone()).boxed(),
        Kind::Number { least, most } => (*least..=*most).prop_map(Value::from).boxed(),
        Kind::Integer { .. } | Kind::Distributed { .. } => whole(draw).prop_map(Value::from).boxed(),
    };
    if draw.absent > 0.0 {
        prop_oneof![1 => Just(None), 3 => value.prop_map(Some)].boxed()
    } else {
        value.prop_map(Some).boxed()
    }
}

/// The whole numbers of a draw of numbers.
fn whole(draw: &Draw) -> BoxedStrategy<i64> {
    match (&draw.kind, draw.range()) {
        (_, Some((least, most))) => Whole::between(least, most).boxed(),
        (Kind::Number { least, most }, None) => (*least..=*most).prop_map(nearest).boxed(),
        (Kind::Choice { values, .. }, None) => proptest::sample::select(values.clone()).prop_map(integer).boxed(),
        (Kind::Constant(value), None) => Just(integer(value.clone())).boxed(),
        _ => Just(0).boxed(),
    }
}

fn integer(value: Value) -> i64 {
    value.as_i64().unwrap_or_else(|| nearest(value.as_f64().unwrap_or_default()))
}

#[expect(clippy::cast_possible_truncation, reason = "a float beyond the integers becomes the last of them")]
fn nearest(number: f64) -> i64 {
    (number.round() as i64).clamp(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER)
}

/// An object with declared members.
pub fn declared_object(members: &BTreeMap<String, Vec<Draw>>) -> BoxedStrategy<Members> {
    let member = |(name, draws): (&String, &Vec<Draw>)| {
        let name = name.clone();
        let value = Union::new(draws.iter().map(drawn));
        value.prop_map(move |value| value.map(|value| (name.clone(), value))).boxed()
    };
    let members: Vec<BoxedStrategy<Option<(String, Value)>>> =
        members.iter().filter(|(_, draws)| !draws.is_empty()).map(member).collect();
    members.prop_map(|members| members.into_iter().flatten().collect()).boxed()
}

/// Something that a player does.
#[derive(Debug, Clone, PartialEq)]
pub struct Deed {
    /// What it is called.
    pub kind: String,
    /// How much of it.
    pub amount: i64,
    /// What else the game says.
    pub attributes: Members,
    /// Its turn, where the order is to be another one.
    pub turn: u16,
}

/// An action as it is declared.
pub fn declared_action(plans: &[ActionPlan]) -> BoxedStrategy<Deed> {
    Union::new(plans.iter().map(|plan| {
        let kind = plan.kind.to_string();
        let members: BTreeMap<String, Vec<Draw>> =
            plan.attributes.iter().map(|(name, draw)| (name.clone(), vec![draw.clone()])).collect();
        (whole(plan.amount.draw()), declared_object(&members), any::<u16>())
            .prop_map(move |(amount, attributes, turn)| Deed { kind: kind.clone(), amount, attributes, turn })
    }))
    .boxed()
}

/// Any action that a server lets through; it is often of a declared kind.
pub fn wild_action(plans: &[ActionPlan]) -> BoxedStrategy<Deed> {
    let kinds: Vec<String> = plans.iter().map(|plan| plan.kind.to_string()).collect();
    let any_kind = wild_text(1, 12).prop_filter("a kind is not blank", |kind| !kind.trim().is_empty());
    let kind = if kinds.is_empty() {
        any_kind.boxed()
    } else {
        prop_oneof![6 => proptest::sample::select(kinds), 1 => any_kind].boxed()
    };
    let names = plans.iter().flat_map(|plan| plan.attributes.keys().cloned()).collect();
    let attributes = prop_oneof![1 => Just(Members::new()), 1 => wild_object(names)];
    (kind, wild_integer(), attributes, any::<u16>())
        .prop_map(|(kind, amount, attributes, turn)| Deed { kind, amount, attributes, turn })
        .boxed()
}
