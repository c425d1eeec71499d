//! Where activations lie in a microcontroller's memory: one block, planned before the first sample, in which those that are not needed at
//! once share bytes. Greedy by size, as TensorFlow Lite Micro's `GreedyMemoryPlanner` does it (Pisarchyk & Lee 2020, Efficient memory
//! management for deep neural net inference).

/// Every tensor begins at a multiple of this, bytes, as in TensorFlow Lite Micro.
pub const ALIGNMENT: u64 = 16;

/// What has to lie somewhere for some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tensor {
    /// Its length.
    pub bytes: u64,
    /// The operation that writes it, in the order of execution.
    pub first: usize,
    /// The last one that reads it.
    pub last: usize,
}

impl Tensor {
    fn meets(&self, other: &Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }

    fn room(&self) -> u64 {
        self.bytes.next_multiple_of(ALIGNMENT)
    }
}

/// Where each of the `tensors` begins, and how many bytes all take: the largest goes first, each to the lowest gap between those that live
/// at the same time.
#[must_use]
pub fn plan(tensors: &[Tensor]) -> (Vec<u64>, u64) {
    let mut order: Vec<usize> = (0..tensors.len()).collect();
    crate::order::sort(&mut order, &|a, b| tensors[b].room().cmp(&tensors[a].room()).then(a.cmp(&b)));
    let (mut offsets, mut placed, mut total) = (vec![0; tensors.len()], Vec::<usize>::new(), 0);
    for at in order {
        let tensor = &tensors[at];
        let mut others: Vec<usize> = placed.iter().copied().filter(|o| tensors[*o].meets(tensor)).collect();
        crate::order::sort(&mut others, &|a, b| offsets[a].cmp(&offsets[b]).then(a.cmp(&b)));
        let mut from = 0;
        for other in others {
            if offsets[other] >= from + tensor.room() {
                break;
            }
            from = from.max(offsets[other] + tensors[other].room());
        }
        offsets[at] = from;
        total = total.max(from + tensor.room());
        placed.push(at);
    }
    (offsets, total)
}

/// Least that any plan can do with: what lives at the busiest moment.
#[must_use]
pub fn bound(tensors: &[Tensor]) -> u64 {
    let end = tensors.iter().map(|t| t.last + 1).max().unwrap_or(0);
    let live = |now: usize| tensors.iter().filter(|t| t.first <= now && now <= t.last).map(Tensor::room).sum();
    (0..end).map(live).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::rng::Rng;

    fn check(tensors: &[Tensor]) -> (u64, u64) {
        let (offsets, total) = plan(tensors);
        for (i, a) in tensors.iter().enumerate() {
            assert!(offsets[i].is_multiple_of(ALIGNMENT) && offsets[i] + a.bytes <= total);
            for (j, b) in tensors.iter().enumerate().take(i) {
                let apart = offsets[i] + a.bytes <= offsets[j] || offsets[j] + b.bytes <= offsets[i];
                assert!(!a.meets(b) || apart, "{a:?} at {} lies in {b:?} at {}", offsets[i], offsets[j]);
            }
        }
        (total, bound(tensors))
    }

    /// A chain's tensor is read by the next operation alone.
    fn chain(bytes: &[u64]) -> Vec<Tensor> {
        bytes.iter().enumerate().map(|(i, b)| Tensor { bytes: *b, first: i, last: i + 1 }).collect()
    }

    #[test]
    fn planned_by_hand() {
        // 64 and 32 live together, then 32 and 48, which goes below them again, then 48 and 16.
        let (offsets, total) = plan(&chain(&[64, 32, 48, 16]));
        assert_eq!((offsets, total), (vec![0, 64, 0, 48], 96));
        assert_eq!(plan(&[]), (vec![], 0));
        assert_eq!(plan(&chain(&[1])), (vec![0], 16), "rounded up");
    }

    #[test]
    fn nothing_overlaps_and_no_plan_is_below_the_bound() {
        let mut rng = Rng::new(3, 0);
        let mut tight = 0;
        for _ in 0..500 {
            let tensors: Vec<Tensor> = (0..rng.below(12) + 1)
                .map(|_| {
                    let first = rng.below(10) as usize;
                    Tensor { bytes: u64::from(rng.below(5000)), first, last: first + rng.below(5) as usize }
                })
                .collect();
            let (total, bound) = check(&tensors);
            assert!(total >= bound && total <= tensors.iter().map(Tensor::room).sum());
            tight += usize::from(total == bound);
        }
        assert!(tight > 250, "greedy is often the best there is: {tight}");
    }

    #[test]
    fn chains_come_near_the_bound() {
        let mut rng = Rng::new(9, 0);
        for _ in 0..200 {
            let bytes: Vec<u64> = (0..rng.below(14) + 1).map(|_| u64::from(rng.below(40_000) + 1)).collect();
            let (total, bound) = check(&chain(&bytes));
            assert!(total >= bound && total <= bound + bound / 2, "{bytes:?}: {total} of {bound}");
        }
    }
}
