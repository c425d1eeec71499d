//! CPU or GPU: a model of what a training step costs on each, from figures measured on this device.
//!
//! On the CPU a step's time is measured, on the very run. On the GPU it is
//!
//! `D·d + 6·M·B / P + R / n`
//!
//! with `D` dispatches of `d` ms each; `M` multiply-accumulates a sample forward, `B` samples, 2 floating-point operations each, forward and for two
//! gradients, at `P` operations a ms; and a round trip of `R` ms that `n` steps of a slice share. `d`, `P` and `R` are taken when the GPU is
//! opened ([`Device`]). Small layers use less of a GPU than the product that `P` comes from, so the GPU has to win by a margin, and once it has trained for a
//! while its measured time takes the estimate's place.

use super::accelerator::Status;
use crate::{
    engine::{
        layers::{self, Op},
        network::Network,
        packed::matrix,
        train::Rounding,
    },
    protocol::{Backend, Device, Wanted, Why},
};

/// Steps that take less on the CPU, ms, are not worth opening the GPU for: ten or twenty dispatches take as long.
const SMALL_MS: f64 = 0.25;
/// The activation that is none: a kernel that ends with it can still be given another.
const LINEAR: &str = "linear";
/// How many times faster than the CPU the GPU has to be by its estimate.
const MARGIN: f64 = 1.25;

/// What a step has to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Work {
    /// Multiply-accumulates of a sample, forward.
    pub macs: u64,
    /// Samples.
    pub batch: usize,
    /// Dispatches on the GPU.
    pub dispatches: usize,
    /// Steps of a slice, at most.
    pub slice: usize,
}

/// What a run has found out so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Facts {
    /// A step on the CPU, ms.
    pub cpu_ms: Option<f64>,
    /// A step on the GPU, ms.
    pub gpu_ms: Option<f64>,
    /// The GPU was left, because it was slower.
    pub left: bool,
    /// Why this run cannot be on the GPU.
    pub refused: Option<String>,
    /// Why the GPU was lost in it.
    pub lost: Option<String>,
}

/// What to do.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Choice {
    /// Train on this.
    Train(Backend, Why),
    /// Open the GPU; train on the CPU meanwhile unless the user wants the GPU.
    Open {
        /// Even where it is a program on the CPU.
        software: bool,
    },
    /// The GPU that the user wants is being opened.
    Wait,
}

/// The first layer of `network` that only the CPU computes.
pub(super) fn cpu_only(network: &Network) -> Option<usize> {
    network.nodes().iter().position(|node| layers::LISTING.is_cpu_only(&node.pick.key))
}

/// Dispatches of a training step of `network`; `norms` says whether a max-norm holds, `rounding` what quantization-aware training rounds to.
pub(super) fn dispatches(network: &Network, norms: bool, rounding: Option<Rounding>) -> usize {
    let first = network.nodes().iter().position(|n| !n.span.is_empty());
    let after = |layer: usize| first.is_some_and(|first| layer > first);
    let skips: Vec<usize> = (0..network.nodes().len()).filter_map(|layer| network.skip(layer)).collect();
    // Whether an activation may become the end of the kernel before it: not where that has one, or where a skip connection reads what it writes.
    let mut open = false;
    let layer = |(i, node): (usize, &crate::engine::network::Node)| {
        open &= !skips.contains(&i);
        // Forward, by the input, by the weights.
        let all = 1 + usize::from(after(i)) + usize::from(!node.span.is_empty());
        match node.layer.op() {
            Op::Flatten => return 0,
            Op::Identity if node.layer.noise().is_none() => return 0,
            Op::Activation(pick) => {
                let joins = std::mem::replace(&mut open, pick.key == LINEAR);
                return if joins { 0 } else { all };
            }
            _ => open = true,
        }
        match node.layer.op() {
            // Moments, before what is made of them.
            Op::Affine { .. } => 1 + all,
            // Five forward, five to the gradients by the parameters, and one more to what came in.
            Op::Attention(_) => 10 + usize::from(after(i)),
            Op::Add { .. } => all + usize::from(network.skip(i).is_some_and(after)),
            _ => all,
        }
    };
    let layers: usize = network.nodes().iter().enumerate().map(layer).sum();
    let matrices = network.nodes().iter().filter(|n| matrix(&n.layer.op()).is_some()).count();
    // Inputs are rounded one by one, and their ranges follow all at once.
    let inputs = |rounding: Rounding| match network.nodes().iter().filter(|n| rounding.rounds_input(&n.layer.op())).count() {
        0 => 0,
        inputs => inputs + 1,
    };
    // The loss and the update.
    layers + 2 + if norms { network.weights().count() } else { 0 } + rounding.map_or(0, |rounding| matrices + inputs(rounding))
}

/// A step's estimated time on the GPU, ms: see the module.
pub(super) fn gpu_step_ms(device: &Device, work: &Work) -> f64 {
    let operations = 6.0 * work.macs as f64 * work.batch as f64;
    // 10⁹ operations a second are 10⁶ a ms.
    let arithmetic = operations / (1e6 * device.gflops.max(1e-3));
    work.dispatches as f64 * device.dispatch_ms + arithmetic + device.round_trip_ms / work.slice.max(1) as f64
}

/// What `wanted`, the GPU's `status` and the run's `facts` come to.
pub(super) fn choose(wanted: Wanted, status: &Status, facts: &Facts, work: &Work) -> Choice {
    let cpu = |why| Choice::Train(Backend::Cpu, why);
    if wanted == Wanted::Cpu {
        return cpu(Why::Asked);
    }
    if let Some(reason) = &facts.lost {
        return cpu(Why::Lost(reason.clone()));
    }
    if let Some(reason) = &facts.refused {
        return cpu(Why::Refused(reason.clone()));
    }
    let asked = wanted == Wanted::Gpu;
    match status {
        Status::Absent(reason) => cpu(Why::Absent(reason.clone())),
        Status::Closed if asked => Choice::Open { software: true },
        Status::Software(_) if asked => Choice::Open { software: true },
        Status::Opening if asked => Choice::Wait,
        Status::Ready(_) if asked => Choice::Train(Backend::Gpu, Why::Asked),
        // Never by itself.
        Status::Software(name) => cpu(Why::Software(name.clone())),
        Status::Ready(device) if device.software => cpu(Why::Software(device.name.clone())),
        _ => choose_by_time(status, facts, work),
    }
}

fn choose_by_time(status: &Status, facts: &Facts, work: &Work) -> Choice {
    let cpu = |why| Choice::Train(Backend::Cpu, why);
    let Some(cpu_ms) = facts.cpu_ms else { return cpu(Why::Measuring) };
    match (status, facts.gpu_ms) {
        (Status::Ready(_), Some(gpu_ms)) => {
            let backend = if gpu_ms < cpu_ms && !facts.left { Backend::Gpu } else { Backend::Cpu };
            Choice::Train(backend, Why::Measured { cpu_ms, gpu_ms })
        }
        (Status::Ready(device), None) => {
            let gpu_ms = gpu_step_ms(device, work);
            let backend = if gpu_ms * MARGIN < cpu_ms { Backend::Gpu } else { Backend::Cpu };
            Choice::Train(backend, Why::Estimated { cpu_ms, gpu_ms })
        }
        (Status::Opening, _) => cpu(Why::Opening),
        _ if cpu_ms < SMALL_MS => cpu(Why::Small(cpu_ms)),
        _ => Choice::Open { software: false },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine::{catalog::Pick, losses, optimizers, shape::Shape},
        gpu::program::Program,
    };

    fn device() -> Device {
        Device { name: "a GPU".into(), software: false, round_trip_ms: 1.0, dispatch_ms: 0.01, gflops: 1000.0 }
    }

    /// 784-128-64-10 at batch 32.
    const WORK: Work = Work { macs: 109_184, batch: 32, dispatches: 10, slice: 50 };

    fn facts(cpu_ms: f64) -> Facts {
        Facts { cpu_ms: Some(cpu_ms), ..Facts::default() }
    }

    #[test]
    fn the_estimate_adds_up() {
        // Ten dispatches, 21 million operations, a fiftieth of a round trip.
        assert!((gpu_step_ms(&device(), &WORK) - (0.1 + 0.020_963 + 0.02)).abs() < 1e-5);
        assert!(gpu_step_ms(&Device::default(), &WORK).is_finite(), "not even a figure of 0 breaks it");
    }

    #[test]
    fn dispatches_are_those_of_the_program() {
        let dense = |n: u32| Pick::new("dense").with("units", f64::from(n));
        let network = |picks: &[Pick], input: &[usize]| Network::new(picks, &Shape(input.to_vec())).expect("a network");
        let mlp = network(&[dense(128), Pick::new("relu"), dense(64), Pick::new("relu"), dense(10)], &[784]);
        assert_eq!((dispatches(&mlp, false, None), dispatches(&mlp, true, None)), (10, 13));
        let cnn = [Pick::new("conv2d"), Pick::new("relu"), Pick::new("maxpool"), Pick::new("flatten"), Pick::new("dropout"), dense(10)];
        // Three tensors are rounded, three inputs, and ranges follow.
        let rounding = |activations| Some(Rounding::plain(4, true, activations));
        assert_eq!((dispatches(&mlp, false, rounding(false)), dispatches(&mlp, true, rounding(true))), (13, 20));
        // The first layer has no gradient by its input; pooling and dropout have no other.
        assert_eq!(dispatches(&network(&cnn, &[8, 8, 1]), false, None), 2 + 2 + 2 + 3 + 2);
    }

    #[test]
    fn dispatches_of_blocks_are_those_of_the_program() {
        let (loss, values) = losses::CATALOG.resolve(&Pick::new("cross-entropy")).expect("a loss");
        let loss = (loss.build)(&values);
        let (sgd, values) = optimizers::CATALOG.resolve(&Pick::new("sgd")).expect("an optimizer");
        let sgd = (sgd.build)(&values);
        let pick = |key: &str| match key.split_once(':') {
            Some(("dense", units)) => Pick::new("dense").with("units", units.parse().expect("a number")),
            Some((key, back)) => Pick::new(key).with("back", back.parse().expect("a number")),
            None => Pick::new(key),
        };
        for layers in [
            "dense:8 batchnorm relu dense:3",
            "batchnorm tanh dense:8 layernorm gelu dense:3",
            "dense:8 relu dense:8 batchnorm relu dense:8 add:4 relu dense:3",
            "dense:8 add:1 relu dense:3",
            "tanh add:1 dense:5 linear relu tanh dense:3",
            "dense:5 relu add:1 flatten dropout add:2 relu dense:3",
            "dense:5 flatten add:1 linear add:1 relu add:1 layernorm dense:3",
        ] {
            let picks: Vec<Pick> = layers.split(' ').map(pick).collect();
            let network = Network::new(&picks, &Shape(vec![5])).or_else(|_| Network::new(&picks, &Shape(vec![8]))).expect(layers);
            for rounding in [None, Some(Rounding::plain(4, true, true))] {
                let program = Program::rounded_training(&network, &*loss, &*sgd, (9, true), rounding).expect(layers);
                assert_eq!(dispatches(&network, false, rounding), program.kernels.len(), "{layers}, {rounding:?}");
            }
        }
    }

    #[test]
    fn dispatches_of_attention_are_those_of_the_program() {
        let (loss, values) = losses::CATALOG.resolve(&Pick::new("cross-entropy")).expect("a loss");
        let loss = (loss.build)(&values);
        let (optimizer, values) = optimizers::CATALOG.resolve(&Pick::new("adam")).expect("an optimizer");
        let optimizer = (optimizer.build)(&values);
        let dense = Pick::new("dense").with("units", 3.0);
        let (attention, position) = (Pick::new("attention"), Pick::new("position"));
        let tokens = [Pick::new("embedding"), position.clone(), attention.clone(), Pick::new("relu"), attention.clone(), dense.clone()];
        for (picks, input) in [(&tokens[..], vec![7]), (&[position, attention, dense], vec![7, 4])] {
            let network = Network::new(picks, &Shape(input)).expect("a network");
            for rounding in [None, Some(Rounding::plain(4, true, true)), Some(Rounding::plain(8, false, false))] {
                let program =
                    Program::rounded_training(&network, loss.as_ref(), optimizer.as_ref(), (4, true), rounding).expect("a program");
                assert_eq!(dispatches(&network, false, rounding), program.kernels.len(), "{rounding:?}");
                let program = program.with_max_norm(&network).expect("a program");
                assert_eq!(dispatches(&network, true, rounding), program.kernels.len(), "{rounding:?}, a norm");
            }
        }
    }

    #[test]
    fn the_faster_one_is_chosen_by_a_margin_and_then_by_measurement() {
        let ready = Status::Ready(device());
        let backend = |facts: &Facts| match choose(Wanted::Auto, &ready, facts, &WORK) {
            Choice::Train(backend, why) => (backend, why),
            other => panic!("{other:?}"),
        };
        assert_eq!(backend(&Facts::default()), (Backend::Cpu, Why::Measuring));
        assert_eq!(backend(&facts(0.15)).0, Backend::Cpu, "faster by less than the margin");
        assert!(matches!(backend(&facts(1.0)), (Backend::Gpu, Why::Estimated { cpu_ms: 1.0, .. })));
        let slow = Facts { gpu_ms: Some(2.0), ..facts(1.0) };
        assert_eq!(backend(&slow), (Backend::Cpu, Why::Measured { cpu_ms: 1.0, gpu_ms: 2.0 }));
        assert_eq!(backend(&Facts { gpu_ms: Some(0.9), ..facts(1.0) }).0, Backend::Gpu);
        assert_eq!(backend(&Facts { gpu_ms: Some(0.9), left: true, ..facts(1.0) }).0, Backend::Cpu, "not back and forth");
    }

    #[test]
    fn a_gpu_is_opened_only_where_it_may_pay_or_is_wanted() {
        let closed = |wanted, cpu_ms| choose(wanted, &Status::Closed, &facts(cpu_ms), &WORK);
        assert_eq!(closed(Wanted::Auto, 0.08), Choice::Train(Backend::Cpu, Why::Small(0.08)));
        assert_eq!(closed(Wanted::Auto, 1.0), Choice::Open { software: false });
        assert_eq!(closed(Wanted::Gpu, 0.08), Choice::Open { software: true });
        assert_eq!(closed(Wanted::Cpu, 100.0), Choice::Train(Backend::Cpu, Why::Asked));
        assert_eq!(choose(Wanted::Auto, &Status::Opening, &facts(1.0), &WORK), Choice::Train(Backend::Cpu, Why::Opening));
        assert_eq!(choose(Wanted::Gpu, &Status::Opening, &facts(1.0), &WORK), Choice::Wait);
    }

    #[test]
    fn a_software_adapter_is_never_chosen_by_itself() {
        let (found, opened) = (Status::Software("SwiftShader".into()), Status::Ready(Device { software: true, ..device() }));
        for status in [&found, &opened] {
            let choice = choose(Wanted::Auto, status, &facts(100.0), &WORK);
            assert!(matches!(choice, Choice::Train(Backend::Cpu, Why::Software(_))), "{status:?}");
        }
        assert_eq!(choose(Wanted::Gpu, &opened, &facts(0.1), &WORK), Choice::Train(Backend::Gpu, Why::Asked));
        assert_eq!(choose(Wanted::Gpu, &found, &facts(0.1), &WORK), Choice::Open { software: true });
    }

    #[test]
    fn a_run_that_lost_the_gpu_stays_on_the_cpu() {
        let lost = Facts { lost: Some("gone".into()), ..facts(100.0) };
        for wanted in [Wanted::Auto, Wanted::Gpu] {
            assert_eq!(choose(wanted, &Status::Ready(device()), &lost, &WORK), Choice::Train(Backend::Cpu, Why::Lost("gone".into())));
        }
        let refused = Facts { refused: Some("too large".into()), ..facts(100.0) };
        let choice = choose(Wanted::Gpu, &Status::Ready(device()), &refused, &WORK);
        assert_eq!(choice, Choice::Train(Backend::Cpu, Why::Refused("too large".into())));
        let absent = Status::Absent("no adapter".into());
        assert_eq!(choose(Wanted::Auto, &absent, &facts(9.0), &WORK), Choice::Train(Backend::Cpu, Why::Absent("no adapter".into())));
    }
}
