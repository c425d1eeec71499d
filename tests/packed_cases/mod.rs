//! Packed models of one layer in every form, at sizes around those of the GPU's tiles; and whole ones.

#![allow(dead_code, reason = "each test binary uses a part")]

use whittle::{
    engine::{
        layers::{Attention, Conv2dShape, Op},
        packed::{ActivationScale, PackedLayer, PackedModel, Skips, Values, Weights, bias_count, matrix},
        quantization::{bits, max_code},
        rng::Rng,
        shape::Shape,
    },
    kernels::small_floats::Kind,
};

/// A model, and for how many samples.
pub struct Case {
    pub name: String,
    pub model: PackedModel,
    pub batch: usize,
}

/// How a layer's numbers are stored.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// 32, 16, or 1 to 8.
    pub bits: u32,
    /// Which floats 16 bits are.
    pub kind: Kind,
    pub per_channel: bool,
    pub skips: Skips,
    /// The code of zero, where activations are whole numbers.
    pub zero: Option<i32>,
}

/// Activation's step and scales are powers of two: what is computed of whole numbers has no rounding in it.
const STEP: f32 = 1.0 / 64.0;

fn case(name: &str, op: Op, input: &[usize], batch: usize, form: Form) -> Case {
    let (inputs, units) = matrix(&op).expect("a layer with weights");
    let mut rng = Rng::new(7, 0);
    let values = if form.bits == 16 {
        let codes = (0..inputs * units).map(|_| form.kind.encode(rng.range(-1.0, 1.0))).collect();
        Values::Float { kind: form.kind, scales: Vec::new(), codes }
    } else if form.bits == 32 {
        // Of every four of a unit the first two, the middle two, …; with a zero for activations one of them.
        let of_four = |k: usize, n: usize| (k + n) % 4 < if form.zero.is_some() { 1 } else { 2 };
        let mut draw = |k: usize, n: usize| match form.skips {
            Skips::Zeros if rng.uniform() < 0.8 => 0.0,
            Skips::OfFour if !of_four(k, n) => 0.0,
            _ => rng.range(-1.0, 1.0),
        };
        Values::F32((0..inputs * units).map(|at| draw(at / units, at % units)).collect())
    } else {
        let most = max_code(form.bits);
        let codes: Vec<i8> = (0..inputs * units)
            .map(|_| match form.bits {
                1 => {
                    if rng.uniform() < 0.5 {
                        -1
                    } else {
                        1
                    }
                }
                _ if form.skips == Skips::Zeros && rng.uniform() < 0.8 => 0,
                _ => (rng.range(-1.0, 1.0) * (most as f32 + 0.999)) as i8,
            })
            .collect();
        // Shares of large scores are one or nothing.
        let least = if let Op::Attention(_) = op { 9 } else { 4 };
        let scales = (0..if form.per_channel { units } else { 1 }).map(|n| 0.5_f32.powi(least + (n % 5) as i32)).collect();
        Values::Int { bits: form.bits, group: 0, scales, zeros: Vec::new(), codes: bits::pack(&codes, form.bits) }
    };
    let bias = (0..bias_count(&op, units)).map(|n| (n % 9) as f32 / 8.0 - 0.5).collect();
    let weights = Some(Weights { inputs, units, values, skips: form.skips });
    let activation = form.zero.map(|zero| ActivationScale { scale: STEP, zero, bits: 8 });
    let layer = PackedLayer { op, weights, bias, activation };
    let name = format!("{name}, batch {batch}, {form:?}");
    Case { name, model: PackedModel { input: Shape(input.to_vec()), layers: vec![layer] }, batch }
}

fn dense(inputs: usize, units: usize, batch: usize, form: Form) -> Case {
    case(&format!("dense {inputs} to {units}"), Op::Dense { inputs, outputs: units }, &[inputs], batch, form)
}

fn conv(input: (usize, usize, usize), filters: usize, kernel: usize, stride: usize, padding: usize, batch: usize, form: Form) -> Case {
    let out = |edge: usize| (edge + 2 * padding - kernel) / stride + 1;
    let shape = Conv2dShape { input, output: (out(input.0), out(input.1)), filters, kernel, stride, padding };
    let name = format!("convolution {input:?}, {filters} filters of {kernel}, stride {stride}, padding {padding}");
    case(&name, Op::Conv2d(shape), &[input.0, input.1, input.2], batch, form)
}

/// Every width, a scale for the matrix and one a unit, floats and whole numbers with zero at either end, in between, and at neither side.
pub fn forms() -> Vec<Form> {
    let zeros = [None, Some(-128), Some(127), Some(-7), Some(90), Some(0)];
    let mut all: Vec<_> = (1..=8)
        .flat_map(|bits| {
            zeros.iter().enumerate().map(move |(i, zero)| Form {
                bits,
                kind: Kind::F16,
                per_channel: (i + bits as usize).is_multiple_of(2),
                skips: Skips::Nothing,
                zero: *zero,
            })
        })
        .collect();
    for (bits, zero) in [(32, None), (32, Some(3)), (8, None), (4, Some(3))] {
        all.push(Form { bits, kind: Kind::F16, per_channel: true, skips: Skips::Zeros, zero });
    }
    for (skips, zero) in [(Skips::Nothing, None), (Skips::OfFour, None), (Skips::OfFour, Some(0)), (Skips::OfFour, None)] {
        all.push(Form { bits: 32, kind: Kind::F16, per_channel: false, skips, zero });
    }
    all.extend([Kind::F16, Kind::Bf16].map(|kind| Form { bits: 16, kind, zero: None, ..INT8 }));
    all
}

const INT8: Form = Form { bits: 8, kind: Kind::F16, per_channel: true, skips: Skips::Nothing, zero: Some(-20) };

/// What computes in floats whatever its weights are stored as.
const FLOATS: Form = Form { zero: None, ..INT8 };

/// Forms at one size each, sizes in a few forms each.
pub fn cases() -> Vec<Case> {
    let mut all = Vec::new();
    for (i, form) in forms().into_iter().enumerate() {
        // Few rows, and tiles; pixels of whole words, and others.
        all.push(dense(69, 19, if i % 2 == 0 { 1 } else { 3 }, form));
        all.push(dense(69, 19, 18, form));
        all.push(if i % 4 == 0 { conv((4, 5, 8), 5, 2, 1, 0, 1, form) } else { conv((5, 7, 3), 6, 3, 2, 1, 2, form) });
    }
    let few = [
        INT8,
        Form { bits: 16, zero: None, ..INT8 },
        Form { bits: 16, kind: Kind::Bf16, zero: None, ..INT8 },
        Form { bits: 4, ..INT8 },
        Form { bits: 1, ..INT8 },
        Form { bits: 2, zero: None, ..INT8 },
        Form { bits: 32, zero: None, ..INT8 },
        Form { bits: 32, zero: None, skips: Skips::OfFour, ..INT8 },
    ];
    for form in few {
        for inputs in [1, 3, 4, 5, 33, 255, 256, 257] {
            all.push(dense(inputs, 17, 5, form));
        }
        // Few rows, added up by 64 invocations of which some have nothing.
        for inputs in [1, 2, 63, 64, 65, 255, 257, 1025] {
            all.push(dense(inputs, 5, 2, form));
        }
        for (units, batch) in [(1, 1), (15, 16), (16, 15), (17, 17), (1, 33), (33, 4)] {
            all.push(dense(9, units, batch, form));
        }
        // Large tiles, the last ones not full.
        all.push(dense(66, 513, 511, form));
        all.push(conv((17, 16, 4), 33, 3, 1, 1, 16, form));
        all.push(conv((6, 6, 1), 4, 5, 1, 2, 3, form));
        all.push(conv((3, 3, 2), 1, 3, 1, 0, 1, form));
    }
    for form in [Form { bits: 32, ..FLOATS }, Form { bits: 16, ..FLOATS }, FLOATS, Form { bits: 4, per_channel: false, ..FLOATS }] {
        for (positions, channels, heads, causal, batch) in
            [(1, 5, 1, false, 3), (9, 6, 3, true, 1), (33, 10, 2, false, 4), (65, 66, 2, true, 8)]
        {
            let sizes = Attention { positions, channels, heads, causal };
            all.push(case(&format!("{sizes:?}"), Op::Attention(sizes), &[positions, channels], batch, form));
        }
        let (steps, tokens, size) = (7, 4, 5);
        all.push(case("embedding", Op::Embedding { steps, tokens, size }, &[steps], 3, form));
    }
    all
}

/// Samples `[n, I]` that reach beyond what 8 bits hold, some of them half-way between codes.
pub fn samples(model: &PackedModel, n: usize) -> Vec<f32> {
    let mut rng = Rng::new(5, 0);
    let attends = model.layers.iter().any(|layer| matches!(layer.op, Op::Attention(_)));
    let half_way = |v: f32| ((v / STEP).floor() + 0.5) * STEP;
    (0..n * model.input.len())
        .map(|i| {
            let v = rng.range(-4.5, 4.5) * if attends { 0.0625 } else { 1.0 };
            if i % 3 == 0 { half_way(v) } else { v }
        })
        .collect()
}

/// Whether the model's only layer has whole numbers on both sides.
pub fn exact(model: &PackedModel) -> bool {
    let layer = &model.layers[0];
    layer.activation.is_some() && layer.weights.as_ref().is_some_and(|w| matches!(w.values, Values::Int { .. }))
}

/// Whether the model's only layer multiplies floats of 16 bits.
pub fn is_of_16_bits(model: &PackedModel) -> bool {
    !model.layers[0].op.computes_floats()
        && model.layers[0].weights.as_ref().is_some_and(|w| matches!(w.values, Values::Float { .. }) && w.bits() == 16)
}

/// Runs the case on the GPU for all its samples, none, and one. Errors: where it differs from the engine's own runner. Whole numbers have to be the same,
/// since steps and scales are powers of two.
#[cfg(feature = "gpu")]
pub async fn agrees(
    gpu: &std::rc::Rc<whittle::gpu::device::Gpu>,
    case: &Case,
    abilities: whittle::gpu::program::Abilities,
) -> Result<(), String> {
    use whittle::{engine::inference::Runner, gpu::inference::GpuRunner, gpu::program::Packed};
    let Case { name, model, batch } = case;
    let packed = Packed::new(model, *batch, abilities).map_err(|e| format!("{name}: {e}"))?;
    let runner = GpuRunner::of(gpu, &packed).map_err(|e| format!("{name}: {e}"))?;
    for n in [*batch, 0, 1] {
        let x = samples(model, n);
        let got = runner.run(&x).await.map_err(|e| format!("{name}: {e}"))?;
        let mut cpu = Runner::new(model).map_err(|e| format!("{name}: {e}"))?;
        let wanted = cpu.run(&x, n);
        if got.len() != wanted.len() {
            return Err(format!("{name}, {n} samples: {} outputs and not {}", got.len(), wanted.len()));
        }
        for (i, (g, w)) in got.iter().zip(wanted).enumerate() {
            let close = if exact(model) { g == w } else { (g - w).abs() <= 2e-5 * w.abs().max(1.0) };
            if !close {
                return Err(format!("{name}, {n} samples, {abilities:?}: {g} at {i} and not {w}"));
            }
        }
    }
    Ok(())
}
