//! How a value is drawn: always the same, one of several, from a range, or by a distribution.
//!
//! ```toml
//! guild = "none"                                              # always this
//! faction = { choice = ["north", "south"], weights = [3, 1] } # one of these
//! level = { integer = [1, 60], absent = 0.05 }                # from a range, both ends included; sometimes not there
//! luck = { number = [0.0, 1.0] }
//! rating = { normal = [1500, 200], least = 0 }                # mean and standard deviation
//! gold = { log-normal = [100, 1.0] }                          # median, and the deviation of the logarithm
//! pause = { exponential = 30 }                                # mean
//! ```

use std::fmt;

use rand::RngExt as _;
use rand::rngs::ChaCha8Rng;
use rand_distr::weighted::WeightedIndex;
use rand_distr::{Distribution as _, Exp, LogNormal, Normal};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The largest number that is drawn, either way: every JSON reader holds it exactly.
const MOST: f64 = 9_007_199_254_740_991.0;

/// How a value is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Draw {
    pub(crate) kind: Kind,
    /// The chance that there is no value at all, 0 to 1.
    pub(crate) absent: f64,
}

/// What is drawn from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    Constant(Value),
    Choice { values: Vec<Value>, weights: Option<WeightedIndex<f64>> },
    Integer { least: i64, most: i64 },
    Number { least: f64, most: f64 },
    Distributed { by: Curve, least: f64, most: f64 },
}

/// A distribution of numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Curve {
    Normal(Normal<f64>),
    LogNormal(LogNormal<f64>),
    Exponential { mean: f64, by: Exp<f64> },
}

/// How many standard deviations from the middle are still drawn once in a very long time.
const FAR: f64 = 6.0;

impl Draw {
    /// Always this value.
    #[must_use]
    pub fn constant(value: impl Into<Value>) -> Self {
        Self { kind: Kind::Constant(value.into()), absent: 0.0 }
    }

    /// Draws a value, if there is one this time. A distribution gives whole numbers.
    pub fn value(&self, rng: &mut ChaCha8Rng) -> Option<Value> {
        if self.absent > 0.0 && rng.random_bool(self.absent) {
            return None;
        }
        Some(match &self.kind {
            Kind::Constant(value) => value.clone(),
            Kind::Choice { values, weights } => {
                let index = match weights {
                    Some(weights) => weights.sample(rng),
                    None => rng.random_range(0..values.len()),
                };
                values.get(index).cloned().unwrap_or_default()
            }
            Kind::Integer { least, most } => rng.random_range(*least..=*most).into(),
            Kind::Number { least, most } => rng.random_range(*least..=*most).into(),
            Kind::Distributed { by, least, most } => whole(by.sample(rng).clamp(*least, *most)).into(),
        })
    }

    /// The whole numbers that may be drawn, from the least to the most; `None` if it is no range.
    pub(crate) fn range(&self) -> Option<(i64, i64)> {
        match &self.kind {
            Kind::Integer { least, most } => Some((*least, *most)),
            Kind::Distributed { by, least, most } => {
                let (low, high) = by.reach();
                Some((whole(low.clamp(*least, *most)), whole(high.clamp(*least, *most))))
            }
            Kind::Constant(_) | Kind::Choice { .. } | Kind::Number { .. } => None,
        }
    }

    /// Whether only numbers are drawn, and always one.
    fn is_numeric(&self) -> bool {
        self.absent == 0.0
            && match &self.kind {
                Kind::Constant(value) => value.is_number(),
                Kind::Choice { values, .. } => values.iter().all(Value::is_number),
                Kind::Integer { .. } | Kind::Number { .. } | Kind::Distributed { .. } => true,
            }
    }
}

impl Curve {
    /// What is drawn at all, but for once in a very long time.
    fn reach(&self) -> (f64, f64) {
        match self {
            Self::Normal(normal) => (normal.from_zscore(-FAR), normal.from_zscore(FAR)),
            Self::LogNormal(log_normal) => (log_normal.from_zscore(-FAR), log_normal.from_zscore(FAR)),
            Self::Exponential { mean, .. } => (0.0, mean * FAR * 3.0),
        }
    }

    fn sample(&self, rng: &mut ChaCha8Rng) -> f64 {
        match self {
            Self::Normal(normal) => normal.sample(rng),
            Self::LogNormal(log_normal) => log_normal.sample(rng),
            Self::Exponential { by, .. } => by.sample(rng),
        }
    }
}

/// The nearest whole number.
#[expect(clippy::cast_possible_truncation, reason = "it was brought within ±2^53 before")]
fn whole(number: f64) -> i64 {
    number.clamp(-MOST, MOST).round() as i64
}

/// A [`Draw`] of numbers.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Draw")]
pub struct Numbers(Draw);

impl TryFrom<Draw> for Numbers {
    type Error = &'static str;

    fn try_from(draw: Draw) -> Result<Self, Self::Error> {
        if draw.is_numeric() {
            Ok(Self(draw))
        } else {
            Err("must be a number, or a way to draw one that is never absent, such as { integer = [1, 6] }")
        }
    }
}

impl Numbers {
    /// Always this number.
    #[must_use]
    pub fn constant(number: i64) -> Self {
        Self(Draw::constant(number))
    }

    /// How they are drawn.
    #[must_use]
    pub fn draw(&self) -> &Draw {
        &self.0
    }

    /// Draws a number.
    pub fn number(&self, rng: &mut ChaCha8Rng) -> f64 {
        match &self.0.kind {
            Kind::Distributed { by, least, most } => by.sample(rng).clamp(*least, *most),
            _ => self.0.value(rng).and_then(|value| value.as_f64()).unwrap_or_default(),
        }
    }

    /// Draws a whole number within ±(2^53 - 1).
    pub fn integer(&self, rng: &mut ChaCha8Rng) -> i64 {
        let value = self.0.value(rng).unwrap_or_default();
        value.as_i64().unwrap_or_else(|| whole(value.as_f64().unwrap_or_default())).clamp(whole(-MOST), whole(MOST))
    }
}

/// How a draw that is no constant is written.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Written {
    constant: Option<Value>,
    choice: Option<Vec<Value>>,
    weights: Option<Vec<f64>>,
    integer: Option<(i64, i64)>,
    number: Option<(f64, f64)>,
    normal: Option<(f64, f64)>,
    log_normal: Option<(f64, f64)>,
    exponential: Option<f64>,
    least: Option<f64>,
    most: Option<f64>,
    absent: Option<f64>,
}

impl TryFrom<Written> for Draw {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let Written { constant, choice, weights, integer, number, normal, log_normal, exponential, .. } = written;
        let absent = written.absent.unwrap_or(0.0);
        if !(0.0..=1.0).contains(&absent) {
            return Err(format!("absent must be a chance from 0 to 1, is {absent}"));
        }
        let (has_weights, is_choice) = (weights.is_some(), choice.is_some());
        let curves = [
            normal.map(|(mean, deviation)| {
                let by = Normal::new(mean, deviation)
                    .ok()
                    .filter(|_| mean.is_finite() && deviation >= 0.0)
                    .map(Curve::Normal);
                by.ok_or("normal = [mean, deviation]")
            }),
            log_normal.map(|(median, deviation)| {
                let by = LogNormal::new(median.ln(), deviation).ok();
                let by = by.filter(|_| median > 0.0 && median.is_finite() && deviation >= 0.0);
                by.map(Curve::LogNormal).ok_or("log-normal = [median above 0, deviation]")
            }),
            exponential.map(|mean| {
                let by = Exp::new(1.0 / mean).ok().filter(|_| mean > 0.0 && mean.is_finite());
                by.map(|by| Curve::Exponential { mean, by }).ok_or("exponential = mean above 0")
            }),
        ];
        let curve = curves
            .into_iter()
            .flatten()
            .collect::<Result<Vec<_>, _>>()
            .map_err(|right| format!("must be {right}, in finite numbers, a deviation of at least 0"))?;
        let is_curve = !curve.is_empty();
        let (least, most) = (written.least.unwrap_or(-MOST), written.most.unwrap_or(MOST));
        let kinds: Vec<Kind> = [
            constant.map(|value| Ok(Kind::Constant(value))),
            choice.map(|values| choose(values, weights)),
            integer.map(|(least, most)| in_order(least, most).map(|()| Kind::Integer { least, most })),
            number.map(|(least, most)| in_order(least, most).map(|()| Kind::Number { least, most })),
        ]
        .into_iter()
        .flatten()
        .chain(curve.into_iter().map(|by| in_order(least, most).map(|()| Kind::Distributed { by, least, most })))
        .collect::<Result<_, String>>()?;
        let [kind] = <[Kind; 1]>::try_from(kinds).map_err(|kinds| {
            let count = kinds.len();
            format!(
                "must have one of constant, choice, integer, number, normal, log-normal and exponential, has {count} of \
                 them"
            )
        })?;
        if has_weights && !is_choice {
            return Err("weights go with choice".to_owned());
        }
        if (written.least.is_some() || written.most.is_some()) && !is_curve {
            return Err("least and most go with normal, log-normal and exponential".to_owned());
        }
        Ok(Self { kind, absent })
    }
}

fn in_order<N: PartialOrd + fmt::Display>(least: N, most: N) -> Result<(), String> {
    if least <= most { Ok(()) } else { Err(format!("the least, {least}, must not be above the most, {most}")) }
}

fn choose(values: Vec<Value>, weights: Option<Vec<f64>>) -> Result<Kind, String> {
    if values.is_empty() {
        return Err("choice must have at least one value".to_owned());
    }
    let weights = weights.map(|weights| {
        if weights.len() != values.len() {
            return Err(format!("there are {} weights for {} values of choice", weights.len(), values.len()));
        }
        WeightedIndex::new(weights).map_err(|_| "weights must be at least 0, and one of them above 0".to_owned())
    });
    Ok(Kind::Choice { values, weights: weights.transpose()? })
}

impl<'de> Deserialize<'de> for Draw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyDraw;

        impl<'de> Visitor<'de> for AnyDraw {
            type Value = Draw;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value, or a way to draw one such as { integer = [1, 6] }")
            }

            fn visit_bool<E>(self, value: bool) -> Result<Draw, E> {
                Ok(Draw::constant(value))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Draw, E> {
                Ok(Draw::constant(value))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Draw, E> {
                Ok(Draw::constant(value))
            }

            fn visit_str<E>(self, value: &str) -> Result<Draw, E> {
                Ok(Draw::constant(value))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Draw, A::Error> {
                Value::deserialize(SeqAccessDeserializer::new(items)).map(Draw::constant)
            }

            fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Draw, A::Error> {
                let written = Written::deserialize(MapAccessDeserializer::new(members))?;
                written.try_into().map_err(A::Error::custom)
            }
        }

        deserializer.deserialize_any(AnyDraw)
    }
}

#[cfg(test)]
mod tests;
