//! From an experiment to a trainer, and from a changed experiment to a trainer that goes on.

use super::optimize;
use crate::{
    engine::{
        catalog::{Catalog, Pick},
        data::Dataset,
        error::SpecError,
        initializers, layers,
        losses::{self, Loss},
        network::Network,
        optimizers,
        pruning::{Manual, criteria::movement},
        rng::Rng,
        schedules,
        train::{Augment, Average, Controls, Note, Rules, Settings, Trainer},
    },
    experiment::{BATCH, ByHand, Compress, Experiment, plan, plan_by},
};

/// Stream of the seed from which first weights are drawn.
const INIT_STREAM: u64 = 0;

/// A trainer at step 0. Errors: whatever of the experiment cannot be used, at its field.
pub(super) fn trainer(experiment: &Experiment, data: &Dataset) -> Result<Trainer, SpecError> {
    super::teachers::check(experiment)?;
    let mut trainer = trainer_of(network(experiment, data)?, rules(experiment, data)?, &initializers::CATALOG, experiment, data)?;
    trainer.fake_quantize(optimize::rounding(&experiment.compress));
    trainer.take_note(note(&experiment.compress));
    trainer.set_extra(controls(experiment).extras(experiment.seed), false);
    Ok(trainer)
}

/// The network of `experiment` for `data`. A mini-batch takes in no more samples than there are, so that is what has to fit into memory. Errors: as [`plan`].
fn network(experiment: &Experiment, data: &Dataset) -> Result<Network, SpecError> {
    let mut taken = experiment.clone();
    taken.train.batch = taken.train.batch.min(data.train.len.max(1));
    plan(&taken, &data.shape, &data.task)
}

/// As [`trainer`], of what a run begins with before all is loaded: layers that see rows of numbers, and the rules that most runs take.
pub(super) fn first_trainer(experiment: &Experiment, data: &Dataset) -> Result<Trainer, SpecError> {
    let network = plan_by(layers::build_rows, experiment, &data.shape, &data.task)?;
    let rules = rules_of((&losses::FIRST, &optimizers::FIRST, &schedules::FIRST), experiment)?;
    trainer_of(network, rules, &initializers::FIRST, experiment, data)
}

/// As [`trainer`], of this network by these rules, with nothing rounded and nothing noted.
fn trainer_of(
    network: Network,
    rules: Rules,
    inits: &Catalog<initializers::Build>,
    experiment: &Experiment,
    data: &Dataset,
) -> Result<Trainer, SpecError> {
    let params = first_params(&network, inits, &experiment.init, experiment.seed)?;
    Ok(Trainer::new(network, params, data.task.clone(), settings(experiment), rules, experiment.seed))
}

/// The first parameters that `init`, one of `inits`, draws by a seed. Errors: an initializer or a setting that does not exist.
pub(super) fn first_params(network: &Network, inits: &Catalog<initializers::Build>, init: &Pick, seed: u64) -> Result<Vec<f32>, SpecError> {
    let (init, values) = inits.resolve(init)?;
    Ok(network.init((init.build)(&values).as_ref(), &mut Rng::new(seed, INIT_STREAM)))
}

/// A trainer for some more epochs of a network of `picks` with these `params`, beginning with the share `rate` of the experiment's learning rate, which
/// falls to zero along half a cosine. Everything else is as the experiment says, but that samples stay as they are and weights are not averaged. Errors: as [`trainer`].
pub(super) fn tuner(
    experiment: &Experiment,
    data: &Dataset,
    picks: &[Pick],
    params: Vec<f32>,
    (epochs, rate): (f64, f64),
) -> Result<Trainer, SpecError> {
    let network = Network::new(picks, &data.shape)?;
    let settings = settings(experiment);
    let settings = Settings { lr: settings.lr * rate, epochs, warmup: 0.0, ..settings };
    let (schedule, values) = schedules::CATALOG.resolve(&Pick::new("cosine"))?;
    let rules = Rules { schedule: (schedule.build)(&values), ..rules(experiment, data)? };
    let mut trainer = Trainer::new(network, params, data.task.clone(), settings, rules, experiment.seed);
    // Samples stay as they are, since a teacher has answered to them; and the last weights are the ones to go on with.
    let controls = Controls { mixup: 0.0, augment: Augment::default(), average: Average::Off, ..controls(experiment) };
    trainer.set_extra(controls.extras(experiment.seed), false);
    Ok(trainer)
}

/// What a step does beyond the plain one.
fn controls(experiment: &Experiment) -> Controls {
    let t = &experiment.train;
    let from = t.average_from as f64;
    Controls {
        clip: t.clip,
        clip_value: t.clip_value,
        noise: t.noise,
        sam: t.sam,
        mixup: t.mixup,
        augment: Augment { shift: t.shift as u32, flip: t.flip != 0, rotate: t.rotate },
        average: match t.average {
            0 => Average::Off,
            1 => Average::Exponential { decay: t.decay, from },
            _ => Average::Equal { from },
        },
    }
}

/// What is noted of each step.
fn note(compress: &Compress) -> Option<Note> {
    (compress.criterion.key == movement::KEY).then_some(movement::note)
}

fn settings(experiment: &Experiment) -> Settings {
    let t = &experiment.train;
    Settings { lr: t.lr, batch: t.batch, epochs: t.epochs, warmup: t.warmup, l1: t.l1, l2: t.l2, max_norm: t.max_norm }
}

fn rules(experiment: &Experiment, data: &Dataset) -> Result<Rules, SpecError> {
    if experiment.optimizer.key == optimizers::FULL_BATCH {
        full_batch(experiment, data)?;
    }
    let lists = (&losses::CATALOG, &optimizers::CATALOG, &schedules::CATALOG);
    Ok(Rules { loss: loss(experiment, data)?, ..rules_of(lists, experiment)? })
}

/// Whether an optimizer that goes by the exact loss and gradient is given them. Errors: mini-batches of less than all training samples, or something that changes the gradient alone.
fn full_batch(experiment: &Experiment, data: &Dataset) -> Result<(), SpecError> {
    let refused = |field: &str, reason: String| Err(SpecError::Incompatible { field: field.into(), reason });
    let (train, len) = (&experiment.train, data.train.len);
    if train.batch < len {
        let most = BATCH.range.1 as usize;
        let do_so = if len > most {
            format!("and {len} are more than the largest batch, {most}: choose another optimizer, or fewer samples")
        } else {
            format!("set {len} or more")
        };
        return refused("batch", format!("L-BFGS goes by all training samples at each step: {do_so}"));
    }
    for (field, set) in [("sam", train.sam), ("clip", train.clip), ("clipvalue", train.clip_value), ("gradnoise", train.noise)] {
        if set != 0.0 {
            return refused(field, "L-BFGS goes by the gradient as it is: set this to 0".into());
        }
    }
    if experiment.compress.qat != 0 {
        return refused("qat", "L-BFGS looks at floats, and quantization-aware training rounds them: use one of the two".into());
    }
    Ok(())
}

/// Catalogues of losses, optimizers and schedules.
type Lists<'a> = (&'a Catalog<losses::Build>, &'a Catalog<optimizers::Build>, &'a Catalog<schedules::Build>);

/// The rules that an experiment picks from these lists.
fn rules_of((losses, optimizers, schedules): Lists<'_>, experiment: &Experiment) -> Result<Rules, SpecError> {
    let (loss, loss_values) = losses.resolve(&experiment.loss)?;
    let (optimizer, optimizer_values) = optimizers.resolve(&experiment.optimizer)?;
    let (schedule, schedule_values) = schedules.resolve(&experiment.schedule)?;
    Ok(Rules {
        loss: (loss.build)(&loss_values),
        optimizer: (optimizer.build)(&optimizer_values),
        optimizer_key: optimizer.key.into(),
        schedule: (schedule.build)(&schedule_values),
    })
}

/// The loss of an experiment on `data`. Errors: a loss or a setting that does not exist; a formula that cannot be read.
pub(super) fn loss(experiment: &Experiment, data: &Dataset) -> Result<Box<dyn Loss>, SpecError> {
    let (loss, values) = losses::CATALOG.resolve(&experiment.loss)?;
    let loss = if loss.key == losses::CUSTOM { losses::custom(&experiment.formula, &data.task)? } else { (loss.build)(&values) };
    Ok(if experiment.train.balance == 0 { loss } else { losses::balanced(loss, &data.train.classes, data.task.outputs()) })
}

/// Takes over what can change mid-run. Errors: a value that cannot be used; the trainer is as it was then.
pub(super) fn retune(trainer: &mut Trainer, data: &Dataset, old: &Experiment, new: &Experiment) -> Result<(), SpecError> {
    let wanted = network(new, data)?;
    let fresh = rules(new, data)?;
    let layers: Vec<Pick> = wanted.nodes().iter().map(|n| n.pick.clone()).collect();
    if old.model != new.model && !trainer.network.retune(&layers) {
        return Err(SpecError::Incompatible { field: "model".into(), reason: "other layers need a new run".into() });
    }
    trainer.settings = settings(new);
    trainer.fake_quantize(optimize::rounding(&new.compress));
    trainer.take_note(note(&new.compress));
    trainer.rules.loss = fresh.loss;
    if controls(old) != controls(new) {
        let kept = (old.train.average, old.train.average_from) == (new.train.average, new.train.average_from);
        trainer.set_extra(controls(new).extras(new.seed), kept);
    }
    trainer.set_schedule(fresh.schedule, old.schedule.key != new.schedule.key);
    if old.optimizer != new.optimizer {
        trainer.set_optimizer(&fresh.optimizer_key, fresh.optimizer);
    }
    Ok(())
}

/// Links by hand as the weights they are made of.
pub(super) fn by_hand(network: &Network, hand: &ByHand) -> Manual {
    let mut manual = Manual::default();
    for (link, keep) in hand.links() {
        // A link to a recurrent unit leads to all its gates, which lie as many columns apart as there are units.
        let units = network.units(link.layer).max(1);
        for row in network.link_rows(link.layer, link.from) {
            let mut to = link.to;
            while manual.set(network, link.layer, row, to, keep) {
                to += units;
            }
        }
    }
    manual
}

/// A learning rate to try when `lr` has diverged: a tenth, as a round number.
pub(super) fn calmer(lr: f64) -> f64 {
    let exponent = libm::floor(libm::log10(lr / 10.0));
    let unit = libm::pow(10.0, exponent);
    let digits = libm::round(lr / 10.0 / unit);
    // Dividing by a power of ten instead of multiplying by a fraction keeps the text short: 0.003, not 0.0030000000000000005.
    if exponent < 0.0 { digits / libm::pow(10.0, -exponent) } else { digits * unit }
}

#[cfg(test)]
mod tests {
    use super::calmer;

    #[test]
    fn calmer_rates_are_round() {
        assert_eq!(calmer(0.03), 0.003);
        assert_eq!(calmer(10.0), 1.0);
        assert_eq!(calmer(0.0271), 0.003);
    }
}
