//! Sorting, once: every kind of value that is sorted by the standard library's generic code adds kilobytes to what a visitor loads.

use std::cmp::Ordering;

/// Sorts places stably by `compare`.
pub fn sort(places: &mut [usize], compare: &dyn Fn(usize, usize) -> Ordering) {
    places.sort_by(|a, b| compare(*a, *b));
}

/// Numbers in ascending order, NaN last.
#[must_use]
pub fn ascending(values: &[f64]) -> Vec<f64> {
    let mut places: Vec<usize> = (0..values.len()).collect();
    sort(&mut places, &|a, b| values[a].total_cmp(&values[b]));
    places.into_iter().map(|i| values[i]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_keep_their_order() {
        let (keys, mut places) = ([2, 1, 2, 0, 1], vec![0, 1, 2, 3, 4]);
        sort(&mut places, &|a, b| keys[a].cmp(&keys[b]));
        assert_eq!(places, [3, 1, 4, 0, 2]);
        assert_eq!(ascending(&[3.0, -1.0, f64::INFINITY, 0.5]), [-1.0, 0.5, 3.0, f64::INFINITY]);
        assert!(ascending(&[f64::NAN, 1.0])[1].is_nan());
    }
}
