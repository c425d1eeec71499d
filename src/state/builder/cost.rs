//! What layers cost: parameters, work, and memory of what they give out, for one sample.

use super::{Outline, Row, outline};
use crate::{
    engine::{catalog::Pick, layers, shape::Shape},
    state::format,
};

/// Bytes of an activation in 32-bit floats.
const BYTES: u64 = 4;

/// What help says of the sums.
pub const COST_HELP: &str = teach!(
    "Multiply-adds and activation memory are those of one sample in 32-bit floats: inference needs the memory of a layer or two at once, training keeps all of it for every sample of a mini-batch to go back through. An activation counts with the layer before it, and the sums hold the output layer too; Layers, below the network, lists each alone and says how much is needed at once."
);

/// A sum over layers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Parameters.
    pub params: u64,
    /// Multiply-accumulates of a sample.
    pub macs: u64,
    /// Bytes of all values that the layers give out for a sample, in 32-bit floats.
    pub bytes: u64,
}

fn sum<'a>(outlines: impl IntoIterator<Item = &'a Outline>) -> Cost {
    outlines.into_iter().fold(Cost::default(), |sum, o| Cost {
        params: sum.params + o.params,
        macs: sum.macs + o.macs,
        bytes: sum.bytes + BYTES * o.shape.count(),
    })
}

/// "14×14×8 · 80 params · 14.1 k MACs · 12.5 kB": the shape that a row gives out, what its layer and its activation cost, and whether the CPU alone trains it. `None` where the layer cannot take
/// what comes in.
#[must_use]
pub fn cost_words(row: &Row, outlines: &[Outline]) -> Option<String> {
    let shape = &outlines.get(row.at)?.shape;
    let cost = sum(outlines.get(row.at..).into_iter().flatten().take(1 + usize::from(row.activation.is_some())));
    let mut words = shape.to_string();
    for (count, said) in [(cost.params, "params"), (cost.macs, "MACs")] {
        if count > 0 {
            words += &format!(" · {}\u{a0}{said}", format::compact(count as f64));
        }
    }
    words += &format!(" · {}", format::bytes(cost.bytes));
    if layers::LISTING.is_cpu_only(&row.pick.key) {
        words += " · CPU\u{a0}only";
    }
    Some(words)
}

/// What all of a network costs, its output layer included; `None` where a shape does not fit.
#[must_use]
pub fn total(model: &[Pick], input: &Shape, outputs: usize) -> Option<Cost> {
    let (hidden, error) = outline(model, input, outputs);
    if error.is_some() {
        return None;
    }
    let mut all = model.to_vec();
    if hidden.last().map_or(input, |o| &o.shape).0.len() > 1 {
        all.push(Pick::new("flatten"));
    }
    all.push(Pick::new("dense").with("units", outputs as f64));
    let (outlines, error) = outline(&all, input, outputs);
    error.is_none().then(|| sum(&outlines))
}

/// [`total`] in words: "1,210 parameters · 1.15 k multiply-adds · 128 B of activations a sample (fp32)".
#[must_use]
pub fn total_words(cost: &Cost) -> String {
    let Cost { params, macs, bytes } = *cost;
    format!(
        "{} parameters · {} multiply-adds · {} of activations a sample (fp32)",
        format::count(params),
        format::compact(macs as f64),
        format::bytes(bytes)
    )
}

#[cfg(test)]
mod tests {
    use super::{super::*, *};
    use crate::engine::network::Network;

    fn plain(text: &str) -> String {
        text.replace('\u{a0}', " ")
    }

    #[test]
    fn a_row_says_what_it_costs_with_its_activation() {
        let model =
            [Pick::new("conv2d").with("filters", 8.0).with("stride", 2.0), Pick::new("relu"), Pick::new("maxpool"), Pick::new("conv2d")];
        let (outlines, _) = outline(&model, &Shape(vec![28, 28, 1]), 10);
        let words: Vec<_> = rows(&model).iter().map(|row| cost_words(row, &outlines).as_deref().map(plain)).collect();
        assert_eq!(words[0].as_deref(), Some("14×14×8 · 80 params · 14.1 k MACs · 12.5 kB"));
        assert_eq!(words[1].as_deref(), Some("7×7×8 · 1.57 kB"), "what has none of something does not say so");
        assert_eq!(cost_words(&rows(&model)[2], &outlines[..3]), None);
        let model = [Pick::new("gru").with("units", 2.0)];
        let (outlines, _) = outline(&model, &Shape(vec![5, 3]), 10);
        assert!(cost_words(&rows(&model)[0], &outlines).is_some_and(|words| plain(&words).ends_with("8 B · CPU only")));
    }

    #[test]
    fn sums_are_those_of_the_network_that_trains() {
        let (conv, flat) = (Pick::new("conv2d"), Pick::new("flatten"));
        let dense = |units: f64| Pick::new("dense").with("units", units);
        let built = [conv.clone(), Pick::new("relu"), Pick::new("batchnorm"), flat, dense(10.0)];
        let input = Shape(vec![8, 8, 1]);
        let network = Network::new(&built, &input).expect("a network");
        let bytes = network.nodes().iter().map(|node| 4 * node.layer.output().count()).sum();
        let cost = total(&built[..3], &input, 10).expect("it fits");
        assert_eq!(cost, Cost { params: network.params() as u64, macs: network.macs(), bytes });
        let rows: u64 = 4 * (512 + 512 + 512);
        assert_eq!(cost.bytes, rows + 4 * (512 + 10), "rows, what is made flat, and the output");
        assert_eq!(total(&[dense(3.0), conv], &input, 10), None);
        let words = plain(&total_words(&Cost { params: 1210, macs: 1184, bytes: 168 }));
        assert_eq!(words, "1,210 parameters · 1.18 k multiply-adds · 168 B of activations a sample (fp32)");
    }
}
