//! Learners: model families other than networks, one file each.
//!
//! A [`Learner`] is a choice with its settings. Told of a [`Table`] it gives a [`Fit`], which learns in pieces of a few milliseconds, so that a worker hears
//! a pause between two of them, and whose [`Model`] can be judged at any moment: the curve over trees or iterations is drawn that way. A model predicts, writes itself into
//! bytes ([`encode`] and [`decode`]), says what it is made of ([`Description`]) and gives smaller forms of itself ([`Shrink`]), which are stored and run so.
//!
//! Everything is computed by additions, multiplications, `sqrt` and `libm` in a fixed order: native and wasm agree to the bit.

mod boosting;
mod codec;
mod combined;
mod describe;
mod knn;
mod linear;
mod link;
mod matrix;
mod naive_bayes;
mod svm;
mod table;
mod tree;

use std::sync::Arc;

pub use codec::{decode, encode};
pub use describe::{Count, Description, Node, Split};
pub use table::{Table, Target};

use super::{
    catalog::{Pick, catalog},
    error::SpecError,
    params::Values,
};

/// Makes a learner from checked values.
pub type Build = fn(&Values) -> Box<dyn Learner>;

catalog! {
    /// Every learner, in the order of the page's menu.
    Build, kind: "learner", field: "learner", [
        linear::ENTRY,
        tree::ENTRY,
        tree::FOREST,
        tree::EXTRA,
        boosting::ENTRY,
        svm::ENTRY,
        knn::ENTRY,
        naive_bayes::ENTRY,
        combined::BAGGING,
        combined::STACKING,
        combined::AVERAGING,
    ]
}

/// Keys of those that tell classes apart and predict no numbers.
pub const FOR_CLASSES: &[&str] = &[naive_bayes::ENTRY.key];

/// Multiply-adds, or steps as cheap, that one piece of work should come to: a few milliseconds in a browser.
const PIECE: usize = 2_000_000;

/// A way to learn with its settings chosen.
pub trait Learner: Send + Sync {
    /// Begins to learn from `table`; whatever is random follows from `seed`. Errors: a table without rows or features, or targets that it cannot take.
    fn fit(&self, table: &Arc<Table>, seed: u64) -> Result<Box<dyn Fit>, SpecError>;
}

/// Learning under way.
pub trait Fit: Send {
    /// Does the next piece of the work, of a few milliseconds, and says how far it is. After it has finished nothing changes any more.
    fn advance(&mut self) -> Progress;

    /// The model as it stands. Before the first piece it predicts a constant.
    fn model(&self) -> &dyn Model;
}

/// How far learning is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Steps done.
    pub done: usize,
    /// Steps in all, at most: what converges may finish before. At least 1.
    pub of: usize,
    /// What a step is, in the plural: "trees".
    pub unit: &'static str,
    /// Whether it is over.
    pub finished: bool,
}

/// What was learnt.
pub trait Model: Send + Sync {
    /// Values per row that it takes.
    fn features(&self) -> usize;

    /// Values per row that it gives: as many as there are classes, or 1.
    fn outputs(&self) -> usize;

    /// Predicts `inputs[rows, features]` into `out[rows, outputs]`: shares of the classes, which add up to 1, or a value. The slices have these lengths.
    fn predict(&self, inputs: &[f32], rows: usize, out: &mut [f32]);

    /// What it is made of.
    fn describe(&self) -> Description;

    /// The tree numbered `at`, its root first; `None` where it has no such tree.
    fn tree(&self, _at: usize) -> Option<Vec<Node>> {
        None
    }

    /// What [`Model::shrunk`] can do to it.
    fn shrinks(&self) -> Shrinks;

    /// A smaller form of it; what does not apply to it is left undone.
    fn shrunk(&self, how: &Shrink) -> Box<dyn Model>;

    /// Which family the bytes of [`Model::write`] belong to.
    #[doc(hidden)]
    fn tag(&self) -> codec::Tag;

    /// Its bytes, without header: [`encode`] writes that.
    #[doc(hidden)]
    fn write(&self, out: &mut Vec<u8>);
}

/// How a model is made smaller; the default leaves it as it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shrink {
    /// Deepest level of a tree, counted from 0 at its root; below, a node answers by what came to it in training.
    pub max_depth: usize,
    /// Complexity parameter of minimal cost-complexity pruning (Breiman et al. 1984), in units of impurity times share of samples, from 0.
    pub ccp_alpha: f64,
    /// Trees, rounds or members that stay, the first ones; at least 1.
    pub members: usize,
    /// Whether numbers are stored and used in 8 bits. Trees so small that their grid would cost more than it saves stay as they are.
    pub eight_bits: bool,
}

impl Default for Shrink {
    fn default() -> Self {
        Self { max_depth: usize::MAX, ccp_alpha: 0.0, members: usize::MAX, eight_bits: false }
    }
}

/// Which parts of a [`Shrink`] apply to a model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shrinks {
    /// [`Shrink::max_depth`].
    pub depth: bool,
    /// [`Shrink::ccp_alpha`].
    pub alpha: bool,
    /// [`Shrink::members`].
    pub members: bool,
    /// [`Shrink::eight_bits`].
    pub bits: bool,
}

/// The learner that `pick` names. Errors: an unknown name, or a value out of its range.
pub fn build(pick: &Pick) -> Result<Box<dyn Learner>, SpecError> {
    let (entry, values) = CATALOG.resolve(pick)?;
    Ok((entry.build)(&values))
}

/// Learns to the end at once.
pub fn finish(fit: &mut dyn Fit) -> Progress {
    loop {
        let progress = fit.advance();
        if progress.finished {
            return progress;
        }
    }
}
