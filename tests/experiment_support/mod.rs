//! Random experiments, drawn from the tables that controls, links and files are made of.
#![allow(dead_code, reason = "each test file uses some of it")]

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use whittle::{
    engine::{
        catalog::{Info, Pick},
        data::{painted, table},
        features,
        losses::expression::{Expression, MAX_TEXT},
        params::{ParamSpec, Scale},
        pruning::criteria,
        recipe,
        rng::Rng,
    },
    experiment::{
        BIT_WIDTHS, ByHand, Csv, Experiment, FIELDS, LISTS, Link, MAX_FEATURES, MAX_LAYERS, MAX_SEED, MAX_STEPS, MAX_TEACHERS, PICKS,
        PickList, layer_listings,
    },
};

/// Any value that `spec` allows: its ends, its default, or one between.
pub fn value(spec: &ParamSpec, rng: &mut Rng) -> f64 {
    let (min, max) = spec.range;
    let share = f64::from(rng.uniform());
    let value = match (rng.below(5), spec.scale) {
        (0, _) => min,
        (1, _) => max,
        (2, _) => spec.default,
        (_, Scale::Log) => (min.max(1e-9) * (max / min.max(1e-9)).powf(share)).clamp(min, max),
        _ => min + (max - min) * share,
    };
    if matches!(spec.scale, Scale::Integer | Scale::Choice(_)) { value.round() } else { value }
}

/// Any choice of a list, with any settings.
pub fn pick(entries: &[Info], rng: &mut Rng) -> Pick {
    let info = &entries[rng.below(entries.len() as u32) as usize];
    let mut pick = Pick::new(info.key);
    for spec in info.params {
        if rng.below(2) == 0 {
            pick = pick.with(spec.key, value(spec, rng));
        }
    }
    pick
}

/// Any experiment whose values are valid; its layers need not fit each other.
pub fn experiment(rng: &mut Rng) -> Experiment {
    let mut experiment = Experiment::default();
    for field in PICKS {
        if rng.below(2) == 0 {
            (field.set)(&mut experiment, pick(field.listing.entries, rng));
        }
    }
    for field in FIELDS {
        if rng.below(2) == 0 {
            (field.set)(&mut experiment, value(&field.spec, rng));
        }
    }
    let compress = &mut experiment.compress;
    if criteria::check(&compress.pruner.key, &compress.criterion.key).is_err() {
        compress.criterion = Pick::new("magnitude");
    }
    if !["global", "layer"].contains(&compress.pruner.key.as_str()) {
        // Single weights alone grow again.
        compress.during = compress.during.min(2);
    }
    let layers: Vec<_> = layer_listings().into_iter().flat_map(|l| l.entries).copied().collect();
    if rng.below(4) > 0 {
        experiment.model = (0..rng.below(MAX_LAYERS as u32 + 1)).map(|_| pick(&layers, rng)).collect();
    }
    if rng.below(2) == 0 {
        let steps = recipe::LISTING.entries;
        experiment.recipe = (0..rng.below(MAX_STEPS as u32 + 1)).map(|_| pick(steps, rng)).collect();
    }
    if rng.below(2) == 0 {
        let steps = features::LISTING.entries;
        experiment.features = (0..rng.below(MAX_FEATURES as u32 + 1)).map(|_| pick(steps, rng)).collect();
    }
    if experiment.data.key == table::KEY && rng.below(4) > 0 {
        let name: String = (0..rng.below(60)).map(|_| ['a', 'Ü', ' ', '&', ':', '%', '7', '.'][rng.below(8) as usize]).collect();
        let kinds = [table::Kind::Number, table::Kind::Category, table::Kind::Date, table::Kind::Ignored];
        let draws: Vec<u32> = (0..20).map(|_| rng.below(8)).collect();
        let columns: Vec<_> = draws.iter().enumerate().filter_map(|(at, draw)| Some((at, *kinds.get(*draw as usize)?))).collect();
        experiment.csv = Csv::of(&format!("{:08x}{:08x}", rng.next_u32(), rng.next_u32()), &name);
        experiment.csv.columns = table::write_columns(&columns);
        if table::check_columns(&experiment.csv.columns).is_err() {
            experiment.csv.columns.clear();
        }
    }
    if experiment.data.key == painted::KEY {
        let mut spot = || painted::Spot::at(rng.range(-6.0, 6.0), rng.range(-6.0, 6.0), rng.below(4) as usize);
        let spots: Vec<_> = (0..20).map(|_| spot()).collect();
        experiment.points = painted::write(&spots[..rng.below(21) as usize]);
    }
    if rng.below(2) == 0 {
        experiment.formula = formula(rng);
    }
    if experiment.compress.qat == 0 && rng.below(4) == 0 {
        // Training that rounds has no settings of single layers.
        let compress = &mut experiment.compress;
        compress.widths = (0..rng.below(6)).map(|_| BIT_WIDTHS[rng.below(BIT_WIDTHS.len() as u32) as usize]).collect();
        let mut shares = || (0..rng.below(6)).map(|_| f64::from(rng.below(11)) / 10.0).map(|s| if s < 0.3 { 0.0 } else { s }).collect();
        (compress.clips, compress.input_clips) = (shares(), shares());
    }
    for _ in 0..rng.below(2 * MAX_TEACHERS as u32 + 1).saturating_sub(MAX_TEACHERS as u32) {
        let name: String = (0..rng.below(20)).map(|_| ['a', 'Ü', ' ', '7', '.', ','][rng.below(6) as usize]).collect();
        experiment.set_teacher(&format!("{:08x}{:08x}", rng.next_u32(), rng.next_u32()), &name, true);
    }
    if rng.below(2) == 0 {
        experiment.hand = by_hand(rng);
    }
    if rng.below(2) == 0 {
        experiment.seed = (u64::from(rng.next_u32()) << 32 | u64::from(rng.next_u32())) & MAX_SEED;
    }
    experiment
}

/// Any formula of a loss, one that can be read or one that cannot: what it says is looked at where it is used.
fn formula(rng: &mut Rng) -> String {
    const SIGNS: [char; 16] = ['y', 'p', '+', '-', '^', '(', ')', ',', ' ', '&', '=', '%', '#', ':', '/', 'é'];
    if rng.below(4) == 0 {
        return (0..rng.below(30)).map(|_| SIGNS[rng.below(SIGNS.len() as u32) as usize]).collect();
    }
    let text = term(rng, 3);
    if text.len() > MAX_TEXT { "-y*log(p)".into() } else { text }
}

/// A part of a formula, so many levels deep at most.
fn term(rng: &mut Rng, depth: u32) -> String {
    const ATOMS: [&str; 7] = ["y", "p", "e", "pi", "2", "0.5", "1e-3"];
    const ONE: [&str; 7] = ["abs", "exp", "log", "sqrt", "sigmoid", "tanh", "step"];
    const BETWEEN: [&str; 7] = ["+", "-", "*", "/", "^", " + ", " - "];
    let mut any = |words: &[&'static str]| words[rng.below(words.len() as u32) as usize];
    let (atom, one, two, between) = (any(&ATOMS), any(&ONE), any(&["min", "max"]), any(&BETWEEN));
    match rng.below(if depth == 0 { 2 } else { 6 }) {
        0 | 1 => atom.into(),
        2 => format!("{one}({})", term(rng, depth - 1)),
        3 => format!("{two}({}, {})", term(rng, depth - 1), term(rng, depth - 1)),
        4 => format!("-{}", term(rng, depth - 1)),
        _ => format!("({}){between}({})", term(rng, depth - 1), term(rng, depth - 1)),
    }
}

/// What has come up in experiments that were drawn.
#[derive(Default)]
pub struct Seen {
    /// Entries of catalogues, their settings and numbers that were not at their default, by the key of their place.
    picked: BTreeSet<String>,
    /// Whether each part of an experiment has had two values at least, and the first one.
    parts: BTreeMap<String, (Option<Value>, bool)>,
    drawn: usize,
    formulas: [usize; 2],
}

impl Seen {
    pub fn take(&mut self, experiment: &Experiment) {
        let single = PICKS.iter().map(|field| (field.key, field.listing.entries.to_vec(), std::slice::from_ref((field.get)(experiment))));
        let lists = LISTS.iter().map(|list| (list.key, entries(list), &(list.get)(experiment)[..]));
        for (place, entries, picks) in single.chain(lists) {
            for pick in picks {
                let name = format!("{place} {}", pick.key);
                let info = entries.iter().find(|info| info.key == pick.key).expect("it is in the list");
                let moved = info.params.iter().filter(|spec| pick.params.get(spec.key).is_some_and(|value| *value != spec.default));
                self.picked.extend(moved.map(|spec| format!("{name}.{}", spec.key)));
                self.picked.insert(name);
            }
        }
        let moved = FIELDS.iter().filter(|field| (field.get)(experiment) != field.spec.default);
        self.picked.extend(moved.map(|field| field.spec.key.to_string()));
        let (mut parts, whole) = (Vec::new(), serde_json::to_value(experiment).expect("it can be written"));
        flatten("", &whole, &mut parts);
        for (path, value) in parts {
            let (first, varied) = self.parts.entry(path).or_default();
            // What was not there before has had another value, if anything was drawn before.
            *varied |= first.as_ref().map_or(self.drawn > 0, |first| *first != value);
            *first = first.take().or(Some(value));
        }
        self.drawn += 1;
        if !experiment.formula.is_empty() {
            self.formulas[usize::from(Expression::parse(&experiment.formula).is_ok())] += 1;
        }
    }

    /// All that has not come up, and should have.
    pub fn missing(&self) -> Vec<String> {
        let single = PICKS.iter().map(|field| (field.key, field.listing.entries.to_vec()));
        let lists = LISTS.iter().map(|list| (list.key, entries(list)));
        let mut all: Vec<String> = FIELDS.iter().map(|field| field.spec.key.to_string()).collect();
        for (place, entries) in single.chain(lists) {
            for info in entries {
                let name = format!("{place} {}", info.key);
                all.extend(info.params.iter().map(|spec| format!("{name}.{}", spec.key)));
                all.push(name);
            }
        }
        all.retain(|name| !self.picked.contains(name));
        // There is but one version.
        all.extend(
            self.parts.iter().filter(|(path, (_, varied))| !varied && *path != "version").map(|(path, _)| format!("another {path}")),
        );
        all.extend(
            ["a formula that cannot be read", "one that can"]
                .into_iter()
                .zip(self.formulas)
                .filter(|(_, n)| *n == 0)
                .map(|(s, _)| s.into()),
        );
        all
    }
}

fn entries(list: &PickList) -> Vec<Info> {
    (list.listings)().into_iter().flat_map(|listing| listing.entries).copied().collect()
}

/// All parts of a value, by their path; a list is one.
fn flatten(path: &str, value: &Value, parts: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            let dot = if path.is_empty() { "" } else { "." };
            fields.iter().for_each(|(key, value)| flatten(&format!("{path}{dot}{key}"), value, parts));
        }
        _ => parts.push((path.into(), value.clone())),
    }
}

/// As many scattered links, cut and kept, as a link can hold.
fn by_hand(rng: &mut Rng) -> ByHand {
    let mut hand = ByHand::default();
    for _ in 0..rng.below(150) {
        let mut next = hand.clone();
        let link = Link { layer: rng.below(24) as usize, from: rng.below(4096) as usize, to: rng.below(4096) as usize };
        next.set(link, rng.below(2) == 0, true);
        if next.check().is_ok() {
            hand = next;
        }
    }
    hand
}

/// `text` with a few bytes changed, dropped or doubled.
pub fn damage(text: &str, rng: &mut Rng) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=rng.below(4) {
        let at = rng.below(bytes.len().max(1) as u32) as usize;
        match rng.below(3) {
            _ if bytes.is_empty() => bytes.push(rng.next_u32() as u8),
            0 => bytes[at] = rng.next_u32() as u8,
            1 => drop(bytes.remove(at)),
            _ => bytes.insert(at, bytes[rng.below(bytes.len() as u32) as usize]),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Any text.
pub fn noise(rng: &mut Rng) -> String {
    const ALPHABET: &[u8] = b"abcdemnoprstu.:,=&?#%/-+0123456789 \"{}[]\xff\x00\xc3\xa9";
    let n = rng.below(120);
    let bytes: Vec<u8> = (0..n).map(|_| ALPHABET[rng.below(ALPHABET.len() as u32) as usize]).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}
