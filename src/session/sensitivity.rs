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
        packed::{PackedModel, matrix},
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
    per_channel: bool,
    /// The model that is judged, and how far that is.
    judged: Option<(Runner, Judge)>,
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
        let per_channel = experiment.compress.per_channel != 0;
        Ok(Self { samples, loss: build::loss(experiment)?, params: params.to_vec(), per_channel, judged: None, at: 0, found })
    }

    /// A slice, a few milliseconds long. Errors: weights that are not finite.
    pub fn advance(&mut self, network: &Network, data: &Dataset) -> Result<Sensing, SpecError> {
        let all = 1 + self.found.layers.len() * WIDTHS.len();
        let Some((runner, judge)) = &mut self.judged else {
            self.judged = Some((self.runner(network)?, Judge::default()));
            return Ok(Sensing::Working(self.at as f32 / all as f32));
        };
        if judge.advance_on(&self.samples, data, self.loss.as_ref(), runner, evaluate::chunk(network)) {
            let (evaluation, place) = (judge.result(&data.task), self.place());
            match place {
                None => (self.found.loss, self.found.score) = (evaluation.loss, evaluation.score),
                Some((layer, bits)) => {
                    let of = &mut self.found.layers[layer];
                    let scales = if self.per_channel { of.units } else { 1 };
                    let bytes = (of.weights * u64::from(bits)).div_ceil(8) + 4 * scales;
                    of.widths.push(WidthEffect { bits, loss: evaluation.loss, score: evaluation.score, bytes });
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

    fn runner(&self, network: &Network) -> Result<Runner, SpecError> {
        let Some((layer, bits)) = self.place() else { return Runner::new(&PackedModel::dense(network, &self.params)) };
        let mut widths = vec![32; self.found.layers.len()];
        widths[layer] = bits;
        let settings = Settings { widths, per_channel: self.per_channel, ..Settings::default() };
        Runner::new(&compress::compress(network, &self.params, None, &settings, &Calibration::default())?.model)
    }
}
