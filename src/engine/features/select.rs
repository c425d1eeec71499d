//! Keeping some columns and leaving out the others.

use super::{Fitted, Rows};
use crate::order;

/// A step that keeps the columns numbered `kept`, in this order.
pub(super) fn keep(rows: &Rows<'_>, kept: Vec<usize>) -> Fitted {
    let names = kept.iter().map(|at| rows.names[*at].clone()).collect();
    Fitted::new(names, Box::new(move |row, out| out.extend(kept.iter().map(|at| row[*at]))))
}

/// A step that keeps the `k` columns with the highest scores, the first of equals, in their own order; NaN is the lowest score.
pub(super) fn best(rows: &Rows<'_>, k: usize, scores: &[f64]) -> Fitted {
    let score = |at: usize| if scores[at].is_nan() { f64::NEG_INFINITY } else { scores[at] };
    let mut places: Vec<usize> = (0..scores.len()).collect();
    order::sort(&mut places, &|a, b| score(b).total_cmp(&score(a)));
    let mut kept = vec![false; scores.len()];
    places.iter().take(k).for_each(|at| kept[*at] = true);
    keep(rows, (0..scores.len()).filter(|at| kept[*at]).collect())
}
