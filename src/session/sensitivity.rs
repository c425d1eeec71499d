//! Measures how much each layer's width matters: one layer at a time is rounded, and the model judged on some training samples.

use super::{
    build,
    evaluate::{self, Judge},
};
use crate::{
    engine::{
        compress::{self, Calibration, Settings},
        data::{Dataset, Samples},
        error::SpecError,
        inference::Runner,
        losses::Loss,
        network::Network,
        packed::{PackedModel, Values, matrix},
    },
    experiment::Experiment,
    protocol::{LayerSensitivity, Sensing, Sensitivity, WidthEffect},
};

/// Training samples on which models are judged, at most: never test samples, since widths are chosen by what comes of it.
const SAMPLES: usize = 1000;
/// Widths that are tried.
const WIDTHS: [u32; 4] = [8, 4, 3, 2];

/// Under way.
pub(super) struct Sense {
    samples: Samples,
    loss: Box<dyn Loss>,
    params: Vec<f32>,
    /// How all is rounded, but for the widths.
    settings: Settings,
    /// Where samples leave early.
    exit: f32,
    /// The model that is judged, how far that is, and bytes of the layer at work.
    judged: Option<(Runner, Judge, u64)>,
    /// Models judged so far; the first is in fp32.
    at: usize,
    found: Sensitivity,
}

impl Sense {
    /// Of a network with these parameters. Errors: a loss that does not exist.
    pub fn new(network: &Network, params: &[f32], experiment: &Experiment, data: &Dataset) -> Result<Self, SpecError> {
        let layers = network.nodes().iter().enumerate().filter_map(|(layer, node)| {
            let (inputs, units) = matrix(&node.layer.op())?;
            Some(LayerSensitivity { layer, weights: (inputs * units) as u64, units: units as u64, widths: Vec::new() })
        });
        let samples = data.train.first(SAMPLES, data.shape.len());
        let found = Sensitivity { samples: samples.len, loss: 0.0, score: 0.0, layers: layers.collect() };
        let compress = &experiment.compress;
        let (granularity, affine, range) = (compress.granularity(), compress.zero != 0, compress.range.clone());
        let settings = Settings { granularity, affine, range, ..Settings::default() };
        let (loss, exit) = (build::loss(experiment, data)?, compress.exit as f32);
        Ok(Self { samples, loss, params: params.to_vec(), settings, exit, judged: None, at: 0, found })
    }

    /// A slice, a few milliseconds long. Errors: weights that are not finite.
    pub fn advance(&mut self, network: &Network, data: &Dataset) -> Result<Sensing, SpecError> {
        let all = 1 + self.found.layers.len() * WIDTHS.len();
        let Some((runner, judge, bytes)) = &mut self.judged else {
            let (runner, bytes) = self.runner(network)?;
            self.judged = Some((runner, Judge::default(), bytes));
            return Ok(Sensing::Working(self.at as f32 / all as f32));
        };
        if judge.advance_on(&self.samples, data, self.loss.as_ref(), runner, evaluate::chunk(network)) {
            let (evaluation, bytes, place) = (judge.result(&data.task), *bytes, self.place());
            match place {
                None => (self.found.loss, self.found.score) = (evaluation.loss, evaluation.score),
                Some((layer, bits)) => {
                    let effect = WidthEffect { bits, loss: evaluation.loss, score: evaluation.score, bytes };
                    self.found.layers[layer].widths.push(effect);
                }
            }
            (self.judged, self.at) = (None, self.at + 1);
            if self.at == all {
                return Ok(Sensing::Done(self.found.clone()));
            }
        }
        Ok(Sensing::Working(self.at as f32 / all as f32))
    }

    /// The layer (among those with weights) and the width at work; `None` for the model in fp32.
    fn place(&self) -> Option<(usize, u32)> {
        let at = self.at.checked_sub(1)?;
        Some((at / WIDTHS.len(), WIDTHS[at % WIDTHS.len()]))
    }

    /// The model at work, and bytes of its rounded layer.
    fn runner(&self, network: &Network) -> Result<(Runner, u64), SpecError> {
        let Some((at, bits)) = self.place() else { return Ok((Runner::new(&PackedModel::dense(network, &self.params))?, 0)) };
        let mut widths = vec![32; self.found.layers.len()];
        widths[at] = bits;
        let settings = Settings { widths, ..self.settings.clone() };
        let model = compress::compress(network, &self.params, None, &settings, &Calibration::default())?.model;
        let mut runner = Runner::new(&model)?;
        // Else widths of heads would not matter.
        runner.set_exit(self.exit);
        let weights = model.layers[self.found.layers[at].layer].weights.as_ref();
        Ok((runner, weights.map_or(0, |w| stored(&w.values))))
    }
}

/// Bytes of codes, scales and zero points.
fn stored(values: &Values) -> u64 {
    let bytes = match values {
        Values::F32(values) => 4 * values.len(),
        Values::Float { kind, codes, scales } => codes.len() * kind.bits() as usize / 8 + 4 * scales.len(),
        Values::Codebook { table, codes } => codes.len() + 4 * table.len(),
        Values::Int { codes, scales, zeros, .. } => codes.len() + 4 * scales.len() + zeros.len(),
    };
    bytes as u64
}
