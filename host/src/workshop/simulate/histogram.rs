//! How numbers are distributed.

use serde::Serialize;

/// The most bars of a histogram.
const MOST_BARS: u64 = 20;

/// Numbers at a glance. Percentiles are values that occur: the smallest that so many are not above.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Distribution {
    /// How many there are.
    pub count: u64,
    /// The smallest.
    pub min: u64,
    /// 10 % are not above this.
    pub p10: u64,
    /// Half of them are not above this.
    pub p50: u64,
    /// 90 % are not above this.
    pub p90: u64,
    /// 99 % are not above this.
    pub p99: u64,
    /// The largest.
    pub max: u64,
    /// The sum of all by their number, rounded to hundredths.
    pub mean: f64,
    /// How many lie where.
    pub histogram: Vec<Bar>,
}

/// A bar of a histogram.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bar {
    /// The smallest number that it counts.
    pub from: u64,
    /// The largest number that it counts.
    pub to: u64,
    /// How many there are.
    pub count: u64,
}

impl Distribution {
    /// The distribution of some numbers; `None` of none at all.
    #[must_use]
    pub fn of(mut numbers: Vec<u64>) -> Option<Self> {
        numbers.sort_unstable();
        let (min, max) = (*numbers.first()?, *numbers.last()?);
        let count = numbers.len();
        let sum: u128 = numbers.iter().map(|number| u128::from(*number)).sum();
        let percentile =
            |percent: usize| numbers.get((percent * count).div_ceil(100).max(1) - 1).copied().unwrap_or(max);
        Some(Self {
            count: count as u64,
            min,
            p10: percentile(10),
            p50: percentile(50),
            p90: percentile(90),
            p99: percentile(99),
            max,
            mean: (sum as f64 / count as f64 * 100.0).round() / 100.0,
            histogram: bars(&numbers, min, max),
        })
    }
}

/// Bars of equal width that begin at a multiple of it: 1, 2 or 5 with zeros behind, so that people can read it.
fn bars(sorted: &[u64], min: u64, max: u64) -> Vec<Bar> {
    let fits = |width: u64| max / width - min / width < MOST_BARS;
    let widths = (0..19).flat_map(|zeros| [1, 2, 5].map(|digit| digit * 10_u64.pow(zeros)));
    let width = widths.into_iter().find(|width| fits(*width)).unwrap_or(u64::MAX);
    let mut rest = sorted;
    (min / width..=max / width)
        .map(|number| {
            let from = number * width;
            let to = from.saturating_add(width - 1);
            let (inside, behind) = rest.split_at(rest.partition_point(|number| *number <= to));
            rest = behind;
            Bar { from, to, count: inside.len() as u64 }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occur() {
        let all = Distribution::of((1..=100).rev().collect()).unwrap();
        assert_eq!((all.count, all.min, all.p10, all.p50, all.p90, all.p99, all.max), (100, 1, 10, 50, 90, 99, 100));
        assert_eq!(all.mean, 50.5);
        let one = Distribution::of(vec![7]).unwrap();
        assert_eq!((one.p10, one.p50, one.p99, one.mean), (7, 7, 7, 7.0));
        assert_eq!(Distribution::of(Vec::new()), None);
    }

    #[test]
    fn bars_are_few_of_a_plain_width_and_count_everything_once() {
        for numbers in [vec![0], vec![5, 5], (0..1_000).collect(), vec![0, 9_007_199_254_740_991], vec![999, 1_001]] {
            let count = numbers.len() as u64;
            let bars = Distribution::of(numbers).unwrap().histogram;
            assert!(bars.len() as u64 <= MOST_BARS);
            assert_eq!(bars.iter().map(|bar| bar.count).sum::<u64>(), count);
            assert!(bars.windows(2).all(|pair| pair[0].to + 1 == pair[1].from));
        }
        let bars = Distribution::of((0..1_000).collect()).unwrap().histogram;
        assert_eq!(bars[0], Bar { from: 0, to: 49, count: 50 });
    }
}
