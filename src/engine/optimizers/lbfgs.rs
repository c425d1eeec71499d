//! L-BFGS.

use std::{cell::Cell, cell::RefCell, ops::Range};

use super::{Look, Optimizer, wolfe::Wolfe};
use crate::{
    engine::{
        catalog::Entry,
        network::Network,
        params::{ParamSpec, Scale, Word},
    },
    kernels::wgsl::Wgsl,
};

/// Its key.
pub const KEY: &str = "lbfgs";

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: KEY,
    label: "L-BFGS",
    help: teach!(
        "Learns the curvature of the loss from its last few steps and gradients, and goes straight for the bottom: on a small data set it needs far fewer steps than any rule of gradients alone. It has to see all training samples at each step, keeps two numbers per weight for each step that it remembers, and is misled by anything that differs from step to step, as dropout does."
    ),
    formula: teach!(
        r"\theta \leftarrow \theta - t\, H\, g,\quad H \approx (\nabla^2 L)^{-1} \text{ from the last } m \text{ pairs } s_k = \theta_{k+1} - \theta_k,\; y_k = g_{k+1} - g_k"
    ),
    source: teach!("Liu & Nocedal 1989, On the limited memory BFGS method for large scale optimization"),
    params: &[HISTORY, SEARCH],
    build: |v| {
        Box::new(Lbfgs {
            history: v.usize(&HISTORY),
            searches: v.usize(&SEARCH) == 1,
            weights: Vec::new(),
            statistics: Vec::new(),
            direction: RefCell::default(),
            search: None,
            found: Cell::new(None),
            first: Vec::new(),
            elsewhere: Vec::new(),
        })
    },
};

const HISTORY: ParamSpec = ParamSpec {
    key: "history",
    label: "History m",
    unit: "steps",
    range: (1.0, 30.0),
    scale: Scale::Integer,
    default: 10.0,
    help: teach!(
        "How many steps back curvature is learnt from. More of them follow long valleys better, at two numbers per weight and step; one is hardly more than gradient descent."
    ),
    formula: teach!(r"s_{k-m}, y_{k-m}, \dots, s_{k-1}, y_{k-1}"),
    ..ParamSpec::NEW
};
const SEARCH: ParamSpec = ParamSpec {
    key: "search",
    label: "Line search",
    range: (0.0, 1.0),
    scale: Scale::Choice(&[Word { key: "off", label: "Off" }, Word { key: "wolfe", label: "Strong Wolfe" }]),
    default: 1.0,
    help: teach!(
        "Strong Wolfe: looks at all samples again, a few times a step, until a step length lowers loss and slope enough; the learning rate, best 1, is where it begins. Off: every step has the length that the learning rate says, which is cheaper and may jump out of a valley."
    ),
    formula: teach!(r"L(t) \le L(0) + c_1\, t\, L'(0),\quad |L'(t)| \le c_2\, |L'(0)|"),
    source: teach!("Nocedal & Wright 2006, Numerical optimization, chapters 3 and 7"),
    ..ParamSpec::NEW
};

/// Least curvature along a step for which it is remembered.
const CURVED: f64 = 1e-10;
/// Where the loss falls less than that along the direction, no step is taken.
const LEVEL: f64 = -1e-9;
/// Slots beside the pairs: the last gradient, and the last step.
const LAST: usize = 2;

struct Lbfgs {
    history: usize,
    searches: bool,
    /// Spans of weights, which penalties are on, and of running statistics, which are no parameters.
    weights: Vec<Range<usize>>,
    statistics: Vec<Range<usize>>,
    direction: RefCell<Direction>,
    search: Option<Wolfe>,
    /// The step length that the search has come to, for the update that follows it.
    found: Cell<Option<f64>>,
    /// The gradient with which the step began.
    first: Vec<f32>,
    /// Where the samples are looked at.
    elsewhere: Vec<f32>,
}

/// Memory of a step: allocated once, then reused.
#[derive(Default)]
struct Direction {
    d: Vec<f64>,
    alphas: Vec<f64>,
}

impl Optimizer for Lbfgs {
    /// The last gradient, the last step, then steps and changes of the gradient in pairs, the newest first.
    fn slots(&self) -> usize {
        LAST + 2 * self.history
    }

    fn meet(&mut self, network: &Network) {
        self.weights = network.weights().map(|(.., span)| span).collect();
        self.statistics = network.statistics().collect();
    }

    fn look(&mut self, look: Look<'_>) -> bool {
        let Look { first, step, lr, loss, params, grad, keep, memory, l1, l2 } = look;
        if first {
            // What is held has no part in the direction.
            self.mask(grad, keep);
            (self.search, self.found) = (None, Cell::new(None));
            if !self.searches {
                return false;
            }
            self.first.clear();
            self.first.extend_from_slice(grad);
        }
        let at = if first { params } else { &self.elsewhere };
        let loss = loss + self.penalty(at, grad, keep, (l1, l2));
        let direction = &mut *self.direction.borrow_mut();
        let next = match &mut self.search {
            None => {
                direction.find(step, grad, memory);
                let slope = dot(grad, &direction.d);
                let begin = begin(step, lr, grad);
                if slope.is_nan() || slope > LEVEL {
                    None
                } else {
                    self.search = Some(Wolfe::new(begin, (loss, slope), largest(&direction.d)));
                    Some(begin)
                }
            }
            Some(search) => {
                let next = search.advance(loss, dot(grad, &direction.d));
                if next.is_none() {
                    self.found = Cell::new(Some(search.found()));
                }
                next
            }
        };
        if let Some(t) = next {
            self.elsewhere.clear();
            self.elsewhere.extend(params.iter().zip(&direction.d).map(|(p, d)| (f64::from(*p) + t * d) as f32));
        } else {
            grad.copy_from_slice(&self.first);
        }
        next.is_some()
    }

    fn elsewhere(&self) -> Option<&[f32]> {
        Some(&self.elsewhere)
    }

    fn update(&self, step: u64, lr: f32, param: &mut [f32], grad: &[f32], memory: &mut [Vec<f32>]) {
        let direction = &mut *self.direction.borrow_mut();
        remember(step, grad, memory);
        direction.find_in(step, grad, memory);
        let t = self.found.take().unwrap_or_else(|| begin(step, lr, grad));
        let falls = dot(grad, &direction.d) <= LEVEL;
        let [last, moved, ..] = memory else { return };
        last.copy_from_slice(grad);
        for ((p, s), d) in param.iter_mut().zip(moved).zip(&direction.d) {
            let way = if falls { t * d } else { 0.0 };
            // Far below what moves a weight, and slow to compute with.
            *s = if way.abs() < f64::from(f32::MIN_POSITIVE) { 0.0 } else { way as f32 };
            *p = (f64::from(*p) + way) as f32;
        }
    }

    fn wgsl(&self) -> Option<Wgsl> {
        None
    }

    fn rule(&self, _: u64, _: f32) -> [f32; 4] {
        [0.0; 4]
    }
}

impl Lbfgs {
    /// Takes what is held out of the gradient. The change of running statistics, which lies there too, is none.
    fn mask(&self, grad: &mut [f32], keep: &[f32]) {
        if keep.is_empty() {
            return;
        }
        let (mut from, end) = (0, grad.len());
        for span in self.statistics.iter().cloned().chain(std::iter::once(end..end)) {
            grad[from..span.start].iter_mut().zip(&keep[from..span.start]).for_each(|(g, k)| *g *= k);
            from = span.end;
        }
    }

    /// Adds the slope of penalties to the gradient at `params`, takes out what is no parameter or held, and gives the penalties.
    fn penalty(&self, params: &[f32], grad: &mut [f32], keep: &[f32], (l1, l2): (f32, f32)) -> f64 {
        self.statistics.iter().for_each(|span| grad[span.clone()].fill(0.0));
        self.mask(grad, keep);
        let mut penalty = 0.0;
        if l1 == 0.0 && l2 == 0.0 {
            return penalty;
        }
        for span in &self.weights {
            for (g, w) in grad[span.clone()].iter_mut().zip(&params[span.clone()]) {
                let sign = f32::from(i8::from(*w > 0.0) - i8::from(*w < 0.0));
                *g += l1 * sign + l2 * w;
                penalty += f64::from(l1) * f64::from(w.abs()) + 0.5 * f64::from(l2) * f64::from(*w) * f64::from(*w);
            }
        }
        penalty
    }
}

/// The step length that is tried first.
fn begin(step: u64, lr: f32, grad: &[f32]) -> f64 {
    if step > 1 {
        return f64::from(lr);
    }
    // Nothing is known of the curvature yet.
    let sum: f64 = grad.iter().map(|g| f64::from(g.abs())).sum();
    (1.0 / sum).min(1.0) * f64::from(lr)
}

/// Adds the last step to what is remembered, given the gradient behind it, if the loss curves upwards along it.
fn remember(step: u64, grad: &[f32], memory: &mut [Vec<f32>]) {
    let Some((last, pairs)) = memory.split_at_mut_checked(LAST) else { return };
    let [gradient, moved] = last else { return };
    if step < 2 || pairs.len() < 2 || curvature(gradient, moved, grad) <= CURVED {
        return;
    }
    // The oldest gives its place to the newest.
    pairs.rotate_right(2);
    pairs[0].copy_from_slice(moved);
    for ((y, g), before) in pairs[1].iter_mut().zip(grad).zip(&*gradient) {
        *y = g - before;
    }
}

/// `yᵀ s` of the last step.
fn curvature(gradient: &[f32], moved: &[f32], grad: &[f32]) -> f64 {
    grad.iter().zip(gradient).zip(moved).map(|((g, before), s)| f64::from(g - before) * f64::from(*s)).sum()
}

impl Direction {
    /// As [`Direction::find_in`], before the last step has been added to what is remembered.
    fn find(&mut self, step: u64, grad: &[f32], memory: &[Vec<f32>]) {
        let Some((last, pairs)) = memory.split_at_checked(LAST) else { return };
        let [gradient, moved] = last else { return };
        let fresh = step > 1 && pairs.len() >= 2 && curvature(gradient, moved, grad) > CURVED;
        // The newest is only on its way into memory, where it will push the oldest out.
        let kept = if fresh { &pairs[..pairs.len() - 2] } else { pairs };
        let newest = fresh.then_some((&moved[..], Change::Between(&gradient[..], grad)));
        let kept = kept.chunks_exact(2).map(|pair| (&pair[0][..], Change::Kept(&pair[1][..])));
        self.along(step, grad, newest.into_iter().chain(kept));
    }

    /// The direction of the next step: what the remembered curvature makes of the gradient (Nocedal & Wright 2006, algorithm 7.4).
    fn find_in(&mut self, step: u64, grad: &[f32], memory: &[Vec<f32>]) {
        let pairs = memory.get(LAST..).unwrap_or_default().chunks_exact(2);
        self.along(step, grad, pairs.map(|pair| (&pair[0][..], Change::Kept(&pair[1][..]))));
    }

    /// By pairs of steps and changes of the gradient, the newest first; those beyond the first empty one are empty too.
    fn along<'a>(&mut self, step: u64, grad: &[f32], pairs: impl Iterator<Item = (&'a [f32], Change<'a>)> + Clone) {
        let Self { d, alphas } = self;
        d.clear();
        d.extend(grad.iter().map(|g| -f64::from(*g)));
        alphas.clear();
        // As many as there may ever be: a later step allocates nothing.
        alphas.reserve(HISTORY.range.1 as usize);
        if step < 2 {
            return;
        }
        let mut scale = None;
        for (s, y) in pairs.clone() {
            let (ys, yy) = y.with(s);
            if ys <= CURVED {
                break;
            }
            scale = scale.or(Some(ys / yy));
            let alpha = dot(s, d) / ys;
            y.add(-alpha, d);
            alphas.push(alpha);
        }
        let scale = scale.unwrap_or(1.0);
        d.iter_mut().for_each(|d| *d *= scale);
        // Backwards without a list: the i-th oldest is so many behind the newest.
        for at in (0..alphas.len()).rev() {
            let Some((s, y)) = pairs.clone().nth(at) else { break };
            let (ys, _) = y.with(s);
            let beta = y.dot(d) / ys;
            let by = alphas[at] - beta;
            d.iter_mut().zip(s).for_each(|(d, s)| *d += by * f64::from(*s));
        }
    }
}

/// A change of the gradient.
#[derive(Clone, Copy)]
enum Change<'a> {
    /// As it is remembered.
    Kept(&'a [f32]),
    /// From one to another.
    Between(&'a [f32], &'a [f32]),
}

impl Change<'_> {
    fn each(&self, mut take: impl FnMut(usize, f64)) {
        match self {
            Self::Kept(y) => y.iter().enumerate().for_each(|(i, y)| take(i, f64::from(*y))),
            Self::Between(from, to) => from.iter().zip(*to).enumerate().for_each(|(i, (from, to))| take(i, f64::from(to - from))),
        }
    }

    /// Its products with a step, and with itself.
    fn with(&self, s: &[f32]) -> (f64, f64) {
        let (mut ys, mut yy) = (0.0, 0.0);
        self.each(|i, y| {
            ys += y * f64::from(s[i]);
            yy += y * y;
        });
        (ys, yy)
    }

    fn dot(&self, d: &[f64]) -> f64 {
        let mut sum = 0.0;
        self.each(|i, y| sum += y * d[i]);
        sum
    }

    fn add(&self, by: f64, d: &mut [f64]) {
        self.each(|i, y| d[i] += by * y);
    }
}

fn dot(a: &[f32], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * b).sum()
}

fn largest(d: &[f64]) -> f64 {
    d.iter().fold(0.0, |most, d| most.max(d.abs()))
}
