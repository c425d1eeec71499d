//! Models, and one that learnt what to make of their answers.

use super::{
    average::{self, describe, shrinks},
    copy, read_members,
};
use crate::engine::{
    artifact::{ArtifactError, reader::Reader},
    learners::{
        Description, Model, Node, Shrink, Shrinks,
        codec::{self, Tag, invalid, number},
    },
};

/// Members, one at least, and the last word.
pub struct Stack {
    pub members: Vec<Box<dyn Model>>,
    pub last: Box<dyn Model>,
}

/// Answers of each member that the last word hears: of two shares one follows from the other.
pub fn heard(outputs: usize) -> usize {
    if outputs == 2 { 1 } else { outputs }
}

/// What `members` answer to `inputs[rows, features]`, as the last word hears it: `[rows, members · heard]`.
pub fn answers(members: &[Box<dyn Model>], inputs: &[f32], rows: usize) -> Vec<f32> {
    let outputs = members.first().map_or(0, |m| m.outputs());
    let (each, mut own) = (heard(outputs), vec![0.0; rows * outputs]);
    let mut all = vec![0.0; rows * each * members.len()];
    for (m, member) in members.iter().enumerate() {
        member.predict(inputs, rows, &mut own);
        for (all, own) in all.chunks_exact_mut(each * members.len()).zip(own.chunks_exact(outputs)) {
            all[m * each..(m + 1) * each].copy_from_slice(&own[outputs - each..]);
        }
    }
    all
}

impl Model for Stack {
    fn features(&self) -> usize {
        self.members[0].features()
    }

    fn outputs(&self) -> usize {
        self.last.outputs()
    }

    fn predict(&self, inputs: &[f32], rows: usize, out: &mut [f32]) {
        self.last.predict(&answers(&self.members, inputs, rows), rows, out);
    }

    fn describe(&self) -> Description {
        let mut all = describe(&self.members);
        all.members.push(("Last word".into(), self.last.describe()));
        all
    }

    fn tree(&self, at: usize) -> Option<Vec<Node>> {
        average::tree(&self.members, at)
    }

    fn shrinks(&self) -> Shrinks {
        Shrinks { members: false, ..shrinks(&self.members) }
    }

    fn shrunk(&self, how: &Shrink) -> Box<dyn Model> {
        // The last word knows each of its members, and stays as it is: it is the smallest.
        let how = Shrink { members: usize::MAX, ..*how };
        Box::new(Self { members: self.members.iter().map(|m| m.shrunk(&how)).collect(), last: copy(self.last.as_ref()) })
    }

    fn tag(&self) -> Tag {
        Tag::Stack
    }

    fn write(&self, out: &mut Vec<u8>) {
        number(out, self.members.len());
        self.members.iter().for_each(|m| codec::write(m.as_ref(), out));
        codec::write(self.last.as_ref(), out);
    }
}

/// Reads what [`Stack::write`] wrote.
pub fn read(reader: &mut Reader<'_>, depth: usize) -> Result<Box<dyn Model>, ArtifactError> {
    let members = read_members(reader, depth)?;
    let last = codec::read(reader, depth + 1)?;
    let outputs = members[0].outputs();
    if last.features() != heard(outputs) * members.len() || last.outputs() != outputs {
        return Err(invalid("its last word does not fit its members"));
    }
    Ok(Box::new(Stack { members, last }))
}
