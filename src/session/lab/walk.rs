//! A step of training on one sample, on a copy of the trainer, with all its numbers.

use super::{Bench, Work, sums::sums};
use crate::{
    engine::{
        data::{Dataset, Task},
        error::SpecError,
        layers::Op,
        network::Node,
        optimizers,
        rng::Rng,
        train::{Trainer, Watched},
    },
    experiment::Experiment,
    protocol::{LabNews, Move, Numbers, Walk, WalkLayer, WalkTensor},
    session::{build, clock::Clock},
};

/// Stream of the seed from which samples are drawn.
const STREAM: u64 = 44 << 32;
/// Parameters of a tensor whose update is shown.
const MOVES: usize = 12;
/// Outputs up to which a loss's formula is filled in.
const FILLED: usize = 6;

/// The step that was asked for.
pub(super) struct Step {
    trainer: Trainer,
    sample: usize,
    walk: Walk,
}

impl Step {
    /// On training sample `sample`, or one that is drawn. Errors: an optimizer that goes by all samples; whatever of the experiment cannot be used.
    pub fn new(sample: Option<usize>, draw: u64, bench: &Bench<'_>) -> Result<Self, SpecError> {
        let refused = |field: &str, reason: String| SpecError::Incompatible { field: field.into(), reason };
        if bench.experiment.optimizer.key == optimizers::FULL_BATCH {
            return Err(refused("opt", "L-BFGS goes by all training samples at each step: one alone shows nothing of it".into()));
        }
        let mut trainer = build::trainer(bench.experiment, bench.data)?;
        trainer.restore(&bench.trainer.snapshot()).map_err(|reason| refused("model", reason))?;
        let len = bench.data.train.len;
        let drawn = || Rng::new(bench.experiment.seed, STREAM.wrapping_add(draw)).below(len as u32) as usize;
        let sample = sample.map_or_else(drawn, |sample| sample.min(len.saturating_sub(1)));
        Ok(Self { trainer, sample, walk: Walk::default() })
    }
}

impl Work for Step {
    fn advance(&mut self, bench: &Bench<'_>, _: &dyn Clock) -> Result<bool, SpecError> {
        let (data, trainer) = (&**bench.data, &mut self.trainer);
        let rounds = trainer.rounding(data.train.len).is_some();
        let memory = trainer.memory().to_vec();
        let seen = trainer.watch(&data.train, self.sample);
        let nodes = trainer.network.nodes();
        let layers = (0..nodes.len()).map(|i| layer(trainer, i, &seen, &memory)).collect();
        self.walk = Walk {
            step: trainer.step_count(),
            sample: self.sample,
            of: data.train.len,
            input: Numbers::cut(&trainer.network.input().0, &seen.input),
            wanted: wanted(data, self.sample),
            layers,
            loss_key: bench.experiment.loss.key.clone(),
            loss: seen.report.loss,
            filled: filled(bench.experiment, data, self.sample, &seen),
            optimizer: trainer.rules.optimizer_key.clone(),
            settings: bench.experiment.optimizer.params.clone(),
            lr: seen.report.lr,
            notes: notes(bench.experiment, &seen, rounds),
        };
        Ok(true)
    }

    fn news(&self) -> LabNews {
        LabNews::Walk(Box::new(self.walk.clone()))
    }
}

fn layer(trainer: &Trainer, i: usize, seen: &Watched, memory: &[Vec<f32>]) -> WalkLayer {
    let nodes = trainer.network.nodes();
    let (node, watched) = (&nodes[i], &seen.layers[i]);
    let before = i.checked_sub(1).map_or(trainer.network.input(), |last| nodes[last].layer.output());
    let output = &node.layer.output().0;
    let tensors = node.tensors.iter().map(|(spec, span)| WalkTensor {
        name: spec.name.into(),
        statistic: spec.role.is_statistic(),
        used: Numbers::cut(&spec.shape, &seen.used[span.clone()]),
        gradient: if spec.role.is_statistic() { Numbers::default() } else { Numbers::cut(&spec.shape, &seen.loss_gradient[span.clone()]) },
        moves: moves(trainer, &spec.shape, span.start, span.len(), seen, memory),
        count: span.len(),
    });
    WalkLayer {
        key: node.pick.key.clone(),
        input: Numbers::cut(&before.0, &watched.input),
        output: Numbers::cut(output, &watched.output),
        gradient: Numbers::cut(output, &watched.gradient),
        tensors: tensors.collect(),
        sums: sums(node, i, seen, &|shape, start, at| moved(trainer, (shape, start), at, seen, memory)),
        note: note(node).into(),
    }
}

/// What the update did to the parameters from `start` on that it moved furthest; of equals, to the first.
fn moves(trainer: &Trainer, shape: &[usize], start: usize, len: usize, seen: &Watched, memory: &[Vec<f32>]) -> Vec<Move> {
    let far = |i: &usize| (trainer.params[*i] - seen.before[*i]).abs();
    let mut order: Vec<usize> = (start..start + len).collect();
    order.sort_by(|a, b| far(b).total_cmp(&far(a)));
    order.truncate(MOVES);
    order.into_iter().map(|i| moved(trainer, (shape, start), i - start, seen, memory)).collect()
}

/// What the update did to number `at` of the tensor of this `shape` that begins at `start`.
fn moved(trainer: &Trainer, (shape, start): (&[usize], usize), at: usize, seen: &Watched, memory: &[Vec<f32>]) -> Move {
    let i = start + at;
    Move {
        place: place(shape, at),
        before: seen.before[i],
        gradient: seen.gradient[i],
        memory: memory.iter().zip(trainer.memory()).map(|(before, after)| (before[i], after[i])).collect(),
        after: trainer.params[i],
    }
}

/// The index of number `at` in each dimension.
fn place(shape: &[usize], mut at: usize) -> Vec<usize> {
    let mut place = vec![0; shape.len()];
    for (place, size) in place.iter_mut().zip(shape).rev() {
        (*place, at) = (at % size, at / size);
    }
    place
}

fn wanted(data: &Dataset, sample: usize) -> String {
    match &data.task {
        Task::Classes(names) => {
            let class = data.train.classes.get(sample).map_or(0, |class| *class as usize);
            names.get(class).cloned().unwrap_or_else(|| class.to_string())
        }
        Task::Value { .. } => data.train.values.get(sample).map_or_else(String::new, |value| format!("{value:.4}")),
    }
}

/// The formula of the loss with the numbers of this step.
fn filled(experiment: &Experiment, data: &Dataset, sample: usize, seen: &Watched) -> String {
    let t = &experiment.train;
    let output = seen.layers.last().map_or(&[][..], |layer| &layer.output);
    // With these the formula has more numbers than the sample's own.
    if t.mixup != 0.0 || t.balance != 0 || seen.looks > 1 || output.is_empty() || output.len() > FILLED {
        return String::new();
    }
    let class = data.train.classes.get(sample).map(|class| *class as usize);
    let target =
        |o: usize| class.map_or_else(|| data.train.values.get(sample).copied().unwrap_or_default(), |c| f32::from(u8::from(c == o)));
    let loss = seen.report.loss;
    let terms =
        |around: fn(f32, f32) -> String| output.iter().enumerate().map(|(o, z)| around(*z, target(o))).collect::<Vec<_>>().join(" + ");
    let mean = |sum: String| {
        if output.len() > 1 { format!("L = ({sum}) / {} = {loss:.4}", output.len()) } else { format!("L = {sum} = {loss:.4}") }
    };
    match (experiment.loss.key.as_str(), class) {
        ("cross-entropy", Some(class)) if experiment.loss.params.is_empty() => {
            let powers = output.iter().map(|z| format!("e^{z:.3}")).collect::<Vec<_>>().join(" + ");
            let z = output.get(class).copied().unwrap_or_default();
            format!("L = −ln( e^{z:.3} / ({powers}) ) = −ln {:.4} = {loss:.4}", libm::exp(-f64::from(loss)))
        }
        ("mse", _) => mean(terms(|z, y| format!("({z:.3} − {y:.3})²"))),
        ("mae", _) => mean(terms(|z, y| format!("|{z:.3} − {y:.3}|"))),
        _ => String::new(),
    }
}

/// What is to be known of a layer in a step on one sample.
fn note(node: &Node) -> &'static str {
    match (node.pick.key.as_str(), node.layer.op()) {
        ("dropout", _) => "Dropout is on, as in every step of training: what it drops is 0, and the rest is scaled up.",
        _ if node.layer.whole_batch() => {
            "Batch normalization takes mean and variance over the mini-batch. Of one sample alone a unit's variance is 0 and its output the shift β; over the positions of an image there is more to see."
        }
        (_, Op::Exit { .. }) => "Hands its input on; the head's own loss joins on the way back.",
        _ => "",
    }
}

/// What makes this step differ from those of the run, or from the formulas.
fn notes(experiment: &Experiment, seen: &Watched, rounds: bool) -> Vec<String> {
    let t = &experiment.train;
    let on = |is: bool, words: &str| is.then(|| words.to_string());
    let moved = t.shift != 0 || t.flip != 0 || t.rotate != 0.0;
    [
        on(true, &format!("This is a mini-batch of one on a copy. A step of the run takes the mean over {} samples.", t.batch)),
        on(rounds, "Quantization-aware training is on: layers compute with rounded weights and inputs, and the update moves the floats behind them."),
        on(moved, "Augmentation is on: what comes in is the image as this step moves it."),
        on(t.mixup != 0.0, "Mixup finds nobody to mix with in a mini-batch of one."),
        on(t.l1 != 0.0 || t.l2 != 0.0, "Penalties on weights join the gradient before the update."),
        on(t.clip != 0.0 || t.clip_value != 0.0 || t.noise != 0.0, "The gradient is bounded, or noise joins it, before the update."),
        on(t.distill != 0.0, "Teachers are left out: the loss is that of the label."),
        on(t.balance != 0, "The loss weighs classes against their frequency."),
        on(seen.looks > 1, "The step looks twice: layers and gradients are of the second look, at weights moved uphill; the loss is of the first."),
        on(t.max_norm != 0.0, "After the update, weights into a unit that are longer than the limit are scaled down."),
    ]
    .into_iter()
    .flatten()
    .collect()
}
