//! What can be set for a table: how its text is read, and what becomes of its columns.

use super::{MAX_CATEGORIES, MAX_COLUMNS};
use crate::engine::{
    catalog::Info,
    params::{ParamSpec, Scale, Word},
};

/// Catalogue key of a table of the reader's own.
pub const KEY: &str = "csv";

/// Its entry in the list of data sets.
pub const INFO: Info = Info {
    key: KEY,
    label: "Your own table (CSV)",
    help: teach!(
        "Rows of a file of your own, which stays on this machine: one column is predicted from the others. What columns hold is guessed and can be corrected; everything that is learnt of them, such as means, is learnt from training rows alone."
    ),
    formula: teach!(r"x = \left(\text{scale}(\text{impute}(n)),\, \text{encode}(c)\right)"),
    source: teach!("Shafranovich 2005, RFC 4180; Pedregosa et al. 2011, Scikit-learn: machine learning in Python"),
    params: &[DELIMITER, DECIMAL, HEADER, PREDICT, TASK, IMPUTE, BLANK, ENCODE, MOST, RARE, SCALING],
};

/// What a bundled table leaves to choose: what becomes of its columns.
pub const COLUMNS: &[ParamSpec] = &[IMPUTE, BLANK, ENCODE, MOST, RARE, SCALING];

/// How many settings of [`INFO`] say how a file is read; those behind them say what becomes of its columns.
pub const READING: usize = 5;

/// The words of a choice; none for a number.
#[must_use]
pub const fn words(spec: &ParamSpec) -> &'static [Word] {
    match spec.scale {
        Scale::Choice(words) => words,
        _ => &[],
    }
}

const GUESSED: Word = Word { key: "auto", label: "As it seems" };

pub(super) const DELIMITER: ParamSpec = ParamSpec {
    key: "delimiter",
    label: "Delimiter",
    range: (0.0, 4.0),
    scale: Scale::Choice(&[
        GUESSED,
        Word { key: "comma", label: "Comma" },
        Word { key: "semicolon", label: "Semicolon" },
        Word { key: "tab", label: "Tab" },
        Word { key: "pipe", label: "Bar |" },
    ]),
    help: teach!(
        "What stands between two cells of a row. It is guessed by which one gives all rows the same number of cells; a file of one column has none."
    ),
    ..ParamSpec::NEW
};
pub(super) const DECIMAL: ParamSpec = ParamSpec {
    key: "decimal",
    label: "Decimal sign",
    range: (0.0, 2.0),
    scale: Scale::Choice(&[GUESSED, Word { key: "point", label: "Point, 1.5" }, Word { key: "comma", label: "Comma, 1,5" }]),
    help: teach!(
        "What stands before the fraction of a number. With the wrong one numbers look like words, and their column becomes one of categories."
    ),
    ..ParamSpec::NEW
};
pub(super) const HEADER: ParamSpec = ParamSpec {
    key: "header",
    label: "First row holds names",
    range: (0.0, 2.0),
    scale: Scale::Choice(&[GUESSED, Word { key: "yes", label: "Yes" }, Word { key: "no", label: "No" }]),
    help: teach!(
        "Whether the first row names the columns. A header that is taken for data turns columns of numbers into categories; data that is taken for a header costs one row."
    ),
    ..ParamSpec::NEW
};
/// Which column is predicted.
pub const PREDICT: ParamSpec = ParamSpec {
    key: "predict",
    label: "Column to predict",
    range: (0.0, MAX_COLUMNS as f64),
    scale: Scale::Integer,
    help: teach!(
        "The column that the others are to predict, counted from 1; 0 takes one named target, label, class or y, or the last. Rows in which nothing stands there are left out."
    ),
    ..ParamSpec::NEW
};
pub(super) const TASK: ParamSpec = ParamSpec {
    key: "task",
    label: "What is predicted",
    range: (0.0, 2.0),
    scale: Scale::Choice(&[GUESSED, Word { key: "classes", label: "Classes" }, Word { key: "number", label: "A number" }]),
    help: teach!(
        "Classes are told apart, a number is approached. Whole numbers of at most ten kinds are taken for classes, which is wrong for counts and grades."
    ),
    ..ParamSpec::NEW
};
pub(super) const IMPUTE: ParamSpec = ParamSpec {
    key: "impute",
    label: "Missing numbers",
    range: (0.0, 2.0),
    scale: Scale::Choice(&[
        Word { key: "mean", label: "Mean" },
        Word { key: "median", label: "Median" },
        Word { key: "frequent", label: "Most frequent" },
    ]),
    help: teach!(
        "What stands in for a number that is missing, taken from the training rows. The median is not drawn by outliers; all of them make the column look less spread than it is. The feature step Impute does it instead where it is chosen."
    ),
    formula: teach!(r"x_i \leftarrow \operatorname{median}\{x_j : j \in \text{train},\, x_j \text{ known}\}"),
    source: teach!("Little & Rubin 2002, Statistical analysis with missing data"),
    ..ParamSpec::NEW
};
pub(super) const BLANK: ParamSpec = ParamSpec {
    key: "blank",
    label: "Missing categories",
    range: (0.0, 1.0),
    scale: Scale::Choice(&[Word { key: "own", label: "A category of their own" }, Word { key: "frequent", label: "Most frequent" }]),
    help: teach!(
        "A category of their own lets the network learn that something is missing, which often means something. The most frequent category of the training rows hides it, for one input less."
    ),
    source: teach!("Little & Rubin 2002, Statistical analysis with missing data"),
    ..ParamSpec::NEW
};
pub(super) const ENCODE: ParamSpec = ParamSpec {
    key: "encode",
    label: "Categories become",
    range: (0.0, 1.0),
    scale: Scale::Choice(&[Word { key: "one-hot", label: "One-hot" }, Word { key: "ordinal", label: "Ordinal" }]),
    help: teach!(
        "One-hot gives every category an input of its own, 0 or 1. Ordinal numbers them in one input, which is small but claims that the second lies between the first and the third."
    ),
    formula: teach!(r"\text{one-hot}(c)_k = [\,c = k\,],\quad \text{ordinal}(c) = k"),
    source: teach!("Pedregosa et al. 2011, Scikit-learn: machine learning in Python"),
    ..ParamSpec::NEW
};
pub(super) const MOST: ParamSpec = ParamSpec {
    key: "most",
    label: "Most categories",
    range: (2.0, MAX_CATEGORIES as f64),
    scale: Scale::Integer,
    default: 20.0,
    help: teach!(
        "Most categories that a column keeps; the rarest become one, Other. Each costs the first layer a weight for every unit, and of a rare one little can be learned."
    ),
    source: teach!("Pedregosa et al. 2011, Scikit-learn: machine learning in Python"),
    ..ParamSpec::NEW
};
pub(super) const RARE: ParamSpec = ParamSpec {
    key: "rare",
    label: "Rows of a category",
    unit: "rows",
    range: (1.0, 1000.0),
    scale: Scale::Integer,
    default: 1.0,
    help: teach!(
        "Training rows that a category needs to stay one; those with fewer become one, Other. Test rows with a category that no training row has count as Other, too, and where there is none as no category at all."
    ),
    source: teach!("Pedregosa et al. 2011, Scikit-learn: machine learning in Python"),
    ..ParamSpec::NEW
};
pub(super) const SCALING: ParamSpec = ParamSpec {
    key: "scaling",
    label: "Scaling",
    range: (0.0, 3.0),
    scale: Scale::Choice(&[
        Word { key: "standard", label: "Standard" },
        Word { key: "minmax", label: "Min-max" },
        Word { key: "robust", label: "Robust" },
        Word { key: "none", label: "None" },
    ]),
    help: teach!(
        "Brings columns of different units to one size, by figures of the training rows: mean and standard deviation, least and most, or median and the middle half, which outliers do not move. Without it columns of large numbers drown the others."
    ),
    formula: teach!(r"\frac{x - \mu}{\sigma},\quad \frac{x - \min}{\max - \min},\quad \frac{x - q_{50}}{q_{75} - q_{25}}"),
    source: teach!("LeCun et al. 1998, Efficient BackProp"),
    ..ParamSpec::NEW
};
