//! Nearest neighbours: no model but the samples themselves.

use std::sync::Arc;

use super::{
    Build, Count, Description, Fit, Learner, Model, Progress, Shrink, Shrinks, Table, Target,
    codec::{Tag, floats, invalid, number, read_floats},
    matrix::Matrix,
    svm::{distance, magnitudes},
};
use crate::engine::{
    artifact::{ArtifactError, reader::Reader},
    catalog::Entry,
    error::SpecError,
    params::{ParamSpec, Scale, Word},
};

pub(super) const ENTRY: Entry<Build> = Entry {
    key: "knn",
    label: "k-nearest neighbours",
    help: teach!(
        "Answers as the most similar training samples did. It learns at once and bends to any border, but keeps all samples, compares with each for every answer, and is misled by features that say nothing."
    ),
    formula: teach!(r"\hat y(x) = \frac{\sum_{i \in N_k(x)} w_i\, y_i}{\sum_{i \in N_k(x)} w_i}"),
    source: teach!("Cover & Hart 1967, Nearest neighbor pattern classification"),
    params: &[NEIGHBORS, WEIGHTS, METRIC],
    build: |values| {
        Box::new(Settings {
            neighbors: values.usize(&NEIGHBORS),
            by_distance: values.usize(&WEIGHTS) == 1,
            metric: if values.usize(&METRIC) == 0 { Metric::Euclidean } else { Metric::Manhattan },
        })
    },
};

const NEIGHBORS: ParamSpec = ParamSpec {
    key: "n-neighbors",
    label: "Neighbours k",
    range: (1.0, 100.0),
    scale: Scale::Integer,
    default: 5.0,
    help: teach!(
        "How many training samples have a say. One makes the border follow every sample, mistakes included; many smooth it until it forgets small groups."
    ),
    ..ParamSpec::NEW
};

const WEIGHTS: ParamSpec = ParamSpec {
    key: "weights",
    label: "Weights",
    range: (0.0, 1.0),
    scale: Scale::Choice(&[Word { key: "uniform", label: "All alike" }, Word { key: "distance", label: "By distance" }]),
    default: 0.0,
    help: teach!(
        "Whether nearer neighbours count more, by one over their distance. A sample that was seen in training is then answered as it was taught, whether that was right or not."
    ),
    ..ParamSpec::NEW
};

const METRIC: ParamSpec = ParamSpec {
    key: "metric",
    label: "Distance",
    range: (0.0, 1.0),
    scale: Scale::Choice(&[Word { key: "euclidean", label: "Euclidean" }, Word { key: "manhattan", label: "Manhattan" }]),
    default: 0.0,
    help: teach!(
        "How far two samples are from each other: along the straight line, or feature by feature. The latter minds single features that are far off less."
    ),
    formula: teach!(r"d_2 = \sqrt{\sum_j (x_j - x'_j)^2},\quad d_1 = \sum_j |x_j - x'_j|"),
    ..ParamSpec::NEW
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Metric {
    Euclidean = 0,
    Manhattan = 1,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Settings {
    neighbors: usize,
    by_distance: bool,
    metric: Metric,
}

impl Learner for Settings {
    fn fit(&self, table: &Arc<Table>, _seed: u64) -> Result<Box<dyn Fit>, SpecError> {
        table.check()?;
        let samples = Matrix::new(table.rows, table.features, table.inputs.clone());
        Ok(Box::new(Learnt { model: Knn { settings: *self, samples, target: table.target.clone() } }))
    }
}

/// All that there is to learn.
struct Learnt {
    model: Knn,
}

impl Fit for Learnt {
    fn advance(&mut self) -> Progress {
        Progress { done: 1, of: 1, unit: "passes", finished: true }
    }

    fn model(&self) -> &dyn Model {
        &self.model
    }
}

/// The training samples.
#[derive(Clone, Debug, PartialEq)]
struct Knn {
    settings: Settings,
    samples: Matrix,
    target: Target,
}

/// Rows that are answered in one pass over the samples, so that a sample is decoded once for all of them.
const TOGETHER: usize = 32;

impl Knn {
    /// Takes sample `at`, which lies `far` away, among the `nearest`, if it is one; of equals the first stays.
    fn meet(&self, far: f64, at: usize, nearest: &mut Vec<(f64, usize)>) {
        let count = self.settings.neighbors.min(self.samples.rows);
        if nearest.len() == count && nearest.last().is_some_and(|(last, _)| far >= *last) {
            return;
        }
        nearest.truncate(count - 1);
        let place = nearest.partition_point(|(other, _)| *other <= far);
        nearest.insert(place, (far, at));
    }

    /// The nearest samples of each row of `inputs` with their distances, nearest first, into as many `nearest`.
    fn search(&self, inputs: &[f32], scratch: &mut Vec<f32>, nearest: &mut [Vec<(f64, usize)>]) {
        nearest.iter_mut().for_each(Vec::clear);
        for at in 0..self.samples.rows {
            let sample = self.samples.row(at, scratch);
            for (row, nearest) in inputs.chunks_exact(self.samples.columns).zip(&mut *nearest) {
                let far = match self.settings.metric {
                    Metric::Euclidean => distance(row, sample),
                    Metric::Manhattan => magnitudes(row, sample),
                };
                self.meet(far, at, nearest);
            }
        }
        if self.settings.metric == Metric::Euclidean {
            nearest.iter_mut().flatten().for_each(|(far, _)| *far = libm::sqrt(*far));
        }
    }

    /// What the `nearest` of a row say.
    fn answer(&self, nearest: &[(f64, usize)], sums: &mut [f64], out: &mut [f32]) {
        let closest = nearest.first().map_or(0.0, |(far, _)| *far);
        let mut all = 0.0;
        sums.fill(0.0);
        for (far, at) in nearest {
            let weight = self.weight(*far, closest);
            all += weight;
            match &self.target {
                Target::Classes { of, .. } => sums[of[*at] as usize] += weight,
                Target::Values(values) => sums[0] += weight * f64::from(values[*at]),
            }
        }
        out.iter_mut().zip(sums).for_each(|(o, s)| *o = (*s / all) as f32);
    }

    /// What a neighbour counts.
    fn weight(&self, far: f64, nearest: f64) -> f64 {
        match (self.settings.by_distance, nearest == 0.0) {
            (false, _) => 1.0,
            // Those that are the same are asked alone.
            (_, true) => f64::from(u8::from(far == 0.0)),
            _ => nearest / far,
        }
    }
}

impl Model for Knn {
    fn features(&self) -> usize {
        self.samples.columns
    }

    fn outputs(&self) -> usize {
        if let Target::Classes { count, .. } = &self.target { *count } else { 1 }
    }

    fn predict(&self, inputs: &[f32], rows: usize, out: &mut [f32]) {
        let (features, outputs) = (self.features(), self.outputs());
        let (mut scratch, mut sums) = (Vec::new(), vec![0.0; outputs]);
        let mut nearest = vec![Vec::new(); rows.min(TOGETHER)];
        let some = inputs[..rows * features].chunks(TOGETHER * features);
        for (inputs, out) in some.zip(out.chunks_mut(TOGETHER * outputs)) {
            self.search(inputs, &mut scratch, &mut nearest);
            for (nearest, out) in nearest.iter().zip(out.chunks_exact_mut(outputs)).take(inputs.len() / features) {
                self.answer(nearest, &mut sums, out);
            }
        }
    }

    fn describe(&self) -> Description {
        let counts = vec![Count::new("samples", self.samples.rows)];
        Description { eight_bits: self.samples.is_coded(), counts, ..Description::default() }
    }

    fn shrinks(&self) -> Shrinks {
        Shrinks { bits: true, ..Shrinks::default() }
    }

    fn shrunk(&self, how: &Shrink) -> Box<dyn Model> {
        let samples = if how.eight_bits { self.samples.eight_bits() } else { self.samples.clone() };
        Box::new(Self { samples, ..self.clone() })
    }

    fn tag(&self) -> Tag {
        Tag::Knn
    }

    fn write(&self, out: &mut Vec<u8>) {
        number(out, self.settings.neighbors);
        out.extend([u8::from(self.settings.by_distance), self.settings.metric as u8]);
        self.samples.write(out);
        match &self.target {
            Target::Classes { of, count } => {
                number(out, *count);
                of.iter().for_each(|class| number(out, *class as usize));
            }
            Target::Values(values) => {
                number(out, 0);
                floats(out, values);
            }
        }
    }
}

/// Reads what [`Knn::write`] wrote.
pub(super) fn read(reader: &mut Reader<'_>) -> Result<Box<dyn Model>, ArtifactError> {
    let neighbors = reader.number(1 << 16, "number of neighbours")?;
    let by_distance = reader.byte("weights")? == 1;
    let metric = if reader.byte("metric")? == 0 { Metric::Euclidean } else { Metric::Manhattan };
    let samples = Matrix::read(reader, "samples")?;
    if neighbors == 0 || samples.rows == 0 || samples.columns == 0 {
        return Err(invalid("it has no samples"));
    }
    let target = match reader.number(1 << 16, "number of classes")? {
        0 => Target::Values(read_floats(reader, samples.rows, "values")?),
        count => {
            let of = (0..samples.rows).map(|_| reader.number(count - 1, "class").map(|class| class as u32)).collect::<Result<_, _>>()?;
            Target::Classes { of, count }
        }
    };
    Ok(Box::new(Knn { settings: Settings { neighbors, by_distance, metric }, samples, target }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::rng::Rng;

    /// All samples decoded, all distances sorted: what the search has to come to, to the bit.
    fn plainly(model: &Knn, row: &[f32]) -> Vec<(f64, usize)> {
        let all = model.samples.values();
        let far = |sample: &[f32]| match model.settings.metric {
            Metric::Euclidean => libm::sqrt(distance(row, sample)),
            Metric::Manhattan => magnitudes(row, sample),
        };
        let mut found: Vec<_> = all.chunks_exact(model.samples.columns).map(far).zip(0..).collect();
        found.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        found.truncate(model.settings.neighbors);
        found
    }

    #[test]
    fn the_nearest_are_those_of_a_sorted_list() {
        let (mut rng, rows, columns) = (Rng::new(3, 0), 90, 11);
        // Few levels, so that many lie equally far.
        let mut values: Vec<f32> = (0..rows * columns).map(|_| rng.below(3) as f32 * 0.37 - 0.4).collect();
        values[0] = 5.3;
        let target = Target::Values((0..rows).map(|_| rng.normal()).collect());
        for metric in [Metric::Euclidean, Metric::Manhattan] {
            for neighbors in [1, 5, 100] {
                let samples = Matrix::new(rows, columns, values.clone());
                let settings = Settings { neighbors, by_distance: false, metric };
                let floats = Knn { settings, samples, target: target.clone() };
                let codes = Knn { samples: floats.samples.eight_bits(), ..floats.clone() };
                for model in [floats, codes] {
                    let mut nearest = vec![Vec::new(); TOGETHER];
                    let asked = &values[columns..(1 + TOGETHER) * columns];
                    model.search(asked, &mut Vec::new(), &mut nearest);
                    for (row, found) in asked.chunks_exact(columns).zip(&nearest) {
                        assert_eq!(*found, plainly(&model, row), "{metric:?}, {neighbors}");
                    }
                }
            }
        }
    }
}
