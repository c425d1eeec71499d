//! Categories as inputs (scikit-learn's `OneHotEncoder` and `OrdinalEncoder` with `min_frequency` and `max_categories`).

use super::{Column, NOTHING, Values, impute, params};
use crate::order;

/// What an input of rare categories is called.
const OTHER: &str = "other";
/// What an input of missing ones is called.
const MISSING: &str = "missing";

/// Categories of a column, numbered.
pub(super) struct Encoder<'t> {
    column: &'t Column,
    /// What stands in for a missing one: the number behind the last where it is a category of its own.
    fill: u32,
    /// Place of each category among the inputs; `None` for one that no training row has, where none is rare.
    slots: Vec<Option<usize>>,
    /// Categories with an input of their own, in order.
    kept: Vec<usize>,
    /// Whether an input stands for all others.
    other: bool,
}

impl<'t> Encoder<'t> {
    /// Learns from rows `train` which categories there are and which are rare.
    pub fn fit(column: &'t Column, train: &[usize], settings: &Values) -> Self {
        let own = column.categories.len();
        // One more for what is missing.
        let mut counts = vec![0; own + 1];
        train.iter().for_each(|row| counts[at(column.codes[*row], own)] += 1);
        let mut fill = own as u32;
        if settings.usize(&params::BLANK) == 1 {
            let missing = std::mem::take(&mut counts[own]);
            fill = impute::category(&counts).unwrap_or(0);
            if let Some(count) = counts.get_mut(fill as usize) {
                *count += missing;
            }
        }
        let (kept, rare) = split(&counts, settings.usize(&params::RARE), settings.usize(&params::MOST));
        let mut slots = vec![rare.then_some(kept.len()); own + 1];
        kept.iter().enumerate().for_each(|(slot, category)| slots[*category] = Some(slot));
        Self { column, fill, slots, kept, other: rare }
    }

    /// How many inputs.
    pub fn width(&self) -> usize {
        self.kept.len() + usize::from(self.other)
    }

    /// What each input stands for.
    pub fn names(&self) -> Vec<String> {
        let name = |at: &usize| self.column.categories.get(*at).map_or(MISSING, String::as_str).to_string();
        self.kept.iter().map(name).chain(self.other.then(|| OTHER.to_string())).collect()
    }

    /// Place of a row's category among the inputs.
    pub fn slot(&self, row: usize) -> Option<usize> {
        let code = self.column.codes[row];
        let code = if code == NOTHING { self.fill } else { code };
        self.slots.get(code as usize).copied().flatten()
    }

    /// The same as a number, −1 for an unknown one.
    pub fn ordinal(&self, row: usize) -> f64 {
        self.slot(row).map_or(-1.0, |slot| slot as f64)
    }
}

fn at(code: u32, own: usize) -> usize {
    if code == NOTHING { own } else { code as usize }
}

/// Categories that keep an input of their own, and whether others are rare: those of fewer rows than `least`, and the rarest (of equally many rows the first) so that no
/// more than `most` inputs are left.
fn split(counts: &[usize], least: usize, most: usize) -> (Vec<usize>, bool) {
    let there: Vec<usize> = (0..counts.len()).filter(|c| counts[*c] > 0).collect();
    let mut kept: Vec<usize> = there.iter().copied().filter(|c| counts[*c] >= least).collect();
    // The input of the rare ones counts, too.
    if kept.len() + usize::from(kept.len() < there.len()) > most {
        // Frequent ones last, and rare ones among them only where they are all that is left to take.
        let mut rarest = kept.clone();
        order::sort(&mut rarest, &|a, b| counts[a].cmp(&counts[b]));
        let rare = rarest.len().saturating_sub(most.saturating_sub(1));
        kept.retain(|c| !rarest[..rare].contains(c));
    }
    let rare = kept.len() < there.len();
    (kept, rare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_categories_become_one() {
        for (counts, least, most, kept, rare) in [
            (&[3, 5, 1, 4][..], 1, 20, &[0, 1, 2, 3][..], false),
            (&[3, 5, 1, 4], 1, 4, &[0, 1, 2, 3], false),
            (&[3, 5, 1, 4], 1, 3, &[1, 3], true),
            (&[3, 5, 1, 4], 4, 20, &[1, 3], true),
            (&[3, 5, 1, 4], 4, 2, &[1], true),
            (&[2, 2, 2], 1, 2, &[2], true),
            (&[3, 0, 1], 1, 20, &[0, 2], false),
            (&[3, 0, 1], 9, 20, &[], true),
        ] {
            assert_eq!(split(counts, least, most), (kept.to_vec(), rare), "{counts:?} {least} {most}");
        }
    }
}
