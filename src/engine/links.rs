//! Units of a network and the links between them, as the drawing shows them and a hand edits them. A link is all weights from one
//! unit to another: one weight between dense layers, a kernel between filters, one per position behind a flattened image.

use super::{layers::Op, network::Network, packed::trunk};

impl Network {
    /// Neurons or filters of layer `layer`; 0 where there is no such layer.
    #[must_use]
    pub fn units(&self, layer: usize) -> usize {
        self.nodes().get(layer).map_or(0, |n| n.layer.output().0.last().copied().unwrap_or(1))
    }

    /// Units that feed layer `layer`: those of the last layer with weights before it, else the input's channels or values.
    #[must_use]
    pub fn units_before(&self, layer: usize) -> usize {
        let before = &self.nodes()[..layer.min(self.nodes().len())];
        let input = self.input();
        before
            .iter()
            .rposition(|n| trunk(&n.layer.op()).is_some())
            .map_or_else(|| input.image().map_or(input.len(), |(_, _, channels)| channels), |last| self.units(last))
    }

    /// Rows of layer `layer`'s weight matrix `[K, N]` that unit `from` of those before feeds; none where there is no such unit or
    /// the layer has no weights.
    pub fn link_rows(&self, layer: usize, from: usize) -> impl Iterator<Item = usize> + use<> {
        let inputs = self.nodes().get(layer).and_then(|n| match n.layer.op() {
            // Below them lie those that read its own units.
            Op::Recurrent(sizes) => Some(sizes.features),
            op => trunk(&op).map(|(inputs, _)| inputs),
        });
        let inputs = inputs.unwrap_or(0);
        let before = self.units_before(layer).max(1);
        // A depthwise filter reads one unit through all its rows.
        let alone = self.nodes().get(layer).is_some_and(|n| matches!(n.layer.op(), Op::Depthwise(_)));
        let (first, step) = if alone { (0, 1) } else { (from, before) };
        (first.min(inputs)..if from < before { inputs } else { 0 }).step_by(step)
    }

    /// Places in the flat parameters of all weights from unit `from` to unit `to` of layer `layer`; none where there is no such link.
    pub fn link(&self, layer: usize, from: usize, to: usize) -> impl Iterator<Item = usize> + use<> {
        let (start, units) = (self.nodes().get(layer).map_or(0, |n| n.span.start), self.units(layer));
        // A recurrent unit has a weight for each of its gates.
        let columns = self.nodes().get(layer).and_then(|n| trunk(&n.layer.op())).map_or(units, |(_, columns)| columns);
        let gates = (columns / units.max(1)).max(1);
        let alone = self.nodes().get(layer).is_some_and(|n| matches!(n.layer.op(), Op::Depthwise(_)));
        let there = to < units && (from == to || !alone);
        self.link_rows(layer, from)
            .filter(move |_| there)
            .flat_map(move |row| (0..gates).map(move |gate| start + row * columns + gate * units + to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{catalog::Pick, shape::Shape};

    #[test]
    fn links_are_weights_kernels_or_positions() {
        let picks = ["conv2d", "relu", "flatten", "dense"].map(Pick::new);
        let picks = [picks[0].clone().with("filters", 3.0), picks[1].clone(), picks[2].clone(), picks[3].clone().with("units", 2.0)];
        let network = Network::new(&picks, &Shape(vec![6, 6, 1])).unwrap();
        assert_eq!((network.units_before(0), network.units(0), network.units_before(3), network.units(3)), (1, 3, 3, 2));
        assert_eq!(network.link(0, 0, 1).collect::<Vec<_>>(), (0..9).map(|k| k * 3 + 1).collect::<Vec<_>>(), "a kernel");
        let positions = network.nodes()[2].layer.output().len() / 3;
        let behind: Vec<_> = network.link(3, 2, 1).collect();
        assert_eq!(behind.len(), positions, "one weight per position");
        assert_eq!(behind[1] - behind[0], 3 * 2, "channels lie next to each other");
        let alone = Network::new(&[Pick::new("depthwise")], &Shape(vec![5, 5, 2])).unwrap();
        assert_eq!(alone.link(0, 1, 1).collect::<Vec<_>>(), (0..9).map(|k| k * 2 + 1).collect::<Vec<_>>(), "its own kernel");
        assert_eq!(alone.link(0, 0, 1).count(), 0, "channels do not mix");
        for (layer, from, to) in [(0, 1, 0), (0, 0, 3), (1, 0, 0), (9, 0, 0)] {
            assert_eq!(network.link(layer, from, to).count(), 0, "{layer}.{from}.{to}");
        }
    }
}
