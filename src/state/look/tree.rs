//! A decision tree as it is drawn: where nodes stand, how the keyboard walks over them, what they say.

use super::arrow::Way;
use crate::{
    engine::learners::{Description, Node},
    protocol::DataReport,
    state::format,
};

/// A node of the drawing.
#[derive(Clone, Debug, PartialEq)]
pub struct Spot {
    /// Its place among the tree's nodes.
    pub node: usize,
    /// From the left edge to the right, 0 to 1.
    pub x: f64,
    /// Questions above it.
    pub level: usize,
    /// The spot above it.
    pub parent: Option<usize>,
    /// The spots below it, left and right.
    pub below: Option<(usize, usize)>,
    /// Nodes below it that are not drawn.
    pub hidden: usize,
}

/// Where the nodes of a tree stand, as many levels of it as leave `most` ends side by side.
#[must_use]
pub fn layout(nodes: &[Node], most: usize) -> Vec<Spot> {
    let levels = (0..nodes.len()).take_while(|levels| ends(nodes, 0, *levels) <= most).last().unwrap_or(0);
    let mut spots = Vec::new();
    if !nodes.is_empty() {
        let all = ends(nodes, 0, levels).max(1) as f64;
        place(nodes, (0, levels, None), &mut 0.0, &mut spots);
        spots.iter_mut().for_each(|spot| spot.x /= all);
    }
    spots
}

/// Nodes below `at`, within the list: a node stands before those below it.
fn below(nodes: &[Node], at: usize) -> Option<(usize, usize)> {
    let split = nodes.get(at)?.split?;
    let (left, right) = (split.left as usize, split.right as usize);
    (left > at && right > at && left < nodes.len() && right < nodes.len()).then_some((left, right))
}

/// Ends that stand side by side where the tree is drawn `levels` questions deep.
fn ends(nodes: &[Node], at: usize, levels: usize) -> usize {
    match below(nodes, at) {
        Some((left, right)) if levels > 0 => ends(nodes, left, levels - 1) + ends(nodes, right, levels - 1),
        _ => 1,
    }
}

/// How many nodes stand below `at`.
fn count(nodes: &[Node], at: usize) -> usize {
    below(nodes, at).map_or(0, |(left, right)| 2 + count(nodes, left) + count(nodes, right))
}

/// Places the tree from `at` on; `ends` is how many ends stand to its left. Gives its spot.
fn place(nodes: &[Node], (at, levels, parent): (usize, usize, Option<usize>), ends: &mut f64, spots: &mut Vec<Spot>) -> usize {
    let spot = spots.len();
    let level = parent.map_or(0, |parent| spots[parent].level + 1);
    spots.push(Spot { node: at, x: *ends + 0.5, level, parent, below: None, hidden: 0 });
    match below(nodes, at) {
        Some((left, right)) if levels > 0 => {
            let left = place(nodes, (left, levels - 1, Some(spot)), ends, spots);
            let right = place(nodes, (right, levels - 1, Some(spot)), ends, spots);
            spots[spot].x = (spots[left].x + spots[right].x) / 2.0;
            spots[spot].below = Some((left, right));
        }
        _ => {
            spots[spot].hidden = count(nodes, at);
            *ends += 1.0;
        }
    }
    spot
}

/// The spot that the keyboard walks to from `at`: up to the node above, down to the left one below, left and right on the same level; `at` itself where there is none that way.
#[must_use]
pub fn walk(spots: &[Spot], at: usize, way: Way) -> usize {
    let Some(spot) = spots.get(at) else { return 0 };
    let beside = |wanted: fn(f64, f64) -> bool| {
        let row = spots.iter().enumerate().filter(|(_, s)| s.level == spot.level && wanted(s.x, spot.x));
        row.min_by(|(_, a), (_, b)| (a.x - spot.x).abs().total_cmp(&(b.x - spot.x).abs())).map(|(i, _)| i)
    };
    match way {
        Way::Up => spot.parent,
        Way::Down => spot.below.map(|(left, _)| left),
        Way::Left => beside(|x, here| x < here),
        Way::Right => beside(|x, here| x > here),
    }
    .unwrap_or(at)
}

/// What a feature is called: its name in a table, a coordinate of the plane, or a pixel.
#[must_use]
pub fn feature(data: Option<&DataReport>, at: usize) -> String {
    let named = data.and_then(|d| d.features.get(at)).cloned();
    let place = || match data.map(|d| &d.shape[..]) {
        Some([2]) => Some(if at == 0 { "x" } else { "y" }.to_string()),
        Some([_, width, channels]) => {
            let pixel = at / (*channels).max(1);
            Some(format!("pixel {}, {}", pixel / (*width).max(1), pixel % (*width).max(1)))
        }
        _ => None,
    };
    named.or_else(place).unwrap_or_else(|| format!("feature {}", at + 1))
}

/// The question of a node, or that it has none.
#[must_use]
pub fn question(node: &Node, data: Option<&DataReport>) -> String {
    let asked =
        |s: crate::engine::learners::Split| format!("{} ≤ {}", feature(data, s.feature as usize), format::number(f64::from(s.threshold)));
    node.split.map_or_else(|| "leaf".into(), asked)
}

/// What a node answers, or would if the tree ended there: its class and how sure that is, or a value. Empty where that is not known.
#[must_use]
pub fn answer(node: &Node, data: Option<&DataReport>) -> String {
    let classes = data.map_or(&[][..], |d| &d.classes);
    match (class(node), &node.value[..]) {
        (Some(class), value) if value.len() == classes.len() => format!("{} {}", classes[class], format::percent0(f64::from(value[class]))),
        (_, [value]) => format::number(f64::from(*value)),
        _ => String::new(),
    }
}

/// The class that a node answers, where it holds shares of several.
#[must_use]
pub fn class(node: &Node) -> Option<usize> {
    (node.value.len() > 1).then(|| crate::engine::train::argmax(&node.value))
}

/// Share of the training samples that came to a node, in words.
#[must_use]
pub fn share(node: &Node) -> String {
    node.share.map_or_else(String::new, |share| format!("{} of the samples", format::percent0(f64::from(share))))
}

/// All that a spot says, for the line below the drawing.
#[must_use]
pub fn words(spot: &Spot, nodes: &[Node], data: Option<&DataReport>) -> String {
    let Some(node) = nodes.get(spot.node) else { return String::new() };
    let hidden = if spot.hidden > 0 { format!("{} nodes below are in the table", spot.hidden) } else { String::new() };
    let parts = [question(node, data), answer(node, data), share(node), hidden];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// What a model is made of, counted: "50 trees · 1,204 nodes".
#[must_use]
pub fn counts(of: &Description) -> String {
    let counts = of.counts.iter().map(|c| format!("{} {}", format::count(c.count), c.what));
    let members = of.members.iter().map(|(label, _)| label.clone());
    counts.chain(members).chain(of.eight_bits.then(|| "8-bit".into())).collect::<Vec<_>>().join(" · ")
}

/// Places of the `most` largest of `values` by their size, the largest first.
#[must_use]
pub fn largest(values: &[f32], most: usize) -> Vec<usize> {
    let mut places: Vec<usize> = (0..values.len()).collect();
    crate::order::sort(&mut places, &|a, b| values[b].abs().total_cmp(&values[a].abs()).then(a.cmp(&b)));
    places.truncate(most);
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::learners::Split;

    fn leaf(value: &[f32]) -> Node {
        Node { split: None, share: Some(0.25), value: value.to_vec() }
    }

    fn asks(feature: u32, left: u32, right: u32) -> Node {
        Node { split: Some(Split { feature, threshold: 0.5, left, right }), share: Some(1.0), value: vec![0.75, 0.25] }
    }

    /// A root with a leaf to its left and a question with two leaves to its right.
    fn tree() -> Vec<Node> {
        vec![asks(0, 1, 2), leaf(&[1.0, 0.0]), asks(1, 3, 4), leaf(&[0.0, 1.0]), leaf(&[0.5, 0.5])]
    }

    #[test]
    fn nodes_stand_above_those_below_them_and_leaves_side_by_side() {
        let spots = layout(&tree(), 16);
        assert_eq!(spots.iter().map(|s| (s.node, s.level)).collect::<Vec<_>>(), [(0, 0), (1, 1), (2, 1), (3, 2), (4, 2)]);
        let leaves: Vec<f64> = [1, 3, 4].iter().map(|i| spots[*i].x).collect();
        assert_eq!(leaves, [1.0 / 6.0, 0.5, 5.0 / 6.0]);
        assert!((spots[0].x - (spots[1].x + spots[2].x) / 2.0).abs() < 1e-12);
        assert!(spots.iter().all(|s| s.hidden == 0));
        assert_eq!(layout(&[], 4), []);
        assert_eq!(layout(&[leaf(&[1.0])], 4).len(), 1);
    }

    #[test]
    fn what_has_no_room_is_counted() {
        let spots = layout(&tree(), 2);
        assert_eq!(spots.iter().map(|s| (s.node, s.hidden)).collect::<Vec<_>>(), [(0, 0), (1, 0), (2, 2)]);
        assert!(words(&spots[2], &tree(), None).ends_with("2 nodes below are in the table"));
        // A tree that contradicts itself ends where it does.
        assert_eq!(layout(&[asks(0, 0, 0)], 4).len(), 1);
        assert_eq!(layout(&[asks(0, 7, 8)], 4).len(), 1);
    }

    #[test]
    fn arrow_keys_walk_over_the_tree() {
        let spots = layout(&tree(), 16);
        assert_eq!(walk(&spots, 0, Way::Down), 1);
        assert_eq!((walk(&spots, 1, Way::Right), walk(&spots, 2, Way::Left), walk(&spots, 1, Way::Left)), (2, 1, 1));
        assert_eq!((walk(&spots, 2, Way::Down), walk(&spots, 4, Way::Up), walk(&spots, 4, Way::Down)), (3, 2, 4));
        assert_eq!((walk(&spots, 0, Way::Up), walk(&spots, 99, Way::Up)), (0, 0));
    }

    #[test]
    fn nodes_say_what_they_ask_and_answer() {
        let data = DataReport {
            key: "moons".into(),
            name: "Moons".into(),
            classes: vec!["upper".into(), "lower".into()],
            target: String::new(),
            shape: vec![2],
            features: Vec::new(),
            train: 4,
            validation: 0,
            test: 4,
            points: crate::protocol::F32s::default(),
            explained: Vec::new(),
            baselines: Vec::new(),
        };
        let nodes = tree();
        let spots = layout(&nodes, 16);
        assert_eq!(words(&spots[0], &nodes, Some(&data)), "x ≤ 0.5 · upper 75\u{a0}% · 100\u{a0}% of the samples");
        assert_eq!(words(&spots[3], &nodes, Some(&data)), "leaf · lower 100\u{a0}% · 25\u{a0}% of the samples");
        assert_eq!(answer(&leaf(&[2.5]), None), "2.5");
        assert_eq!(answer(&leaf(&[]), None), "");
        let image = DataReport { shape: vec![8, 8, 1], ..data.clone() };
        assert_eq!((feature(Some(&image), 11), feature(None, 3)), ("pixel 1, 3".into(), "feature 4".into()));
        let table = DataReport { shape: vec![3], features: vec!["a".into(), "b".into(), "c".into()], ..data };
        assert_eq!(feature(Some(&table), 1), "b");
    }

    #[test]
    fn the_largest_come_first_whatever_their_sign() {
        assert_eq!(largest(&[0.5, -2.0, 0.0, 2.0], 3), [1, 3, 0]);
        assert!(largest(&[], 3).is_empty());
    }
}
