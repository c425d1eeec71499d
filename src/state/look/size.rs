//! The forms of the model side by side, and why a file is as large as it is, in plain sentences.

use crate::{
    protocol::{Form, FormSize, LatencyReport, OptimizedReport, Runs, Timing},
    state::format,
};

/// Name of a form, for people.
#[must_use]
pub fn form_name(form: Form) -> &'static str {
    match form {
        Form::Dense => "Dense fp32",
        Form::Masked => "Masked fp32",
        Form::Packed => "Bit-packed",
        Form::Sparse => "Sparse",
        Form::Deflate => "Entropy-coded",
        Form::Safetensors => "safetensors",
        Form::Json => "JSON",
        Form::Onnx => "ONNX",
        Form::OnnxFp32 => "ONNX fp32",
    }
}

/// What a form is, in one line.
#[must_use]
pub fn form_help(form: Form) -> &'static str {
    match form {
        Form::Dense => "The baseline: every weight as a 32-bit float",
        Form::Masked => "Pruned weights written as zeros of 32 bits",
        Form::Packed => "Every weight at its width in bits, zeros included",
        Form::Sparse => "Only weights that are not zero, and where they are",
        Form::Deflate => "Huffman codes or deflate, whichever comes out smallest",
        Form::Safetensors => "fp32 weights for other programs",
        Form::Json => "Experiment and fp32 weights as text",
        Form::Onnx => "The optimized model for other runtimes",
        Form::OnnxFp32 => "The fp32 model for other runtimes",
    }
}

/// One line of the list of sizes.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What it is.
    pub part: Part,
    /// Length of the file up to here.
    pub bytes: u64,
    /// Of which weights and biases.
    pub payload: u64,
    /// Bytes that removed units no longer take; 0 in all lines but theirs.
    pub gone: u64,
    /// What stands in the column of bytes.
    pub size: String,
    /// Whether the optimized model is stored like this.
    pub best: bool,
    /// What stands in the column of times.
    pub time: String,
    /// More of that, under the pointer.
    pub time_help: String,
}

/// What a line of the list is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A form of the model's file.
    Form(Form),
    /// What the removal of whole units alone saves, in floats.
    Units,
}

impl Part {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Form(form) => form_name(form),
            Self::Units => "Units removed",
        }
    }

    /// What it is, in one line.
    #[must_use]
    pub fn help(self) -> &'static str {
        match self {
            Self::Form(form) => form_help(form),
            Self::Units => "Neurons and filters taken out for good: the rest as 32-bit floats, in smaller matrices",
        }
    }
}

/// The forms in order, the removed units behind the baseline. `latency` is the last measurement; times of single forms are in the full
/// one alone.
#[must_use]
pub fn rows(report: &OptimizedReport, latency: Option<&LatencyReport>) -> Vec<Row> {
    let mut rows: Vec<Row> = report.sizes.iter().map(|size| row(size, report, latency)).collect();
    let at = |form| report.sizes.iter().position(|s| s.form == form);
    if let (Some(dense), Some(masked)) = (at(Form::Dense), at(Form::Masked)) {
        let (before, after) = (report.sizes[dense].bytes, report.sizes[masked]);
        let some = report.units_removed > 0;
        let size = if some { format!("{} of {}", format::count(report.units_removed), format::count(report.units)) } else { "none".into() };
        let units = Row {
            part: Part::Units,
            bytes: if some { after.bytes } else { 0 },
            payload: if some { after.payload } else { 0 },
            gone: if some { before.saturating_sub(after.bytes) } else { 0 },
            size,
            best: false,
            time: if some { rows[masked].time.clone() } else { String::new() },
            time_help: if some { rows[masked].time_help.clone() } else { String::new() },
        };
        if some {
            // Zeros among the weights that are left change nothing about that.
            (rows[masked].time, rows[masked].time_help) = same(Part::Units);
        }
        rows.insert(dense + 1, units);
    }
    rows
}

fn row(size: &FormSize, report: &OptimizedReport, latency: Option<&LatencyReport>) -> Row {
    let (time, time_help) = time(size.form, latency);
    Row {
        part: Part::Form(size.form),
        bytes: size.bytes,
        payload: size.payload,
        gone: 0,
        size: format::bytes(size.bytes),
        best: size.form == report.best,
        time,
        time_help,
    }
}

fn time(form: Form, latency: Option<&LatencyReport>) -> (String, String) {
    if form == Form::Dense {
        let own = latency.and_then(|l| l.baseline.first());
        return own.map_or_else(unknown, |t| (format::duration(t.p50), spread(t)));
    }
    match runs(form, latency) {
        None => unknown(),
        Some(Runs::Like(other)) => same(Part::Form(other)),
        Some(Runs::Timed { baseline, own }) => {
            (format::duration(own.p50), format!("{}; meanwhile the baseline took {}", spread(&own), format::duration(baseline.p50)))
        }
    }
}

fn runs(form: Form, latency: Option<&LatencyReport>) -> Option<Runs> {
    latency?.forms.iter().find(|f| f.form == form).map(|f| f.runs)
}

fn same(as_what: Part) -> (String, String) {
    ("same kernel".into(), format!("Runs on the kernels of “{}”, and takes as long", as_what.name()))
}

fn unknown() -> (String, String) {
    ("–".into(), "“Measure times” measures each form".into())
}

fn spread(t: &Timing) -> String {
    format!("p50 {}, p95 {}", format::duration(t.p50), format::duration(t.p95))
}

/// What may surprise about sizes and times, the most surprising first; never empty.
#[must_use]
pub fn surprises(report: &OptimizedReport, latency: Option<&LatencyReport>) -> Vec<String> {
    let bytes = |form| report.sizes.iter().find(|s| s.form == form).map(|s| s.bytes as f64);
    let mut out = Vec::new();
    let zeros = format::percent0(f64::from(report.sparsity));
    if let (Some(dense), Some(masked)) = (bytes(Form::Dense), bytes(Form::Masked))
        && report.sparsity > 0.05
        && masked > dense * 0.95
    {
        let slow = if runs(Form::Masked, latency) == Some(Runs::Like(Form::Dense)) { ", and its kernel multiplies them" } else { "" };
        out.push(format!("{zeros} zeros, same bytes: a file of floats stores zeros too{slow}."));
    }
    if let (Some(packed), Some(sparse)) = (bytes(Form::Packed), bytes(Form::Sparse)) {
        if sparse > packed * 1.02 && report.sparsity > 0.05 {
            out.push(format!("Sparse is larger than packed here: at {zeros} zeros the positions cost more than the zeros they leave out."));
        } else if sparse < packed * 0.98 {
            out.push(format!("Sparse beats packed: at {zeros} zeros, positions cost less than the zeros they leave out."));
        }
    }
    if let (Some(deflate), Some(other)) = (bytes(Form::Deflate), lowest(&[bytes(Form::Packed), bytes(Form::Sparse)])) {
        if deflate > other * 0.98 {
            out.push("Entropy coding hardly helps: trained weights look like noise, and noise cannot be compressed.".into());
        } else if deflate < other * 0.8 {
            out.push(format!(
                "Entropy coding saves another {}: few distinct values, often repeated.",
                format::percent0(1.0 - deflate / other)
            ));
        }
    }
    if report.units_removed > 0 {
        let (gone, all) = (format::count(report.units_removed), format::count(report.units));
        out.push(format!("{gone} of {all} units are gone for good, so every form is smaller."));
    }
    out.extend(slow(report, latency));
    if let (Some(dense), Some(best)) = (bytes(Form::Dense), bytes(report.best))
        && best >= dense * 0.98
    {
        out.insert(0, "The optimized model is as large as the baseline: prune it or use fewer bits.".into());
    }
    if out.is_empty() {
        out.push("Fewer bits per weight, smaller file: packing is as simple as it sounds.".into());
    }
    out
}

/// Forms that are smaller and yet slower than floats.
fn slow(report: &OptimizedReport, latency: Option<&LatencyReport>) -> Vec<String> {
    let slower = |form| match runs(form, latency) {
        Some(Runs::Timed { baseline, own }) if own.p50 > baseline.p50 * 1.05 => Some(format::speed(baseline.p50, own.p50)),
        _ => None,
    };
    let zeros = format::percent0(f64::from(report.sparsity));
    let packed = slower(Form::Packed)
        .map(|by| format!("Bit-packed is smaller and yet {by} than floats: unpacking takes longer than the saved memory gains."));
    let sparse = slower(Form::Sparse).map(|by| {
        format!(
            "Skipping zeros is {by} than multiplying them as floats: at {zeros} zeros, looking up the positions costs more than it saves."
        )
    });
    packed.into_iter().chain(sparse).collect()
}

fn lowest(values: &[Option<f64>]) -> Option<f64> {
    values.iter().flatten().copied().min_by(f64::total_cmp)
}

#[cfg(test)]
mod tests {
    use Form::{Deflate, Dense, Masked, Packed, Sparse};

    use super::*;
    use crate::protocol::FormTime;

    fn report(sizes: &[(Form, u64)], best: Form, sparsity: f32) -> OptimizedReport {
        OptimizedReport {
            sizes: sizes.iter().map(|(form, bytes)| FormSize { form: *form, bytes: *bytes, payload: *bytes }).collect(),
            best,
            sparsity,
            units_removed: 0,
            units: 0,
            layer_sparsity: vec![],
            kernels: vec![],
            notes: vec![],
            weight_error: vec![],
            memory: vec![],
            macs: vec![],
        }
    }

    fn timing(p50: f64) -> Timing {
        Timing { batch: 1, p50, p95: p50 * 2.0, calls: 10 }
    }

    fn measured() -> LatencyReport {
        let timed = |form, own| FormTime { form, runs: Runs::Timed { baseline: timing(0.02), own: timing(own) } };
        let forms = vec![
            FormTime { form: Masked, runs: Runs::Like(Dense) },
            timed(Packed, 0.01),
            timed(Sparse, 0.04),
            FormTime { form: Deflate, runs: Runs::Like(Packed) },
        ];
        LatencyReport { baseline: vec![timing(0.021)], optimized: vec![timing(0.01)], layers: Vec::new(), forms }
    }

    fn all(masked: u64, packed: u64, sparse: u64, deflate: u64) -> [(Form, u64); 5] {
        [(Dense, 1000), (Masked, masked), (Packed, packed), (Sparse, sparse), (Deflate, deflate)]
    }

    #[test]
    fn the_sentence_fits_the_sizes() {
        let first = |r: &OptimizedReport| surprises(r, None)[0].clone();
        let any = |r: &OptimizedReport, what: &str| surprises(r, None).iter().any(|s| s.contains(what));
        assert!(first(&report(&all(1000, 1000, 200, 150), Deflate, 0.9)).starts_with("90\u{a0}% zeros, same bytes: "));
        assert!(first(&report(&all(1000, 1000, 1100, 990), Packed, 0.0)).starts_with("The optimized model is as large"));
        assert!(any(&report(&all(1000, 125, 160, 100), Deflate, 0.3), "Sparse is larger"));
        assert!(any(&report(&all(1000, 125, 160, 124), Packed, 0.0), "Entropy coding hardly"));
        assert!(any(&report(&all(1000, 250, 60, 30), Deflate, 0.9), "another 50\u{a0}%"));
        assert_eq!(surprises(&report(&[(Dense, 1000), (Packed, 250)], Packed, 0.0), None).len(), 1);
    }

    #[test]
    fn what_is_smaller_and_yet_slower_says_why() {
        let found = surprises(&report(&all(1000, 125, 160, 100), Deflate, 0.3), Some(&measured()));
        assert!(found.iter().any(|s| s.starts_with("Skipping zeros is 2.0×\u{a0}slower")), "{found:?}");
        assert!(found.iter().all(|s| !s.starts_with("Bit-packed")), "it is quicker: {found:?}");
        assert!(found[0].ends_with("and its kernel multiplies them."), "{found:?}");
    }

    #[test]
    fn each_form_has_its_time_or_names_whose_kernel_it_shares() {
        let mut report = report(&all(1000, 125, 160, 100), Deflate, 0.3);
        let times = |r: &OptimizedReport, l: Option<&LatencyReport>| {
            rows(r, l).into_iter().map(|r| r.time.replace('\u{a0}', " ")).collect::<Vec<_>>()
        };
        assert_eq!(times(&report, None), ["–", "", "–", "–", "–", "–"]);
        assert_eq!(times(&report, Some(&measured())), ["21.0 µs", "", "same kernel", "10.0 µs", "40.0 µs", "same kernel"]);
        let list = rows(&report, None);
        assert_eq!(
            list.iter().map(|r| (r.part.name(), r.size.replace('\u{a0}', " "), r.best)).collect::<Vec<_>>()[..2],
            [("Dense fp32", "1.00 kB".into(), false), ("Units removed", "none".into(), false)]
        );
        // A third of the units taken out.
        (report.units_removed, report.units, report.sizes[1].bytes) = (24, 96, 600);
        let mut timed = measured();
        timed.forms[0].runs = Runs::Timed { baseline: timing(0.02), own: timing(0.014) };
        let list = rows(&report, Some(&timed));
        assert_eq!((list[1].size.as_str(), list[1].bytes, list[1].gone), ("24 of 96", 600, 400));
        assert_eq!(times(&report, Some(&timed))[1..3], ["14.0 µs", "same kernel"]);
        assert!(list[2].time_help.contains("Units removed"), "{}", list[2].time_help);
    }
}
