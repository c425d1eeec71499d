//! One list per kind of choice, and the choice itself as data.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{
    error::SpecError,
    params::{ParamSpec, Values},
};

/// A member of a catalogue: how it is named, explained and tuned. `B` builds it from checked values.
#[derive(Clone, Copy, Debug)]
pub struct Entry<B: 'static> {
    /// Stable: appears in links and files.
    pub key: &'static str,
    /// What the page shows: the field's standard name.
    pub label: &'static str,
    /// Two sentences that teach.
    pub help: &'static str,
    /// The formula in LaTeX; empty where there is none.
    pub formula: &'static str,
    /// The paper or text it comes from.
    pub source: &'static str,
    /// What can be tuned, in the order in which links write them.
    pub params: &'static [ParamSpec],
    /// Makes it from checked values.
    pub build: B,
}

/// All entries of one kind.
#[derive(Debug)]
pub struct Catalog<B: 'static> {
    /// Kind, singular, as in an error text: "optimizer".
    pub kind: &'static str,
    /// Link key under which a choice of this kind is written: "opt".
    pub field: &'static str,
    /// The list; its first entry is the default.
    pub entries: &'static [Entry<B>],
}

/// What every entry says of itself, without what it builds: for menus, help, link parsing and `whittle list`.
#[derive(Clone, Copy, Debug)]
pub struct Info {
    /// See [`Entry::key`].
    pub key: &'static str,
    /// See [`Entry::label`].
    pub label: &'static str,
    /// See [`Entry::help`].
    pub help: &'static str,
    /// See [`Entry::formula`].
    pub formula: &'static str,
    /// See [`Entry::source`].
    pub source: &'static str,
    /// See [`Entry::params`].
    pub params: &'static [ParamSpec],
}

/// A catalogue with its builders left out: for whoever shows, reads and checks choices, and does not want the arithmetic behind them
/// in the file.
#[derive(Clone, Copy, Debug)]
pub struct Listing {
    /// See [`Catalog::kind`].
    pub kind: &'static str,
    /// See [`Catalog::field`].
    pub field: &'static str,
    /// The entries, in order.
    pub entries: &'static [Info],
    /// Keys of those that the GPU does not train: there are no shaders for them.
    pub cpu_only: &'static [&'static str],
}

/// Defines a module's `CATALOG` from its one list of entries, and its `LISTING`; keys of those without shaders follow as `cpu_only`.
macro_rules! catalog {
    ($(#[$doc:meta])* $build:ty, kind: $kind:literal, field: $field:literal, [$($entry:expr),+ $(,)?] $(, cpu_only: [$($alone:expr),+])?) => {
        $(#[$doc])*
        pub const CATALOG: $crate::engine::catalog::Catalog<$build> =
            $crate::engine::catalog::Catalog { kind: $kind, field: $field, entries: &[$($entry),+] };

        /// [`CATALOG`] without what builds its entries.
        pub const LISTING: $crate::engine::catalog::Listing = $crate::engine::catalog::Listing {
            kind: $kind,
            field: $field,
            entries: &[$($entry.info()),+],
            cpu_only: &[$($($alone),+)?],
        };
    };
}
pub(super) use catalog;

impl<B> Entry<B> {
    /// The entry without its builder.
    #[must_use]
    pub const fn info(&self) -> Info {
        Info { key: self.key, label: self.label, help: self.help, formula: self.formula, source: self.source, params: self.params }
    }
}

impl<B> Catalog<B> {
    /// The entry named `key`. Errors: [`SpecError::UnknownName`].
    pub fn find(&self, key: &str) -> Result<&'static Entry<B>, SpecError> {
        self.entries.iter().find(|e| e.key == key).ok_or_else(|| unknown(self.kind, self.field, key, self.entries.iter().map(|e| e.key)))
    }

    /// Whether it has an entry named `key`.
    #[must_use]
    pub fn knows(&self, key: &str) -> bool {
        self.entries.iter().any(|e| e.key == key)
    }

    /// The entry that `pick` names and its checked values. Errors: an unknown name, or a value out of its range.
    pub fn resolve(&self, pick: &Pick) -> Result<(&'static Entry<B>, Values), SpecError> {
        let entry = self.find(&pick.key)?;
        Ok((entry, pick.values(entry.params)?))
    }
}

impl Listing {
    /// The entry named `key`. Errors: [`SpecError::UnknownName`].
    pub fn find(&self, key: &str) -> Result<&'static Info, SpecError> {
        self.entries.iter().find(|e| e.key == key).ok_or_else(|| unknown(self.kind, self.field, key, self.entries.iter().map(|e| e.key)))
    }

    /// Whether networks with `key` train on the CPU alone.
    #[must_use]
    pub fn is_cpu_only(&self, key: &str) -> bool {
        self.cpu_only.contains(&key)
    }

    /// What a menu calls an entry: its label, and that it trains on the CPU alone.
    #[must_use]
    pub fn menu_label(&self, entry: &Info) -> String {
        let alone = if self.is_cpu_only(entry.key) { " (CPU only)" } else { "" };
        format!("{}{alone}", entry.label)
    }
}

fn unknown<'k>(kind: &str, field: &str, key: &str, known: impl Iterator<Item = &'k str>) -> SpecError {
    let known = known.collect::<Vec<_>>().join(", ");
    SpecError::UnknownName { field: field.into(), kind: kind.into(), value: key.into(), known }
}

/// A catalogue choice as data: a key, and those parameters that differ from their defaults.
///
/// In JSON one object holds both: `{"key": "step", "every": 5}`. In bytes, which name no fields, they are a pair.
#[derive(Clone, Debug, PartialEq)]
pub struct Pick {
    /// The entry's key.
    pub key: String,
    /// Parameters that were set; anything absent has its default.
    pub params: BTreeMap<String, f64>,
}

/// [`Pick`] in JSON.
#[derive(Serialize, Deserialize)]
struct Named<K, P> {
    key: K,
    #[serde(flatten)]
    params: P,
}

impl Serialize for Pick {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            Named { key: &self.key, params: &self.params }.serialize(serializer)
        } else {
            (&self.key, &self.params).serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Pick {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            Named::deserialize(deserializer).map(|Named { key, params }| Self { key, params })
        } else {
            <(String, BTreeMap<String, f64>)>::deserialize(deserializer).map(|(key, params)| Self { key, params })
        }
    }
}

impl Pick {
    /// The entry `key` with every parameter at its default.
    #[must_use]
    pub fn new(key: &str) -> Self {
        Self { key: key.into(), params: BTreeMap::new() }
    }

    /// The same with one parameter set.
    #[must_use]
    pub fn with(mut self, key: &str, value: f64) -> Self {
        self.params.insert(key.into(), value);
        self
    }

    /// The checked values for `specs`.
    pub fn values(&self, specs: &'static [ParamSpec]) -> Result<Values, SpecError> {
        Values::checked(specs, self.params.iter().map(|(k, v)| (k.as_str(), *v)))
    }

    /// The value of `spec`, its default where nothing is set.
    #[must_use]
    pub fn get(&self, spec: &ParamSpec) -> f64 {
        self.params.get(spec.key).copied().unwrap_or(spec.default)
    }
}
