//! Layers with whole-number or sparse weights: rows of inputs times one packed matrix.
//!
//! A dense layer's rows are its samples; a convolution's are the patches of its image, unfolded a tile at a time.

use wide::bytemuck;

use super::{
    operation::{Operation, Work},
    unfold::{Rows, SLACK},
};
use crate::{
    engine::{
        layers::Op,
        packed::{ActivationScale, PackedLayer, Skips, Values, Weights},
    },
    kernels::{
        codebook::{self, Codebook},
        conv2d::{self, Conv2dShape},
        grouped::{self, Grouped},
        matmul_i8::{self, Epilogue},
        matmul_low_bit,
        panels::Panels,
        semi_structured::{self, SemiStructured},
        small_floats::{self, SmallFloats},
        spmm::{self, Sparse},
    },
};

/// Patches unfolded at a time.
const TILE: usize = 64;
/// Patches of up to so many values are multiplied as floats, which hold their whole sums exactly (`16 · 255 · 255 < 2²⁴`): kernels of
/// whole numbers take longer to begin and end than to add so few products.
const SHORT: usize = 16;

/// A layer whose weights are not a plain matrix of floats.
pub struct Packed {
    rows: Rows,
    matrix: Matrix,
    /// Real units per product, one per unit (times the activation's step where that is an integer).
    scale: Vec<f32>,
    bias: Vec<f32>,
    activation: Option<ActivationScale>,
    name: String,
}

enum Matrix {
    Panels(Panels),
    Grouped(Grouped),
    SmallFloats(SmallFloats),
    Codebook(Codebook),
    OfFour(SemiStructured),
    SparseFloats(Sparse<f32>),
    SparseCodes(Sparse<i8>),
    /// Codes `[K, N]`, less their zero point, as floats, for short patches of whole numbers.
    Short(Vec<f32>),
}

impl Packed {
    /// `None` for a plain matrix of floats.
    pub fn new(layer: &PackedLayer, weights: &Weights) -> Option<Self> {
        let size = (weights.inputs, weights.units);
        let (scales, matrix) = match (&weights.values, weights.skips) {
            (Values::F32(_), Skips::Nothing) => return None,
            (Values::F32(values), Skips::OfFour) => (&[1.0][..], Matrix::OfFour(SemiStructured::new(values, size)?)),
            (Values::F32(values), Skips::Zeros) => (&[1.0][..], Matrix::SparseFloats(Sparse::new(&by_unit(values, size), size))),
            (Values::Float { kind, scales, codes }, _) => {
                (if scales.is_empty() { &[1.0][..] } else { &scales[..] }, Matrix::SmallFloats(SmallFloats::new(codes, size, *kind)))
            }
            (Values::Codebook { table, .. }, _) => {
                (&[1.0][..], Matrix::Codebook(Codebook::new(&weights.places(), size, weights.bits(), table)))
            }
            (Values::Int { scales, .. }, Skips::Zeros) if weights.can_skip() => {
                (&scales[..], Matrix::SparseCodes(Sparse::new(&weights.codes(), size)))
            }
            (Values::Int { scales, group: 0, .. }, _) if is_short(layer) => (&scales[..], Matrix::Short(steps_as_floats(weights))),
            (Values::Int { scales, bits, .. }, _) if weights.can_skip() => {
                (&scales[..], Matrix::Panels(Panels::new(&weights.codes(), size, *bits)))
            }
            (Values::Int { .. }, _) => (&[1.0][..], Matrix::Grouped(grouped(weights, layer.activation)?)),
        };
        let floats = matches!(matrix, Matrix::SparseFloats(_) | Matrix::OfFour(_) | Matrix::SmallFloats(_) | Matrix::Codebook(_));
        let activation = layer.activation.filter(|_| !floats);
        let step = activation.map_or(1.0, |a| a.scale);
        let scale = (0..weights.units).map(|n| step * scales[if scales.len() == 1 { 0 } else { n }]).collect();
        let name = match &matrix {
            Matrix::OfFour(kept) => format!("{}:4 f32", kept.kept()),
            _ => name(weights, activation.is_some()),
        };
        Some(Self { rows: Rows::new(&layer.op, weights.inputs), matrix, scale, bias: layer.bias.clone(), activation, name })
    }

    /// Floats: the rows as they are.
    fn floats(&self, batch: usize, x: &[f32], y: &mut [f32], work: &mut Work) {
        let framed = match self.rows {
            Rows::Samples(_) => return self.multiply_floats(batch, x, y, &mut work.columns, &mut work.groups),
            Rows::Patches(framed) => framed,
        };
        let (shape, patch, units) = (framed.shape, framed.shape.patch(), framed.shape.filters);
        framed.prepare(&mut work.image);
        work.tile.resize(TILE * patch + SLACK, 0.0);
        for (x, y) in x.chunks_exact(shape.input_len()).zip(y.chunks_exact_mut(shape.output_len())) {
            framed.place(x, &mut work.image, |x, y| y.copy_from_slice(x));
            for (t, y) in y.chunks_mut(TILE * units).enumerate() {
                let rows = y.len() / units;
                framed.unfold(&work.image, t * TILE..t * TILE + rows, &mut work.tile, patch);
                self.multiply_floats(rows, &work.tile[..rows * patch], y, &mut work.columns, &mut work.groups);
            }
        }
    }

    /// Short patches of integers, as floats that hold them exactly.
    fn short(&self, codes: &[f32], shape: &Conv2dShape, activation: ActivationScale, x: &[f32], y: &mut [f32], work: &mut Work) {
        let Work { scratch, image, tile, .. } = work;
        tile.clear();
        tile.resize(shape.filters, 0.0);
        image.resize(shape.input_len(), 0.0);
        for (x, y) in x.chunks_exact(shape.input_len()).zip(y.chunks_exact_mut(shape.output_len())) {
            activation.quantize_all_f32(x, image);
            conv2d::forward(shape, 1, image, codes, tile, y, scratch);
            Epilogue { scale: &self.scale, bias: &self.bias }.write_all(y);
        }
    }

    /// Whether patches are multiplied where they lie: pixels are whole words of 8-bit weights.
    fn in_place(&self, shape: &Conv2dShape) -> Option<&Panels> {
        match &self.matrix {
            Matrix::Panels(panels) if panels.bits() == 8 && shape.input.2.is_multiple_of(4) && shape.input.2 > 0 => Some(panels),
            _ => None,
        }
    }

    /// Integers: each input value is rounded to its code once, then the rows are made of codes.
    fn integers(&self, activation: ActivationScale, batch: usize, x: &[f32], y: &mut [f32], work: &mut Work) {
        if let (Matrix::Short(codes), Rows::Patches(framed)) = (&self.matrix, self.rows) {
            return self.short(codes, &framed.shape, activation, x, y, work);
        }
        let stride = self.stride();
        match self.rows {
            Rows::Samples(inputs) => {
                work.pairs.resize(batch * stride / 2, 0);
                let codes: &mut [i16] = bytemuck::cast_slice_mut(&mut work.pairs);
                for (codes, x) in codes.chunks_exact_mut(stride.max(1)).zip(x.chunks_exact(inputs.max(1))) {
                    activation.quantize_all(x, &mut codes[..inputs]);
                    codes[inputs..].fill(0);
                }
                self.multiply_codes(batch, &work.pairs, y, &mut work.code_columns, &mut work.groups);
            }
            Rows::Patches(framed) => {
                let (shape, patch, units) = (framed.shape, framed.shape.patch(), framed.shape.filters);
                if let Some(panels) = self.in_place(&shape) {
                    let epilogue = Epilogue { scale: &self.scale, bias: &self.bias };
                    framed.prepare_words(&mut work.words);
                    framed.offsets(&mut work.offsets);
                    for (x, y) in x.chunks_exact(shape.input_len()).zip(y.chunks_exact_mut(shape.output_len())) {
                        framed.place(x, bytemuck::cast_slice_mut(&mut work.words), |x, codes| activation.quantize_all(x, codes));
                        matmul_i8::convolve(&work.words, |i| framed.start(i), &work.offsets, panels, epilogue, y);
                    }
                    return;
                }
                framed.prepare(&mut work.codes);
                work.pairs.resize((TILE * stride + SLACK) / 2, 0);
                for (x, y) in x.chunks_exact(shape.input_len()).zip(y.chunks_exact_mut(shape.output_len())) {
                    framed.place(x, &mut work.codes, |x, codes| activation.quantize_all(x, codes));
                    for (t, y) in y.chunks_mut(TILE * units).enumerate() {
                        let rows = y.len() / units;
                        let codes: &mut [i16] = bytemuck::cast_slice_mut(&mut work.pairs);
                        framed.unfold(&work.codes, t * TILE..t * TILE + rows, codes, stride);
                        if self.reads_gaps() {
                            codes.chunks_exact_mut(stride).for_each(|row| row[patch..].fill(0));
                        }
                        self.multiply_codes(rows, &work.pairs, y, &mut work.code_columns, &mut work.groups);
                    }
                }
            }
        }
    }

    /// Whether codes between the end of a row and the next count: unused fields of a word hold a zero, but at one bit that is +1.
    fn reads_gaps(&self) -> bool {
        matches!(&self.matrix, Matrix::Panels(panels) if panels.bits() == 1)
    }

    /// How far apart rows of codes lie; even, for they are read in pairs.
    fn stride(&self) -> usize {
        match &self.matrix {
            Matrix::Panels(panels) => 2 * panels.pairs(),
            _ => self.rows.inputs().next_multiple_of(2),
        }
    }

    fn multiply_floats(&self, rows: usize, x: &[f32], y: &mut [f32], columns: &mut Vec<f32>, groups: &mut grouped::Scratch) {
        let epilogue = Epilogue { scale: &self.scale, bias: &self.bias };
        match &self.matrix {
            Matrix::Panels(panels) => matmul_low_bit::matmul(rows, x, panels, epilogue, y),
            Matrix::Grouped(codes) => grouped::matmul(rows, x, codes, &self.bias, y, groups),
            Matrix::SmallFloats(floats) => small_floats::matmul(rows, x, floats, epilogue, y),
            Matrix::Codebook(shared) => codebook::matmul(rows, x, shared, epilogue, y),
            Matrix::OfFour(kept) => semi_structured::matmul(rows, x, kept, &self.bias, y, columns),
            Matrix::SparseFloats(sparse) => spmm::matmul(rows, x, sparse, epilogue, y, columns),
            Matrix::SparseCodes(sparse) => spmm::matmul(rows, x, sparse, epilogue, y, columns),
            // `new` makes these for integer activations alone.
            Matrix::Short(_) => debug_assert!(false, "short patches are whole numbers"),
        }
    }

    fn multiply_codes(&self, rows: usize, pairs: &[i32], y: &mut [f32], columns: &mut Vec<i16>, groups: &mut grouped::Scratch) {
        let epilogue = Epilogue { scale: &self.scale, bias: &self.bias };
        match &self.matrix {
            Matrix::Panels(panels) => matmul_i8::matmul(rows, pairs, panels, epilogue, y),
            Matrix::Grouped(codes) => {
                grouped::matmul_codes(rows, (bytemuck::cast_slice(pairs), self.stride()), codes, &self.bias, y, groups)
            }
            Matrix::SparseCodes(sparse) => {
                spmm::matmul_i8(rows, (bytemuck::cast_slice(pairs), self.stride()), sparse, epilogue, y, columns)
            }
            // `new` gives floats no integer activations, and short patches go their own way.
            Matrix::OfFour(_) | Matrix::SparseFloats(_) | Matrix::SmallFloats(_) | Matrix::Codebook(_) | Matrix::Short(_) => {
                debug_assert!(false, "floats cannot multiply codes")
            }
        }
    }
}

impl Operation for Packed {
    fn run(&self, batch: usize, x: &[f32], y: &mut [f32], work: &mut Work) {
        match self.activation {
            None => self.floats(batch, x, y, work),
            Some(activation) => self.integers(activation, batch, x, y, work),
        }
    }

    fn kernel(&self) -> String {
        self.name.clone()
    }

    fn held(&self) -> usize {
        let matrix = match &self.matrix {
            Matrix::Panels(panels) => panels.bytes(),
            Matrix::Grouped(codes) => codes.bytes(),
            Matrix::SmallFloats(floats) => floats.bytes(),
            Matrix::Codebook(shared) => shared.bytes(),
            Matrix::OfFour(kept) => kept.bytes(),
            Matrix::SparseFloats(sparse) => sparse.bytes(),
            Matrix::SparseCodes(sparse) => sparse.bytes(),
            Matrix::Short(codes) => size_of_val(&**codes),
        };
        matrix + (self.scale.len() + self.bias.len()) * size_of::<f32>()
    }
}

/// "int4", "int8 × int8", "int4 g32", "int4 affine × int8", "bf16", "codebook 4", "sparse f32", "sparse int4 × int8".
fn name(weights: &Weights, integer: bool) -> String {
    let mut name = weights.format().name();
    if let Values::Int { group, zeros, .. } = &weights.values {
        if *group > 0 {
            name += &format!(" g{group}");
        }
        if !zeros.is_empty() {
            name += " affine";
        }
    }
    format!("{}{name}{}", if weights.skips == Skips::Zeros { "sparse " } else { "" }, if integer { " × int8" } else { "" })
}

/// Whole numbers in groups, or with zero points; a unit that has one step size is cut into groups that share it. `None` for others.
fn grouped(weights: &Weights, activation: Option<ActivationScale>) -> Option<Grouped> {
    let Values::Int { bits, group, scales, zeros, .. } = &weights.values else { return None };
    let (inputs, units) = (weights.inputs, weights.units);
    let group = if *group == 0 { grouped::LONGEST } else { *group };
    let places = || (0..inputs).step_by(group).flat_map(|k| (0..units).map(move |n| weights.place(n, k)));
    let step = activation.map_or(1.0, |a| a.scale);
    let scales = places().map(|at| step * scales[at]).collect();
    let zeros = if zeros.is_empty() { Vec::new() } else { places().map(|at| f32::from(zeros[at])).collect() };
    Some(Grouped::new(&weights.codes(), (inputs, units), *bits, group, scales, zeros))
}

/// Whether the patches of `layer` are few whole numbers.
fn is_short(layer: &PackedLayer) -> bool {
    layer.activation.is_some() && matches!(&layer.op, Op::Conv2d(shape) if shape.patch() <= SHORT)
}

/// Codes `[K, N]` less their zero point.
fn steps_as_floats(weights: &Weights) -> Vec<f32> {
    let steps = weights.steps();
    (0..weights.inputs).flat_map(|k| steps[k..].iter().step_by(weights.inputs).map(|code| f32::from(*code))).collect()
}

/// `[K, N]` to `[N, K]`.
fn by_unit(values: &[f32], (inputs, units): (usize, usize)) -> Vec<f32> {
    (0..units).flat_map(|n| (0..inputs).map(move |k| values[k * units + n])).collect()
}
