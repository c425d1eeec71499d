//! Skip connections: where the values that they read lie, and how gradients come back through them.

use super::{
    Place, Program,
    Slot::{Read, Write},
    grid, source,
    stages::{Part, Stage, StageOp},
};
use crate::{
    engine::{error::SpecError, layers::Op},
    kernels::wgsl::Wgsl,
};

/// Which stage writes what comes into each layer, while the layers become stages one by one.
pub(super) struct Ends {
    /// The layers before which connections begin.
    read: Vec<usize>,
    /// Stages before each layer so far: the last of them writes what comes into it.
    before: Vec<usize>,
}

impl Ends {
    pub(super) fn of(parts: &[Part]) -> Self {
        let begin = |(layer, part): (usize, &Part)| if let Op::Add { back } = part.op { layer.checked_sub(back) } else { None };
        Self { read: parts.iter().enumerate().filter_map(begin).collect(), before: Vec::new() }
    }

    /// The next layer stands behind so many stages.
    pub(super) fn next(&mut self, stages: usize) {
        self.before.push(stages);
    }

    /// Whether a connection reads what the last of `stages` stages writes: no activation may become its end any more.
    pub(super) fn holds(&self, stages: usize) -> bool {
        self.read.iter().any(|layer| self.before.get(*layer) == Some(&stages))
    }

    /// The connection that ends at the newest layer and leads around `back`: `input` values come into the network, `width` into the layer. Errors: none
    /// leads there, or it reads another number of values.
    pub(super) fn add(&self, back: usize, stages: &[Stage], input: usize, width: usize) -> Result<StageOp, SpecError> {
        let from = self.before.len().checked_sub(1 + back).and_then(|layer| self.before.get(layer));
        let op = from.map(|stages| StageOp::Add { from: stages.checked_sub(1) });
        let reads = |op: &StageOp| if let StageOp::Add { from: Some(stage) } = op { stages[*stage].output } else { input };
        op.filter(|op| reads(op) == width).ok_or_else(|| {
            let reason = format!("layer {} adds what came in {back} layers before, which does not fit", self.before.len());
            SpecError::Incompatible { field: "model".into(), reason }
        })
    }
}

impl Program {
    /// Stage `i`, which adds the output of the stage `from`, or the network's input. `ending` is what becomes of a value.
    pub(super) fn forward_add(
        &mut self,
        i: usize,
        stage: &Stage,
        (from, train): (Option<usize>, bool),
        ending: &Wgsl,
    ) -> Result<(), SpecError> {
        // The stage behind the one that is read would find it there, too.
        let (skipped, order, gather) = source(from.map_or(0, |from| from + 1), train);
        let file = Wgsl::new(include_str!("../wgsl/add.wgsl"));
        let wgsl = gather.join(ending).join(&file).with("WIDTH", stage.output as f64).with("FRONT", f64::from(u8::from(i == 0)));
        let (y, kept) = (Write(Place::Output(i)), Write(Place::Kept(i)));
        let slots = vec![Read(source(i, train).0), Read(skipped), Read(order), y, kept];
        self.push("skip connection forward", wgsl.join(&grid::flat_wgsl()), slots, grid::flat(self.batch * stage.output)?);
        Ok(())
    }

    /// After the gradient by the output of stage `i` from the stage behind it: what comes through the skip connections that begin there.
    pub(super) fn backward_skips(&mut self, i: usize, stages: &[Stage]) -> Result<(), SpecError> {
        let width = stages[i].output;
        let ends = stages.iter().enumerate().filter(|(_, stage)| matches!(stage.op, StageOp::Add { from } if from == Some(i)));
        for (end, _) in ends {
            let wgsl = stages[i].activation.clone().join(&Wgsl::new(include_str!("../wgsl/skip_back.wgsl"))).with("WIDTH", width as f64);
            let slots = vec![Read(Place::Gradient(end)), Read(Place::Output(i)), Read(Place::Kept(i)), Write(Place::Gradient(i))];
            self.push("skip connection backward", wgsl.join(&grid::flat_wgsl()), slots, grid::flat(self.batch * width)?);
        }
        Ok(())
    }
}
