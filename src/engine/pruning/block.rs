//! Weights go in blocks of neighbours.

use super::{Evidence, Mask, Pruned, Pruner, Scores, count, criteria::Criterion, smallest};
use crate::engine::{
    catalog::Entry,
    error::SpecError,
    params::{ParamSpec, Scale},
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "block",
    label: "Blocks of weights",
    help: teach!(
        "Removes whole blocks, of a unit's neighbouring inputs times neighbouring units, wherever in the network they rank lowest. Zeros that lie together take fewer bytes to say where they are than scattered ones; the larger the block, the more weights go that are worth keeping. Blocks at the edge of a layer are smaller."
    ),
    formula: teach!(r"m_b = \left[\, S_b > t \,\right],\quad S_b \text{ the score of a block of } R \times C \text{ weights}"),
    source: teach!("Narang, Undersander & Diamos 2017, Block-sparse recurrent neural networks"),
    params: &[ROWS, COLUMNS],
    build: |values| Box::new(Block { rows: values.usize(&ROWS), columns: values.usize(&COLUMNS) }),
};

const ROWS: ParamSpec = ParamSpec {
    key: "rows",
    label: "Inputs R",
    range: (1.0, 16.0),
    scale: Scale::Integer,
    default: 4.0,
    help: teach!("Neighbouring inputs of a block. More make the pattern more regular, and cost accuracy at the same sparsity."),
    ..ParamSpec::NEW
};

const COLUMNS: ParamSpec = ParamSpec {
    key: "columns",
    label: "Units C",
    range: (1.0, 16.0),
    scale: Scale::Integer,
    default: 1.0,
    help: teach!(
        "Neighbouring units of a block. One alone keeps the blocks of each unit independent; more tie units together that have nothing in common."
    ),
    ..ParamSpec::NEW
};

struct Block {
    rows: usize,
    columns: usize,
}

impl Pruner for Block {
    fn prune(&self, evidence: &Evidence<'_>, criterion: &Criterion, sparsity: f64) -> Result<Pruned, SpecError> {
        let scores = Scores::of(evidence, criterion)?.across_units();
        let mut blocks: Vec<Vec<usize>> = Vec::new();
        for (layer, (inputs, units)) in evidence.matrices() {
            let first = evidence.span(layer).start;
            for row in (0..inputs).step_by(self.rows) {
                for column in (0..units).step_by(self.columns) {
                    let rows = row..inputs.min(row + self.rows);
                    let columns = column..units.min(column + self.columns);
                    blocks.push(rows.flat_map(|k| columns.clone().map(move |n| first + k * units + n)).collect());
                }
            }
        }
        let mut mask = Mask::all(evidence.params.len());
        let each = blocks.iter().enumerate().map(|(i, block)| (i, scores.group(block.iter().copied())));
        for block in smallest(each, count(blocks.len(), sparsity)) {
            blocks[block].iter().for_each(|at| mask.set(*at, false));
        }
        Ok(Pruned::weights(evidence.network, mask))
    }
}
