//! Why a file is as large as it is, in plain sentences.

use crate::{
    protocol::{Form, OptimizedReport},
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
        Form::Deflate => "Deflated",
        Form::Safetensors => "safetensors",
        Form::Json => "JSON",
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
        Form::Deflate => "Entropy-coded: packed, sparse or byte by byte, whichever comes out smallest",
        Form::Safetensors => "fp32 weights for other programs",
        Form::Json => "Experiment and fp32 weights as text",
    }
}

/// What may surprise about the sizes, the most surprising first; never empty.
#[must_use]
pub fn surprises(report: &OptimizedReport) -> Vec<String> {
    let bytes = |form| report.sizes.iter().find(|s| s.form == form).map(|s| s.bytes as f64);
    let mut out = Vec::new();
    let zeros = format::percent0(f64::from(report.sparsity));
    if let (Some(dense), Some(masked)) = (bytes(Form::Dense), bytes(Form::Masked))
        && report.sparsity > 0.05
        && masked > dense * 0.95
    {
        out.push(format!("{zeros} of the weights are zero, yet the masked file is no smaller: a file of floats stores zeros too."));
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
            out.push("Deflate hardly helps: trained weights look like noise, and noise cannot be compressed.".into());
        } else if deflate < other * 0.8 {
            out.push(format!("Deflate saves another {}: few distinct values, often repeated.", format::percent0(1.0 - deflate / other)));
        }
    }
    if report.units_removed > 0 {
        let (gone, all) = (format::count(report.units_removed), format::count(report.units));
        out.push(format!("{gone} of {all} units are gone for good, so every form is smaller."));
    }
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

fn lowest(values: &[Option<f64>]) -> Option<f64> {
    values.iter().flatten().copied().min_by(f64::total_cmp)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::FormSize;

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
        }
    }

    #[test]
    fn the_sentence_fits_the_sizes() {
        use Form::{Deflate, Dense, Masked, Packed, Sparse};
        let first = |r: &OptimizedReport| surprises(r)[0].clone();
        let all =
            |masked, packed, sparse, deflate| [(Dense, 1000), (Masked, masked), (Packed, packed), (Sparse, sparse), (Deflate, deflate)];
        assert!(first(&report(&all(1000, 1000, 200, 150), Deflate, 0.9)).starts_with("90\u{a0}% of the weights are zero, yet"));
        assert!(first(&report(&all(1000, 1000, 1100, 990), Packed, 0.0)).starts_with("The optimized model is as large"));
        assert!(surprises(&report(&all(1000, 125, 160, 100), Deflate, 0.3)).iter().any(|s| s.starts_with("Sparse is larger")));
        assert!(surprises(&report(&all(1000, 125, 160, 124), Packed, 0.0)).iter().any(|s| s.starts_with("Deflate hardly")));
        assert!(surprises(&report(&all(1000, 250, 60, 30), Deflate, 0.9)).iter().any(|s| s.contains("another 50\u{a0}%")));
        assert_eq!(surprises(&report(&[(Dense, 1000), (Packed, 250)], Packed, 0.0)).len(), 1);
    }
}
