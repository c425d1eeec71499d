//! The model: support vectors, and what each counts against every other class.

use super::{
    kernel::Kernel,
    platt::{Sigmoid, couple},
};
use crate::engine::{
    artifact::{ArtifactError, reader::Reader},
    learners::{
        Count, Description, Model, Shrink, Shrinks,
        codec::{LIMIT, Tag, floats, invalid, number, read_floats},
        link::{sigmoid, softmax},
        matrix::Matrix,
    },
};

/// A support vector machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Svm {
    pub kernel: Kernel,
    /// Support vectors of each class, in order; for values one number, and no classes.
    pub counts: Vec<usize>,
    pub values: bool,
    /// `[vectors, features]`.
    pub vectors: Matrix,
    /// `[vectors, classes − 1]`: what a vector counts in the pairs of its class with all others; for values one column.
    pub weights: Matrix,
    /// What is taken off each sum; one per pair of classes.
    pub offsets: Vec<f32>,
    /// What makes probabilities of the sums, one per pair of classes; empty where nothing does.
    pub sigmoids: Vec<Sigmoid>,
}

impl Svm {
    /// Place of the pair of classes `a < b` among all pairs.
    pub fn pair(a: usize, b: usize, classes: usize) -> usize {
        a * (2 * classes - a - 1) / 2 + b - a - 1
    }

    /// Votes of all pairs into `votes`, and below a third what they are sure of, as in scikit-learn: so many that no two are equal and none changes places.
    fn vote(&self, sums: &[f64], votes: &mut [f64]) {
        let classes = self.counts.len();
        let mut sure = vec![0.0; classes];
        votes.fill(0.0);
        for a in 0..classes {
            for b in a + 1..classes {
                let sum = sums[Self::pair(a, b, classes)];
                votes[if sum > 0.0 { a } else { b }] += 1.0;
                sure[a] += sum;
                sure[b] -= sum;
            }
        }
        votes.iter_mut().zip(&sure).for_each(|(v, s)| *v += s / (3.0 * (s.abs() + 1.0)));
    }

    /// The sums of each row of `inputs`, `[rows, pairs]`. A vector is decoded once for all of them, and each sum goes over the vectors in their order.
    fn add_up(&self, inputs: &[f32], decoded: &mut [Vec<f32>; 2], sums: &mut [f64]) {
        let (pairs, classes) = (self.offsets.len(), self.counts.len());
        if pairs == 0 {
            return;
        }
        for sums in sums.chunks_exact_mut(pairs) {
            sums.iter_mut().zip(&self.offsets).for_each(|(s, o)| *s = -f64::from(*o));
        }
        let [vector, weights] = decoded;
        let of_class = self.counts.iter().enumerate().flat_map(|(class, count)| std::iter::repeat_n(class, *count));
        for (v, class) in of_class.enumerate() {
            let (vector, own) = (self.vectors.row(v, vector), self.weights.row(v, weights));
            for (row, sums) in inputs.chunks_exact(self.vectors.columns).zip(sums.chunks_exact_mut(pairs)) {
                let alike = self.kernel.at(vector, row);
                if self.values {
                    sums[0] += f64::from(own[0]) * alike;
                    continue;
                }
                for (other, weight) in (0..classes).filter(|other| *other != class).zip(own) {
                    sums[Self::pair(class.min(other), class.max(other), classes)] += f64::from(*weight) * alike;
                }
            }
        }
    }

    /// What the `sums` of a row say; they are used up.
    fn answer(&self, sums: &mut [f64], scratch: &mut Vec<f64>, votes: &mut [f64], out: &mut [f32]) {
        let classes = self.counts.len();
        match (self.values, classes) {
            (true, _) => out[0] = sums[0] as f32,
            (_, 1) => out[0] = 1.0,
            (_, 2) => {
                let first = self.sigmoids.first().map_or_else(|| sigmoid(sums[0]), |fitted| fitted.at(sums[0]));
                out.copy_from_slice(&[first as f32, (1.0 - first) as f32]);
            }
            _ if !self.sigmoids.is_empty() => {
                sums.iter_mut().zip(&self.sigmoids).for_each(|(sum, fitted)| *sum = fitted.at(*sum));
                let of = |a: usize, b: usize| if a < b { sums[Self::pair(a, b, classes)] } else { 1.0 - sums[Self::pair(b, a, classes)] };
                couple(of, scratch, votes);
                out.iter_mut().zip(&*votes).for_each(|(o, p)| *o = *p as f32);
            }
            _ => {
                self.vote(sums, votes);
                softmax(votes);
                out.iter_mut().zip(&*votes).for_each(|(o, v)| *o = *v as f32);
            }
        }
    }
}

/// Rows that are answered in one pass over the vectors.
const TOGETHER: usize = 32;

impl Model for Svm {
    fn features(&self) -> usize {
        self.vectors.columns
    }

    fn outputs(&self) -> usize {
        if self.values { 1 } else { self.counts.len() }
    }

    fn predict(&self, inputs: &[f32], rows: usize, out: &mut [f32]) {
        let (features, outputs, pairs) = (self.features(), self.outputs(), self.offsets.len());
        let mut sums = vec![0.0_f64; rows.min(TOGETHER) * pairs];
        let (mut votes, mut scratch, mut decoded) = (vec![0.0; outputs], Vec::new(), [Vec::new(), Vec::new()]);
        let some = inputs[..rows * features].chunks(TOGETHER * features);
        for (inputs, out) in some.zip(out.chunks_mut(TOGETHER * outputs)) {
            let sums = &mut sums[..inputs.len() / features * pairs];
            self.add_up(inputs, &mut decoded, sums);
            // A single class has no pair, and no sums.
            for (at, out) in out.chunks_exact_mut(outputs).take(inputs.len() / features).enumerate() {
                self.answer(&mut sums[at * pairs..(at + 1) * pairs], &mut scratch, &mut votes, out);
            }
        }
    }

    fn describe(&self) -> Description {
        let counts = vec![Count::new("support vectors", self.vectors.rows)];
        let mut notes = Vec::new();
        if !self.values && self.sigmoids.is_empty() {
            notes.push("Shares follow from the distances to the borders; they are not probabilities that were fitted.".into());
        }
        Description { eight_bits: self.vectors.is_coded(), counts, notes, ..Description::default() }
    }

    fn shrinks(&self) -> Shrinks {
        Shrinks { bits: true, ..Shrinks::default() }
    }

    fn shrunk(&self, how: &Shrink) -> Box<dyn Model> {
        if how.eight_bits {
            Box::new(Self { vectors: self.vectors.eight_bits(), weights: self.weights.eight_bits(), ..self.clone() })
        } else {
            Box::new(self.clone())
        }
    }

    fn tag(&self) -> Tag {
        if self.sigmoids.is_empty() { Tag::Svm } else { Tag::SvmProbability }
    }

    fn write(&self, out: &mut Vec<u8>) {
        self.kernel.write(out);
        // No class stands for values.
        number(out, if self.values { 0 } else { self.counts.len() });
        self.counts.iter().for_each(|count| number(out, *count));
        self.vectors.write(out);
        self.weights.write(out);
        floats(out, &self.offsets);
        floats(out, &self.sigmoids.iter().flat_map(|s| [s.slope, s.offset]).collect::<Vec<_>>());
    }
}

/// Reads what [`Svm::write`] wrote, with sigmoids or without.
pub fn read(reader: &mut Reader<'_>, probability: bool) -> Result<Box<dyn Model>, ArtifactError> {
    let kernel = Kernel::read(reader)?;
    let classes = reader.number(1 << 12, "number of classes")?;
    let values = classes == 0;
    let counts = (0..classes.max(1)).map(|_| reader.number(LIMIT, "number of support vectors")).collect::<Result<Vec<_>, _>>()?;
    let (vectors, weights) = (Matrix::read(reader, "support vectors")?, Matrix::read(reader, "weights")?);
    let wide = if values { 1 } else { classes - 1 };
    if vectors.columns == 0 || counts.iter().sum::<usize>() != vectors.rows || (weights.rows, weights.columns) != (vectors.rows, wide) {
        return Err(invalid("its support vectors and weights do not fit together"));
    }
    let offsets = read_floats(reader, if values { 1 } else { classes * (classes - 1) / 2 }, "offsets")?;
    if probability && classes < 2 {
        return Err(invalid("there is no pair of classes, and so no sigmoid"));
    }
    let sigmoids = read_floats(reader, if probability { 2 * offsets.len() } else { 0 }, "sigmoids")?;
    let sigmoids = sigmoids.as_chunks::<2>().0.iter().map(|[slope, offset]| Sigmoid { slope: *slope, offset: *offset }).collect();
    Ok(Box::new(Svm { kernel, counts, values, vectors, weights, offsets, sigmoids }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{learners::svm::kernel::Shape, rng::Rng};

    /// All vectors decoded, and row by row each pair of classes by itself: what the sums have to be, to the bit.
    fn plainly(model: &Svm, row: &[f32]) -> Vec<f64> {
        let (vectors, weights, classes) = (model.vectors.values(), model.weights.values(), model.counts.len());
        let class_of = |v: usize| (0..classes).find(|class| v < model.counts[..=*class].iter().sum()).unwrap();
        let mut sums = Vec::new();
        for a in 0..classes {
            for b in a + 1..classes {
                let mut sum = -f64::from(model.offsets[Svm::pair(a, b, classes)]);
                for (v, vector) in vectors.chunks_exact(model.vectors.columns).enumerate() {
                    let place = match class_of(v) {
                        class if class == a => b - 1,
                        class if class == b => a,
                        _ => continue,
                    };
                    sum += f64::from(weights[v * (classes - 1) + place]) * model.kernel.at(vector, row);
                }
                sums.push(sum);
            }
        }
        sums
    }

    #[test]
    fn sums_of_many_rows_are_those_of_each_alone() {
        let mut rng = Rng::new(5, 0);
        let mut drawn = |count: usize| -> Vec<f32> { (0..count).map(|_| rng.normal()).collect() };
        let counts = vec![7, 4, 9, 6];
        let floats = Svm {
            kernel: Kernel { shape: Shape::Rbf, gamma: 0.2, degree: 3, coef0: 0.0 },
            vectors: Matrix::new(26, 5, drawn(26 * 5)),
            weights: Matrix::new(26, 3, drawn(26 * 3)),
            offsets: drawn(6),
            counts,
            values: false,
            sigmoids: Vec::new(),
        };
        let codes = Svm { vectors: floats.vectors.eight_bits(), weights: floats.weights.eight_bits(), ..floats.clone() };
        let inputs = drawn(TOGETHER * 5);
        for model in [floats, codes] {
            let mut sums = vec![f64::NAN; TOGETHER * 6];
            model.add_up(&inputs, &mut Default::default(), &mut sums);
            for (row, sums) in inputs.chunks_exact(5).zip(sums.chunks_exact(6)) {
                assert_eq!(sums, plainly(&model, row));
            }
        }
    }
}
