//! Random experiments, drawn from the tables that controls, links and files are made of.

use whittle::{
    engine::{
        catalog::{Info, Pick},
        data::table,
        features,
        params::{ParamSpec, Scale},
        pruning::criteria,
        recipe,
        rng::Rng,
    },
    experiment::{
        ByHand, Csv, Experiment, FIELDS, Link, MAX_FEATURES, MAX_LAYERS, MAX_SEED, MAX_STEPS, MAX_TEACHERS, PICKS, layer_listings,
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
