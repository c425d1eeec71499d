//! Weights and activations in whole numbers, as ONNX says it: `QuantizeLinear` and `DequantizeLinear`; and shared weights, which `Gather` looks up.

use super::{
    graph::Graph,
    messages::data_type,
    tensor::{floats, int, int4, int8, places as numbers},
};
use crate::engine::packed::{ActivationScale, Values, Weights};

/// Widest codes that lie in 4 bits.
const INT4_BITS: u32 = 4;

/// How ONNX orders a weight matrix.
#[derive(Clone, Copy, Debug)]
pub enum Order {
    /// `[K, N]`.
    Matrix,
    /// `[N, channels, kernel, kernel]`: a filter looks at so many channels.
    Filters {
        /// Channels that one filter sees.
        channels: usize,
        /// Its edge.
        kernel: usize,
    },
}

impl Order {
    /// Its dimensions, and which of them counts units.
    fn dims(self, weights: &Weights) -> (Vec<usize>, usize) {
        match self {
            Self::Matrix => (vec![weights.inputs, weights.units], 1),
            Self::Filters { channels, kernel } => (vec![weights.units, channels, kernel, kernel], 0),
        }
    }

    /// `(input, unit)` of each weight in this order. A filter's inputs are `[ky, kx, channel]` with us.
    fn places(self, weights: &Weights) -> Vec<(usize, usize)> {
        let (inputs, units) = (weights.inputs, weights.units);
        match self {
            Self::Matrix => (0..inputs).flat_map(|k| (0..units).map(move |n| (k, n))).collect(),
            Self::Filters { channels, kernel } => {
                let filter = move |n| {
                    let of = move |c| (0..kernel * kernel).map(move |place| (place * channels + c, n));
                    (0..channels).flat_map(of)
                };
                (0..units).flat_map(filter).collect()
            }
        }
    }
}

/// Adds the layer's weights: floats of 32 bits as they are, codes with one scale for the matrix or per unit with the operator that makes floats of them, shared
/// weights with the operators that look them up, all others as the 32-bit floats that they stand for. Gives the name of the floats.
pub fn add(graph: &mut Graph, weights: &Weights, order: Order) -> String {
    let (dims, axis) = order.dims(weights);
    let places = order.places(weights);
    let name = graph.name("weight");
    let (bits, scales) = match &weights.values {
        Values::Int { bits, scales, .. } if weights.can_skip() => (*bits, scales),
        Values::Codebook { table, .. } => {
            let ours = weights.places();
            let ordered: Vec<u8> = places.iter().map(|(k, n)| ours[n * weights.inputs + k]).collect();
            let codes = graph.constant(numbers(graph.name("weight.codes"), &dims, &ordered));
            let table = graph.constant(floats(graph.name("weight.table"), &[table.len()], table.iter().copied()));
            // Places in a table have to be numbers of 32 bits.
            let to = vec![int("to", data_type::INT32 as usize)];
            let wide = graph.node("Cast", graph.name("weight.places"), vec![codes], to);
            return graph.node("Gather", name, vec![table, wide], Vec::new());
        }
        _ => {
            let values = weights.to_f32();
            let ordered = places.iter().map(|(k, n)| values[k * weights.units + n]);
            return graph.constant(floats(name, &dims, ordered));
        }
    };
    let codes = weights.codes();
    // A unit that is all zeros has a step of 0, by which a runtime may divide: it is written as zeros of step 1.
    let empty = |scale: f32| scale == 0.0;
    let scale_of = |n: usize| scales[if scales.len() > 1 { n } else { 0 }];
    let ordered = places.iter().map(|(k, n)| if empty(scale_of(*n)) { 0 } else { codes[n * weights.inputs + k] });
    let codes_name = graph.name("weight.codes");
    let codes = graph.constant(if bits <= INT4_BITS { int4(codes_name, &dims, ordered) } else { int8(codes_name, &dims, ordered) });
    let per_unit = scales.len() > 1;
    let shape = if per_unit { vec![scales.len()] } else { Vec::new() };
    let steps = scales.iter().map(|s| if empty(*s) { 1.0 } else { *s });
    let scale = graph.constant(floats(graph.name("weight.scale"), &shape, steps));
    let attributes = if per_unit { vec![int("axis", axis)] } else { Vec::new() };
    graph.node("DequantizeLinear", name, vec![codes, scale], attributes)
}

/// Rounds the value so far to its grid: to codes of 8 bits, and back to the floats that they stand for. Grids of fewer bits end where it is clipped before.
pub fn round(graph: &mut Graph, activation: ActivationScale) {
    if activation.bits < 8 {
        let (low, high) = activation.ends();
        let ends = [("input.low", low), ("input.high", high)];
        let ends = ends.map(|(name, end)| graph.constant(floats(graph.name(name), &[], std::iter::once(end * activation.scale))));
        graph.apply("Clip", ends.to_vec(), Vec::new());
    }
    let scale = graph.constant(floats(graph.name("input.scale"), &[], std::iter::once(activation.scale)));
    let zero = graph.constant(int8(graph.name("input.zero"), &[], std::iter::once(activation.zero as i8)));
    graph.apply("QuantizeLinear", vec![scale.clone(), zero.clone()], Vec::new());
    graph.apply("DequantizeLinear", vec![scale, zero], Vec::new());
}
