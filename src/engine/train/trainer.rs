//! The training step.

mod moment;
mod watch;

use std::ops::Range;

pub use moment::{Place, Snapshot};
pub use watch::{Watched, WatchedLayer};

use super::{
    Score,
    extra::{Extra, Piece},
    fake_quantize::{FakeQuantize, Rounding},
    teaching::Teaching,
};
use crate::engine::{
    data::{Samples, Task},
    losses::{Loss, Target},
    network::{Network, Tape},
    optimizers::{self, Look, Optimizer},
    quantization::ValueRange,
    rng::Rng,
    schedules::{Heard, Schedule},
};

/// Streams of the seed, so that one use of randomness does not shift another.
mod stream {
    pub const SHUFFLE: u64 = 1 << 32;
    pub const DROPOUT: u64 = 2 << 32;
}

/// The numbers of training, all changeable mid-run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Learning rate before schedule and warm-up.
    pub lr: f64,
    /// Samples per step; the last of an epoch may be smaller.
    pub batch: usize,
    /// Planned epochs: what schedules stretch over.
    pub epochs: f64,
    /// Epochs over which the learning rate rises from 0.
    pub warmup: f64,
    /// L1 penalty on weights.
    pub l1: f64,
    /// L2 penalty on weights.
    pub l2: f64,
    /// Longest that the weights into a unit may be, as a vector; 0 for no limit.
    pub max_norm: f64,
}

/// The rules of training, all changeable mid-run.
pub struct Rules {
    /// What is made small.
    pub loss: Box<dyn Loss>,
    /// How weights move.
    pub optimizer: Box<dyn Optimizer>,
    /// Its key in the catalogue: whose memory this is.
    pub optimizer_key: String,
    /// Learning rate over time.
    pub schedule: Box<dyn Schedule>,
}

/// Adds to sums, one for each parameter, what a step does: parameters before it, and the gradient of the loss by them.
pub type Note = fn(sums: &mut [f32], params: &[f32], gradient: &[f32]);

/// Changes the gradient of a step, penalties and all, before the optimizer sees it. Handed the gradient and what is held at zero, as [`Trainer::held`] says it.
pub type Bend = Box<dyn FnMut(&mut [f32], &[f32]) + Send>;

/// A network in training: everything a step needs, nothing it does not.
pub struct Trainer {
    /// The network.
    pub network: Network,
    /// Its parameters.
    pub params: Vec<f32>,
    /// Numbers.
    pub settings: Settings,
    /// Rules.
    pub rules: Rules,
    task: Task,
    seed: u64,
    memory: optimizers::State,
    /// 1 for a living parameter, 0 for one held at zero; empty when none is.
    keep: Vec<f32>,
    /// What is noted of each step, and the sums so far; empty where nothing is.
    note: Option<Note>,
    noted: Vec<f32>,
    bend: Option<Bend>,
    /// What the schedule was told.
    heard: Heard,
    fake: FakeQuantize,
    teaching: Option<Teaching>,
    extra: Option<Box<dyn Extra>>,
    step: u64,
    /// Training samples used so far: the place in the epoch follows from it, whatever the batch size was.
    seen: u64,
    dropout: Rng,
    order: Vec<u32>,
    order_epoch: Option<u64>,
    grad: Vec<f32>,
    norms: Vec<f32>,
    /// Running statistics as a step leaves them, one span behind the other.
    statistics: Vec<f32>,
    tape: Tape,
    batch: Batch,
    /// The step that was begun and is not done.
    open: Option<Open>,
    /// Most samples of a piece.
    piece: usize,
    /// Counts whatever changes parameters, memory or mask.
    revision: u64,
}

/// What one step did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepReport {
    /// Mean loss of the mini-batch before the update, without penalties.
    pub loss: f32,
    /// Samples in the mini-batch.
    pub samples: usize,
    /// Learning rate used.
    pub lr: f32,
    /// This step ended an epoch.
    pub epoch_done: bool,
}

/// A step that was begun here and is computed elsewhere.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Turn {
    /// Samples in the mini-batch.
    pub samples: usize,
    /// Learning rate used.
    pub lr: f32,
    /// This step ended an epoch.
    pub epoch_done: bool,
}

/// A step under way.
struct Open {
    /// Its samples, in `order`.
    place: Range<usize>,
    /// Samples done.
    done: usize,
    /// Their losses, summed, and those of the first look.
    sum: f32,
    loss: f32,
    /// It is looked at once more.
    again: bool,
    /// Dropout's generator when it began.
    dropout: Rng,
}

#[derive(Default)]
struct Batch {
    inputs: Vec<f32>,
    classes: Vec<u32>,
    values: Vec<f32>,
    grad: Vec<f32>,
}

impl Trainer {
    /// A run at step 0 with the given first parameters.
    #[must_use]
    pub fn new(network: Network, params: Vec<f32>, task: Task, settings: Settings, mut rules: Rules, seed: u64) -> Self {
        rules.optimizer.meet(&network);
        let memory = optimizers::State::new(rules.optimizer.as_ref(), params.len());
        Self {
            grad: vec![0.0; params.len()],
            dropout: Rng::new(seed, stream::DROPOUT),
            piece: if network.whole_batch() { usize::MAX } else { network.piece() },
            network,
            params,
            settings,
            rules,
            task,
            seed,
            memory,
            keep: Vec::new(),
            note: None,
            noted: Vec::new(),
            bend: None,
            heard: Heard::default(),
            fake: FakeQuantize::default(),
            teaching: None,
            extra: None,
            step: 0,
            seen: 0,
            order: Vec::new(),
            order_epoch: None,
            norms: Vec::new(),
            statistics: Vec::new(),
            open: None,
            tape: Tape::default(),
            batch: Batch::default(),
            revision: 0,
        }
    }

    /// Steps taken.
    #[must_use]
    pub fn step_count(&self) -> u64 {
        self.step
    }

    /// Epochs taken, with fraction, for `n` training samples.
    #[must_use]
    pub fn epoch(&self, n: usize) -> f64 {
        if n == 0 { 0.0 } else { self.seen as f64 / n as f64 }
    }

    /// Replaces the optimizer by `rule`, known as `key`. Under the same key only its settings are new and it remembers what it knew;
    /// another rule cannot read that and starts anew.
    pub fn set_optimizer(&mut self, key: &str, mut rule: Box<dyn Optimizer>) {
        rule.meet(&self.network);
        if key == self.rules.optimizer_key {
            self.memory.fit(rule.as_ref(), self.params.len());
        } else {
            self.memory = optimizers::State::new(rule.as_ref(), self.params.len());
            self.fake.steps.memory = optimizers::State::default();
            self.rules.optimizer_key = key.into();
        }
        self.rules.optimizer = rule;
        self.revision += 1;
    }

    /// Holds parameters at zero from now on: `keep` is 1 for a living one, 0 for a held one, as long as the parameters;
    /// an empty one frees all.
    pub fn hold(&mut self, keep: Vec<f32>) {
        debug_assert!(keep.is_empty() || keep.len() == self.params.len());
        self.revision += u64::from(keep != self.keep);
        self.keep = keep;
        self.apply_hold();
    }

    /// See [`Trainer::hold`].
    #[must_use]
    pub fn held(&self) -> &[f32] {
        &self.keep
    }

    /// Has `note` called at each step from now on, which begins with sums of zero where nothing was noted before; `None` forgets them. Steps that are
    /// computed elsewhere are not noted.
    pub fn take_note(&mut self, note: Option<Note>) {
        self.note = note;
        self.noted.resize(if note.is_some() { self.params.len() } else { 0 }, 0.0);
    }

    /// The sums of what was noted, one for each parameter; empty where nothing is.
    #[must_use]
    pub fn noted(&self) -> &[f32] {
        &self.noted
    }

    /// Has `bend` change every gradient from now on, and weights no longer made shorter, which would part those that it keeps alike; `None` leaves gradients as
    /// they are. Steps that are computed elsewhere are not bent.
    pub fn bend(&mut self, bend: Option<Bend>) {
        self.bend = bend;
    }

    /// What weights and activations are rounded to in training, and the epoch from which on; `None` trains with floats.
    pub fn fake_quantize(&mut self, wanted: Option<(Rounding, f64)>) {
        self.fake.want(wanted);
    }

    /// Rounds single layers with weights to bits of their own, in order, 32 for floats, where step sizes are found and not learnt; those beyond the list have the
    /// bits that all have.
    pub fn fake_widths(&mut self, widths: Vec<u32>) {
        self.fake.widths = widths;
    }

    /// Learns from a teacher's answers beside the labels from now on; `None` from labels alone. Losses that are reported stay those of the labels.
    pub fn teach(&mut self, teaching: Option<Teaching>) {
        self.teaching = teaching;
    }

    /// Tells the schedule what a test at the end of an epoch, on `len` training samples, came to.
    pub fn hear(&mut self, loss: f32, len: usize) {
        self.rules.schedule.hear(loss, self.epoch(len), &mut self.heard);
    }

    /// Replaces the schedule. Another one, not the same with other settings, has heard nothing yet.
    pub fn set_schedule(&mut self, schedule: Box<dyn Schedule>, another: bool) {
        self.rules.schedule = schedule;
        if another {
            self.heard = Heard::default();
        }
    }

    /// Has steps do more than the plain one from now on; `None` for that alone. Averages go on from those so far where they are to be `kept`. Steps that are computed
    /// elsewhere are plain.
    pub fn set_extra(&mut self, mut extra: Option<Box<dyn Extra>>, kept: bool) {
        if let Some(open) = self.open.take() {
            // A step that is half done is done anew.
            self.dropout = open.dropout;
        }
        if let (Some(extra), Some(before), true) = (&mut extra, &self.extra, kept) {
            extra.restore(before.averaged());
        }
        self.extra = extra;
        self.revision += 1;
    }

    /// Whether a step does more than the plain one.
    #[must_use]
    pub fn has_extra(&self) -> bool {
        self.extra.is_some()
    }

    /// The parameters to use: their averages where those are kept, else as the last step left them.
    #[must_use]
    pub fn weights(&self) -> &[f32] {
        let averaged = self.extra.as_ref().map_or(&[][..], |extra| &extra.averaged().weights);
        if averaged.is_empty() { &self.params } else { averaged }
    }

    /// What the next step on `len` training samples rounds to; `None` where it computes with floats.
    #[must_use]
    pub fn rounding(&self, len: usize) -> Option<Rounding> {
        self.fake.at(self.epoch(len))
    }

    /// Range of what comes into each layer, as quantization-aware training has learnt it: of a layer that is not rounded, or not yet,
    /// [`ValueRange::NOTHING`]. Empty where the last step computed with floats.
    #[must_use]
    pub fn ranges(&self) -> &[ValueRange] {
        &self.fake.ranges
    }

    /// Step sizes of weights that quantization-aware training learns, layer after layer, one or one per unit; empty where it finds them.
    #[must_use]
    pub fn step_sizes(&self) -> &[f32] {
        &self.fake.steps.sizes
    }

    /// Outputs `[B, O]` for `x[B, I]` as training sees them now, on `len` training samples: under fake quantization where that acts,
    /// without dropout. Not while a step is open.
    pub fn evaluate<'a>(&'a mut self, x: &'a [f32], batch: usize, len: usize) -> &'a [f32] {
        debug_assert!(!self.is_open());
        let epoch = self.epoch(len);
        let Self { network, params, fake, tape, dropout, .. } = self;
        fake.begin(network, params, epoch, tape);
        network.forward(fake.seen(params), x, batch, false, dropout, tape)
    }

    /// One step: the next mini-batch of `data`, forward, loss, backward, update. `score` counts the mini-batch.
    pub fn step(&mut self, data: &Samples, score: &mut Score) -> StepReport {
        loop {
            if let Some(report) = self.advance(data, score) {
                return report;
            }
        }
    }

    /// A piece of a step, [`Network::piece`] samples at most, so that memory and time are bounded whatever the batch size (the whole mini-batch
    /// where the network normalizes by its statistics); the report when the step is done. Every sum goes on where the piece before left it: the numbers are those of the whole mini-batch.
    pub fn advance(&mut self, data: &Samples, score: &mut Score) -> Option<StepReport> {
        let mut open = self.open.take().unwrap_or_else(|| self.open(data.len));
        let (from, batch) = (open.place.start + open.done, open.place.len());
        let samples = self.gather(data, from..from.saturating_add(self.piece).min(open.place.end));
        let outputs = self.network.output().len();
        let shared = self.change(data, &open.place, from..from + samples);
        let Self { network, params, fake, rules, batch: buffers, tape, grad, dropout, teaching, order, task, extra, .. } = self;
        let elsewhere = if open.again { extra.as_ref().and_then(|extra| extra.elsewhere()).or(rules.optimizer.elsewhere()) } else { None };
        let params = elsewhere.unwrap_or_else(|| fake.seen(params));
        let x = &buffers.inputs[..];
        let known = match task {
            Task::Classes(_) => Target::Classes(&buffers.classes),
            Task::Value { .. } => Target::Values(&buffers.values),
        };
        let target = if shared { Target::Values(&buffers.values) } else { known };
        let output = network.forward(params, x, samples, true, dropout, tape);
        buffers.grad.resize(output.len(), 0.0);
        open.sum = rules.loss.add(output, target, outputs, batch, open.sum, &mut buffers.grad);
        if let Some(teaching) = teaching {
            teaching.apply(task, &order[from..from + samples], output, batch, &mut buffers.grad);
        }
        if !open.again {
            open.loss = open.sum;
            score.add(output, known, outputs);
        }
        network.judge(samples, tape, |output, grad| {
            rules.loss.add(output, target, outputs, batch, 0.0, grad);
        });
        network.add_backward(params, x, samples, &buffers.grad, grad, tape);
        open.done += samples;
        if open.done < batch {
            self.open = Some(open);
            return None;
        }
        if self.extra.as_mut().is_some_and(|extra| extra.again(&self.params, &self.grad, &self.keep))
            || self.looks_again(data.len, !open.again, self.rules.loss.mean(open.sum, batch, outputs))
        {
            // The same samples, with the same dropped.
            self.dropout = open.dropout.clone();
            self.grad.fill(0.0);
            (open.done, open.sum, open.again) = (0, 0.0, true);
            self.open = Some(open);
            return None;
        }
        let loss = self.rules.loss.mean(open.loss, batch, outputs);
        Some(self.finish(data.len, batch, loss))
    }

    /// Whether the optimizer wants the mini-batch looked at once more, given its mean loss. Where the gradient is not that of the loss, it is not asked.
    fn looks_again(&mut self, len: usize, first: bool, loss: f32) -> bool {
        if self.bend.is_some() || self.teaching.is_some() {
            return false;
        }
        let lr = self.learning_rate(self.epoch(len));
        self.rules.optimizer.look(Look {
            first,
            step: self.memory.step + 1,
            lr,
            loss: f64::from(loss),
            params: &self.params,
            grad: &mut self.grad,
            keep: &self.keep,
            memory: &self.memory.memory,
            l1: self.settings.l1 as f32,
            l2: self.settings.l2 as f32,
        })
    }

    /// Begins a step on the next mini-batch of `len` training samples.
    fn open(&mut self, len: usize) -> Open {
        self.grad.fill(0.0);
        let epoch = self.epoch(len);
        self.fake.begin(&self.network, &self.params, epoch, &mut self.tape);
        let place = self.next(len);
        if let Some(extra) = &mut self.extra {
            extra.begin(self.step, self.seen, place.len());
        }
        Open { place, done: 0, sum: 0.0, loss: 0.0, again: false, dropout: self.dropout.clone() }
    }

    /// The update that ends a step on `samples` of `len` training samples.
    fn finish(&mut self, len: usize, samples: usize, loss: f32) -> StepReport {
        self.fake.end(&mut self.grad, &self.tape);
        self.take_statistics();
        if let Some(note) = self.note {
            note(&mut self.noted, &self.params, &self.grad);
        }
        self.penalise();
        if let Some(bend) = &mut self.bend {
            bend(&mut self.grad, &self.keep);
        }
        if let Some(extra) = &mut self.extra {
            extra.bound(&mut self.grad, &self.keep);
        }
        let lr = self.learning_rate(self.epoch(len));
        self.step += 1;
        self.memory.step += 1;
        self.rules.optimizer.update(self.memory.step, lr, &mut self.params, &self.grad, &mut self.memory.memory);
        self.fake.update(self.rules.optimizer.as_ref(), lr);
        self.apply_hold();
        self.constrain();
        self.put_statistics();
        self.revision += 1;
        self.seen += samples as u64;
        let (epoch, epoch_done) = (self.epoch(len), self.seen.is_multiple_of(len as u64));
        if let Some(extra) = &mut self.extra {
            extra.moved(&self.params, epoch, epoch_done);
        }
        StepReport { loss, samples, lr, epoch_done }
    }

    /// The next step on `len` training samples for a backend that computes it elsewhere: counted here as taken, and told to `take`
    /// with its samples, what the optimizer's rule needs, and the generator that dropout draws from. What came of it: [`Trainer::adopt`].
    pub fn turn(&mut self, len: usize, take: impl FnOnce(&[u32], [f32; 4], &mut Rng)) -> Turn {
        if let Some(open) = self.open.take() {
            // A step that is half done is done anew.
            self.dropout = open.dropout;
        }
        let (place, epoch) = (self.next(len), self.epoch(len));
        self.fake.fit(self.network.nodes().len(), epoch);
        self.step += 1;
        self.memory.step += 1;
        let lr = self.learning_rate(epoch);
        self.seen += place.len() as u64;
        take(&self.order[place.clone()], self.rules.optimizer.rule(self.memory.step, lr), &mut self.dropout);
        Turn { samples: place.len(), lr, epoch_done: self.seen.is_multiple_of(len as u64) }
    }

    /// Whether a step was begun and is not done.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Changes whenever parameters, the optimizer's memory or the mask do, other than by [`Trainer::adopt`]: a copy of them elsewhere is then out of
    /// date.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Sets one parameter.
    pub fn set(&mut self, parameter: usize, value: f32) {
        self.params[parameter] = value;
        if let Some(extra) = &mut self.extra {
            extra.set(parameter, &[value]);
        }
        self.revision += 1;
    }

    /// Puts other parameters in place of these, as many, and the ranges of activations and the learnt step sizes that belong to them.
    pub fn replace(&mut self, params: Vec<f32>, ranges: Vec<ValueRange>, step_sizes: Vec<f32>) {
        debug_assert_eq!(params.len(), self.params.len());
        if let Some(extra) = &mut self.extra {
            extra.set(0, &params);
        }
        self.params = params;
        self.fake.ranges = ranges;
        self.fake.steps.sizes = step_sizes;
        self.revision += 1;
    }

    /// What the optimizer remembers, slot after slot.
    #[must_use]
    pub fn memory(&self) -> &[Vec<f32>] {
        &self.memory.memory
    }

    /// Where the next mini-batch lies in `order`, for `len` training samples. The order of an epoch follows from seed and epoch alone.
    fn next(&mut self, len: usize) -> Range<usize> {
        let (epoch, cursor) = (self.seen / len as u64, (self.seen % len as u64) as usize);
        if self.order_epoch != Some(epoch) || self.order.len() != len {
            self.order.clear();
            self.order.extend(0..len as u32);
            Rng::new(self.seed, stream::SHUFFLE + epoch).shuffle(&mut self.order);
            self.order_epoch = Some(epoch);
        }
        cursor..(cursor + self.settings.batch.max(1)).min(len)
    }

    /// Puts the samples at `place` of the order into the batch buffers and gives their number.
    fn gather(&mut self, data: &Samples, place: Range<usize>) -> usize {
        let width = self.network.input().len();
        let batch = &mut self.batch;
        batch.inputs.clear();
        batch.classes.clear();
        batch.values.clear();
        for &i in &self.order[place.clone()] {
            let i = i as usize;
            batch.inputs.extend_from_slice(&data.inputs[i * width..(i + 1) * width]);
            batch.classes.extend(data.classes.get(i));
            batch.values.extend(data.values.get(i));
        }
        place.len()
    }

    /// Lets the extra change the samples `range` of the order, of the mini-batch at `place`. True: targets are shares of classes.
    fn change(&mut self, data: &Samples, place: &Range<usize>, range: Range<usize>) -> bool {
        let Self { extra: Some(extra), network, batch, order, .. } = self else { return false };
        extra.gather(Piece {
            data,
            shape: network.input(),
            outputs: network.output().len(),
            order: &order[place.clone()],
            range: range.start - place.start..range.end - place.start,
            inputs: &mut batch.inputs,
            classes: &mut batch.classes,
            values: &mut batch.values,
        })
    }

    /// Gradient of `l1 Σ|w| + ½ l2 Σw²` over weights (not biases).
    fn penalise(&mut self) {
        let (l1, l2) = (self.settings.l1 as f32, self.settings.l2 as f32);
        if l1 == 0.0 && l2 == 0.0 {
            return;
        }
        for (_, _, span) in self.network.weights() {
            for (g, w) in self.grad[span.clone()].iter_mut().zip(&self.params[span]) {
                let sign = if *w > 0.0 {
                    l1
                } else if *w < 0.0 {
                    -l1
                } else {
                    0.0
                };
                *g += sign + l2 * w;
            }
        }
    }

    /// Scales the weights into a unit down to [`Settings::max_norm`] where they are longer than that (Srivastava et al. 2014).
    fn constrain(&mut self) {
        let most = self.settings.max_norm as f32;
        if most == 0.0 || self.bend.is_some() {
            return;
        }
        for (_, tensor, span) in self.network.weights() {
            // The unit is the last dimension.
            let units = tensor.shape.last().map_or(1, |n| *n);
            let weights = &mut self.params[span];
            self.norms.clear();
            self.norms.resize(units, 0.0);
            for row in weights.chunks_exact(units) {
                self.norms.iter_mut().zip(row).for_each(|(n, w)| *n += w * w);
            }
            self.norms.iter_mut().for_each(|n| *n = if n.sqrt() > most { most / n.sqrt() } else { 1.0 });
            for row in weights.chunks_exact_mut(units) {
                row.iter_mut().zip(&self.norms).for_each(|(w, n)| *w *= n);
            }
        }
    }

    /// Takes the change of running statistics out of the gradient, so that no rule for parameters sees it.
    fn take_statistics(&mut self) {
        self.statistics.clear();
        for span in self.network.statistics() {
            let change = &mut self.grad[span.clone()];
            self.statistics.extend(self.params[span].iter().zip(&*change).map(|(p, g)| p + g));
            change.fill(0.0);
        }
    }

    /// Puts running statistics where the step has left them, whatever the optimizer has done there.
    fn put_statistics(&mut self) {
        let mut left = &self.statistics[..];
        for span in self.network.statistics() {
            let (own, rest) = left.split_at(span.len());
            self.params[span].copy_from_slice(own);
            left = rest;
        }
    }

    fn learning_rate(&self, epoch: f64) -> f32 {
        let warm = if self.settings.warmup > 0.0 { (epoch / self.settings.warmup).min(1.0) } else { 1.0 };
        (self.settings.lr * warm * self.rules.schedule.factor(epoch, self.settings.epochs) * self.heard.factor) as f32
    }

    fn apply_hold(&mut self) {
        for (p, k) in self.params.iter_mut().zip(&self.keep) {
            *p *= k;
        }
        if let Some(extra) = &mut self.extra {
            extra.hold(&self.keep);
        }
    }
}

#[cfg(test)]
mod tests;
