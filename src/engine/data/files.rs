//! Reads the bundled data sets: `WDS2`, a header in postcard's encoding with its length before it, and a zlib body of inputs (training samples
//! first, then test samples) and labels. `tools/data/` writes them.

use serde::Deserialize;

use super::{Dataset, Samples, Task};
use crate::engine::shape::Shape;

/// Largest body that is unpacked: a forged header must not fill the memory.
const MAX_BODY: usize = 128 << 20;
/// Largest header.
const MAX_HEADER: usize = 1 << 20;

/// Why a data file cannot be read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DataError {
    /// Not a data file of Whittle: a page of the server's own instead, for one.
    #[error("this is no data file (it does not begin with WDS2)")]
    Magic,
    /// It ends before it should.
    #[error("the file is cut off: {what} needs {needed} bytes, {there} are there")]
    Truncated {
        /// Which part.
        what: &'static str,
        /// Bytes that the header promises.
        needed: usize,
        /// Bytes that are there.
        there: usize,
    },
    /// The header is not of the right form.
    #[error("the header cannot be read: {0}")]
    Header(String),
    /// The body cannot be unpacked.
    #[error("the body cannot be unpacked: {0}")]
    Body(String),
    /// A value that makes no sense.
    #[error("{0}")]
    Value(String),
}

#[derive(Deserialize)]
struct Header {
    key: String,
    name: String,
    task: String,
    shape: Vec<usize>,
    n_train: usize,
    n_test: usize,
    classes: Vec<String>,
    target: Option<Target>,
    feature_names: Vec<String>,
    dtype: String,
    body_bytes: usize,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    unit: String,
}

/// Reads a data file. Pixels become 0 to 1; the features of a table or sequence and the target of a regression are standardised by mean and
/// standard deviation of the training samples. Errors: [`DataError`], never a panic, whatever the bytes.
pub fn read(bytes: &[u8]) -> Result<Dataset, DataError> {
    let (header, packed) = split(bytes)?;
    let samples = header.n_train.saturating_add(header.n_test);
    let width = header.shape.iter().try_fold(1_usize, |n, d| n.checked_mul(*d)).filter(|w| *w > 0);
    let (Some(width), 1.., 1.., 1..=3) = (width, header.n_train, header.n_test, header.shape.len()) else {
        return Err(DataError::Value(format!("a shape of {:?} with {samples} samples holds no data", header.shape)));
    };
    let input_size = match header.dtype.as_str() {
        "u8" => 1,
        "f32" => 4,
        other => return Err(DataError::Value(format!("inputs of type {other} are unknown"))),
    };
    let label_size = if header.task == "classification" { 1 } else { 4 };
    let inputs = samples.checked_mul(width).and_then(|n| n.checked_mul(input_size));
    let total = inputs.and_then(|n| n.checked_add(samples * label_size)).filter(|n| *n <= MAX_BODY && *n == header.body_bytes);
    let (Some(inputs), Some(total)) = (inputs, total) else {
        return Err(DataError::Value(format!("the header's sizes contradict each other, or pass {MAX_BODY} bytes")));
    };
    let body = miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(packed, total).map_err(|e| DataError::Body(e.to_string()))?;
    if body.len() != total {
        return Err(DataError::Truncated { what: "the body", needed: total, there: body.len() });
    }
    let (input_bytes, labels) = body.split_at(inputs);
    let values = if input_size == 1 { input_bytes.iter().map(|b| f32::from(*b) / 255.0).collect() } else { floats(input_bytes) };
    assemble(header, width, values, labels)
}

fn split(bytes: &[u8]) -> Result<(Header, &[u8]), DataError> {
    let rest = bytes.strip_prefix(b"WDS2").ok_or(DataError::Magic)?;
    let (length, rest) =
        rest.split_first_chunk::<4>().ok_or(DataError::Truncated { what: "the header's length", needed: 4, there: rest.len() })?;
    let length = u32::from_le_bytes(*length) as usize;
    if length > MAX_HEADER {
        return Err(DataError::Header(format!("it claims {length} bytes")));
    }
    let (header, body) =
        rest.split_at_checked(length).ok_or(DataError::Truncated { what: "the header", needed: length, there: rest.len() })?;
    // What stands behind its fields is for `build.py --check`.
    let (header, _) = postcard::take_from_bytes(header).map_err(|e| DataError::Header(e.to_string()))?;
    Ok((header, body))
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
}

fn assemble(header: Header, width: usize, mut inputs: Vec<f32>, labels: &[u8]) -> Result<Dataset, DataError> {
    if inputs.iter().any(|v| !v.is_finite()) {
        return Err(DataError::Value("an input is not a finite number".into()));
    }
    let n = header.n_train;
    // Of a sequence a feature has one scale in all steps.
    let (steps, features) = if let [steps, features] = header.shape[..] { (steps, features) } else { (1, width) };
    let image = header.shape.len() == 3;
    let scaling = if image { vec![(0.0, 1.0); width] } else { standardise(&mut inputs, features, n * steps).repeat(steps) };
    let (task, classes, values) = if header.task == "classification" {
        if header.classes.len() < 2 || labels.iter().any(|l| usize::from(*l) >= header.classes.len()) {
            return Err(DataError::Value(format!("labels do not fit {} classes", header.classes.len())));
        }
        (Task::Classes(header.classes), labels.iter().map(|l| u32::from(*l)).collect(), Vec::new())
    } else {
        let mut values = floats(labels);
        if values.iter().any(|v| !v.is_finite()) {
            return Err(DataError::Value("a target is not a finite number".into()));
        }
        let (shift, scale) = standardise(&mut values, 1, n)[0];
        let name = header.target.map_or_else(String::new, |t| if t.unit.is_empty() { t.name } else { format!("{} ({})", t.name, t.unit) });
        (Task::Value { name, shift, scale }, Vec::new(), values)
    };
    let part = |from: usize, to: usize| Samples {
        len: to - from,
        inputs: inputs[from * width..to * width].to_vec(),
        classes: classes.get(from..to).unwrap_or_default().to_vec(),
        values: values.get(from..to).unwrap_or_default().to_vec(),
    };
    Ok(Dataset {
        pipeline: None,
        key: header.key,
        name: header.name,
        shape: Shape(header.shape),
        features: header.feature_names,
        scaling,
        train: part(0, n),
        validation: Samples::default(),
        test: part(n, n + header.n_test),
        task,
    })
}

/// Shifts each of `width` columns by its mean and scales it by its standard deviation over the first `n` rows (scikit-learn's
/// `StandardScaler`); a constant column keeps its scale. Gives shift and scale per column.
pub(super) fn standardise(values: &mut [f32], width: usize, n: usize) -> Vec<(f32, f32)> {
    let scaling: Vec<(f32, f32)> = (0..width)
        .map(|c| {
            let column = || values.iter().skip(c).step_by(width).take(n).map(|v| f64::from(*v));
            let mean = column().sum::<f64>() / n as f64;
            let variance = column().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n as f64;
            // The mean of equal values is off by a rounding, which must not pass for a deviation.
            let varies = variance > 1e-12 * mean * mean;
            let scale = if varies { 1.0 / libm::sqrt(variance) } else { 1.0 };
            (mean as f32, scale as f32)
        })
        .collect();
    for row in values.chunks_exact_mut(width) {
        for (v, (shift, scale)) in row.iter_mut().zip(&scaling) {
            *v = (*v - shift) * scale;
        }
    }
    scaling
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIABETES: &[u8] = include_bytes!("../../../public/data/diabetes.bin");
    const DIGITS: &[u8] = include_bytes!("../../../public/data/digits.bin");

    #[test]
    fn images_keep_their_range() {
        let data = read(DIGITS).unwrap();
        assert_eq!((data.train.len, data.test.len, data.shape.len()), (1437, 360, 64));
        assert!(data.train.inputs.iter().all(|v| (0.0..=1.0).contains(v)));
        assert_eq!(data.task.outputs(), 10);
    }

    #[test]
    fn tables_are_standardised_on_the_training_samples() {
        let data = read(DIABETES).unwrap();
        for c in 0..10 {
            let column: Vec<f64> = data.train.inputs.iter().skip(c).step_by(10).map(|v| f64::from(*v)).collect();
            let mean = column.iter().sum::<f64>() / column.len() as f64;
            let variance = column.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / column.len() as f64;
            assert!(mean.abs() < 1e-4 && (variance - 1.0).abs() < 1e-3, "column {c}: mean {mean}, variance {variance}");
        }
        let Task::Value { name, shift, scale } = &data.task else { panic!("a regression") };
        assert!(name.contains("disease progression") && *shift > 100.0 && 1.0 / scale > 50.0);
    }

    #[test]
    fn a_feature_of_a_sequence_has_one_scale_in_all_steps() {
        let data = read(include_bytes!("../../../public/data/sunspots.bin")).unwrap();
        assert_eq!((data.shape.0.as_slice(), data.train.len, data.test.len, data.features.len()), ([12, 1].as_slice(), 237, 60, 1));
        assert!(data.scaling.len() == 12 && data.scaling.iter().all(|s| *s == data.scaling[0]));
        let raw = |v: &f32| v / data.scaling[0].1 + data.scaling[0].0;
        // 1700 had 5 sunspots, 1711 none, and 1712 none again.
        assert!((raw(&data.train.inputs[0]) - 5.0).abs() < 1e-3 && raw(&data.train.inputs[11]).abs() < 1e-3);
        assert_eq!(data.train.inputs[1..12], data.train.inputs[12..23], "each window begins a year later");
    }

    #[test]
    fn constant_columns_keep_their_scale() {
        let mut values: Vec<f32> = (0..49).flat_map(|i| [0.1, i as f32]).collect();
        let scaling = standardise(&mut values, 2, 48);
        assert_eq!(scaling[0], (0.1, 1.0));
        assert!(values.chunks(2).all(|row| row[0] == 0.0) && scaling[1].1 < 0.1);
    }

    #[test]
    fn damaged_files_are_errors() {
        assert_eq!(read(b"<!doctype html>").unwrap_err(), DataError::Magic);
        for cut in (0..DIGITS.len()).step_by(997).chain(0..600) {
            assert!(read(&DIGITS[..cut]).is_err(), "cut at {cut}");
        }
        let mut damaged = DIABETES.to_vec();
        for at in 0..damaged.len().min(3000) {
            damaged[at] ^= 0x55;
            let _ = read(&damaged);
            damaged[at] ^= 0x55;
        }
    }
}
