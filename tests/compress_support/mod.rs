//! Networks, parameters and inputs that the tests of compression share.
#![allow(dead_code, reason = "each test file uses some of it")]

use whittle::engine::{
    catalog::Pick,
    compress::Settings,
    initializers::CATALOG as INITIALIZERS,
    network::{Network, Tape},
    quantization::Format,
    rng::Rng,
    shape::{Role, Shape},
};

pub fn dense(units: usize) -> Pick {
    Pick::new("dense").with("units", units as f64)
}

pub fn conv(filters: usize, kernel: usize, stride: usize, padding: f64) -> Pick {
    Pick::new("conv2d").with("filters", filters as f64).with("kernel", kernel as f64).with("stride", stride as f64).with("padding", padding)
}

pub fn add(back: usize) -> Pick {
    Pick::new("add").with("back", back as f64)
}

/// Networks with batch normalization: behind layers that take it in and others that do not, with skip connections and without.
pub fn normalized() -> Vec<(&'static str, Network)> {
    let (norm, relu) = (|| Pick::new("batchnorm"), || Pick::new("relu"));
    let cases = [
        ("rows", vec![9], vec![dense(8), norm(), relu(), dense(7), Pick::new("dropout"), norm(), Pick::new("tanh"), dense(4)]),
        ("not behind a layer", vec![9], vec![norm(), dense(8), relu(), norm(), dense(7), relu(), dense(4)]),
        (
            "images",
            vec![7, 6, 2],
            vec![
                conv(5, 3, 1, 1.0),
                norm(),
                relu(),
                Pick::new("depthwise").with("padding", 1.0),
                norm(),
                relu(),
                conv(6, 1, 1, 0.0),
                relu(),
                norm(),
                Pick::new("globalpool"),
                dense(3),
            ],
        ),
        ("behind a flatten", vec![5, 5, 2], vec![conv(4, 3, 1, 1.0), relu(), Pick::new("flatten"), norm(), dense(6), relu(), dense(3)]),
        (
            "residual blocks",
            vec![6, 6, 1],
            vec![
                conv(4, 3, 1, 0.0),
                norm(),
                relu(),
                conv(5, 3, 1, 0.0),
                norm(),
                relu(),
                conv(4, 3, 1, 0.0),
                norm(),
                add(6),
                relu(),
                norm(),
                Pick::new("flatten"),
                dense(3),
            ],
        ),
        // What the connection reads is the convolution without its normalization, which so cannot be folded.
        (
            "read before",
            vec![6, 6, 1],
            vec![conv(4, 3, 1, 0.0), norm(), relu(), conv(4, 3, 1, 0.0), add(3), Pick::new("flatten"), dense(3)],
        ),
    ];
    cases.into_iter().map(|(name, input, picks)| (name, Network::new(&picks, &Shape(input)).expect(name))).collect()
}

/// Networks with recurrent layers, on rows of an image and on steps.
pub fn recurrent() -> Vec<(&'static str, Network)> {
    let layer = |key: &str, units: usize, gives: f64| Pick::new(key).with("units", units as f64).with("gives", gives);
    let cases = [
        ("rnn", vec![6, 5, 1], vec![layer("rnn", 9, 0.0), dense(8), Pick::new("relu"), dense(3)]),
        ("lstm", vec![5, 3, 2], vec![layer("lstm", 7, 0.0), dense(3)]),
        ("gru on steps", vec![7, 4], vec![layer("gru", 8, 1.0), Pick::new("layernorm"), layer("lstm", 8, 1.0), add(2), dense(4)]),
        (
            "behind a convolution",
            vec![6, 6, 1],
            vec![conv(4, 3, 1, 0.0), Pick::new("relu"), Pick::new("maxpool"), layer("gru", 6, 1.0), layer("rnn", 5, 0.0), dense(3)],
        ),
    ];
    cases.into_iter().map(|(name, input, picks)| (name, Network::new(&picks, &Shape(input)).expect(name))).collect()
}

/// Networks that look up tokens, and those with attention: on steps, on an image, and in blocks of a transformer.
pub fn attentive() -> Vec<(&'static str, Network)> {
    let attention = |heads: f64, mask: f64| Pick::new("attention").with("heads", heads).with("mask", mask);
    let (norm, position, embedding) = (|| Pick::new("layernorm"), || Pick::new("position"), || Pick::new("embedding").with("size", 6.0));
    let gru = Pick::new("gru").with("units", 5.0);
    let cases = [
        ("embedding", vec![9], vec![embedding(), dense(7)]),
        ("tokens, step by step", vec![8], vec![embedding(), gru, dense(6)]),
        ("attention on steps", vec![7, 4], vec![position(), attention(2.0, 0.0), Pick::new("tanh"), dense(3)]),
        (
            "attention behind a convolution",
            vec![6, 5, 2],
            vec![conv(8, 3, 1, 0.0), Pick::new("relu"), Pick::new("maxpool"), attention(4.0, 0.0), Pick::new("globalpool"), dense(3)],
        ),
        (
            "a transformer",
            vec![8],
            vec![
                embedding(),
                position(),
                norm(),
                attention(3.0, 1.0),
                add(2),
                norm(),
                conv(10, 1, 1, 0.0),
                Pick::new("gelu"),
                conv(6, 1, 1, 0.0),
                add(4),
                dense(9),
            ],
        ),
    ];
    cases.into_iter().map(|(name, input, picks)| (name, Network::new(&picks, &Shape(input)).expect(name))).collect()
}

/// Networks with early exits: in rows and images, on steps, on the input, around and inside skip connections, before and behind normalizations.
pub fn exits() -> Vec<(&'static str, Network)> {
    let (relu, norm, exit, flatten) = (|| Pick::new("relu"), || Pick::new("batchnorm"), || Pick::new("exit"), || Pick::new("flatten"));
    let gru = |units: usize, gives: f64| Pick::new("gru").with("units", units as f64).with("gives", gives);
    let cases = [
        ("rows", vec![9], vec![dense(16), relu(), exit(), dense(8), relu(), exit(), dense(4)]),
        (
            "images",
            vec![8, 7, 2],
            vec![conv(8, 3, 1, 0.0), relu(), exit(), Pick::new("maxpool"), conv(6, 3, 1, 0.0), relu(), exit(), flatten(), dense(3)],
        ),
        ("skip connections", vec![6], vec![exit(), dense(6), relu(), exit(), dense(6), add(5), exit(), dense(6), relu(), add(2), dense(3)]),
        (
            "normalizations",
            vec![6, 5, 1],
            vec![conv(5, 3, 1, 0.0), norm(), exit(), relu(), conv(4, 3, 2, 0.0), exit(), norm(), relu(), flatten(), exit(), dense(3)],
        ),
        ("steps", vec![5, 4], vec![exit(), gru(6, 1.0), exit(), gru(5, 0.0), exit(), dense(3)]),
    ];
    cases.into_iter().map(|(name, input, picks)| (name, Network::new(&picks, &Shape(input)).expect(name))).collect()
}

/// Networks of every shape that the page can make, small.
pub fn networks() -> Vec<(&'static str, Network)> {
    let flat = |n| Shape(vec![n]);
    let image = |h, w, c| Shape(vec![h, w, c]);
    let cases = [
        ("one layer", flat(5), vec![dense(3)]),
        ("one unit", flat(1), vec![dense(1), Pick::new("relu"), dense(1)]),
        ("mlp", flat(13), vec![dense(17), Pick::new("relu"), dense(9), Pick::new("relu"), dense(4)]),
        ("sigmoid mlp", flat(13), vec![dense(17), Pick::new("sigmoid"), Pick::new("dropout"), dense(9), Pick::new("tanh"), dense(4)]),
        (
            "cnn valid",
            image(12, 11, 2),
            vec![
                conv(5, 3, 1, 1.0),
                Pick::new("sigmoid"),
                Pick::new("maxpool"),
                conv(7, 2, 2, 1.0),
                Pick::new("gelu"),
                Pick::new("flatten"),
                dense(6),
            ],
        ),
        (
            "cnn same",
            image(9, 9, 1),
            vec![
                conv(6, 3, 1, 0.0),
                Pick::new("relu"),
                Pick::new("avgpool"),
                conv(8, 5, 2, 0.0),
                Pick::new("relu"),
                Pick::new("flatten"),
                dense(11),
                Pick::new("relu"),
                dense(3),
            ],
        ),
        (
            "separable",
            image(9, 8, 2),
            vec![
                conv(6, 3, 1, 1.0),
                Pick::new("sigmoid"),
                Pick::new("depthwise").with("padding", 1.0),
                Pick::new("tanh"),
                conv(7, 1, 1, 1.0),
                Pick::new("relu"),
                Pick::new("depthwise").with("stride", 2.0).with("padding", 1.0),
                Pick::new("globalpool"),
                dense(5),
            ],
        ),
        (
            "residual",
            flat(9),
            vec![dense(6), Pick::new("relu"), add(1), dense(8), Pick::new("relu"), dense(6), add(3), Pick::new("layernorm"), dense(4)],
        ),
        ("dense on image", image(4, 5, 3), vec![conv(4, 3, 1, 0.0), Pick::new("relu"), dense(6), Pick::new("relu"), dense(2)]),
    ];
    cases.into_iter().map(|(name, input, picks)| (name, Network::new(&picks, &input).expect(name))).collect()
}

pub fn params(network: &Network, seed: u64) -> Vec<f32> {
    let mut rng = Rng::new(seed, 0);
    let (entry, values) = INITIALIZERS.resolve(&Pick::new("he")).expect("he exists");
    let mut params = network.init(&*(entry.build)(&values), &mut rng);
    for node in network.nodes() {
        for (tensor, span) in &node.tensors {
            let (low, high) = match tensor.role {
                Role::Weight => continue,
                Role::Bias | Role::Mean => (-0.5, 0.5),
                Role::Scale | Role::Variance => (0.5, 1.5),
            };
            params[span.clone()].iter_mut().for_each(|b| *b = rng.range(low, high));
        }
    }
    params
}

pub fn inputs(network: &Network, batch: usize, seed: u64) -> Vec<f32> {
    let mut rng = Rng::new(seed, 1);
    let tokens = network.nodes().first().is_some_and(|n| n.layer.first()).then(|| network.output().len() as u32);
    let mut draw = || if let Some(tokens) = tokens { rng.below(tokens) as f32 } else { rng.normal() };
    (0..batch * network.input().len()).map(|_| draw()).collect()
}

pub fn forward(network: &Network, params: &[f32], x: &[f32], batch: usize) -> Vec<f32> {
    let mut tape = Tape::default();
    network.forward(params, x, batch, false, &mut Rng::new(0, 0), &mut tape).to_vec()
}

pub fn settings(sparsity: f64, pruner: &str, bits: u32) -> Settings {
    Settings { sparsity, pruner: Pick::new(pruner), format: Format::of_bits(bits), ..Settings::default() }
}
