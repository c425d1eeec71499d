//! Rows of numbers as a model stores them: floats, or 8-bit codes with a step and a zero per column.

use std::borrow::Cow;

use super::codec::{floats, invalid, number, read_floats, read_size};
use crate::engine::artifact::{ArtifactError, reader::Reader};

/// `[rows, columns]`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Matrix {
    pub rows: usize,
    pub columns: usize,
    store: Store,
}

#[derive(Clone, Debug, PartialEq)]
enum Store {
    Floats(Vec<f32>),
    /// A code `q` of column `c` stands for `(q − zeros[c]) · steps[c]`.
    Codes {
        codes: Vec<u8>,
        zeros: Vec<u8>,
        steps: Vec<f32>,
    },
}

/// How the numbers lie in the file.
mod form {
    pub const FLOATS: u8 = 0;
    /// A bit for each number that says whether it is 0, and those that are not.
    pub const SPARSE: u8 = 1;
    pub const CODES: u8 = 2;
}

impl Matrix {
    pub fn new(rows: usize, columns: usize, values: Vec<f32>) -> Self {
        debug_assert_eq!(values.len(), rows * columns);
        Self { rows, columns, store: Store::Floats(values) }
    }

    /// In 8 bits: 256 levels evenly over the range of each column, of which one is 0 (asymmetric quantization).
    pub fn eight_bits(&self) -> Self {
        let Store::Floats(values) = &self.store else { return self.clone() };
        let (mut zeros, mut steps) = (Vec::with_capacity(self.columns), Vec::with_capacity(self.columns));
        for c in 0..self.columns {
            let column = values.iter().skip(c).step_by(self.columns);
            let (low, high) = column.fold((0.0_f32, 0.0_f32), |(low, high), v| (low.min(*v), high.max(*v)));
            // Divided first: the difference of two large numbers may be none.
            let step = high / 255.0 - low / 255.0;
            steps.push(step);
            zeros.push(if step > 0.0 { libm::rintf(-low / step).clamp(0.0, 255.0) as u8 } else { 0 });
        }
        let code = |(at, v): (usize, &f32)| {
            let (step, zero) = (steps[at % self.columns], zeros[at % self.columns]);
            if step > 0.0 { (libm::rintf(v / step) + f32::from(zero)).clamp(0.0, 255.0) as u8 } else { zero }
        };
        let codes = values.iter().enumerate().map(code).collect();
        Self { store: Store::Codes { codes, zeros, steps }, ..*self }
    }

    /// Whether it is stored in 8 bits.
    pub fn is_coded(&self) -> bool {
        matches!(self.store, Store::Codes { .. })
    }

    /// All numbers as floats: those that are floats as they lie, codes decoded.
    pub fn values(&self) -> Cow<'_, [f32]> {
        match &self.store {
            Store::Floats(values) => Cow::Borrowed(values),
            Store::Codes { codes, zeros, steps } => {
                let of_column = zeros.iter().zip(steps).cycle();
                codes.iter().zip(of_column).map(|(q, (zero, step))| (f32::from(*q) - f32::from(*zero)) * step).collect()
            }
        }
    }

    /// Row `at` below `rows`: floats as they lie, codes decoded into `scratch`. The numbers are those of [`Matrix::values`] to the bit.
    pub fn row<'a>(&'a self, at: usize, scratch: &'a mut Vec<f32>) -> &'a [f32] {
        let range = at * self.columns..(at + 1) * self.columns;
        match &self.store {
            Store::Floats(values) => &values[range],
            Store::Codes { codes, zeros, steps } => {
                let of_column = zeros.iter().zip(steps);
                scratch.clear();
                scratch.extend(codes[range].iter().zip(of_column).map(|(q, (zero, step))| (f32::from(*q) - f32::from(*zero)) * step));
                scratch
            }
        }
    }

    /// How many are not 0.
    pub fn nonzero(&self) -> usize {
        self.values().iter().filter(|v| **v != 0.0).count()
    }

    /// `out[columns] = row[rows] · self` and `bias[columns]`. Codes are added up as whole steps, of which each column has its own at the end.
    pub fn apply(&self, row: &[f32], bias: &[f32], out: &mut [f32]) {
        match &self.store {
            Store::Floats(values) => {
                out.copy_from_slice(bias);
                for (x, weights) in row.iter().zip(values.chunks_exact(self.columns)) {
                    out.iter_mut().zip(weights).for_each(|(o, w)| *o += x * w);
                }
            }
            Store::Codes { codes, zeros, steps } => {
                out.fill(0.0);
                for (x, codes) in row.iter().zip(codes.chunks_exact(self.columns)) {
                    out.iter_mut().zip(codes).zip(zeros).for_each(|((o, q), zero)| *o += x * (f32::from(*q) - f32::from(*zero)));
                }
                out.iter_mut().zip(steps).zip(bias).for_each(|((o, step), b)| *o = *o * step + b);
            }
        }
    }

    pub fn write(&self, out: &mut Vec<u8>) {
        number(out, self.rows);
        number(out, self.columns);
        match &self.store {
            Store::Floats(values) => {
                // -0 is a number of its own: its bits are kept.
                let kept = values.iter().filter(|v| v.to_bits() != 0).count();
                let mask = values.len().div_ceil(8);
                if mask + 4 * kept < 4 * values.len() {
                    out.push(form::SPARSE);
                    out.extend(values.chunks(8).map(|eight| eight.iter().rev().fold(0, |bits, v| bits << 1 | u8::from(v.to_bits() != 0))));
                    values.iter().filter(|v| v.to_bits() != 0).for_each(|v| out.extend(v.to_le_bytes()));
                } else {
                    out.push(form::FLOATS);
                    floats(out, values);
                }
            }
            Store::Codes { codes, zeros, steps } => {
                out.push(form::CODES);
                out.extend(zeros);
                floats(out, steps);
                out.extend(codes);
            }
        }
    }

    pub fn read(reader: &mut Reader<'_>, what: &'static str) -> Result<Self, ArtifactError> {
        let (rows, columns) = read_size(reader, what)?;
        let count = rows * columns;
        let store = match reader.byte(what)? {
            form::FLOATS => Store::Floats(read_floats(reader, count, what)?),
            form::SPARSE => {
                let mask = reader.take(count.div_ceil(8), what)?;
                let set = |at: usize| mask[at / 8] >> (at % 8) & 1 == 1;
                let kept = read_floats(reader, (0..count).filter(|at| set(*at)).count(), what)?;
                let mut kept = kept.into_iter();
                Store::Floats((0..count).map(|at| if set(at) { kept.next().unwrap_or(0.0) } else { 0.0 }).collect())
            }
            form::CODES => {
                let zeros = reader.take(columns, what)?.to_vec();
                let steps = read_floats(reader, columns, what)?;
                Store::Codes { codes: reader.take(count, what)?.to_vec(), zeros, steps }
            }
            _ => return Err(invalid("numbers lie in a way that is not known")),
        };
        Ok(Self { rows, columns, store })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_those_of_all_values_and_floats_stay_where_they_are() {
        let values: Vec<f32> = (0..35).map(|i| libm::sinf(i as f32) * 3.0 - 1.0).collect();
        let floats = Matrix::new(7, 5, values.clone());
        let codes = floats.eight_bits();
        let mut scratch = Vec::new();
        for matrix in [&floats, &codes] {
            let all = matrix.values();
            for at in 0..7 {
                assert_eq!(matrix.row(at, &mut scratch), &all[at * 5..(at + 1) * 5]);
            }
        }
        assert!(
            matches!(floats.values(), Cow::Borrowed(_)) && scratch.capacity() < 35,
            "nothing is copied, and no more than a row decoded"
        );
        assert_ne!(*codes.values(), *values);
    }
}
