//! Reading and writing experiments by the tables of fields and catalogues, whatever the form: link and JSON are both a thin
//! skin over this.

use std::collections::BTreeMap;

use super::{
    Compress, Experiment, FIELDS, LAYER_LISTS, PICKS, PickField, VERSION,
    csv::{self, COLUMNS_KEY, FILE_KEY},
    fields::{DURING, SECTIONS},
    hand::{self, CUT_KEY, KEEP_KEY},
    lists::{LISTS, PickList},
    teacher::{self, TEACHER_KEY},
};
use crate::engine::{
    catalog::{Info, Pick},
    data::{
        painted::{self, POINTS_KEY},
        table::{self, KEY as CSV},
    },
    error::SpecError,
    losses::FORMULA_KEY,
    params::ParamSpec,
};

/// Key of the version.
pub(super) const VERSION_KEY: &str = "version";
/// Key of the seed.
pub(super) const SEED_KEY: &str = "seed";

/// Largest seed: the largest whole number that JavaScript and JSON keep exactly.
pub const MAX_SEED: u64 = (1 << 53) - 1;

/// What reading gives: the experiment, what was ignored, and what could not be used (each of these left at its default).
pub type Read = (Experiment, Vec<Notice>, Vec<SpecError>);

/// Something of a link or file that was ignored; the rest was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The key.
    pub key: String,
    /// What happened, for people.
    pub text: String,
}

impl std::fmt::Display for Notice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

/// An experiment as text: keys (`opt`, `opt.beta1`, `lr`) with their values, in the order in which they came.
#[derive(Default)]
pub(super) struct Raw {
    pub values: Vec<(String, String)>,
    pub lists: Vec<(&'static PickList, Vec<RawEntry>)>,
}

/// An entry of a list as text.
pub(super) struct RawEntry {
    pub key: String,
    pub settings: Settings,
}

/// Settings of an entry of a list as text.
pub(super) enum Settings {
    /// In the order of the entry's list; empty means default.
    Ordered(Vec<String>),
    /// By key.
    Named(Vec<(String, String)>),
}

/// One thing that differs from the default experiment.
pub(super) enum Item {
    Number(&'static ParamSpec, f64),
    /// `named`: the entry itself is another one than the default's.
    Pick {
        key: &'static str,
        pick: Pick,
        info: Option<Info>,
        named: bool,
    },
    List(&'static PickList, Vec<Pick>),
    /// Links by hand, a list of single layers, a formula, teachers, or what there is to say of a file, as text.
    Links(&'static str, String),
    Seed(u64),
}

/// All that differs from the default, in the order of the recipe.
pub(super) fn items(experiment: &Experiment) -> Vec<Item> {
    let (experiment, base) = (experiment.normal(), Experiment::default().normal());
    let mut items = Vec::new();
    for section in SECTIONS {
        for list in LISTS.iter().filter(|l| l.section == section) {
            let picks = (list.get)(&experiment);
            if picks != (list.get)(&base) {
                items.push(Item::List(list, picks.clone()));
            }
        }
        for field in PICKS.iter().filter(|f| f.section == section) {
            let (pick, default) = ((field.get)(&experiment), (field.get)(&base));
            if pick != default {
                let info = field.listing.find(&pick.key).ok().copied();
                items.push(Item::Pick { key: field.key, pick: pick.clone(), info, named: pick.key != default.key });
            }
        }
        for field in FIELDS.iter().filter(|f| f.section == section) {
            let value = (field.get)(&experiment);
            if value != (field.get)(&base) {
                items.push(Item::Number(&field.spec, value));
            }
        }
    }
    for (key, links) in [(CUT_KEY, &experiment.hand.cut), (KEEP_KEY, &experiment.hand.keep)] {
        if !links.is_empty() {
            items.push(Item::Links(key, hand::write(links)));
        }
    }
    for list in LAYER_LISTS.iter().filter(|list| !(list.get)(&experiment.compress).is_empty()) {
        items.push(Item::Links(list.key, list.write(&experiment.compress)));
    }
    if experiment.formula != base.formula {
        items.push(Item::Links(FORMULA_KEY, experiment.formula.clone()));
    }
    for (key, text) in [(TEACHER_KEY, &experiment.teacher), (FILE_KEY, &experiment.csv.file), (COLUMNS_KEY, &experiment.csv.columns)] {
        if !text.is_empty() {
            items.push(Item::Links(key, text.clone()));
        }
    }
    if !experiment.points.is_empty() {
        items.push(Item::Links(POINTS_KEY, experiment.points.clone()));
    }
    if experiment.seed != base.seed {
        items.push(Item::Seed(experiment.seed));
    }
    items
}

/// `pick` without settings that equal their default.
pub(super) fn normal_pick(pick: &Pick, info: Option<&Info>) -> Pick {
    let mut pick = pick.clone();
    if let Some(info) = info {
        pick.params.retain(|key, value| info.params.iter().all(|s| s.key != key || s.default != *value));
    }
    pick
}

/// Reads `raw`. Whatever cannot be used leaves its default and is told.
pub(super) fn read(raw: Raw) -> Read {
    let mut reader = Reader { experiment: Experiment::default(), values: BTreeMap::new(), notices: Vec::new(), errors: Vec::new() };
    for (key, value) in raw.values {
        // Lists of links and formulas are long, and are measured where they are read.
        let long = [CUT_KEY, KEEP_KEY, FORMULA_KEY, TEACHER_KEY, FILE_KEY, COLUMNS_KEY, POINTS_KEY].contains(&key.as_str());
        let list = long || LAYER_LISTS.iter().any(|list| list.key == key);
        let (key, value) = (clip(key), if list { value } else { clip(value) });
        if reader.values.insert(key.clone(), value).is_some() {
            reader.notice(&key, format!("{key} is given more than once; the last one counts"));
        }
    }
    renamed(&mut reader.values);
    reader.version();
    for field in PICKS {
        reader.pick(field);
    }
    for field in FIELDS {
        if let Some(text) = reader.values.remove(field.spec.key) {
            match field.spec.parse(&text) {
                Ok(value) => (field.set)(&mut reader.experiment, value),
                Err(error) => reader.errors.push(error),
            }
        }
    }
    reader.pruning();
    reader.hand();
    reader.layer_lists();
    reader.formula();
    reader.teacher();
    reader.csv();
    reader.points();
    reader.seed();
    for (list, entries) in raw.lists {
        reader.list(list, entries);
    }
    for key in std::mem::take(&mut reader.values).into_keys() {
        reader.notice(&key, format!("{key} is unknown here and was ignored"));
    }
    (reader.experiment, reader.notices, reader.errors)
}

/// What older links wrote, and what says the same today.
struct Renamed {
    /// Keys with their values then, all of which have to be there.
    was: &'static [(&'static str, &'static str)],
    /// Keys with their values now. One that a link has by itself counts first.
    now: &'static [(&'static str, &'static str)],
    /// Settings that have another key now.
    moved: &'static [(&'static str, &'static str)],
}

/// When pruners were scope and criterion in one.
const RENAMED: &[Renamed] = &[
    Renamed { was: &[("pruner", "global-magnitude")], now: &[("pruner", "global")], moved: &[] },
    Renamed { was: &[("pruner", "layer-magnitude")], now: &[("pruner", "layer")], moved: &[] },
    Renamed {
        was: &[("pruner", "random")],
        now: &[("pruner", "global"), ("criterion", "random")],
        moved: &[("pruner.draw", "criterion.draw")],
    },
    Renamed { was: &[("pruner", "units"), ("pruner.rank", "in")], now: &[("pruner", "units")], moved: &[] },
    Renamed { was: &[("pruner", "units"), ("pruner.rank", "in-out")], now: &[("pruner", "units"), ("criterion", "in-out")], moved: &[] },
];

/// Puts today's words in place of older ones.
fn renamed(values: &mut BTreeMap<String, String>) {
    for Renamed { was, now, moved } in RENAMED {
        if !was.iter().all(|(key, value)| values.get(*key).is_some_and(|given| given.trim() == *value)) {
            continue;
        }
        was.iter().for_each(|(key, _)| drop(values.remove(*key)));
        for (key, value) in *now {
            values.entry((*key).into()).or_insert_with(|| (*value).into());
        }
        for (old, new) in *moved {
            if let Some(value) = values.remove(*old) {
                values.entry((*new).into()).or_insert(value);
            }
        }
    }
}

struct Reader {
    experiment: Experiment,
    /// What has not been read yet.
    values: BTreeMap<String, String>,
    notices: Vec<Notice>,
    errors: Vec<SpecError>,
}

impl Reader {
    fn notice(&mut self, key: &str, text: String) {
        self.notices.push(Notice { key: key.into(), text });
    }

    fn version(&mut self) {
        let Some(text) = self.values.remove(VERSION_KEY) else { return };
        if text.parse::<u32>().is_ok_and(|v| (1..=VERSION).contains(&v)) {
            return;
        }
        self.errors.push(if text.parse::<f64>().is_ok_and(|v| v > f64::from(VERSION)) {
            let reason = format!("{text} is newer than this Whittle, which reads up to {VERSION}");
            SpecError::Incompatible { field: VERSION_KEY.into(), reason }
        } else {
            SpecError::Unreadable { field: VERSION_KEY.into(), value: text.into(), expected: format!("a whole number from 1 to {VERSION}") }
        });
    }

    /// Of choices that do not suit each other, the criterion or the time goes back to its default.
    fn pruning(&mut self) {
        let compress = &mut self.experiment.compress;
        while let Err(error) = compress.check() {
            let base = Compress::default();
            if error.field() == DURING.key {
                compress.during = base.during;
            } else {
                compress.criterion = base.criterion;
            }
            self.errors.push(error);
        }
    }

    fn hand(&mut self) {
        for (key, links) in [(CUT_KEY, &mut self.experiment.hand.cut), (KEEP_KEY, &mut self.experiment.hand.keep)] {
            let Some(text) = self.values.remove(key) else { continue };
            match hand::read(key, &text) {
                Ok(read) => *links = read,
                Err(error) => self.errors.push(error),
            }
        }
        if let Err(error) = self.experiment.hand.check() {
            self.experiment.hand = hand::ByHand::default();
            self.errors.push(error);
        }
    }

    fn layer_lists(&mut self) {
        for list in LAYER_LISTS {
            let Some(text) = self.values.remove(list.key) else { continue };
            match list.read(&text) {
                Ok(read) => (list.set)(&mut self.experiment.compress, &read),
                Err(error) => self.errors.push(error),
            }
        }
    }

    fn formula(&mut self) {
        let Some(text) = self.values.remove(FORMULA_KEY) else { return };
        match super::validate::formula(text.trim()) {
            Ok(()) => self.experiment.formula = text.trim().into(),
            Err(error) => self.errors.push(error),
        }
    }

    fn teacher(&mut self) {
        let Some(text) = self.values.remove(TEACHER_KEY) else { return };
        match teacher::check(&text) {
            Ok(()) => self.experiment.teacher = text,
            Err(error) => self.errors.push(error),
        }
    }

    /// Other data has no file: what is said of one there is unknown.
    fn csv(&mut self) {
        if self.experiment.data.key != CSV {
            return;
        }
        let csv = &mut self.experiment.csv;
        for (key, kept, check) in [
            (FILE_KEY, &mut csv.file, csv::check_file as fn(&str) -> Result<(), SpecError>),
            (COLUMNS_KEY, &mut csv.columns, table::check_columns),
        ] {
            let Some(text) = self.values.remove(key) else { continue };
            match check(&text) {
                Ok(()) => *kept = text,
                Err(error) => self.errors.push(error),
            }
        }
    }

    /// Other data has no points of its own.
    fn points(&mut self) {
        if self.experiment.data.key != painted::KEY {
            return;
        }
        let Some(text) = self.values.remove(POINTS_KEY) else { return };
        match painted::read(&text) {
            Ok(_) => self.experiment.points = text,
            Err(error) => self.errors.push(error),
        }
    }

    fn seed(&mut self) {
        let Some(text) = self.values.remove(SEED_KEY) else { return };
        match text.trim().parse::<u64>() {
            Ok(seed) if seed <= MAX_SEED => self.experiment.seed = seed,
            _ => self.errors.push(seed_error(&text)),
        }
    }

    fn pick(&mut self, field: &PickField) {
        let prefix = format!("{}.", field.key);
        let settings: Vec<_> = self.values.extract_if(prefix.clone().., |key, _| key.starts_with(&prefix)).collect();
        let named = self.values.remove(field.key);
        let key = named.as_deref().map_or((field.get)(&self.experiment).key.as_str(), str::trim);
        let info = match field.listing.find(key) {
            Ok(info) => info,
            // The settings belong to the unknown entry: nothing can be said of them.
            Err(error) => return self.errors.push(error),
        };
        let mut pick = Pick::new(info.key);
        for (path, text) in settings {
            let Some(spec) = info.params.iter().find(|s| s.key == &path[prefix.len()..]) else {
                self.notice(&path, format!("{path} is no setting of {} and was ignored", info.key));
                continue;
            };
            match spec.parse(&text) {
                Ok(value) => set(&mut pick, spec, value),
                Err(error) => self.errors.push(error.at(&path)),
            }
        }
        (field.set)(&mut self.experiment, pick);
    }

    fn list(&mut self, list: &PickList, entries: Vec<RawEntry>) {
        if entries.len() > list.most {
            self.errors.push(list.too_many(entries.len()));
            return;
        }
        let mut unknown: Vec<&str> = Vec::new();
        for entry in entries.iter().filter(|e| list.info(&e.key).is_none()) {
            // A name that occurs again says nothing new.
            if !unknown.contains(&entry.key.as_str()) {
                unknown.push(&entry.key);
            }
        }
        if !unknown.is_empty() {
            self.errors.extend(unknown.into_iter().map(|key| list.unknown(key)));
            return;
        }
        let picks = entries.into_iter().enumerate().map(|(i, entry)| self.entry(list, i + 1, entry)).collect();
        (list.set)(&mut self.experiment, picks);
    }

    /// An entry of a list, whose key is known; `at` counts from 1.
    fn entry(&mut self, list: &PickList, at: usize, entry: RawEntry) -> Pick {
        let mut pick = Pick::new(&entry.key);
        let specs = list.info(&entry.key).map_or(&[][..], |i| i.params);
        let settings: Vec<(String, String)> = match entry.settings {
            Settings::Named(pairs) => pairs,
            Settings::Ordered(texts) if texts.len() > specs.len() => {
                let keys = if specs.is_empty() { "none".into() } else { specs.iter().map(|s| s.key).collect::<Vec<_>>().join(", ") };
                let reason = format!("too many settings ({}); those it has: {keys}", texts.len());
                self.errors.push(list.at(at, &entry.key, reason));
                return pick;
            }
            Settings::Ordered(texts) => specs.iter().map(|s| s.key.to_string()).zip(texts).filter(|(_, t)| !t.is_empty()).collect(),
        };
        for (key, text) in settings {
            let Some(spec) = specs.iter().find(|s| s.key == key) else {
                let text = format!("{} {at} ({}): {} is no setting of it and was ignored", list.entry, pick.key, clip(key));
                self.notice(list.key, text);
                continue;
            };
            match spec.parse(&clip(text)) {
                Ok(value) => set(&mut pick, spec, value),
                Err(error) => self.errors.push(list.at(at, &entry.key, error.to_string())),
            }
        }
        pick
    }
}

fn set(pick: &mut Pick, spec: &ParamSpec, value: f64) {
    if value != spec.default {
        pick.params.insert(spec.key.into(), value);
    }
}

pub(super) fn seed_error(text: &str) -> SpecError {
    SpecError::Unreadable { field: SEED_KEY.into(), value: text.into(), expected: format!("a whole number from 0 to {MAX_SEED}") }
}

/// A text short enough to be repeated in an error; no value or key that can be used is longer.
pub(super) fn clip(text: String) -> String {
    const LONGEST: usize = 80;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
