//! Limited-memory BFGS (Liu & Nocedal 1989), turned inside out: it asks for the loss somewhere and is told it, so that whoever evaluates can do so in pieces.
//!
//! Networks have another (`optimizers/lbfgs.rs`): its memory is the trainer's 32-bit slots, it takes in pairs that are only on their way there, and it searches by the strong Wolfe
//! conditions. This one is in double precision throughout and halves its step, which is enough for a convex loss. The two share no arithmetic to the bit.

use std::collections::VecDeque;

/// Steps that are remembered.
const MEMORY: usize = 10;
/// Largest slope at which it has converged.
const TOLERANCE: f64 = 1e-8;

/// A search for the least loss of a smooth convex function.
pub struct Lbfgs {
    at: Vec<f64>,
    loss: f64,
    gradient: Vec<f64>,
    direction: Vec<f64>,
    slope: f64,
    step: f64,
    asked: Vec<f64>,
    /// Moves, changes of the gradient, and one over their product.
    past: VecDeque<(Vec<f64>, Vec<f64>, f64)>,
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

impl Lbfgs {
    /// From all zeros.
    pub fn new(parameters: usize) -> Self {
        let zeros = vec![0.0; parameters];
        Self {
            at: zeros.clone(),
            loss: f64::INFINITY,
            gradient: zeros.clone(),
            direction: zeros.clone(),
            slope: 0.0,
            step: 0.0,
            asked: zeros,
            past: VecDeque::with_capacity(MEMORY),
        }
    }

    /// Where the loss is to be evaluated.
    pub fn asked(&self) -> &[f64] {
        &self.asked
    }

    /// Where the loss is least so far.
    pub fn best(&self) -> &[f64] {
        &self.at
    }

    /// Told `loss` and `gradient` where it asked. Says whether that was a step, and whether it has converged.
    pub fn tell(&mut self, loss: f64, gradient: &[f64]) -> (bool, bool) {
        let first = self.loss == f64::INFINITY;
        // At the bottom the loss is flat up to rounding.
        if !first && loss > self.loss + 1e-4 * self.step * self.slope + 1e-15 * self.loss.abs() {
            self.step *= 0.5;
            self.ask();
            return (false, self.step < 1e-12);
        }
        if !first {
            let moved: Vec<f64> = self.asked.iter().zip(&self.at).map(|(a, b)| a - b).collect();
            let changed: Vec<f64> = gradient.iter().zip(&self.gradient).map(|(a, b)| a - b).collect();
            let product = dot(&moved, &changed);
            if product > 1e-14 * dot(&changed, &changed) {
                if self.past.len() == MEMORY {
                    self.past.pop_front();
                }
                self.past.push_back((moved, changed, 1.0 / product));
            }
            self.at.copy_from_slice(&self.asked);
        }
        self.loss = loss;
        self.gradient.copy_from_slice(gradient);
        let steepest = gradient.iter().fold(0.0_f64, |most, g| most.max(g.abs()));
        if steepest <= TOLERANCE {
            return (!first, true);
        }
        self.turn();
        self.step = if self.past.is_empty() { 1.0 / steepest.max(1.0) } else { 1.0 };
        self.ask();
        (!first, false)
    }

    /// The direction: minus the gradient through what is known of the curvature.
    fn turn(&mut self) {
        self.direction.iter_mut().zip(&self.gradient).for_each(|(d, g)| *d = -g);
        let mut shares = Vec::with_capacity(self.past.len());
        for (moved, changed, over) in self.past.iter().rev() {
            let share = over * dot(moved, &self.direction);
            self.direction.iter_mut().zip(changed).for_each(|(d, c)| *d -= share * c);
            shares.push(share);
        }
        if let Some((_, changed, over)) = self.past.back() {
            let scale = 1.0 / (over * dot(changed, changed));
            self.direction.iter_mut().for_each(|d| *d *= scale);
        }
        for ((moved, changed, over), share) in self.past.iter().zip(shares.iter().rev()) {
            let back = share - over * dot(changed, &self.direction);
            self.direction.iter_mut().zip(moved).for_each(|(d, m)| *d += back * m);
        }
        self.slope = dot(&self.direction, &self.gradient);
        if self.slope >= 0.0 {
            self.past.clear();
            self.direction.iter_mut().zip(&self.gradient).for_each(|(d, g)| *d = -g);
            self.slope = -dot(&self.gradient, &self.gradient);
        }
    }

    fn ask(&mut self) {
        for ((asked, at), d) in self.asked.iter_mut().zip(&self.at).zip(&self.direction) {
            *asked = at + self.step * d;
        }
    }
}
