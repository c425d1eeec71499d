//! A confusion matrix, read.

/// Counts of what is true (rows) against what is said (columns).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrix {
    counts: Vec<u32>,
    classes: usize,
}

impl Matrix {
    /// From row-major counts; `None` unless they are the square of a number of classes.
    #[must_use]
    pub fn new(counts: &[u32]) -> Option<Self> {
        let classes = counts.len().isqrt();
        (classes > 0 && classes * classes == counts.len()).then(|| Self { counts: counts.to_vec(), classes })
    }

    /// How many classes.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Samples of class `row` that were taken for `column`; 0 beyond the matrix.
    #[must_use]
    pub fn count(&self, row: usize, column: usize) -> u32 {
        if row < self.classes && column < self.classes { self.counts[row * self.classes + column] } else { 0 }
    }

    /// Samples of class `row`.
    #[must_use]
    pub fn row(&self, row: usize) -> u32 {
        (0..self.classes).map(|c| self.count(row, c)).sum()
    }

    /// Share of class `row` that was taken for `column`; 0 for a class without samples.
    #[must_use]
    pub fn share(&self, row: usize, column: usize) -> f32 {
        let all = self.row(row);
        if all > 0 { self.count(row, column) as f32 / all as f32 } else { 0.0 }
    }

    /// The commonest mistake: actual, predicted, how often. `None` where nothing is wrong.
    #[must_use]
    pub fn worst(&self) -> Option<(usize, usize, u32)> {
        let all = (0..self.counts.len()).map(|i| (i / self.classes, i % self.classes, self.counts[i]));
        let wrong = all.filter(|(row, column, count)| row != column && *count > 0);
        // The first of several equal ones.
        wrong.reduce(|a, b| if b.2 > a.2 { b } else { a })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_the_row() {
        let matrix = Matrix::new(&[8, 2, 0, 1, 9, 0, 0, 0, 0]).expect("3 × 3");
        assert_eq!((matrix.classes(), matrix.row(0), matrix.count(1, 1)), (3, 10, 9));
        assert_eq!((matrix.share(0, 1), matrix.share(2, 2)), (0.2, 0.0));
        assert_eq!(matrix.worst(), Some((0, 1, 2)));
        assert_eq!(matrix.count(9, 0), 0);
    }

    #[test]
    fn only_squares_are_matrices_and_only_mistakes_are_worst() {
        assert_eq!(Matrix::new(&[1, 2, 3]), None);
        assert_eq!(Matrix::new(&[]), None);
        assert_eq!(Matrix::new(&[5, 0, 0, 7]).and_then(|m| m.worst()), None);
    }
}
