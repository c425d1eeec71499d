//! Networks, rules and data that together use every member of the engine's lists.

#![allow(dead_code, reason = "each test binary uses a part")]

use whittle::engine::{
    activations,
    catalog::Pick,
    data::Samples,
    layers,
    losses::{self, Loss},
    network::Network,
    optimizers::{self, Optimizer},
    rng::Rng,
    shape::Shape,
    train::Rounding,
};

/// A network with the mini-batch that it is run with.
pub struct Case {
    pub name: String,
    pub network: Network,
    pub batch: usize,
}

/// A name, a loss and an optimizer.
pub type Rule = (String, Box<dyn Loss>, Box<dyn Optimizer>);

impl Case {
    /// `n` samples for it; see [`samples`].
    pub fn samples(&self, n: usize, classes: bool) -> Samples {
        let mut data = samples(self.network.input().len(), n, classes);
        if self.reads_tokens() {
            // Some that are no whole numbers, below zero and beyond the table.
            let tokens = self.network.output().len() as f32 + 1.0;
            data.inputs.iter_mut().for_each(|x| *x = (*x + 0.9) / 1.9 * tokens);
        }
        data
    }

    fn reads_tokens(&self) -> bool {
        self.network.nodes().first().is_some_and(|node| node.layer.first())
    }
}

fn case(name: &str, picks: &[Pick], input: &[usize], batch: usize) -> Case {
    Case { name: name.into(), network: Network::new(picks, &Shape(input.to_vec())).expect(name), batch }
}

pub fn dense(units: usize) -> Pick {
    Pick::new("dense").with("units", units as f64)
}

/// The end of a skip connection around `back` layers.
pub fn add(back: usize) -> Pick {
    Pick::new("add").with("back", back as f64)
}

/// Layers without a shader: networks with one train on the CPU alone.
pub const CPU_ONLY: &[&str] = layers::LISTING.cpu_only;

/// Every layer that has shaders and every activation, at the front, in the middle and at the end, and awkward sizes. Those that train with every optimizer
/// are small, convolutions with some tiles of rows, the last not full: a software GPU computes whole tiles.
pub fn networks() -> Vec<Case> {
    let mut all = Vec::new();
    for entry in layers::CATALOG.entries.iter().filter(|entry| !CPU_ONLY.contains(&entry.key)) {
        let (me, conv) = (Pick::new(entry.key), Pick::new("conv2d").with("filters", 8.0));
        let tanh = Pick::new("tanh");
        if entry.key == layers::EMBEDDING {
            all.push(case("embedding at the front", &[me.with("size", 5.0), Pick::new("tanh"), dense(3)], &[7], 3));
            continue;
        }
        // A connection around the layer before it.
        let adds = entry.key == "add";
        let me = if adds { add(1) } else { me };
        // Without ReLU and with more than a few channels: those of a pixel that are all next to zero are what a normalization multiplies by hundreds, and runs part
        // from themselves, on the CPU as well, when a first weight changes in its last bit.
        let image = [conv, tanh.clone(), me.clone(), Pick::new("flatten"), dense(3)];
        all.push(case(&format!("{} in the middle", entry.key), &image, &[4, 5, 2], 3));
        let front = [tanh.clone(), me, tanh, dense(3)];
        all.push(case(&format!("{} at the front", entry.key), &front[usize::from(!adds)..], &[5, 4, 1], 3));
    }
    for entry in activations::CATALOG.entries {
        let me = Pick::new(entry.key);
        let picks = [me.clone(), dense(7), me.clone(), me.clone(), dense(3), me];
        all.push(case(&format!("{} everywhere", entry.key), &picks, &[5], 9));
    }
    let conv = |filters: usize, kernel: usize, stride: usize, padding: usize| {
        let pick = Pick::new("conv2d").with("filters", filters as f64).with("kernel", kernel as f64);
        pick.with("stride", stride as f64).with("padding", padding as f64)
    };
    let pool = |key: &str, size: usize, stride: usize| Pick::new(key).with("size", size as f64).with("stride", stride as f64);
    let gelu = Pick::new("gelu");
    let strided = [conv(5, 4, 2, 0), gelu.clone(), pool("maxpool", 3, 1), gelu.clone(), conv(17, 2, 1, 1), pool("avgpool", 2, 3), dense(3)];
    all.push(case("strides and overlaps", &strided, &[13, 11, 3], 3));
    let wide = [dense(130), Pick::new("relu"), Pick::new("dropout"), dense(65), Pick::new("silu"), Pick::new("dropout"), dense(3)];
    all.push(case("wider than tiles", &wide, &[70], 33));
    // Just as many large tiles as it takes to be given them, 2 by 33, the last in each direction with a row or two: a software GPU takes its time.
    all.push(case("large tiles", &[dense(2049), Pick::new("tanh"), dense(3)], &[70], 66));
    all.push(case("one number", &[dense(1)], &[1], 1));
    all.extend(blocks());
    all.extend(transformers());
    all
}

/// Normalizations and skip connections as they are used, at awkward sizes: a last mini-batch of one row, sums in parts of which the last is shorter, connections
/// from the input, within and around each other, over dropout and pooling, and to values that have an activation behind them.
fn blocks() -> Vec<Case> {
    let [norm, rows, relu, flatten] = ["batchnorm", "layernorm", "relu", "flatten"].map(Pick::new);
    let conv = |filters: usize| Pick::new("conv2d").with("filters", filters as f64);
    let (gelu, dropout) = (Pick::new("gelu"), Pick::new("dropout").with("rate", 0.2));
    let pool = |size: u32, stride: u32| Pick::new("maxpool").with("size", f64::from(size)).with("stride", f64::from(stride));
    vec![
        // 137 samples in mini-batches of 8: the last of each epoch is one row, which is normalized by running statistics.
        case("batchnorm of single rows", &[norm.clone(), dense(7), relu.clone(), norm.clone(), gelu.clone(), dense(3)], &[6], 8),
        // Right behind a layer, the gradient by its biases is zero but for rounding, of which some optimizers make whole steps. Running means, which go along, are a
        // step behind, so here no mini-batch may be normalized by them.
        case("batchnorm of rows", &[dense(7), norm.clone(), relu.clone(), dense(5), norm.clone(), gelu.clone(), dense(3)], &[6], 9),
        case("batchnorm twice", &[norm.clone().with("momentum", 0.5), dense(5), norm.clone(), norm.clone(), dense(3)], &[4], 16),
        case(
            "batchnorm of an image",
            &[conv(6), norm.clone(), relu.clone(), conv(5), norm.clone(), gelu.clone(), flatten.clone(), dense(3)],
            &[7, 9, 1],
            9,
        ),
        case("layernorm of rows", &[dense(9), rows.clone(), gelu.clone(), dense(3), rows.clone()], &[6], 8),
        case(
            "add around blocks",
            &[dense(6), relu.clone(), dense(6), relu.clone(), dense(6), add(3), relu.clone(), add(5), dense(3)],
            &[6],
            8,
        ),
        case(
            "add of the input",
            &[dense(5), add(1), rows.clone(), relu.clone(), dropout.clone(), dense(5), add(6), add(4), dense(3)],
            &[5],
            8,
        ),
        // Rows of 200 numbers; 2,277 rows of 6 channels, in several parts.
        case("wide rows", &[dense(200), rows, gelu.clone(), dense(65), norm.clone(), relu.clone(), dense(3)], &[9], 33),
        case(
            "many rows",
            &[
                conv(6),
                norm.clone(),
                relu.clone(),
                conv(6),
                norm.clone(),
                add(3),
                relu.clone(),
                pool(3, 2),
                norm,
                dropout,
                pool(1, 1),
                add(2),
                flatten,
                dense(3),
            ],
            &[9, 23, 2],
            11,
        ),
    ]
}

/// Networks of tokens and attention: several heads and one, causal and not, a single position, and positions, channels and heads that fill tiles and do not.
fn transformers() -> Vec<Case> {
    let embedding = |size: usize| Pick::new("embedding").with("size", size as f64);
    let attention = |heads: usize, mask: f64| Pick::new("attention").with("heads", heads as f64).with("mask", mask);
    let pixel = |filters: usize| Pick::new("conv2d").with("filters", filters as f64).with("kernel", 1.0);
    let (position, gelu, pool) = (|| Pick::new("position"), || Pick::new("gelu"), || Pick::new("globalpool"));
    // What bounds values between layers keeps a run from being chaotic: without that the CPU parts as far from itself when its first weights change in their
    // last bit, and a comparison over a hundred steps says nothing.
    let tanh = || Pick::new("tanh");
    let small = [
        embedding(6),
        position(),
        tanh(),
        attention(3, 1.0),
        tanh(),
        pixel(10),
        gelu(),
        pixel(6),
        tanh(),
        attention(2, 0.0),
        tanh(),
        pool(),
        Pick::new("dropout"),
        dense(3),
    ];
    let long = [embedding(10), position(), Pick::new("tanh"), attention(2, 1.0), Pick::new("flatten"), dense(65)];
    vec![
        case("transformer, small", &small, &[9], 5),
        case("transformer, 65 positions and tokens", &long, &[65], 3),
        case("transformer, one position", &[embedding(6), position(), attention(1, 1.0), attention(6, 0.0), dense(3)], &[1], 4),
        case(
            "transformer, large tiles",
            &[attention(2, 1.0), pixel(5), Pick::new("tanh"), attention(1, 0.0), pool(), dense(3)],
            &[65, 1, 66],
            8,
        ),
    ]
}

/// Every loss with every optimizer that the GPU computes, all settings at their defaults, and with settings that change what is computed.
pub fn rules() -> Vec<Rule> {
    let picks = losses::CATALOG.entries.iter().map(|e| Pick::new(e.key));
    let losses = picks.chain([Pick::new("cross-entropy").with("smoothing", 0.1), Pick::new("focal").with("gamma", 0.0)]);
    let losses: Vec<_> = losses.filter(|pick| rule(pick, &Pick::new("sgd")).1.wgsl(3).is_some()).collect();
    losses.iter().flat_map(|l| optimizer_picks().into_iter().map(move |o| rule(l, &o))).collect()
}

/// Every optimizer that the GPU computes, plainly and with its switches on.
pub fn optimizer_picks() -> Vec<Pick> {
    let picks = optimizers::CATALOG.entries.iter().map(|e| Pick::new(e.key));
    picks
        .chain([
            Pick::new("rmsprop").with("momentum", 0.5).with("centered", 1.0),
            Pick::new("momentum").with("dampening", 0.5),
            Pick::new("nadam").with("momentum-decay", 0.1),
            Pick::new("adagrad").with("initial", 0.1).with("lr-decay", 0.01),
            Pick::new("momentum").with("weight-decay", 0.1),
        ])
        .filter(|pick| rule(&Pick::new("mse"), pick).2.wgsl().is_some())
        .collect()
}

/// What quantization-aware training may round to: every way to choose a step size, per unit and per layer, with floats and with 8 bits
/// coming in.
pub fn roundings() -> Vec<Rounding> {
    let all = [1, 2, 3, 4, 8].into_iter().enumerate();
    all.flat_map(|(i, bits)| [false, true].map(|activations| Rounding::plain(bits, activations == i.is_multiple_of(2), activations)))
        .collect()
}

pub fn rule(loss: &Pick, optimizer: &Pick) -> Rule {
    let (entry, values) = losses::CATALOG.resolve(loss).expect("a loss");
    let made = (entry.build)(&values);
    let (entry, values) = optimizers::CATALOG.resolve(optimizer).expect("an optimizer");
    (format!("{loss:?}, {optimizer:?}"), made, (entry.build)(&values))
}

/// `n` random samples: three classes that a line divides, or that line's height as a value.
pub fn samples(inputs: usize, n: usize, classes: bool) -> Samples {
    let mut rng = Rng::new(11, 0);
    let mut data = Samples { len: n, ..Samples::default() };
    for _ in 0..n {
        let row: Vec<f32> = (0..inputs).map(|_| rng.range(-1.0, 1.0)).collect();
        let height: f32 = row.iter().take(3).sum();
        match classes {
            true => data.classes.push(u32::from(height > -0.5) + u32::from(height > 0.5)),
            false => data.values.push(height),
        }
        data.inputs.extend(row);
    }
    data
}
