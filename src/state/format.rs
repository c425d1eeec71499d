//! Numbers as people read them: with a unit, and no more digits than mean something.

/// No-break space between a number and its unit.
const NB: char = '\u{a0}';
/// Minus sign, as wide as a plus.
const MINUS: char = '\u{2212}';

/// A share as percent with one decimal: `0.953` is "95.3 %". Not finite: a dash.
#[must_use]
pub fn percent(share: f64) -> String {
    if !share.is_finite() {
        return "–".into();
    }
    let text = format!("{:.1}", share * 100.0);
    format!("{}{NB}%", signed_zero(text))
}

/// A share as percent without decimals: `0.93` is "93 %".
#[must_use]
pub fn percent0(share: f64) -> String {
    if share.is_finite() { format!("{}{NB}%", signed_zero(format!("{:.0}", share * 100.0))) } else { "–".into() }
}

/// Bytes with SI prefixes, three digits: "812 B", "1.24 kB", "3.40 MB".
#[must_use]
pub fn bytes(count: u64) -> String {
    if count < 1000 {
        return format!("{count}{NB}B");
    }
    let mut value = count as f64;
    let mut unit = "B";
    for next in ["kB", "MB", "GB"] {
        if value < 999.5 {
            break;
        }
        value /= 1000.0;
        unit = next;
    }
    format!("{}{NB}{unit}", three_digits(value))
}

/// A duration given in ms, three digits at most: "21 µs", "0.840 ms" is "840 µs", "1.24 ms", "1.20 s".
#[must_use]
pub fn duration(ms: f64) -> String {
    if !ms.is_finite() {
        return "–".into();
    }
    let (value, unit) = match ms {
        v if v < 0.001 => (v * 1e6, "ns"),
        v if v < 1.0 => (v * 1e3, "µs"),
        v if v < 1000.0 => (v, "ms"),
        v => (v / 1000.0, "s"),
    };
    format!("{}{NB}{unit}", three_digits(value))
}

/// A whole number with thousands separated: "10,816".
#[must_use]
pub fn count(value: u64) -> String {
    crate::engine::error::grouped(value)
}

/// A large number with an SI suffix: "812", "10.8 k", "2.35 M".
#[must_use]
pub fn compact(value: f64) -> String {
    if !value.is_finite() {
        return "–".into();
    }
    match value.abs() {
        v if v < 1000.0 => trimmed(value, 3),
        v if v < 999_500.0 => format!("{}{NB}k", three_digits(value / 1e3)),
        v if v < 999_500_000.0 => format!("{}{NB}M", three_digits(value / 1e6)),
        _ => format!("{}{NB}G", three_digits(value / 1e9)),
    }
}

/// A number for the ticks of an axis, short: "0.5", "800", "1.5k", "3k".
#[must_use]
pub fn tick(value: f64) -> String {
    match value.abs() {
        v if v < 1e3 || !v.is_finite() => number(value),
        v if v < 1e6 => format!("{}k", trimmed(value / 1e3, 4)),
        _ => format!("{}M", trimmed(value / 1e6, 4)),
    }
}

/// A setting or a measured number with at most four significant digits: "0.003", "12.5", "1e-8", "128".
#[must_use]
pub fn number(value: f64) -> String {
    if !value.is_finite() {
        return if value.is_nan() { "NaN".into() } else { format!("{}∞", if value < 0.0 { "−" } else { "" }) };
    }
    let size = value.abs();
    if value == 0.0 {
        "0".into()
    } else if !(1e-4..1e7).contains(&size) {
        let text = format!("{value:.3e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        format!("{}e{exponent}", trim_zeros(mantissa))
    } else {
        trimmed(value, 4)
    }
}

/// A loss: four significant digits, always with decimals so that columns stay still: "0.0871", "2.303".
#[must_use]
pub fn loss(value: f64) -> String {
    match value {
        v if !v.is_finite() => "–".into(),
        v if v.abs() >= 1000.0 => format!("{v:.0}"),
        v if v.abs() >= 100.0 => format!("{v:.1}"),
        v if v.abs() >= 10.0 => format!("{v:.2}"),
        v if v.abs() >= 1.0 => format!("{v:.3}"),
        v if v.abs() >= 1e-4 || v == 0.0 => format!("{v:.4}"),
        v => format!("{v:.1e}"),
    }
}

/// A coefficient of determination: "0.873", "−0.120".
#[must_use]
pub fn r2(value: f64) -> String {
    if value.is_finite() { minus(signed_zero(format!("{value:.3}"))) } else { "–".into() }
}

/// A change in accuracy in percentage points, signed: "−0.4 points", "+1.2 points", "±0.0 points".
#[must_use]
pub fn points(from: f64, to: f64) -> String {
    let change = (to - from) * 100.0;
    if !change.is_finite() {
        return "–".into();
    }
    format!("{}{NB}points", sign(change, 1))
}

/// A change of R², signed: "−0.012".
#[must_use]
pub fn r2_change(from: f64, to: f64) -> String {
    if (to - from).is_finite() { sign(to - from, 3) } else { "–".into() }
}

/// A change of a size in percent, signed: "−93 %"; one decimal beyond ±99 % so that −99.6 % does not read as −100 %.
#[must_use]
pub fn relative(from: f64, to: f64) -> String {
    let change = (to / from - 1.0) * 100.0;
    if !change.is_finite() {
        return "–".into();
    }
    let decimals = usize::from(change < -98.95);
    format!("{}{NB}%", sign(change, decimals))
}

/// How much faster (or slower) `to` ms is than `from` ms: "1.8× faster", "1.3× slower", "same speed" within 3 %.
#[must_use]
pub fn speed(from: f64, to: f64) -> String {
    let ratio = from / to;
    if !ratio.is_finite() || ratio <= 0.0 {
        return "–".into();
    }
    if (ratio - 1.0).abs() < 0.03 {
        return "same speed".into();
    }
    let (times, word) = if ratio > 1.0 { (ratio, "faster") } else { (1.0 / ratio, "slower") };
    let digits = if times < 9.95 { format!("{times:.1}") } else { format!("{times:.0}") };
    let digits = if digits == "1.0" { format!("{times:.2}") } else { digits };
    format!("{digits}×{NB}{word}")
}

fn sign(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let zero = text.chars().all(|c| c == '0' || c == '.');
    match (zero, value < 0.0) {
        (true, _) => format!("±{text}"),
        (false, true) => format!("{MINUS}{text}"),
        (false, false) => format!("+{text}"),
    }
}

fn minus(text: String) -> String {
    text.replacen('-', &MINUS.to_string(), 1)
}

/// "-0.0" is "0.0".
fn signed_zero(text: String) -> String {
    match text.strip_prefix('-') {
        Some(rest) if rest.chars().all(|c| c == '0' || c == '.') => rest.into(),
        _ => text,
    }
}

/// Three significant digits of a number from 0 to 999.
#[must_use]
pub fn three_digits(value: f64) -> String {
    match value.abs() {
        v if v < 9.995 => format!("{value:.2}"),
        v if v < 99.95 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

/// `digits` significant digits without zeros at the end.
fn trimmed(value: f64, digits: i32) -> String {
    if value == 0.0 {
        return "0".into();
    }
    let magnitude = libm::log10(value.abs()).floor() as i32;
    let decimals = (digits - 1 - magnitude).clamp(0, 12) as usize;
    trim_zeros(&format!("{value:.decimals$}"))
}

fn trim_zeros(text: &str) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        text.replace('\u{a0}', " ").replace('\u{2212}', "-")
    }

    #[test]
    fn formats_are_what_people_read() {
        let cases: &[(String, &str)] = &[
            (percent(0.9534), "95.3 %"),
            (percent(-0.0001), "0.0 %"),
            (percent(f64::NAN), "–"),
            (percent0(0.9), "90 %"),
            (bytes(0), "0 B"),
            (bytes(999), "999 B"),
            (bytes(1000), "1.00 kB"),
            (bytes(1240), "1.24 kB"),
            (bytes(213_480), "213 kB"),
            (bytes(999_600), "1.00 MB"),
            (bytes(34_000_000), "34.0 MB"),
            (duration(0.0005), "500 ns"),
            (duration(0.0214), "21.4 µs"),
            (duration(0.84), "840 µs"),
            (duration(1.239), "1.24 ms"),
            (duration(1200.0), "1.20 s"),
            (count(0), "0"),
            (count(999), "999"),
            (count(10_816), "10,816"),
            (count(1_234_567), "1,234,567"),
            (compact(0.0), "0"),
            (compact(812.0), "812"),
            (compact(10_816.0), "10.8 k"),
            (compact(2_350_000.0), "2.35 M"),
            (tick(0.25), "0.25"),
            (tick(800.0), "800"),
            (tick(-1500.0), "-1.5k"),
            (tick(3000.0), "3k"),
            (tick(2_500_000.0), "2.5M"),
            (number(0.003), "0.003"),
            (number(0.1 + 0.2), "0.3"),
            (number(128.0), "128"),
            (number(1e-8), "1e-8"),
            (number(-2.5), "-2.5"),
            (number(0.0), "0"),
            (loss(2.1734), "2.173"),
            (loss(0.087_12), "0.0871"),
            (loss(f64::INFINITY), "–"),
            (r2(0.8734), "0.873"),
            (r2(-0.12), "-0.120"),
            (points(0.953, 0.949), "-0.4 points"),
            (points(0.9, 0.9), "±0.0 points"),
            (points(0.9, 0.912), "+1.2 points"),
            (relative(100.0, 7.0), "-93 %"),
            (relative(1000.0, 4.0), "-99.6 %"),
            (relative(100.0, 112.0), "+12 %"),
            (speed(1.8, 1.0), "1.8× faster"),
            (speed(1.0, 1.3), "1.3× slower"),
            (speed(1.0, 1.04), "1.04× slower"),
            (speed(1.0, 1.01), "same speed"),
            (speed(30.0, 1.0), "30× faster"),
            (speed(1.0, 0.0), "–"),
        ];
        let wrong: Vec<_> = cases.iter().map(|(got, want)| (plain(got), *want)).filter(|(got, want)| got != want).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}
