//! Sequential minimal optimization (Platt 1998): two multipliers at a time are set to their best, those whose change promises most by the curvature
//! (Fan, Chen & Lin 2005).

use std::collections::VecDeque;

use super::kernel::Kernel;
use crate::engine::learners::Table;

/// Largest violation of the conditions of the optimum at which it is found.
const TOLERANCE: f64 = 1e-3;
/// What stands for a curvature that is none.
const FLAT: f64 = 1e-12;
/// Rows of kernel values that are kept: 32 MiB of them.
const KEPT: usize = 8 << 20;

/// The least of ½ αᵀQα + pᵀα with Q = yᵢyⱼk(xᵢ, xⱼ), 0 ≤ α ≤ C and yᵀα = 0, under way.
pub struct Smo {
    kernel: Kernel,
    c: f64,
    /// Rows of the table; a multiplier has that of its place modulo their number.
    rows: Vec<usize>,
    /// The signs y.
    signs: Vec<f64>,
    alpha: Vec<f64>,
    gradient: Vec<f64>,
    diagonal: Vec<f64>,
    cache: Vec<Option<Vec<f32>>>,
    /// Rows in the cache, those used last at the end.
    used: VecDeque<usize>,
    steps: usize,
    /// How far the conditions are violated: at first, and now.
    first: f64,
    gap: f64,
}

impl Smo {
    /// Of the samples `rows`; multipliers with `signs` and linear terms `p`, either as many or twice as many.
    pub fn new(table: &Table, kernel: Kernel, c: f64, rows: Vec<usize>, signs: Vec<f64>, p: Vec<f64>) -> Self {
        let diagonal = rows.iter().map(|row| kernel.at(table.row(*row), table.row(*row))).collect();
        let (count, cache) = (signs.len(), vec![None; rows.len()]);
        Self {
            kernel,
            c,
            rows,
            signs,
            alpha: vec![0.0; count],
            gradient: p,
            diagonal,
            cache,
            used: VecDeque::new(),
            steps: 0,
            first: 0.0,
            gap: f64::INFINITY,
        }
    }

    /// What the rows that count do count, signs included.
    pub fn weights(&self) -> Vec<(usize, f64)> {
        let mut weights = vec![0.0; self.rows.len()];
        for (alpha, signs) in self.alpha.chunks(weights.len().max(1)).zip(self.signs.chunks(self.rows.len().max(1))) {
            weights.iter_mut().zip(alpha.iter().zip(signs)).for_each(|(w, (a, y))| *w += a * y);
        }
        self.rows.iter().copied().zip(weights).filter(|(_, weight)| *weight != 0.0).collect()
    }

    /// Share of the way, by the logarithm of what is violated.
    pub fn way(&self) -> f64 {
        if self.first <= TOLERANCE || self.gap == f64::INFINITY {
            return 0.0;
        }
        (libm::log(self.first / self.gap.max(TOLERANCE)) / libm::log(self.first / TOLERANCE)).clamp(0.0, 1.0)
    }

    /// Takes steps until about `work` multiply-adds are spent. Says whether it has converged, or will not.
    pub fn go_on(&mut self, table: &Table, work: &mut usize) -> bool {
        // Far beyond what converges.
        let most = 100_000.max(100 * self.signs.len());
        while *work > 0 {
            if self.steps >= most {
                return true;
            }
            let Some((i, j)) = self.pair(table, work) else { return true };
            self.step(i, j, table, work);
            self.steps += 1;
        }
        false
    }

    /// Whether a multiplier may move up along its sign.
    fn up(&self, t: usize) -> bool {
        if self.signs[t] > 0.0 { self.alpha[t] < self.c } else { self.alpha[t] > 0.0 }
    }

    fn down(&self, t: usize) -> bool {
        if self.signs[t] > 0.0 { self.alpha[t] > 0.0 } else { self.alpha[t] < self.c }
    }

    /// The two multipliers to move; `None` at the optimum.
    fn pair(&mut self, table: &Table, work: &mut usize) -> Option<(usize, usize)> {
        let slope = |t: usize| -self.signs[t] * self.gradient[t];
        let mut first: Option<(usize, f64)> = None;
        let mut least = f64::INFINITY;
        for t in 0..self.signs.len() {
            if self.up(t) && first.is_none_or(|(_, most)| slope(t) > most) {
                first = Some((t, slope(t)));
            }
            if self.down(t) {
                least = least.min(slope(t));
            }
        }
        let (i, most) = first?;
        self.gap = most - least;
        if self.steps == 0 {
            self.first = self.gap;
        }
        if self.gap < TOLERANCE || self.gap.is_nan() {
            return None;
        }
        let rows = self.rows.len();
        self.fill(i % rows, table, work);
        let alike = self.cache[i % rows].as_ref()?;
        let mut best: Option<(usize, f64)> = None;
        for t in (0..self.signs.len()).filter(|t| self.down(*t)) {
            let by = most + self.signs[t] * self.gradient[t];
            if by > 0.0 {
                let curvature = self.diagonal[i % rows] + self.diagonal[t % rows] - 2.0 * f64::from(alike[t % rows]);
                let gain = by * by / if curvature > 0.0 { curvature } else { FLAT };
                if best.is_none_or(|(_, most)| gain > most) {
                    best = Some((t, gain));
                }
            }
        }
        *work = work.saturating_sub(2 * self.signs.len());
        best.map(|(j, _)| (i, j))
    }

    /// Moves two multipliers to the best point of their line within the box.
    fn step(&mut self, i: usize, j: usize, table: &Table, work: &mut usize) {
        let rows = self.rows.len();
        self.fill(j % rows, table, work);
        let Some(near) = &self.cache[i % rows] else { return };
        let curvature = self.diagonal[i % rows] + self.diagonal[j % rows] - 2.0 * f64::from(near[j % rows]);
        let curvature = if curvature > 0.0 { curvature } else { FLAT };
        let (was_i, was_j) = (self.alpha[i], self.alpha[j]);
        let (yi, yj) = (self.signs[i], self.signs[j]);
        // α of i moves by yᵢ·d, that of j by −yⱼ·d.
        let wanted = (-yi * self.gradient[i] + yj * self.gradient[j]) / curvature;
        let room = |sign: f64, alpha: f64| if sign > 0.0 { self.c - alpha } else { alpha };
        let by = wanted.min(room(yi, was_i)).min(room(-yj, was_j)).max(0.0);
        let bound = |alpha: f64| {
            if alpha < self.c * 1e-14 {
                0.0
            } else if alpha > self.c * (1.0 - 1e-14) {
                self.c
            } else {
                alpha
            }
        };
        self.alpha[i] = bound(was_i + yi * by);
        self.alpha[j] = bound(was_j - yj * by);
        let (moved_i, moved_j) = (yi * (self.alpha[i] - was_i), yj * (self.alpha[j] - was_j));
        let (Some(of_i), Some(of_j)) = (&self.cache[i % rows], &self.cache[j % rows]) else { return };
        for (gradients, signs) in self.gradient.chunks_mut(rows).zip(self.signs.chunks(rows)) {
            for (((g, y), ki), kj) in gradients.iter_mut().zip(signs).zip(of_i).zip(of_j) {
                *g += y * (moved_i * f64::from(*ki) + moved_j * f64::from(*kj));
            }
        }
        *work = work.saturating_sub(self.signs.len());
    }

    /// Sees to it that kernel values of a row are there. The two used last always stay.
    fn fill(&mut self, at: usize, table: &Table, work: &mut usize) {
        if self.cache[at].is_some() {
            if self.used.back() != Some(&at) {
                self.used.retain(|other| *other != at);
                self.used.push_back(at);
            }
            return;
        }
        let most = (KEPT / self.rows.len().max(1)).max(2);
        let mut values = Vec::new();
        while self.used.len() >= most {
            let Some(old) = self.used.pop_front() else { break };
            values = self.cache[old].take().unwrap_or_default();
        }
        let own = table.row(self.rows[at]);
        values.clear();
        values.extend(self.rows.iter().map(|row| self.kernel.at(own, table.row(*row)) as f32));
        self.cache[at] = Some(values);
        self.used.push_back(at);
        *work = work.saturating_sub(self.rows.len() * table.features);
    }

    /// What is taken off the sum: from the multipliers that are at neither bound, or from the middle of what the others allow.
    pub fn offset(&self) -> f64 {
        let (mut sum, mut free, mut low, mut high) = (0.0, 0, f64::NEG_INFINITY, f64::INFINITY);
        for t in 0..self.signs.len() {
            let value = self.signs[t] * self.gradient[t];
            if self.alpha[t] > 0.0 && self.alpha[t] < self.c {
                sum += value;
                free += 1;
            } else if self.up(t) {
                high = high.min(value);
            } else {
                low = low.max(value);
            }
        }
        match free {
            0 if low.is_finite() && high.is_finite() => 0.5 * (low + high),
            0 if low.is_finite() => low,
            0 if high.is_finite() => high,
            0 => 0.0,
            _ => sum / f64::from(free),
        }
    }
}
