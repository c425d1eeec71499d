//! The slow, obvious loops: one sample, one step, one unit at a time.

use super::{Cell, Recurrent};

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}

/// The state after every step, `[T, H]`, for one sample `x[T, F]`.
pub fn states(layer: &Recurrent, params: &[f32], x: &[f32]) -> Vec<f64> {
    let (f, h, n) = (layer.features, layer.units, layer.columns());
    let [input, state, input_bias, state_bias] = layer.split(params);
    let (mut hidden, mut cell, mut all) = (vec![0.0; h], vec![0.0; h], Vec::new());
    for x in x.chunks_exact(f) {
        let from_input =
            |column: usize| (0..f).map(|k| f64::from(x[k]) * f64::from(input[k * n + column])).sum::<f64>() + f64::from(input_bias[column]);
        let before = hidden.clone();
        let from_state =
            |column: usize| (0..h).map(|k| before[k] * f64::from(state[k * n + column])).sum::<f64>() + f64::from(state_bias[column]);
        for u in 0..h {
            let both = |gate: usize| from_input(gate * h + u) + from_state(gate * h + u);
            hidden[u] = match layer.cell {
                Cell::Plain => libm::tanh(both(0)),
                Cell::Lstm => {
                    let (input, forget, new, output) = (sigmoid(both(0)), sigmoid(both(1)), libm::tanh(both(2)), sigmoid(both(3)));
                    cell[u] = forget * cell[u] + input * new;
                    output * libm::tanh(cell[u])
                }
                Cell::Gru => {
                    let (reset, update) = (sigmoid(both(0)), sigmoid(both(1)));
                    let new = libm::tanh(from_input(2 * h + u) + reset * from_state(2 * h + u));
                    (1.0 - update) * new + update * before[u]
                }
            };
        }
        all.extend(&hidden);
    }
    all
}
