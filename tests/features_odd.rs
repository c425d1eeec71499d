//! Every feature step on odd tables: what comes of it is numbers, or words that say what is wrong; never a panic.

use std::panic::{AssertUnwindSafe, catch_unwind};

use whittle::engine::{
    catalog::Pick,
    data::{Dataset, Samples, Task},
    features::{CATALOG, IMPUTE, apply},
    params::Scale,
    rng::Rng,
    shape::Shape,
};

/// Every step at its defaults, with every word and at both ends of each number.
fn picks() -> Vec<Pick> {
    let mut picks = Vec::new();
    for entry in CATALOG.entries {
        picks.push(Pick::new(entry.key));
        for spec in entry.params {
            let ends = match spec.scale {
                Scale::Choice(words) => (0..words.len()).map(|i| i as f64).collect(),
                _ => vec![spec.range.0, spec.range.1],
            };
            picks.extend(ends.into_iter().map(|v| Pick::new(entry.key).with(spec.key, v)));
        }
    }
    picks
}

/// A table: of `rows` training rows of `width` columns, as many for testing, and a few for validation.
fn table(rows: usize, width: usize, classes: usize) -> Dataset {
    let mut rng = Rng::new(5, (rows * width + classes) as u64);
    let mut samples = |len: usize| {
        let of = |at: usize| at as u32 % classes.max(1) as u32;
        let inputs = (0..len * width).map(|at| of(at / width) as f32 * 0.7 + rng.normal()).collect();
        let values = if classes == 0 { (0..len).map(|_| rng.normal()).collect() } else { Vec::new() };
        Samples { len, inputs, classes: if classes == 0 { Vec::new() } else { (0..len).map(of).collect() }, values }
    };
    let [train, validation, test] = [rows, 3, rows].map(&mut samples);
    let task = if classes == 0 {
        Task::Value { name: "value".into(), shift: 0.0, scale: 1.0 }
    } else {
        Task::Classes((0..classes).map(|class| format!("class {class}")).collect())
    };
    Dataset {
        key: "odd".into(),
        name: "Odd".into(),
        shape: Shape(vec![width]),
        task,
        features: (0..width).map(|at| format!("column {at}")).collect(),
        scaling: Vec::new(),
        train,
        validation,
        test,
        pipeline: None,
    }
}

/// The same with every input of all parts changed, which is told its row and column.
fn with(mut data: Dataset, change: impl Fn(usize, usize, f32) -> f32) -> Dataset {
    let width = data.shape.len();
    for part in [&mut data.train, &mut data.validation, &mut data.test] {
        part.inputs.iter_mut().enumerate().for_each(|(at, v)| *v = change(at / width, at % width, *v));
    }
    data
}

/// The same with classes changed.
fn told(mut data: Dataset, count: usize, change: impl Fn(u32) -> u32) -> Dataset {
    data.task = Task::Classes((0..count).map(|class| format!("class {class}")).collect());
    for part in [&mut data.train, &mut data.validation, &mut data.test] {
        part.classes.iter_mut().for_each(|class| *class = change(*class));
    }
    data
}

fn tables() -> Vec<(&'static str, Dataset)> {
    let mut same = table(40, 3, 0);
    same.train.values.fill(0.0);
    let mut still = table(40, 4, 2);
    still.train.inputs.fill(0.3);
    vec![
        ("two classes", table(60, 4, 2)),
        ("three classes", table(90, 3, 3)),
        ("values", table(70, 3, 0)),
        ("points", table(50, 2, 2)),
        ("one column", table(30, 1, 2)),
        ("a constant column", with(table(60, 3, 3), |_, column, v| if column == 1 { 0.75 } else { v })),
        ("a constant column and values", with(table(60, 3, 0), |_, column, v| if column == 1 { 0.1 } else { v })),
        ("constant columns alone", with(table(40, 3, 2), |_, _, _| -2.0)),
        ("constant columns of zeros", with(table(40, 2, 2), |_, _, _| 0.0)),
        ("columns constant in training alone", still),
        ("columns twice", with(table(40, 4, 2), |row, column, _| libm::sinf((row * 3 + column / 2) as f32))),
        ("columns that are the class", with(table(40, 3, 2), |row, _, _| (row % 2) as f32)),
        ("classes without rows", told(table(60, 3, 3), 5, |class| class + class / 2)),
        ("one class", told(table(30, 3, 3), 3, |_| 1)),
        ("one class and none beside it", told(table(30, 3, 3), 1, |_| 0)),
        ("one row", table(1, 4, 2)),
        ("one value", table(1, 3, 0)),
        ("two rows", table(2, 4, 2)),
        ("two rows of a class", told(table(2, 2, 2), 2, |_| 0)),
        ("two values", table(2, 3, 0)),
        ("the same value everywhere", same),
        ("more columns than rows", table(5, 20, 2)),
        ("numbers large and small", with(table(40, 4, 2), |_, column, v| v * if column % 2 == 0 { 1e6 } else { 1e-6 })),
        ("numbers that are huge", with(table(40, 3, 2), |_, _, v| v * 1e37)),
        ("numbers that are tiny", with(table(40, 3, 2), |_, _, v| v * 1e-38)),
        ("one row far out", with(table(40, 3, 0), |row, _, v| if row == 7 { 1e30 } else { v })),
        ("some missing", with(table(40, 3, 2), |row, column, v| if (7 * row + 3 * column) % 5 == 1 { f32::NAN } else { v })),
        ("a column missing", with(table(40, 3, 2), |_, column, v| if column == 2 { f32::NAN } else { v })),
        ("all missing", with(table(12, 3, 0), |_, _, _| f32::NAN)),
        ("one row, all missing", with(table(1, 2, 2), |_, _, _| f32::NAN)),
    ]
}

/// What is said where a step cannot learn from a table or its setting leaves nothing. No other words may come.
const REFUSALS: [&str; 14] = [
    "some cells are missing, which it cannot take: put impute before it",
    "it needs two columns, and",
    "no column is left",
    "no column is worth its weight: take a lower penalty",
    "it tells classes apart, and this data asks for a number",
    "it takes no negative numbers: put scale:minmax before it",
    "it needs two classes, and more rows than classes",
    "the classes all have the same centre",
    "within each class no column varies",
    "become more than the 4096 allowed here: select some first",
    "the rows do not vary",
    "all rows are alike",
    "the numbers are too large to compare",
    "a number becomes too large for 32-bit floats",
];

/// What is wrong with what `picks` make of `data`, if anything is; else whether they made something.
fn check(picks: &[Pick], data: &Dataset) -> Result<bool, String> {
    let found = catch_unwind(AssertUnwindSafe(|| apply(picks, data))).map_err(|_| "it panics".to_string())?;
    let made = match found {
        Err(error) => {
            let text = error.to_string();
            let plain = error.field() == CATALOG.field && REFUSALS.iter().any(|says| text.contains(says));
            return if plain { Ok(false) } else { Err(format!("it says {text:?}")) };
        }
        Ok(made) => made,
    };
    let width = made.shape.len();
    for (part, from) in [(&made.train, &data.train), (&made.validation, &data.validation), (&made.test, &data.test)] {
        if part.inputs.iter().any(|v| !v.is_finite()) {
            return Err("it makes what is no number".into());
        }
        if part.inputs.len() != width * from.len || (&part.classes, &part.values) != (&from.classes, &from.values) {
            return Err("rows are lost, or their targets".into());
        }
    }
    if width == 0 || made.features.len() != width || made.features.iter().any(String::is_empty) {
        return Err(format!("{width} columns are called {:?}", made.features));
    }
    let pipeline = made.pipeline.as_ref().ok_or("no pipeline")?;
    let shares = pipeline.explained();
    if shares.iter().any(|share| !(0.0..=1.0 + 1e-9).contains(share)) || shares.iter().sum::<f64>() > 1.0 + 1e-9 {
        return Err(format!("shares of {shares:?}"));
    }
    for at in 0..picks.len() {
        let sight = pipeline.sight(at).ok_or("it cannot be looked at")?;
        if sight.loadings.iter().flatten().any(|v| !v.is_finite()) {
            return Err("its arrows are no numbers".into());
        }
    }
    Ok(true)
}

#[test]
fn every_step_is_sound_on_odd_tables() {
    let (tables, mut wrong) = (tables(), Vec::new());
    for pick in picks() {
        let mut made = 0;
        for (name, data) in &tables {
            for before in
                [None, Some(Pick::new("scale").with("by", 0.0)), Some(Pick::new("scale").with("by", 1.0)), Some(Pick::new(IMPUTE))]
            {
                let picks: Vec<Pick> = before.into_iter().chain([pick.clone()]).collect();
                match check(&picks, data) {
                    Ok(sound) => made += usize::from(sound),
                    Err(error) => wrong.push(format!("{picks:?} on {name}: {error}")),
                }
            }
        }
        if made == 0 {
            wrong.push(format!("{pick:?} is refused everywhere"));
        }
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Columns that do not vary have no directions: what rounding leaves of them is none.
#[test]
fn what_does_not_vary_has_no_components() {
    let still = |value: f32, classes: usize| {
        let mut data = table(41, 3, classes);
        data.train.inputs.iter_mut().enumerate().for_each(|(at, v)| *v = value * (1 + at % 3) as f32);
        data
    };
    for value in [0.0, 0.1, 0.3, -0.7, 1e-3, 12345.678] {
        for (pick, says) in [
            (Pick::new("pca"), "the rows do not vary"),
            (Pick::new("pca").with("whiten", 1.0), "the rows do not vary"),
            (Pick::new("kernel-pca"), "all rows are alike"),
            (Pick::new("kernel-pca").with("kernel", 1.0), "all rows are alike"),
            (Pick::new("lda"), "within each class no column varies"),
        ] {
            let error = apply(std::slice::from_ref(&pick), &still(value, 3)).expect_err("nothing varies").to_string();
            assert!(error.contains(says), "{pick:?} of {value}: {error}");
        }
    }
    // Columns that tell the class outright leave LDA nothing to measure by.
    let told = with(table(40, 2, 2), |row, _, _| (row % 2) as f32 + 0.1);
    let error = apply(&[Pick::new("lda")], &told).expect_err("no spread").to_string();
    assert!(error.contains("step 1 (lda): within each class no column varies"), "{error}");
}

#[test]
fn kernel_components_of_many_rows_are_found_on_every_second() {
    let long = |_, column: usize, v: f32| if column == 0 { 3.0 * v } else { 0.5 * v };
    let data = with(table(1000, 2, 0), long);
    let picks = [Pick::new("kernel-pca").with("gamma", 0.05)];
    let made = |data: &Dataset| apply(&picks, data).expect("components");
    let found = made(&data);
    assert_eq!(made(&data).train, found.train, "nothing is drawn");
    // Rows in between are not compared with, nor are those for testing.
    let mut other = data.clone();
    other.train.inputs.iter_mut().enumerate().filter(|(at, _)| at / 2 % 2 == 1).for_each(|(_, v)| *v += 1.0);
    assert_eq!(made(&other).test, found.test);
    other = data.clone();
    other.train.len = 500;
    other.train.values = data.train.values.iter().step_by(2).copied().collect();
    other.train.inputs = data.train.inputs.chunks(4).flat_map(|pair| pair[..2].to_vec()).collect();
    assert_eq!(made(&other).test, found.test, "500 rows are all compared with");
    other = data.clone();
    other.test.inputs.iter_mut().for_each(|v| *v += 1.0);
    assert_eq!(made(&other).train, found.train);
    other.train.inputs[0] += 1.0;
    assert_ne!(made(&other).train.inputs[2..], found.train.inputs[2..], "the first row is compared with");

    // The first component of all rows, by powers of the centred kernel; what it says of test rows.
    let alike = |a: &[f32], b: &[f32]| {
        let far: f64 = a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum();
        (-0.05 * far).exp()
    };
    let rows: Vec<&[f32]> = data.train.inputs.chunks(2).collect();
    let n = rows.len() as f64;
    let kernel: Vec<Vec<f64>> = rows.iter().map(|a| rows.iter().map(|b| alike(a, b)).collect()).collect();
    let means: Vec<f64> = kernel.iter().map(|row| row.iter().sum::<f64>() / n).collect();
    let whole = means.iter().sum::<f64>() / n;
    // With a vector of mean 0 the sums over a row's own mean vanish.
    let centred = |seen: &[f64], v: &[f64]| seen.iter().zip(&means).zip(v).map(|((s, m), v)| (s - m + whole) * v).sum::<f64>();
    let centre = |mut v: Vec<f64>| {
        let mean = v.iter().sum::<f64>() / n;
        v.iter_mut().for_each(|v| *v -= mean);
        v
    };
    let (mut axis, mut size) = (centre(rows.iter().map(|row| f64::from(row[0])).collect()), 0.0);
    for _ in 0..40 {
        axis = centre(kernel.iter().map(|row| centred(row, &axis)).collect());
        size = axis.iter().map(|v| v * v).sum::<f64>().sqrt();
        axis.iter_mut().for_each(|v| *v /= size);
    }
    let wanted: Vec<f64> = data
        .test
        .inputs
        .chunks(2)
        .map(|row| {
            let seen: Vec<f64> = rows.iter().map(|other| alike(row, other)).collect();
            centred(&seen, &axis) / size.sqrt()
        })
        .collect();
    let got: Vec<f64> = found.test.inputs.chunks(2).map(|row| f64::from(row[0])).collect();
    // Which way an axis points is free.
    let sign = wanted.iter().zip(&got).map(|(w, g)| w * g).sum::<f64>().signum();
    let off = wanted.iter().zip(&got).map(|(w, g)| (w - sign * g).abs()).fold(0.0, f64::max);
    let most = wanted.iter().map(|w| w.abs()).fold(0.0, f64::max);
    // Half of the rows tell it to about one in the root of 500, the worst row to twice that.
    assert!(off < 0.1 * most, "{off} of {most}");
}
