use std::collections::BTreeMap;

use rand::SeedableRng as _;
use serde_json::json;

use super::*;

fn draw(text: &str) -> Result<Draw, String> {
    let read: Result<BTreeMap<String, Draw>, _> = toml::from_str(&format!("draw = {text}"));
    read.map(|mut read| read.remove("draw").unwrap()).map_err(|error| error.message().to_owned())
}

fn values(text: &str) -> Vec<Option<Value>> {
    let (draw, mut rng) = (draw(text).unwrap(), ChaCha8Rng::seed_from_u64(7));
    (0..2_000).map(|_| draw.value(&mut rng)).collect()
}

fn share(values: &[Option<Value>], of: &Value) -> f64 {
    values.iter().filter(|value| value.as_ref() == Some(of)).count() as f64 / values.len() as f64
}

#[test]
fn constants_are_what_they_are() {
    for (text, value) in [
        ("3", json!(3)),
        ("0.5", json!(0.5)),
        ("\"red\"", json!("red")),
        ("true", json!(true)),
        ("[1, 2]", json!([1, 2])),
        ("{ constant = { a = 1 } }", json!({ "a": 1 })),
    ] {
        assert!(values(text).iter().all(|drawn| drawn.as_ref() == Some(&value)), "{text}");
    }
}

#[test]
fn choices_follow_their_weights() {
    let even = values(r#"{ choice = ["a", "b"] }"#);
    assert!((share(&even, &json!("a")) - 0.5).abs() < 0.05);
    let uneven = values(r#"{ choice = ["a", "b"], weights = [9, 1] }"#);
    assert!((share(&uneven, &json!("a")) - 0.9).abs() < 0.05);
    let sometimes = values(r#"{ constant = 1, absent = 0.25 }"#);
    assert!((share(&sometimes, &json!(1)) - 0.75).abs() < 0.05);
}

#[test]
fn ranges_and_distributions_stay_within_their_bounds() {
    let integers = values("{ integer = [-1, 1] }");
    assert!([-1, 0, 1].iter().all(|n| (share(&integers, &json!(n)) - 0.33).abs() < 0.05));
    for (text, least, most) in [
        ("{ number = [0.5, 1.5] }", 0.5, 1.5),
        ("{ normal = [100, 50], least = 0, most = 150 }", 0.0, 150.0),
        ("{ log-normal = [100, 1.0], most = 5000 }", 0.0, 5_000.0),
        ("{ exponential = 30 }", 0.0, 1_000.0),
    ] {
        let numbers: Vec<f64> = values(text).into_iter().map(|value| value.unwrap().as_f64().unwrap()).collect();
        assert!(numbers.iter().all(|number| (least..=most).contains(number)), "{text}");
        assert!(numbers.iter().any(|number| *number != numbers[0]), "{text}");
    }
    let mean = values("{ exponential = 30 }").into_iter().map(|value| value.unwrap().as_f64().unwrap()).sum::<f64>();
    assert!((mean / 2_000.0 - 30.0).abs() < 3.0);
}

#[test]
fn what_is_wrong_is_told() {
    for (text, why) in [
        ("{ choice = [] }", "at least one value"),
        ("{ choice = [1, 2], weights = [1] }", "1 weights for 2 values"),
        ("{ choice = [1], weights = [0] }", "weights must be at least 0"),
        ("{ integer = [3, 1] }", "the least, 3, must not be above the most, 1"),
        ("{ normal = [3, -1] }", "normal = [mean, deviation]"),
        ("{ exponential = 0 }", "exponential = mean above 0"),
        ("{ log-normal = [-1, 1] }", "log-normal = [median above 0, deviation]"),
        ("{ integer = [1, 2], number = [1, 2] }", "has 2 of them"),
        ("{ absent = 0.5 }", "has 0 of them"),
        ("{ constant = 1, absent = 2 }", "a chance from 0 to 1"),
        ("{ constant = 1, weights = [1] }", "weights go with choice"),
        ("{ constant = 1, least = 1 }", "least and most go with"),
        ("{ dice = 6 }", "unknown field `dice`, expected one of `constant`, `choice`"),
    ] {
        let told = draw(text).unwrap_err();
        assert!(told.contains(why), "{text}: {told}");
    }
}

#[test]
fn where_numbers_are_asked_for_nothing_else_is_taken() {
    let numbers = |text: &str| Numbers::try_from(draw(text).unwrap());
    assert!(numbers("3").is_ok() && numbers("{ choice = [1, 2.5] }").is_ok());
    for text in ["\"3\"", "{ choice = [1, \"2\"] }", "{ constant = 1, absent = 0.1 }"] {
        assert!(numbers(text).is_err(), "{text}");
    }
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    assert_eq!(numbers("2.5").unwrap().integer(&mut rng), 3);
    assert_eq!(numbers("1e300").unwrap().integer(&mut rng), 9_007_199_254_740_991);
}
