//! Features: columns made of columns before a network sees them: scaled, binned, multiplied, selected, projected. One file per step.
//!
//! Steps follow each other, and what becomes of the columns of a table (`data/table/features`) comes before them. Each learns from the training rows alone, and what it has learnt
//! is applied to all rows alike.

mod anova;
mod bin;
mod chi2;
mod impute;
mod kernel_pca;
mod l1;
mod lda;
mod linalg;
mod log;
mod mutual;
mod path;
mod pca;
mod pipeline;
mod plane;
mod poly;
mod random;
mod rfe;
mod scale;
mod select;
mod sight;
mod stats;
mod variance;
mod yeo_johnson;

use super::{
    catalog::catalog,
    params::{ParamSpec, Scale, Values},
};
pub use impute::KEY as IMPUTE;
pub use path::LassoPath;
pub use pipeline::{Pipeline, apply};
pub use sight::{NAMED, SEEN, Sight};

/// Makes a step that has learnt from training rows, from checked values. Errors: rows that it cannot learn from, in words.
pub type Build = fn(&Values, &Rows<'_>) -> Result<Fitted, String>;

catalog! {
    /// Every step, in the order of the page's menu.
    Build, kind: "feature step", field: "features", [
        impute::ENTRY,
        scale::ENTRY,
        log::ENTRY,
        yeo_johnson::ENTRY,
        bin::ENTRY,
        poly::ENTRY,
        plane::ENTRY,
        variance::ENTRY,
        anova::ENTRY,
        mutual::ENTRY,
        chi2::ENTRY,
        l1::ENTRY,
        rfe::ENTRY,
        pca::ENTRY,
        kernel_pca::ENTRY,
        lda::ENTRY,
        random::ENTRY,
    ]
}

/// Training rows, as the steps before have left them.
pub struct Rows<'a> {
    /// Names of the columns.
    pub names: &'a [String],
    /// `[rows, columns]`; NaN where something is missing, which only `impute` ever sees.
    pub values: &'a [f64],
    /// What is to be predicted of each row.
    pub target: Target<'a>,
}

/// What is to be predicted of training rows.
#[derive(Clone, Copy)]
pub enum Target<'a> {
    /// The class of each, and how many classes there are.
    Classes(&'a [u32], usize),
    /// The standardised number of each.
    Values(&'a [f32]),
}

impl Rows<'_> {
    /// How many columns; one at least.
    fn width(&self) -> usize {
        self.names.len()
    }

    /// How many rows; one at least.
    fn len(&self) -> usize {
        self.values.len() / self.width()
    }

    /// A column.
    fn column(&self, at: usize) -> Vec<f64> {
        self.values.iter().skip(at).step_by(self.width()).copied().collect()
    }
}

/// A step that has learnt.
pub struct Fitted {
    /// Names of the columns that it makes.
    names: Vec<String>,
    /// Share of the variance that each component has, of all that there are, the largest first; empty for a step without components.
    explained: Vec<f64>,
    /// Whether its columns are directions among those that come in, so that these can be drawn as arrows.
    directions: bool,
    /// See [`Sight::loadings`]; found by the pipeline where there are directions.
    loadings: Vec<[f64; 2]>,
    /// See [`Sight::columns`]; found by the pipeline.
    columns: (usize, usize),
    /// What it was selected by, where that is a lasso.
    lasso: Option<path::Lasso>,
    /// Appends what it makes of a row.
    map: Map,
}

/// Appends what a step makes of a row.
type Map = Box<dyn Fn(&[f64], &mut Vec<f64>) + Send + Sync>;

impl Fitted {
    fn new(names: Vec<String>, map: Map) -> Self {
        Self { names, explained: Vec::new(), directions: false, loadings: Vec::new(), columns: (0, 0), lasso: None, map }
    }

    /// A projection whose components have these shares of the variance.
    fn projection(names: Vec<String>, explained: Vec<f64>, directions: bool, map: Map) -> Self {
        Self { explained, directions, ..Self::new(names, map) }
    }
}

/// Columns that a selection keeps.
const KEPT: ParamSpec = ParamSpec {
    key: "k",
    label: "Columns",
    range: (1.0, 256.0),
    scale: Scale::Integer,
    default: 10.0,
    help: teach!(
        "How many columns stay, the best first; where there are fewer, all do. Few make a small first layer, and may leave out what counts only together."
    ),
    ..ParamSpec::NEW
};

/// Components that a projection keeps.
const COMPONENTS: ParamSpec = ParamSpec {
    key: "k",
    label: "Components",
    range: (1.0, 64.0),
    scale: Scale::Integer,
    default: 2.0,
    help: teach!(
        "How many new columns there are, the most telling first. Two can be looked at as a plane; each more costs the first layer a weight per unit."
    ),
    ..ParamSpec::NEW
};

/// Most columns whose covariances are taken.
const MAX_COVARIANCES: usize = 512;

/// Refuses so many columns that a step would take too long. Errors: there are more than `most`.
fn at_most(rows: &Rows<'_>, most: usize) -> Result<(), String> {
    if rows.width() <= most {
        return Ok(());
    }
    Err(format!("it takes at most {most} columns, and {} come in: select some first", rows.width()))
}
