//! Models made of models: bagging, voting and stacking.

mod average;
mod averaging;
mod bagging;
mod stack;
mod stacking;
mod team;

pub(super) use average::read as read_average;
pub(super) use averaging::ENTRY as AVERAGING;
pub(super) use bagging::ENTRY as BAGGING;
pub(super) use stack::read as read_stack;
pub(super) use stacking::ENTRY as STACKING;

use super::{LISTING, Learner, Model, Shrink, build, codec::invalid};
use crate::engine::{
    artifact::{ArtifactError, reader::Reader},
    catalog::Pick,
    error::SpecError,
    params::{ParamSpec, Scale, Values, Word},
    rng::Rng,
};

/// Off and on.
const SWITCH: Scale = Scale::Choice(&[Word { key: "off", label: "Off" }, Word { key: "on", label: "On" }]);

/// A member that can be switched on, with its defaults.
const fn member(key: &'static str, label: &'static str, on: bool) -> ParamSpec {
    ParamSpec {
        key,
        label,
        range: (0.0, 1.0),
        scale: SWITCH,
        default: if on { 1.0 } else { 0.0 },
        help: teach!(
            "Whether this family is a member, with the settings that it has by itself. Members help each other where their mistakes differ, and a weak one costs more than it gives."
        ),
        ..ParamSpec::NEW
    }
}

/// Who can be a member of voting and stacking; the keys are those of the list.
const MEMBERS: &[ParamSpec] = &[
    member("linear", "Linear / logistic", true),
    member("tree", "Decision tree", true),
    member("knn", "k-nearest neighbours", true),
    member("forest", "Random forest", false),
    member("boosting", "Gradient boosting", false),
    member("svm", "Support vector machine", false),
    member("naive-bayes", "Gaussian naive Bayes", false),
];

/// The members that are switched on.
fn chosen(values: &Values) -> Vec<&'static str> {
    MEMBERS.iter().filter(|spec| values.usize(spec) == 1).map(|spec| spec.key).collect()
}

/// Learners of the families `keys`. Errors: there is none.
fn learners(keys: &[&str]) -> Result<Vec<Box<dyn Learner>>, SpecError> {
    if keys.is_empty() {
        let reason = "no member is switched on; one at least is needed";
        return Err(SpecError::Incompatible { field: LISTING.field.into(), reason: reason.into() });
    }
    keys.iter().map(|key| build(&Pick::new(key))).collect()
}

/// Streams of the seed: one per member.
const SEEDS: u64 = 18 << 32;

/// The seed of member `at`.
fn seed(of: u64, at: usize) -> u64 {
    let mut rng = Rng::new(of, SEEDS + at as u64);
    u64::from(rng.next_u32()) << 32 | u64::from(rng.next_u32())
}

/// A model by itself, as it is.
fn copy(model: &dyn Model) -> Box<dyn Model> {
    model.shrunk(&Shrink::default())
}

/// Reads members, `depth` models deep, that all take and give the same. Errors: there is none, or they do not fit together.
fn read_members(reader: &mut Reader<'_>, depth: usize) -> Result<Vec<Box<dyn Model>>, ArtifactError> {
    let count = reader.number(1 << 16, "number of members")?;
    let members = (0..count).map(|_| super::codec::read(reader, depth + 1)).collect::<Result<Vec<_>, _>>()?;
    let first = members.first().ok_or_else(|| invalid("it has no members"))?;
    let (features, outputs) = (first.features(), first.outputs());
    let fit = members.iter().all(|m| (m.features(), m.outputs()) == (features, outputs));
    if fit { Ok(members) } else { Err(invalid("its members do not fit together")) }
}
