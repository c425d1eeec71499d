//! A loss as a curve over what the network says, with its slope: of a formula of one's own, and of losses that can be written as one.

use super::series::Series;
use crate::{
    engine::{
        catalog::Pick,
        losses::{LISTING, PLAIN_FORMULA, expression::Expression},
        params::{ParamSpec, Word},
    },
    order,
};

/// What was wanted, where that is a number.
pub const WANTED: ParamSpec = ParamSpec {
    key: "wanted",
    label: "Wanted y",
    range: (-2.0, 2.0),
    help: teach!(
        "The target for which the curve is drawn, in standard deviations from the mean, as training sees it. Move it to see whether the lowest place follows: where it does not, the loss asks for something else than y."
    ),
    ..ParamSpec::NEW
};
/// What was wanted of an output that stands for a class.
pub const SIDES: &[Word] = &[Word { key: "right", label: "y = 1, the right class" }, Word { key: "other", label: "y = 0, any other" }];

/// The most that a place may lie outside the bulk of a curve and still be in the drawing, in widths of that bulk.
const FAR: f64 = 2.0;
/// Share of the numbers at either end that do not belong to the bulk.
const ENDS: f64 = 0.05;

/// What a loss looks like where `y` was wanted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curve {
    /// The loss, and its slope by `p`; what has no value is NaN.
    pub lines: Vec<Series>,
    /// Ends of the drawing, where single places are so steep that nothing else would be seen.
    pub range: Option<(f64, f64)>,
    /// Where it leads.
    pub words: String,
}

/// `expression` over `p`, where `y` was wanted. `shares`: `p` is a probability, from 0.01 to 0.99; otherwise an output, from −3 to 3.
#[must_use]
pub fn curve(expression: &Expression, y: f64, shares: bool) -> Curve {
    let places: Vec<f64> =
        if shares { (1..100).map(|i| f64::from(i) / 100.0).collect() } else { (-60..=60).map(|i| f64::from(i) / 20.0).collect() };
    let computed: Vec<(f64, f64, f64)> = places
        .into_iter()
        .map(|p| {
            let (loss, slope) = expression.at(y, p);
            // A place where either is missing is one where training ends: neither is drawn there.
            if loss.is_finite() && slope.is_finite() { (p, loss, slope) } else { (p, f64::NAN, f64::NAN) }
        })
        .collect();
    let line = |name: &str, about: &str, color_var, dash, of: fn(&(f64, f64, f64)) -> f64| Series {
        name: name.into(),
        about: about.into(),
        color_var,
        dash,
        width: 2.0,
        points: computed.iter().map(|at| (at.0, of(at))).collect(),
    };
    let range = range(computed.iter().flat_map(|at| [at.1, at.2]).filter(|v| v.is_finite()).collect());
    let mut words = leads(&computed, y, shares);
    if range.is_some() {
        words += " Its steepest stretches lie beyond the drawing; the table has them.";
    }
    let lines = vec![
        line("loss ℓ", "What an output costs that says p", "--baseline", &[], |at| at.1),
        line("gradient dℓ/dp", "How the cost changes with p: training moves p the other way", "--optimized", &[6.0, 4.0], |at| at.2),
    ];
    Curve { lines, range, words }
}

/// Where training pulls `p`, and what it meets on the way.
fn leads(computed: &[(f64, f64, f64)], y: f64, shares: bool) -> String {
    let whole: Vec<_> = computed.iter().filter(|at| at.1.is_finite()).collect();
    let (Some(first), Some(last)) = (whole.first(), whole.last()) else {
        return "It has no value anywhere here: training would end at its first step.".into();
    };
    let (least, most) = whole
        .iter()
        .fold((**first, **first), |(least, most), at| (if at.1 < least.1 { **at } else { least }, if at.1 > most.1 { **at } else { most }));
    let mut words = if whole.iter().all(|at| at.2 == 0.0) {
        let others = if shares { ": only the probabilities of other classes move p" } else { ": nothing is learnt of such samples" };
        format!("Its gradient is 0 everywhere here{others}.")
    } else if least.0 == first.0 || least.0 == last.0 {
        let to = if shares { if least.0 < 0.5 { "0" } else { "1" }.to_string() } else { format!("{} and beyond", written_number(least.0)) };
        format!("It falls towards p = {to}: training pulls p as far there as it can.")
    } else {
        let at = if (least.0 - y).abs() < 0.026 { ", where y is" } else { "" };
        format!("It is lowest around p = {}{at}: training pulls p there.", written_number(least.0))
    };
    if whole.len() < computed.len() {
        words += &format!(
            " At {} of {} places it has no value: a run ends where an output gets there.",
            computed.len() - whole.len(),
            computed.len()
        );
    }
    if least.1 < 0.0 && most.1 > 0.0 {
        words += " It falls below 0, which is no mistake, but then a loss of 0 is not the best.";
    }
    words
}

/// Ends that hold the bulk of `values` and some room, where any lie far outside; `None` where none does.
fn range(values: Vec<f64>) -> Option<(f64, f64)> {
    let values = order::ascending(&values);
    let at = |share: f64| values.get(((values.len().max(1) - 1) as f64 * share) as usize).copied();
    let (low, high) = (at(ENDS)?, at(1.0 - ENDS)?);
    let (least, most, room) = (at(0.0)?, at(1.0)?, FAR * (high - low));
    if room <= 0.0 || (least >= low - room && most <= high + room) {
        return None;
    }
    // An end that nothing lies beyond stays close to its curve.
    let edge = 0.05 * (high - low);
    Some((if least < low - room { low - room } else { least - edge }, if most > high + room { high + room } else { most + edge }))
}

/// A loss of the catalogue as what one output adds to it, as a formula is written, and whether its `p` are probabilities; `None` where outputs are held against each other. `outputs` is how many there are.
#[must_use]
pub fn written(loss: &Pick, outputs: usize) -> Option<(String, bool)> {
    let specs = LISTING.find(&loss.key).ok()?.params;
    let value = |key: &str| specs.iter().find(|spec| spec.key == key).map(|spec| loss.get(spec));
    // What smoothing leaves of y, and what it spreads.
    let smooth =
        |by: f64| if by == 0.0 { "y".to_string() } else { format!("({}*y+{})", round(1.0 - by), round(by / outputs.max(1) as f64)) };
    let bent = |at: f64| format!("min(abs(y-p),{at})*(abs(y-p)-0.5*min(abs(y-p),{at}))");
    Some(match loss.key.as_str() {
        "cross-entropy" => (format!("-{}*log(p)", smooth(value("smoothing")?)), true),
        "kl-divergence" => match value("smoothing")? {
            0.0 => ("-y*log(p)".into(), true),
            by => (format!("{0}*log({0}/p)", smooth(by)), true),
        },
        "focal" => {
            let (gamma, alpha) = (value("gamma")?, value("alpha")?);
            let scale = if alpha == 1.0 { String::new() } else { format!("{alpha}*") };
            (format!("-{scale}y*(1-p)^{gamma}*log(p)"), true)
        }
        "mse" => (PLAIN_FORMULA.into(), false),
        "mae" => ("abs(y-p)".into(), false),
        "huber" => (bent(value("delta")?), false),
        "smooth-l1" => {
            let beta = value("beta")?;
            (format!("{}/{beta}", bent(beta)), false)
        }
        _ => return None,
    })
}

fn round(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

fn written_number(value: f64) -> String {
    format!("{value}").replace('-', "−")
}

/// A text around its character `at`, counted from 1: what stands before it, the character (a space where the text ends before), and what follows.
#[must_use]
pub fn around(text: &str, at: usize) -> [String; 3] {
    let letters: Vec<char> = text.chars().collect();
    let place = at.saturating_sub(1).min(letters.len());
    let here = letters.get(place).copied().unwrap_or('\u{a0}');
    [letters[..place].iter().collect(), here.into(), letters.get(place + 1..).unwrap_or_default().iter().collect()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::losses::{CATALOG, Target};

    fn drawn(text: &str, y: f64, shares: bool) -> Curve {
        curve(&Expression::parse(text).unwrap(), y, shares)
    }

    #[test]
    fn the_slope_is_that_of_the_line() {
        for (text, shares) in [("(y - p)^2", false), ("abs(y-p)^3", false), ("-y*log(p)", true), ("exp(p)*sigmoid(y-p)", true)] {
            let curve = drawn(text, 0.72, shares);
            let [loss, slope] = &curve.lines[..] else { panic!("two lines") };
            for i in 1..loss.points.len() - 1 {
                let ((before, low), (after, high)) = (loss.points[i - 1], loss.points[i + 1]);
                let (_, slope) = slope.points[i];
                // A central difference errs by the third derivative, which near p = 0 is large.
                let near = (high - low) / (after - before);
                if !shares || loss.points[i].0 > 0.1 {
                    assert!((near - slope).abs() < 0.02 * slope.abs().max(1.0), "{text} at {}: {near} and {slope}", loss.points[i].0);
                }
            }
        }
        let squares = drawn("(y - p)^2", 1.0, false);
        assert_eq!((squares.lines[0].points[0], squares.lines[1].points[0]), ((-3.0, 16.0), (-3.0, -8.0)));
        assert_eq!((squares.lines[0].points.len(), drawn("p", 1.0, true).lines[0].points.len()), (121, 99));
    }

    #[test]
    fn words_say_where_it_leads() {
        let said = |text, y, shares| drawn(text, y, shares).words;
        assert_eq!(said("(y - p)^2", 0.5, false), "It is lowest around p = 0.5, where y is: training pulls p there.");
        assert!(said("(y - p - 1)^2", 0.5, false).starts_with("It is lowest around p = −0.5: training"), "another place than y");
        assert!(said("-y*log(p)", 1.0, true).starts_with("It falls towards p = 1: training pulls p as far there as it can."));
        assert!(said("-(1-y)*log(1-p)", 0.0, true).starts_with("It falls towards p = 0:"));
        assert!(said("-y*log(p)", 0.0, true).contains("only the probabilities of other classes"));
        assert!(said("step(p) - y", 0.0, false).contains("nothing is learnt"));
        assert!(said("y - p", 0.0, false).contains("It falls towards p = 3 and beyond") && said("y - p", 0.0, false).contains("below 0"));
        assert!(said("log(-1 - p^2)", 0.0, false).starts_with("It has no value anywhere"));
    }

    #[test]
    fn where_it_has_no_value_there_is_a_gap() {
        let roots = drawn("sqrt(p - y)", 1.0, false);
        assert!(roots.words.contains("At 81 of 121 places it has no value"), "{}", roots.words);
        let [loss, slope] = &roots.lines[..] else { panic!("two lines") };
        // At the root of 0 the slope is infinite.
        assert!(loss.points[80].1.is_nan() && slope.points[80].1.is_nan() && loss.points[81].1.is_finite());
        let aligned = super::super::series::Aligned::of(&roots.lines);
        assert_eq!(aligned.x.len(), 121, "places without a value keep their place");
    }

    #[test]
    fn a_pole_does_not_flatten_the_rest() {
        let pole = drawn("1/abs(p - y - 0.001)", 0.0, false);
        let (low, high) = pole.range.unwrap();
        assert!(low > -1e4 && high < 1e4 && high > 3.0, "{low} to {high}");
        assert!(pole.words.contains("beyond the drawing"));
        assert_eq!(drawn("(y - p)^2", 0.0, false).range, None);
        assert_eq!(range(Vec::new()), None);
        assert_eq!(range(vec![1.0; 40]), None);
    }

    #[test]
    fn named_losses_are_what_is_written() {
        let z = [0.3_f32, -1.5, 2.0];
        let total: f64 = z.iter().map(|z| f64::from(*z).exp()).sum();
        let changed = |key: &str, param: &str, value| Pick::new(key).with(param, value);
        let picks = [
            Pick::new("cross-entropy"),
            changed("cross-entropy", "smoothing", 0.3),
            Pick::new("kl-divergence"),
            changed("kl-divergence", "smoothing", 0.0),
            Pick::new("focal"),
            changed("focal", "gamma", 1.5).with("alpha", 0.25),
            Pick::new("mse"),
            Pick::new("mae"),
            Pick::new("huber"),
            changed("huber", "delta", 0.4),
            Pick::new("smooth-l1"),
            changed("smooth-l1", "beta", 2.5),
        ];
        for pick in &picks {
            let (text, shares) = written(pick, z.len()).unwrap();
            let expression = Expression::parse(&text).unwrap_or_else(|fault| panic!("{text}: {fault}"));
            let (entry, values) = CATALOG.resolve(pick).unwrap();
            let is = (entry.build)(&values).eval(&z, Target::Classes(&[1]), z.len(), &mut [0.0; 3]);
            let p = |z: f32| if shares { f64::from(z).exp() / total } else { f64::from(z) };
            let sum: f64 = z.iter().enumerate().map(|(o, z)| expression.at(f64::from(u8::from(o == 1)), p(*z)).0).sum();
            let wanted = if shares { sum } else { sum / z.len() as f64 };
            assert!((f64::from(is) - wanted).abs() < 1e-5, "{pick:?}: {text} gives {wanted}, the loss {is}");
        }
        for entry in LISTING.entries {
            let known = written(&Pick::new(entry.key), 3).is_some();
            assert_eq!(known, !entry.key.contains("hinge") && entry.key != "custom", "{}", entry.key);
        }
    }

    #[test]
    fn a_fault_is_shown_at_its_character() {
        assert_eq!(around("y - q*2", 5), ["y - ", "q", "*2"]);
        assert_eq!(around("(y - p", 7), ["(y - p", "\u{a0}", ""]);
        assert_eq!(around("", 1), ["", "\u{a0}", ""]);
        assert_eq!(around("π+p", 1), ["", "π", "+p"]);
        assert_eq!(around("p", 99), ["p", "\u{a0}", ""]);
    }
}
