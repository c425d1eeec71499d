//! Eight rows at a time, one per lane, from a transposed copy; single rows gather.

use wide::{bytemuck, f32x8, i16x8, i32x8};

use super::{Epilogue, Sparse};

/// Rows side by side.
const ROWS: usize = 8;

/// See [`super::matmul`].
pub fn floats<V: Copy + Default + PartialEq + Into<f32>>(
    rows: usize,
    x: &[f32],
    w: &Sparse<V>,
    epilogue: Epilogue<'_>,
    y: &mut [f32],
    scratch: &mut Vec<f32>,
) {
    let (inputs, units) = (w.inputs, w.units());
    let blocks = rows / ROWS;
    for block in 0..blocks {
        let columns = transpose(&x[block * ROWS * inputs..], (inputs, inputs), scratch);
        let y = &mut y[block * ROWS * units..(block + 1) * ROWS * units];
        for (n, (index, values)) in w.rows().enumerate() {
            let sum: [f32; ROWS] = bytemuck::cast(block_sum(columns, index, values));
            for (r, sum) in sum.into_iter().enumerate() {
                y[r * units + n] = sum * epilogue.scale[n] + epilogue.bias[n];
            }
        }
    }
    for row in blocks * ROWS..rows {
        let x = &x[row * inputs..(row + 1) * inputs];
        let y = &mut y[row * units..(row + 1) * units];
        for ((y, (index, values)), (scale, bias)) in y.iter_mut().zip(w.rows()).zip(epilogue.scale.iter().zip(epilogue.bias)) {
            *y = row_sum(x, index, values) * scale + bias;
        }
    }
}

fn block_sum<V: Copy + Into<f32>>(columns: &[[f32; ROWS]], index: &[u16], values: &[V]) -> f32x8 {
    let mut sums = [f32x8::ZERO; 4];
    let (blocks, rest) = index.as_chunks::<4>();
    let (value_blocks, value_rest) = values.as_chunks::<4>();
    for (index, values) in blocks.iter().zip(value_blocks) {
        for ((sum, k), v) in sums.iter_mut().zip(index).zip(values) {
            *sum += f32x8::new(columns[*k as usize]) * f32x8::splat((*v).into());
        }
    }
    for ((sum, k), v) in sums.iter_mut().zip(rest).zip(value_rest) {
        *sum += f32x8::new(columns[*k as usize]) * f32x8::splat((*v).into());
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3])
}

fn row_sum<V: Copy + Into<f32>>(x: &[f32], index: &[u16], values: &[V]) -> f32 {
    let mut sums = [0.0_f32; 4];
    let (blocks, rest) = index.as_chunks::<4>();
    let (value_blocks, value_rest) = values.as_chunks::<4>();
    for (index, values) in blocks.iter().zip(value_blocks) {
        for ((sum, k), v) in sums.iter_mut().zip(index).zip(values) {
            *sum += x[*k as usize] * (*v).into();
        }
    }
    for ((sum, k), v) in sums.iter_mut().zip(rest).zip(value_rest) {
        *sum += x[*k as usize] * (*v).into();
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3])
}

/// See [`super::matmul_i8`].
pub fn integers(rows: usize, (a, stride): (&[i16], usize), w: &Sparse<i8>, epilogue: Epilogue<'_>, y: &mut [f32], scratch: &mut Vec<i16>) {
    let (inputs, units) = (w.inputs, w.units());
    let blocks = rows / ROWS;
    for block in 0..blocks {
        let columns = transpose(&a[block * ROWS * stride..], (inputs, stride), scratch);
        let y = &mut y[block * ROWS * units..(block + 1) * ROWS * units];
        for (n, (index, values)) in w.rows().enumerate() {
            let mut sum = i32x8::ZERO;
            for (k, v) in index.iter().zip(values) {
                // 255 · 127 fits into 16 bits.
                sum += i32x8::from_i16x8(i16x8::new(columns[*k as usize]) * i16x8::splat(i16::from(*v)));
            }
            for (r, sum) in sum.to_array().into_iter().enumerate() {
                y[r * units + n] = sum as f32 * epilogue.scale[n] + epilogue.bias[n];
            }
        }
    }
    for row in blocks * ROWS..rows {
        let a = &a[row * stride..row * stride + inputs];
        let y = &mut y[row * units..(row + 1) * units];
        for ((y, (index, values)), (scale, bias)) in y.iter_mut().zip(w.rows()).zip(epilogue.scale.iter().zip(epilogue.bias)) {
            *y = whole_sum(a, index, values) as f32 * scale + bias;
        }
    }
}

fn whole_sum(a: &[i16], index: &[u16], values: &[i8]) -> i32 {
    let mut sums = [0; 4];
    let (blocks, rest) = index.as_chunks::<4>();
    let (value_blocks, value_rest) = values.as_chunks::<4>();
    for (index, values) in blocks.iter().zip(value_blocks) {
        for ((sum, k), v) in sums.iter_mut().zip(index).zip(values) {
            *sum += i32::from(a[*k as usize]) * i32::from(*v);
        }
    }
    let rest = rest.iter().zip(value_rest).map(|(k, v)| i32::from(a[*k as usize]) * i32::from(*v));
    sums.iter().sum::<i32>() + rest.sum::<i32>()
}

/// The first eight rows of `x`, `stride` apart, as `[K, 8]`.
fn transpose<'s, T: bytemuck::Pod>(x: &[T], (inputs, stride): (usize, usize), scratch: &'s mut Vec<T>) -> &'s [[T; ROWS]] {
    if scratch.len() < inputs * ROWS {
        scratch.resize(inputs * ROWS, T::zeroed());
    }
    let columns = scratch.as_chunks_mut::<ROWS>().0;
    let columns = &mut columns[..inputs];
    let rows: [&[T]; ROWS] = std::array::from_fn(|r| &x[r * stride..r * stride + inputs]);
    for (k, column) in columns.iter_mut().enumerate() {
        *column = rows.map(|row| row[k]);
    }
    columns
}
