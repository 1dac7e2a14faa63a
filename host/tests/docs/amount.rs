//! Amounts, as pages write them.

/// A number as the page writes it.
pub(crate) fn count(number: u128) -> String {
    if number == (1 << 53) - 1 {
        return "2^53 - 1".to_owned();
    }
    let digits = number.to_string();
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of bytes or a span of time in the largest unit that fits, anything else as it is. Names of settings and constants
/// end with what they count.
pub(crate) fn amount(name: &str, number: u128) -> String {
    let name = name.to_ascii_lowercase();
    let units: &[(&str, u128)] = if name.ends_with("bytes") {
        &[("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("bytes", 1)]
    } else if name.ends_with("_ms") {
        &[("s", 1_000), ("ms", 1)]
    } else {
        return count(number);
    };
    let unit = units.iter().find(|(_, size)| number >= *size && number.is_multiple_of(*size));
    unit.map_or_else(|| count(number), |(unit, size)| format!("{} {unit}", count(number / size)))
}

/// Whether a cell says this amount, perhaps with words behind it: `64 characters`.
pub(crate) fn says(cell: &str, amount: &str) -> bool {
    let Some(rest) = cell.strip_prefix(amount) else { return false };
    let unit = rest.trim_start().split(' ').next().unwrap_or_default();
    rest.is_empty() || (rest.starts_with(' ') && !["GiB", "MiB", "KiB", "bytes", "s", "ms"].contains(&unit))
}

#[test]
fn amounts_are_written_in_the_largest_unit() {
    for (name, number, text) in [
        ("rules.decision.fuel", 10_000_000, "10,000,000"),
        ("json_body_bytes", 1 << 20, "1 MiB"),
        ("MAX_BYTES", 16_384_000, "16,000 KiB"),
        ("MAX_CODE", 64, "64"),
        ("rules.decision.time_ms", 50, "50 ms"),
        ("rules.payout.time_ms", 1_000, "1 s"),
        ("rules.decision.log_bytes", 0, "0"),
        ("MAX", 9_007_199_254_740_991, "2^53 - 1"),
    ] {
        assert_eq!(amount(name, number), text, "{name}");
    }
    assert!(says("64 characters", "64") && says("12 KiB", "12 KiB") && says("1 MiB of JSON", "1 MiB"));
    assert!(!says("64 KiB", "64") && !says("640", "64") && !says("6", "64"));
}
