//! What each layer costs: shape, parameters, work and memory of its activations.

use crate::{
    protocol::{LayerReport, ModelReport},
    state::format,
};

/// Bytes of one activation while training and in the fp32 model.
const BYTES: u64 = 4;

/// One layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its label: "Dense 64".
    pub label: String,
    /// Shape of one output sample: "28×28×8".
    pub shape: String,
    /// Parameters.
    pub params: String,
    /// Multiply-accumulates per sample.
    pub macs: String,
    /// Bytes of its output, one sample in 32-bit floats.
    pub bytes: String,
}

fn row(layer: &LayerReport) -> Row {
    let values: u64 = layer.output.iter().map(|n| *n as u64).product();
    Row {
        label: layer.label.clone(),
        shape: layer.output.iter().map(ToString::to_string).collect::<Vec<_>>().join("×"),
        params: format::count(layer.params),
        macs: format::count(layer.macs),
        bytes: format::bytes(BYTES * values),
    }
}

/// Every layer, and the whole as a last row.
#[must_use]
pub fn rows(model: &ModelReport) -> (Vec<Row>, Row) {
    let total = Row {
        label: "Total".into(),
        shape: String::new(),
        params: format::count(model.params),
        macs: format::count(model.macs),
        bytes: format::bytes(BYTES * model.activations),
    };
    (model.layers.iter().map(row).collect(), total)
}

/// What the sums mean, in a sentence or two. `batch` is the mini-batch of training.
#[must_use]
pub fn words(model: &ModelReport, batch: usize) -> String {
    format!(
        "One sample, 32-bit floats. Run layer by layer, at most {} are needed at once (a layer's input and output); training keeps all of them for its {} samples, {}, to go back through.",
        format::bytes(BYTES * model.peak_activations),
        format::count(batch as u64),
        format::bytes(BYTES * model.activations * batch as u64),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_add_up() {
        let layer = |label: &str, output: &[usize], params, macs| LayerReport {
            key: "dense".into(),
            label: label.into(),
            output: output.to_vec(),
            params,
            macs,
            back: 0,
        };
        let layers = vec![layer("Conv 3×3, 8", &[26, 26, 8], 80, 48_672), layer("Dense 10", &[10], 54_090, 54_080)];
        let model = ModelReport { layers, params: 54_170, macs: 102_752, activations: 5418, peak_activations: 6192 };
        let (rows, total) = rows(&model);
        assert_eq!((rows[0].shape.as_str(), rows[0].bytes.replace('\u{a0}', " ").as_str()), ("26×26×8", "21.6 kB"));
        assert_eq!((rows[1].bytes.replace('\u{a0}', " ").as_str(), total.params.as_str()), ("40 B", "54,170"));
        let said = words(&model, 32).replace('\u{a0}', " ");
        assert!(said.contains("at most 24.8 kB are needed") && said.contains("32 samples, 694 kB"), "{said}");
    }
}
