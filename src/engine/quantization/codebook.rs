//! Weight sharing: the weights of a layer are gathered into clusters, and all of a cluster become its mean. Stored are the means, once, and for each
//! weight the number of its cluster (Han, Mao & Dally 2016, Deep compression).
//!
//! Clusters are those of k-means on a line (Lloyd 1982, Least squares quantization in PCM), and begin where the paper lets them begin. Pruned weights
//! belong to none and stay exactly 0.

use super::bits;
use crate::{
    engine::{
        packed::{Skips, Values, Weights},
        rng::Rng,
    },
    kernels::codebook::MOST,
};

/// Where clusters begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// Evenly from the smallest weight to the largest: large weights, which are few and matter most, get clusters of their own.
    #[default]
    Linear,
    /// Where equal shares of the weights lie between one and the next.
    Density,
    /// On weights that are drawn with this seed (Forgy 1965).
    Random(u64),
}

/// Keeps these draws apart from the other uses of a seed.
const STREAM: u64 = 0x636f_6465;
/// Turns of k-means, which on a line settles long before.
const TURNS: usize = 300;

/// How many values weights can share in codes of `bits` bits, 1 to 8: zeros of pruned weights have a code beside them, for which 8 bits leave no room.
#[must_use]
pub const fn most(bits: u32, zeros: bool) -> usize {
    let all = 1 << bits;
    if zeros && all == MOST { all - 1 } else { all }
}

/// Bits of a code, where there are so many values (1 to 256).
#[must_use]
pub const fn width(values: usize) -> u32 {
    if values <= 2 { 1 } else { usize::BITS - (values - 1).leading_zeros() }
}

/// The values that `weights`, finite, are to share, in rising order: at most `most` of them, and the weights' own where they have no more.
#[must_use]
pub fn shared(weights: &[f32], most: usize, start: Start) -> Vec<f32> {
    // Zeros of either sign are one.
    let mut sorted: Vec<f32> = weights.iter().map(|w| w + 0.0).collect();
    sorted.sort_unstable_by(f32::total_cmp);
    let mut own = sorted.clone();
    own.dedup();
    if own.len() <= most {
        return own;
    }
    let mut found: Vec<f32> = k_means(&sorted, begin(&sorted, &own, most, start)).into_iter().map(|mean| mean as f32).collect();
    found.dedup();
    found
}

/// The place in `values`, rising, of that which is nearest to `w`; of two the smaller.
#[must_use]
pub fn nearest(values: &[f32], w: f32) -> usize {
    let above = values.partition_point(|value| *value < w);
    let off = |at: usize| values.get(at).map_or(f64::INFINITY, |value| (f64::from(*value) - f64::from(w)).abs());
    match above.checked_sub(1) {
        Some(below) if off(below) <= off(above) => below,
        _ => above.min(values.len().saturating_sub(1)),
    }
}

/// Weights `[K, N]` in codes of `bits` bits (1 to 8), one more where some are zero and there is room.
#[must_use]
pub fn pack(values: &[f32], (inputs, units): (usize, usize), bits: u32, start: Start) -> Weights {
    let kept: Vec<f32> = values.iter().copied().filter(|w| *w != 0.0).collect();
    let zeros = kept.len() < values.len();
    let shared = shared(&kept, most(bits, zeros), start);
    let zero = zeros || shared.contains(&0.0);
    let mut table: Vec<f32> = if zero { vec![0.0] } else { Vec::new() };
    table.extend(shared.iter().filter(|value| **value != 0.0));
    if table.is_empty() {
        table.push(0.0);
    }
    let first = usize::from(zero);
    let code = |w: &f32| {
        let to = if *w == 0.0 { 0.0 } else { shared[nearest(&shared, *w)] };
        if to == 0.0 { 0 } else { (first + nearest(&table[first..], to)) as u8 }
    };
    let codes: Vec<u8> = (0..units).flat_map(|n| values.iter().skip(n).step_by(units).map(code)).collect();
    let codes = bits::pack_places(&codes, width(table.len()));
    Weights { inputs, units, values: Values::Codebook { table, codes }, skips: Skips::Nothing }
}

/// First means of `most` clusters, rising, for more weights than that; `own` holds each of them once.
fn begin(sorted: &[f32], own: &[f32], most: usize, start: Start) -> Vec<f64> {
    let at = |i: usize| f64::from(own[i]);
    let (least, largest) = (at(0), at(own.len() - 1));
    let mut means: Vec<f64> = match start {
        Start::Linear if most == 1 => vec![(least + largest) / 2.0],
        Start::Linear => (0..most).map(|i| least + (largest - least) * i as f64 / (most - 1) as f64).collect(),
        Start::Density => (0..most).map(|i| f64::from(sorted[(2 * i + 1) * sorted.len() / (2 * most)])).collect(),
        Start::Random(seed) => {
            let mut places: Vec<usize> = (0..own.len()).collect();
            Rng::new(seed, STREAM).shuffle(&mut places);
            places.truncate(most);
            places.sort_unstable();
            places.into_iter().map(at).collect()
        }
    };
    means.dedup();
    means
}

/// The means of clusters of `sorted` weights, from these on: by turns each weight goes to the nearest mean, and each mean to the middle of its weights.
/// Those to which none go are left out in the end.
fn k_means(sorted: &[f32], mut means: Vec<f64>) -> Vec<f64> {
    // On a line a cluster is a stretch of sorted weights, and its sum the difference of two.
    let mut sums = vec![0.0_f64];
    sums.extend(sorted.iter().scan(0.0, |sum, w| {
        *sum += f64::from(*w);
        Some(*sum)
    }));
    let mut ends = vec![0; means.len() + 1];
    for turn in 0..TURNS {
        let mut moved = turn == 0;
        for i in 1..=means.len() {
            let end = match means.get(i) {
                Some(next) => sorted.partition_point(|w| f64::from(*w) <= (means[i - 1] + next) / 2.0),
                None => sorted.len(),
            };
            moved |= ends[i] != end;
            ends[i] = end;
        }
        if !moved {
            break;
        }
        for (mean, ends) in means.iter_mut().zip(ends.windows(2)) {
            if ends[1] > ends[0] {
                *mean = (sums[ends[1]] - sums[ends[0]]) / (ends[1] - ends[0]) as f64;
            }
        }
    }
    means.iter().zip(ends.windows(2)).filter(|(_, ends)| ends[1] > ends[0]).map(|(mean, _)| *mean).collect()
}
