//! Permutation importance in rows and words.

use crate::{
    engine::importance::{self, Influence},
    protocol::{DataReport, Importance, ImportanceNews},
    state::{Task, format, look::tree::feature},
};

/// Most columns that are drawn.
pub const MOST: usize = 40;

/// A bar with its error, in hundredths of the width that all bars share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// Where it begins and how wide it is: between nothing and the mean.
    pub bar: (f64, f64),
    /// The same of its error: a standard deviation to both sides.
    pub error: (f64, f64),
}

/// What one column is to both models.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its name.
    pub column: String,
    /// Of the fp32 and of the optimized model.
    pub bars: [Bar; 2],
    /// The numbers: "0.412 ± 0.031".
    pub said: [String; 2],
}

/// Why there is nothing to shuffle in this data; `None` where there is.
#[must_use]
pub fn refusal(data: &DataReport) -> Option<&'static str> {
    importance::refusal(&data.key, &data.shape, data.features.len())
}

/// The columns that cost the fp32 model most first, [`MOST`] at most.
#[must_use]
pub fn rows(found: &Importance, data: Option<&DataReport>) -> Vec<Row> {
    let mut order: Vec<usize> = (0..found.columns.len()).collect();
    crate::order::sort(&mut order, &|a, b| found.columns[b][0].mean.total_cmp(&found.columns[a][0].mean).then(a.cmp(&b)));
    order.truncate(MOST);
    let ends = order.iter().flat_map(|at| found.columns[*at]).map(ends_of);
    let (low, high) = ends.fold((0.0_f64, 0.0_f64), |(low, high), (from, to)| (low.min(from), high.max(to)));
    let wide = if high > low { high - low } else { 1.0 };
    let span = |from: f64, to: f64| (100.0 * (from - low) / wide, 100.0 * (to - from) / wide);
    let bar = |of: Influence| {
        let (mean, (from, to)) = (f64::from(of.mean), ends_of(of));
        Bar { bar: span(mean.min(0.0), mean.max(0.0)), error: span(from, to) }
    };
    let row = |at: usize| Row { column: feature(data, at), bars: found.columns[at].map(bar), said: found.columns[at].map(number) };
    order.into_iter().map(row).collect()
}

/// A standard deviation below and above the mean.
fn ends_of(of: Influence) -> (f64, f64) {
    (f64::from(of.mean) - f64::from(of.deviation), f64::from(of.mean) + f64::from(of.deviation))
}

/// A number with its deviation: "0.412 ± 0.031".
#[must_use]
pub fn number(of: Influence) -> String {
    format!("{} ± {:.3}", format::r2(f64::from(of.mean)), of.deviation)
}

/// Where the shuffling stands, in a sentence or two.
#[must_use]
pub fn words(news: Option<&(u64, ImportanceNews)>, rows: &[Row], task: Task) -> String {
    let score = match task {
        Task::Classification => "accuracy",
        Task::Regression => "R²",
    };
    match news {
        Some((_, ImportanceNews::Working(share))) => {
            format!("Shuffling one column after the other: {}", format::percent0(f64::from(*share)))
        }
        Some((step, ImportanceNews::Done(found))) => {
            let first = rows.first().map_or_else(String::new, |row| format!(" Without {} it loses {}.", row.column, row.said[0]));
            format!(
                "Step {}: the baseline has {score} {} on {} test samples.{first}",
                format::count(*step),
                format::r2(f64::from(found.score[0])),
                format::count(found.rows as u64)
            )
        }
        _ => format!("How much {score} does the model lose when a column of the test samples is shuffled?"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(mean: f32, deviation: f32) -> Influence {
        Influence { mean, deviation }
    }

    fn found() -> Importance {
        let columns = vec![[of(0.1, 0.1), of(0.0, 0.0)], [of(0.3, 0.1), of(0.2, 0.05)], [of(-0.1, 0.0), of(0.0, 0.0)]];
        Importance { rows: 1000, repeats: 10, score: [0.9, 0.8], columns }
    }

    #[test]
    fn rows_are_sorted_and_share_a_scale_with_room_for_errors_below_nothing() {
        let rows = rows(&found(), None);
        assert_eq!(rows.iter().map(|r| r.column.as_str()).collect::<Vec<_>>(), ["feature 2", "feature 1", "feature 3"]);
        let near = |a: (f64, f64), b: (f64, f64)| assert!((a.0 - b.0).abs() < 1e-4 && (a.1 - b.1).abs() < 1e-4, "{a:?} is not {b:?}");
        // From −0.1 to 0.4.
        near(rows[0].bars[0].bar, (20.0, 60.0));
        near(rows[0].bars[0].error, (60.0, 40.0));
        near(rows[2].bars[0].bar, (0.0, 20.0));
        near(rows[2].bars[1].error, (20.0, 0.0));
        assert_eq!(rows[2].said, ["−0.100 ± 0.000", "0.000 ± 0.000"]);
    }

    #[test]
    fn columns_that_are_nothing_to_the_model_have_no_bars() {
        let none = Importance { columns: vec![[of(0.0, 0.0); 2]; 50], ..found() };
        let rows = rows(&none, None);
        assert_eq!(rows.len(), MOST);
        assert!(rows.iter().all(|row| row.bars.iter().all(|b| b.bar == (0.0, 0.0) && b.error == (0.0, 0.0))));
    }

    #[test]
    fn it_says_where_it_stands() {
        let (found, task) = (found(), Task::Classification);
        let rows = rows(&found, None);
        assert!(words(None, &[], task).contains("How much accuracy"));
        assert!(words(Some(&(1, ImportanceNews::Stopped)), &[], Task::Regression).contains("How much R²"));
        assert!(words(Some(&(1, ImportanceNews::Working(0.421))), &[], task).contains("42"));
        let said = words(Some(&(1200, ImportanceNews::Done(found))), &rows, task);
        assert_eq!(said, "Step 1,200: the baseline has accuracy 0.900 on 1,000 test samples. Without feature 2 it loses 0.300 ± 0.100.");
    }
}
