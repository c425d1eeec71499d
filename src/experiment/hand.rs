//! Links pruned or revived by hand, and their notation: `cut=1.3.5-9,3.0-15.2`.
//!
//! A link is written `layer.from.to`: the layer counted from 1 among all layers of the network, the unit before it and the unit of
//! the layer counted from 0, each a number or a range. A link of many weights (a kernel, the positions behind a flattened image) is
//! one link, as it is in the drawing.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::engine::{
    error::{SpecError, grouped},
    network::Network,
    params::ParamSpec,
};

/// Key of the links that are held at zero.
pub(super) const CUT_KEY: &str = "cut";
/// Key of the links that no pruner may take.
pub(super) const KEEP_KEY: &str = "keep";
/// Most links edited by hand.
pub const MAX_LINKS: usize = 4096;
/// Most characters of their two lists together, so that any experiment fits into a link.
pub const MAX_TEXT: usize = 700;

/// A single weight, as it may be set by hand. This is a moment of a run and no part of its experiment.
pub const WEIGHT: ParamSpec = ParamSpec {
    key: "weight",
    label: "Weight",
    range: (-100.0, 100.0),
    help: teach!("What this link multiplies its input by. Training goes on from the number you set."),
    ..ParamSpec::NEW
};

/// All weights from one unit to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Link {
    /// Layer, counted from 0 among all layers of the network.
    pub layer: usize,
    /// Unit before it, counted from 0.
    pub from: usize,
    /// Unit of the layer, counted from 0.
    pub to: usize,
}

impl std::fmt::Display for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.layer + 1, self.from, self.to)
    }
}

/// What a person did to single links; it overrides the pruner.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ByHand {
    /// Held at zero, in training and in the optimized model.
    pub cut: BTreeSet<Link>,
    /// Spared by the pruner.
    pub keep: BTreeSet<Link>,
}

impl ByHand {
    /// Whether nothing was edited.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cut.is_empty() && self.keep.is_empty()
    }

    /// Prunes a link, or revives it: one that was cut by hand is free again, and where a pruner is at work it may not take it.
    pub fn set(&mut self, link: Link, keep: bool, pruner_at_work: bool) {
        self.cut.remove(&link);
        self.keep.remove(&link);
        if !keep {
            self.cut.insert(link);
        } else if pruner_at_work {
            self.keep.insert(link);
        }
    }

    /// Every edited link, and whether it lives.
    pub fn links(&self) -> impl Iterator<Item = (Link, bool)> {
        self.cut.iter().map(|l| (*l, false)).chain(self.keep.iter().map(|l| (*l, true)))
    }

    /// Whether the lists can be kept in a link. Errors, at `cut`: too many links, too long a text, a link in both lists.
    pub fn check(&self) -> Result<(), SpecError> {
        let (links, text) = (self.cut.len() + self.keep.len(), write(&self.cut).len() + write(&self.keep).len());
        if links > MAX_LINKS {
            return Err(refusal(
                CUT_KEY,
                format!("{} links, more than the {} allowed here", grouped(links as u64), grouped(MAX_LINKS as u64)),
            ));
        }
        if text > MAX_TEXT {
            return Err(refusal(CUT_KEY, format!("{links} links take {text} characters of the link, and {MAX_TEXT} is the most it holds")));
        }
        match self.cut.intersection(&self.keep).next() {
            Some(link) => Err(refusal(KEEP_KEY, format!("link {link} is both cut and kept"))),
            None => Ok(()),
        }
    }

    /// Whether all links are there. Errors: the first that is not, at its list.
    pub fn fits(&self, network: &Network) -> Result<(), SpecError> {
        match self.links().find(|(l, _)| network.link(l.layer, l.from, l.to).next().is_none()) {
            None => Ok(()),
            Some((link, keep)) => {
                let (units, before) = (network.units(link.layer), network.units_before(link.layer));
                let has = match network.link_rows(link.layer, 0).next() {
                    Some(_) => format!("layer {} has units 0 to {} and takes from 0 to {}", link.layer + 1, units - 1, before - 1),
                    None => format!("it has no layer {} with weights", link.layer + 1),
                };
                Err(refusal(if keep { KEEP_KEY } else { CUT_KEY }, format!("there is no link {link} in this network: {has}")))
            }
        }
    }
}

fn refusal(key: &str, reason: String) -> SpecError {
    SpecError::Incompatible { field: key.into(), reason }
}

/// The links as text, neighbours as ranges; [`read`] reads it back.
pub(super) fn write(links: &BTreeSet<Link>) -> String {
    // Runs of neighbours: (layer, first unit, last unit) → the units before that have this run.
    let mut runs: Vec<(Link, usize)> = Vec::new();
    for link in links {
        match runs.last_mut() {
            Some((first, last)) if (first.layer, first.from, *last + 1) == (link.layer, link.from, link.to) => *last = link.to,
            _ => runs.push((*link, link.to)),
        }
    }
    // Rectangles: equal runs of units before that follow each other.
    let mut open: BTreeMap<(usize, usize, usize), usize> = BTreeMap::new();
    let mut blocks: Vec<(Link, usize, usize)> = Vec::new();
    for (first, last) in runs {
        let key = (first.layer, first.to, last);
        match open.get(&key).and_then(|at| blocks.get_mut(*at)) {
            Some((_, until, _)) if *until + 1 == first.from => *until = first.from,
            _ => {
                open.insert(key, blocks.len());
                blocks.push((first, first.from, last));
            }
        }
    }
    let range = |a: usize, b: usize| if a == b { a.to_string() } else { format!("{a}-{b}") };
    let block = |(first, until, last): &(Link, usize, usize)| {
        format!("{}.{}.{}", first.layer + 1, range(first.from, *until), range(first.to, *last))
    };
    blocks.iter().map(block).collect::<Vec<_>>().join(",")
}

/// Reads a list. Errors, at `key`: text that is no list of links, more than [`MAX_LINKS`], or longer than [`MAX_TEXT`].
pub(super) fn read(key: &str, text: &str) -> Result<BTreeSet<Link>, SpecError> {
    if text.len() > MAX_TEXT {
        return Err(refusal(key, format!("{} characters, more than the {MAX_TEXT} allowed here", grouped(text.len() as u64))));
    }
    let mut links = BTreeSet::new();
    for part in text.split(',').map(str::trim).filter(|p| !p.is_empty()) {
        let unreadable = || SpecError::Unreadable {
            field: key.into(),
            value: part.into(),
            expected: "a link as layer.from.to, such as 1.3.5 or 1.0-7.5 (layers count from 1, units from 0)".into(),
        };
        let mut ends = part.split('.').map(range);
        let (Some(Some((layer, same))), Some(Some(from)), Some(Some(to)), None) = (ends.next(), ends.next(), ends.next(), ends.next())
        else {
            return Err(unreadable());
        };
        if layer != same || layer == 0 {
            return Err(unreadable());
        }
        let count = (from.1 - from.0 + 1).saturating_mul(to.1 - to.0 + 1);
        if count.saturating_add(links.len()) > MAX_LINKS {
            return Err(refusal(key, format!("{part} makes more than the {} links allowed here", grouped(MAX_LINKS as u64))));
        }
        links.extend((from.0..=from.1).flat_map(|from| (to.0..=to.1).map(move |to| Link { layer: layer - 1, from, to })));
    }
    Ok(links)
}

/// `3` or `3-7`, the ends in order.
fn range(text: &str) -> Option<(usize, usize)> {
    // No network has units beyond that, and counting them must not overflow.
    let number = |t: &str| t.parse::<usize>().ok().filter(|n| *n < 1 << 24 && t.bytes().all(|b| b.is_ascii_digit()));
    let (first, last) = match text.split_once('-') {
        Some((first, last)) => (number(first)?, number(last)?),
        None => (number(text)?, number(text)?),
    };
    (first <= last).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::rng::Rng;

    fn links(text: &str) -> BTreeSet<Link> {
        read(CUT_KEY, text).unwrap()
    }

    #[test]
    fn neighbours_become_ranges() {
        for (long, short) in [
            ("", ""),
            ("1.3.5", "1.3.5"),
            ("1.3.6,1.3.5", "1.3.5-6"),
            ("2.0.4,2.1.4,2.2.4,2.4.4", "2.0-2.4,2.4.4"),
            ("1.0.0,1.0.1,1.1.0,1.1.1,1.1.3", "1.0-1.0-1,1.1.3"),
            ("1.0.0,3.0.1", "1.0.0,3.0.1"),
        ] {
            assert_eq!(write(&links(long)), short, "{long}");
        }
        assert_eq!(links("1.0-7.5").len(), 8);
    }

    #[test]
    fn any_set_comes_back() {
        let mut rng = Rng::new(3, 0);
        for _ in 0..500 {
            let mut draw = |n| rng.below(n) as usize;
            let most = draw(60);
            let set: BTreeSet<_> = (0..most).map(|_| Link { layer: draw(3), from: draw(6), to: draw(8) }).collect();
            assert_eq!(read(CUT_KEY, &write(&set)), Ok(set.clone()), "{set:?}");
        }
    }

    #[test]
    fn what_is_no_link_is_refused() {
        for wrong in ["1", "1.2", "1.2.3.4", "0.0.0", "1-2.0.0", "1.5-3.0", "1.a.0", "1.-1.0", "1.+1.0", "1.0.99999999999", "x"] {
            assert!(read(CUT_KEY, wrong).unwrap_err().to_string().starts_with("cut:"), "{wrong}");
        }
        assert!(read(CUT_KEY, "1.0-9999999.0-9999999").unwrap_err().to_string().contains("4,096"));
        assert!(read(KEEP_KEY, &"1.0.0,".repeat(200)).unwrap_err().to_string().contains("characters"));
    }

    #[test]
    fn reviving_undoes_a_cut_or_spares_from_the_pruner() {
        let link = Link { layer: 0, from: 1, to: 2 };
        let mut hand = ByHand::default();
        hand.set(link, false, true);
        assert!(hand.cut.contains(&link) && hand.check().is_ok());
        hand.set(link, true, false);
        assert!(hand.is_empty(), "nothing is left to say where no pruner is at work");
        hand.set(link, true, true);
        assert!(hand.keep.contains(&link) && hand.cut.is_empty());
        hand.cut.insert(link);
        assert!(hand.check().unwrap_err().to_string().contains("both"));
        hand.keep.clear();
        hand.cut = (0..200).map(|i| Link { layer: 0, from: 2 * i, to: i % 3 }).collect();
        assert!(hand.check().unwrap_err().to_string().contains("characters"));
    }
}
