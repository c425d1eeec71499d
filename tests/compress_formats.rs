//! Formats, grids and ranges against PyTorch, torch.ao's observers and ONNX Runtime; `fixtures/formats/make.py` made the figures.

use serde_json::Value;
use whittle::{
    engine::{
        catalog::Pick,
        packed::{ActivationScale, Values, Weights},
        quantization::{
            Granularity, Scheme, ValueRange,
            calibration::{BATCH, CATALOG, Needs, Seen},
            quantize,
            ranges::Range,
        },
    },
    kernels::small_floats::Kind,
};

fn fixture() -> Value {
    serde_json::from_str(include_str!("fixtures/formats/reference.json")).expect("the fixture is JSON")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn floats(value: &Value) -> Vec<f32> {
    list(value).iter().map(|v| v.as_f64().expect("a number") as f32).collect()
}

fn whole(value: &Value) -> usize {
    value.as_u64().expect("a whole number") as usize
}

#[test]
fn narrow_floats_are_those_of_pytorch() {
    for case in list(&fixture()["narrow"]) {
        let name = case["format"].as_str().expect("a name");
        let kind = match name {
            "f16" => Kind::F16,
            "bf16" => Kind::Bf16,
            "e4m3" => Kind::E4m3,
            _ => Kind::E5m2,
        };
        let mut seen = [0; 3];
        for (bits, code) in list(&case["bits"]).iter().zip(list(&case["codes"])) {
            let (x, want) = (f32::from_bits(whole(bits) as u32), whole(code) as u16);
            let got = kind.encode(x);
            if x.is_nan() {
                assert!(!kind.is_finite(got), "{name}: NaN is {got:#x}");
                seen[0] += 1;
                continue;
            }
            assert_eq!(got, want, "{name}: {x:e} ({:#x})", x.to_bits());
            if kind.is_finite(want) {
                // Whatever is stored is no farther from the number than its neighbours are.
                let off = (kind.decode(want) - x).abs();
                let beside = [want.wrapping_sub(1), want.wrapping_add(1)].into_iter().filter(|c| kind.is_finite(*c));
                assert!(beside.map(|c| kind.decode(c)).all(|near| (near - x).abs() >= off), "{name}: {x:e}");
            }
            seen[1] += usize::from(x.abs() > kind.max());
            seen[2] += usize::from(x != 0.0 && kind.decode(want).abs() < kind.decode(9).abs());
        }
        assert!(seen.iter().all(|count| *count >= 2), "{name}: NaN, too large and subnormal are among the cases: {seen:?}");
    }
}

/// The fixture's weights `[out, in]` as ours, `[K, N]`.
fn weights(fixture: &Value) -> (Vec<f32>, (usize, usize)) {
    let (flat, inputs, units) = (floats(&fixture["weights"]), whole(&fixture["inputs"]), whole(&fixture["units"]));
    ((0..inputs * units).map(|i| flat[i % units * inputs + i / units]).collect(), (inputs, units))
}

fn parts(weights: &Weights) -> (&[f32], &[i8]) {
    match &weights.values {
        Values::Int { scales, zeros, .. } => (scales, zeros),
        other => panic!("{other:?} are no whole numbers"),
    }
}

#[test]
fn grids_of_weights_are_those_of_observers() {
    let fixture = &fixture()["weights"];
    let (w, (inputs, units)) = weights(fixture);
    for case in list(&fixture["cases"]) {
        let (bits, affine) = (whole(&case["bits"]) as u32, case["affine"].as_bool().expect("a flag"));
        let granularity = match case["granularity"].as_str().expect("a word") {
            "tensor" => Granularity::Tensor,
            "channel" => Granularity::Channel,
            _ => Granularity::Group(32),
        };
        let name = format!("{bits} bits, affine {affine}, {granularity:?}");
        let found = quantize(&w, (inputs, units), &Scheme { bits, granularity, affine, range: Range::MinMax });
        let (scales, zeros) = parts(&found);
        let wanted = floats(&case["scales"]);
        assert_eq!(scales.len(), wanted.len(), "{name}");
        for (scale, want) in scales.iter().zip(&wanted) {
            assert!((scale - want).abs() <= want * 2e-6, "{name}: {scale} instead of {want}");
        }
        if affine {
            assert_eq!(zeros.iter().map(|z| f32::from(*z)).collect::<Vec<_>>(), floats(&case["zeros"]), "{name}");
        } else {
            assert!(zeros.is_empty(), "{name}");
        }
        // A weight half-way between two levels may go to the other one.
        let (got, want) = (found.to_f32(), floats(&case["rounded"]));
        let off = (0..w.len()).filter(|i| (got[*i] - want[i % units * inputs + i / units]).abs() > 1e-6).count();
        assert!(off <= 2, "{name}: {off} of {} weights differ", w.len());
    }
}

#[test]
fn ranges_of_weights_are_those_of_their_papers() {
    let fixture = &fixture()["weights"];
    let (w, size) = weights(fixture);
    let scheme = |bits, range| Scheme { bits, granularity: Granularity::Tensor, affine: false, range };
    let ternary = quantize(&w, size, &scheme(2, Range::AbsMean));
    let scale = fixture["absmean"]["scale"].as_f64().expect("a number") as f32;
    assert!((parts(&ternary).0[0] - scale).abs() < 1e-6 * scale);
    assert_eq!(ternary.codes().iter().map(|c| f32::from(*c)).collect::<Vec<_>>(), floats(&fixture["absmean"]["codes"]));
    for case in list(&fixture["percentiles"]) {
        let (share, reach) = (case["share"].as_f64().expect("a share"), case["reach"].as_f64().expect("a number") as f32);
        let found = quantize(&w, size, &scheme(8, Range::Percentile((share / 100.0) as f32)));
        assert!((parts(&found).0[0] * 127.0 - reach).abs() < 1e-4 * reach, "{share} %");
    }
    // The least error is no larger than any other rule's, at every width.
    for bits in 2..=8 {
        for affine in [false, true] {
            let error = |range| {
                let found = quantize(&w, size, &Scheme { affine, ..scheme(bits, range) }).to_f32();
                found.iter().zip(&w).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>()
            };
            let least = error(Range::LeastSquares);
            for other in [Range::MinMax, Range::Auto, Range::Percentile(0.99), Range::AbsMean] {
                assert!(least <= error(other) * 1.03, "{bits} bits, affine {affine}, {other:?}");
            }
        }
    }
}

/// What a calibrator of the catalogue finds in samples of 20 values each.
fn range(pick: &Pick, x: &[f32], bits: u32) -> ValueRange {
    let (entry, values) = CATALOG.resolve(pick).expect("known");
    let rule = (entry.build)(&values);
    let mut seen = Seen::default();
    x.chunks(20 * BATCH).for_each(|batch| seen.note(batch, rule.needs()));
    if rule.needs() == Needs::Histogram {
        seen.begin_counting();
        x.chunks(20 * BATCH).for_each(|batch| seen.histogram.count(batch));
    }
    rule.range(&seen, bits)
}

fn near(name: &str, got: ValueRange, want: &Value, tolerance: f32) {
    let want = floats(want);
    for (got, want) in [(got.min, want[0]), (got.max, want[1])] {
        assert!((got - want).abs() <= tolerance, "{name}: {got} instead of {want}");
    }
}

/// Squared error of `x` on the grid over a range.
fn error(x: &[f32], range: ValueRange, bits: u32) -> f64 {
    let scale = ActivationScale::over(range.min, range.max, bits);
    let mut codes = vec![0.0; x.len()];
    scale.quantize_all_f32(x, &mut codes);
    codes.iter().zip(x).map(|(q, x)| f64::from(q * scale.scale - x).powi(2)).sum()
}

#[test]
fn calibrators_find_what_observers_find() {
    for case in list(&fixture()["calibration"]) {
        let (name, x) = (case["name"].as_str().expect("a name"), floats(&case["x"]));
        let reach = x.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
        near(name, range(&Pick::new("minmax"), &x, 8), &case["minmax"], 0.0);
        for case in list(&case["moving"]) {
            let share = case["share"].as_f64().expect("a share");
            let pick = Pick::new("moving-average").with("share", share);
            near(&format!("{name}, moving by {share}"), range(&pick, &x, 8), &case["range"], 2e-6 * reach);
        }
        // Values at the edge of a bin may be counted in the one beside it.
        let bin = reach / 2048.0;
        for case in list(&case["percentile"]) {
            let share = case["share"].as_f64().expect("a share");
            let pick = Pick::new("percentile").with("share", share);
            near(&format!("{name}, {share} %"), range(&pick, &x, 8), &case["range"], 1.001 * bin);
        }
        for case in list(&case["entropy"]) {
            let bits = whole(&case["bits"]) as u32;
            near(&format!("{name}, entropy, {bits} bits"), range(&Pick::new("entropy"), &x, bits), &case["range"], 1.001 * bin);
        }
        for case in list(&case["histogram"]) {
            let bits = whole(&case["bits"]) as u32;
            let theirs = case["error"].as_f64().expect("a number");
            let found = error(&x, range(&Pick::new("mse"), &x, bits), bits);
            assert!(found <= theirs * 1.02, "{name}, {bits} bits: {found} against {theirs} of torch.ao's HistogramObserver");
        }
    }
}
