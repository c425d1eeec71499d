//! The mean of what several models answer.

use super::{copy, read_members};
use crate::engine::{
    artifact::{ArtifactError, reader::Reader},
    learners::{
        Count, Description, Model, Node, Shrink, Shrinks,
        codec::{self, Tag, number},
    },
};

/// Models, one at least, that take and give the same.
pub struct Average {
    pub members: Vec<Box<dyn Model>>,
}

/// Most members that are described one by one.
const DESCRIBED: usize = 16;

/// What several models say of themselves together.
pub fn describe(members: &[Box<dyn Model>]) -> Description {
    let all: Vec<Description> = members.iter().map(|m| m.describe()).collect();
    let mut counts = vec![Count::new("members", members.len())];
    // What all of one kind have is added up.
    let first = &all[0];
    if members.iter().all(|m| m.tag() == members[0].tag()) {
        for (at, Count { what, .. }) in first.counts.iter().enumerate() {
            let of = all.iter().filter_map(|d| d.counts.get(at)).map(|c| c.count);
            counts.push(Count { what: what.clone(), count: if what == "levels" { of.max().unwrap_or(0) } else { of.sum() } });
        }
    }
    let mut importances = Vec::new();
    if all.iter().all(|d| d.importances.len() == members[0].features()) {
        importances = vec![0.0; members[0].features()];
        all.iter().for_each(|d| importances.iter_mut().zip(&d.importances).for_each(|(sum, i)| *sum += i / all.len() as f32));
    }
    Description {
        eight_bits: all.iter().any(|d| d.eight_bits),
        counts,
        importances,
        trees: all.iter().map(|d| d.trees).sum(),
        members: if all.len() <= DESCRIBED { members.iter().map(|m| m.tag().label().into()).zip(all).collect() } else { Vec::new() },
        ..Description::default()
    }
}

/// Tree `at` of all trees of `members`.
pub fn tree(members: &[Box<dyn Model>], mut at: usize) -> Option<Vec<Node>> {
    for member in members {
        let trees = member.describe().trees;
        if at < trees {
            return member.tree(at);
        }
        at -= trees;
    }
    None
}

/// What can be done to any of `members`.
pub fn shrinks(members: &[Box<dyn Model>]) -> Shrinks {
    members.iter().map(|m| m.shrinks()).fold(Shrinks::default(), |all, one| Shrinks {
        depth: all.depth || one.depth,
        alpha: all.alpha || one.alpha,
        members: all.members || one.members,
        bits: all.bits || one.bits,
    })
}

impl Average {
    /// Only `model`.
    pub fn of(model: Box<dyn Model>) -> Self {
        Self { members: vec![model] }
    }
}

impl Model for Average {
    fn features(&self) -> usize {
        self.members[0].features()
    }

    fn outputs(&self) -> usize {
        self.members[0].outputs()
    }

    fn predict(&self, inputs: &[f32], rows: usize, out: &mut [f32]) {
        let (mut sums, mut own) = (vec![0.0_f64; out.len()], vec![0.0; out.len()]);
        for member in &self.members {
            member.predict(inputs, rows, &mut own);
            sums.iter_mut().zip(&own).for_each(|(s, v)| *s += f64::from(*v));
        }
        out.iter_mut().zip(&sums).for_each(|(o, s)| *o = (s / self.members.len() as f64) as f32);
    }

    fn describe(&self) -> Description {
        describe(&self.members)
    }

    fn tree(&self, at: usize) -> Option<Vec<Node>> {
        tree(&self.members, at)
    }

    fn shrinks(&self) -> Shrinks {
        Shrinks { members: self.members.len() > 1, ..shrinks(&self.members) }
    }

    fn shrunk(&self, how: &Shrink) -> Box<dyn Model> {
        // Members are those of this model; theirs stay as they are.
        let own = Shrink { members: usize::MAX, ..*how };
        let kept = self.members.iter().take(how.members.max(1));
        Box::new(Self { members: kept.map(|m| if own == Shrink::default() { copy(m.as_ref()) } else { m.shrunk(&own) }).collect() })
    }

    fn tag(&self) -> Tag {
        Tag::Average
    }

    fn write(&self, out: &mut Vec<u8>) {
        number(out, self.members.len());
        self.members.iter().for_each(|m| codec::write(m.as_ref(), out));
    }
}

/// Reads what [`Average::write`] wrote.
pub fn read(reader: &mut Reader<'_>, depth: usize) -> Result<Box<dyn Model>, ArtifactError> {
    Ok(Box::new(Average { members: read_members(reader, depth)? }))
}
