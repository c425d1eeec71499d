//! All samples of a mini-batch at once: what comes in is multiplied in one product, the state before in one for each step.

use super::{Cell, Recurrent};
use crate::kernels::{
    Back, Scratch,
    elementwise::{
        math::{sigmoid, tanh},
        sum_rows,
    },
    matmul_f32::{Mat, affine, matmul},
};

/// Parts of what is kept: gates `[B, T, N]`, states `[B, T, H]`, what else a step computed `[B, T, H]` (the LSTM's cell, of the GRU what the new gate
/// gets from the state), and room for one step `[B, N]`.
fn parts<'a>(layer: &Recurrent, batch: usize, kept: &'a mut [f32]) -> [&'a mut [f32]; 4] {
    let (t, h, n) = (layer.steps, layer.units, layer.columns());
    let (gates, rest) = kept.split_at_mut(batch * t * n);
    let (states, rest) = rest.split_at_mut(batch * t * h);
    let (others, rest) = rest.split_at_mut(batch * t * h);
    [gates, states, others, &mut rest[..batch * n]]
}

/// `y[B, O]` from `x[B, T, F]`; writes `kept`, [`Recurrent::kept`] for each sample.
pub fn forward(layer: &Recurrent, batch: usize, params: &[f32], x: &[f32], y: &mut [f32], kept: &mut [f32], scratch: &mut Scratch) {
    if batch == 0 {
        return;
    }
    let (t, f, h, n) = (layer.steps, layer.features, layer.units, layer.columns());
    let [input, state, input_bias, state_bias] = layer.split(params);
    let [gates, states, others, room] = parts(layer, batch, kept);
    affine((batch * t, n, f), Mat::rows(x, f), Mat::rows(input, n), input_bias, gates, scratch);
    for step in 0..t {
        if step == 0 {
            room.chunks_exact_mut(n).for_each(|row| row.copy_from_slice(state_bias));
        } else {
            let before = Mat { data: &states[(step - 1) * h..], row_stride: t * h, column_stride: 1 };
            affine((batch, n, h), before, Mat::rows(state, n), state_bias, room, scratch);
        }
        for (b, room) in room.chunks_exact(n).enumerate() {
            let at = b * t + step;
            let gates = &mut gates[at * n..(at + 1) * n];
            let (past, states) = states.split_at_mut(at * h);
            let (past_others, others) = others.split_at_mut(at * h);
            let before = |values: &[f32], u: usize| if step == 0 { 0.0 } else { values[(at - 1) * h + u] };
            match layer.cell {
                Cell::Plain => {
                    for u in 0..h {
                        states[u] = tanh(gates[u] + room[u]);
                    }
                }
                Cell::Lstm => {
                    for u in 0..h {
                        let gate = |gate: usize| gates[gate * h + u] + room[gate * h + u];
                        let (input, forget, new, output) = (sigmoid(gate(0)), sigmoid(gate(1)), tanh(gate(2)), sigmoid(gate(3)));
                        let cell = forget * before(past_others, u) + input * new;
                        others[u] = cell;
                        states[u] = output * tanh(cell);
                        (gates[u], gates[h + u], gates[2 * h + u], gates[3 * h + u]) = (input, forget, new, output);
                    }
                }
                Cell::Gru => {
                    for u in 0..h {
                        let (reset, update) = (sigmoid(gates[u] + room[u]), sigmoid(gates[h + u] + room[h + u]));
                        let new = tanh(gates[2 * h + u] + reset * room[2 * h + u]);
                        others[u] = room[2 * h + u];
                        states[u] = (1.0 - update) * new + update * before(past, u);
                        (gates[u], gates[h + u], gates[2 * h + u]) = (reset, update, new);
                    }
                }
            }
        }
    }
    if layer.sequence {
        y.copy_from_slice(states);
    } else {
        for (y, states) in y.chunks_exact_mut(h).zip(states.chunks_exact(t * h)) {
            y.copy_from_slice(&states[(t - 1) * h..]);
        }
    }
}

/// Adds the gradients by the parameters to `dparams`, sample by sample in order, and overwrites `dx`.
pub fn backward(layer: &Recurrent, back: &Back<'_>, dparams: &mut [f32], dx: Option<&mut [f32]>, scratch: &mut Scratch) {
    if back.batch == 0 {
        return;
    }
    let (t, f, h, n) = (layer.steps, layer.features, layer.units, layer.columns());
    let (batch, rows) = (back.batch, back.batch * layer.steps);
    let [input, state, ..] = layer.split(back.params);
    let (gates, rest) = back.kept.split_at(rows * n);
    let (states, rest) = rest.split_at(rows * h);
    let others = &rest[..rows * h];
    // Products take the scratch too, so its buffer is taken out meanwhile.
    let mut buffer = std::mem::take(&mut scratch.layer);
    buffer.clear();
    buffer.resize(2 * rows * n + rows * h + 2 * batch * h + batch * n, 0.0);
    // Gradients by what the gates get from the input and from the state, states before each step, and what comes back from the step behind.
    let (by_input, rest) = buffer.split_at_mut(rows * n);
    let (by_state, rest) = rest.split_at_mut(rows * n);
    let (past, rest) = rest.split_at_mut(rows * h);
    let (dstate, rest) = rest.split_at_mut(batch * h);
    let (dcell, now) = rest.split_at_mut(batch * h);
    for (past, states) in past.chunks_exact_mut(t * h).zip(states.chunks_exact(t * h)) {
        past[h..].copy_from_slice(&states[..(t - 1) * h]);
    }
    for step in (0..t).rev() {
        for b in 0..batch {
            let at = b * t + step;
            let own = |values: &'_ [f32], u: usize| values[at * h + u];
            for u in 0..h {
                let gate = |gate: usize| gates[at * n + gate * h + u];
                let given = if layer.sequence {
                    back.dy[at * h + u]
                } else if step + 1 == t {
                    back.dy[b * h + u]
                } else {
                    0.0
                };
                let d = dstate[b * h + u] + given;
                let mut put = |gate: usize, input: f32, state: f32| {
                    by_input[at * n + gate * h + u] = input;
                    by_state[at * n + gate * h + u] = state;
                };
                dstate[b * h + u] = 0.0;
                match layer.cell {
                    Cell::Plain => {
                        let y = own(states, u);
                        let d = d * (1.0 - y * y);
                        put(0, d, d);
                    }
                    Cell::Lstm => {
                        let (i, f, new, output, bent) = (gate(0), gate(1), gate(2), gate(3), tanh(own(others, u)));
                        let before = if step == 0 { 0.0 } else { others[(at - 1) * h + u] };
                        let cell = dcell[b * h + u] + d * output * (1.0 - bent * bent);
                        dcell[b * h + u] = cell * f;
                        let slopes = [
                            cell * new * (i * (1.0 - i)),
                            cell * before * (f * (1.0 - f)),
                            cell * i * (1.0 - new * new),
                            d * bent * (output * (1.0 - output)),
                        ];
                        slopes.into_iter().enumerate().for_each(|(gate, d)| put(gate, d, d));
                    }
                    Cell::Gru => {
                        let (reset, update, new) = (gate(0), gate(1), gate(2));
                        let dnew = d * (1.0 - update) * (1.0 - new * new);
                        let dreset = dnew * own(others, u) * (reset * (1.0 - reset));
                        let dupdate = d * (own(past, u) - new) * (update * (1.0 - update));
                        put(0, dreset, dreset);
                        put(1, dupdate, dupdate);
                        put(2, dnew, dnew * reset);
                        dstate[b * h + u] = d * update;
                    }
                }
            }
        }
        if step > 0 {
            let d = Mat { data: &by_state[step * n..], row_stride: t * n, column_stride: 1 };
            let weights = Mat::rows(state, n).transposed();
            matmul((batch, h, n), d, weights, &mut now[..batch * h], false, scratch);
            dstate.iter_mut().zip(&*now).for_each(|(d, now)| *d += now);
        }
    }
    let (dinput, rest) = dparams.split_at_mut(f * n);
    let (dstates, rest) = rest.split_at_mut(h * n);
    let (dinput_bias, dstate_bias) = rest.split_at_mut(n);
    matmul((f, n, rows), Mat::rows(back.x, f).transposed(), Mat::rows(by_input, n), dinput, true, scratch);
    matmul((h, n, rows), Mat::rows(past, h).transposed(), Mat::rows(by_state, n), dstates, true, scratch);
    sum_rows(by_input, dinput_bias);
    sum_rows(by_state, dstate_bias);
    if let Some(dx) = dx {
        matmul((rows, f, n), Mat::rows(by_input, n), Mat::rows(input, n).transposed(), dx, false, scratch);
    }
    scratch.layer = buffer;
}
