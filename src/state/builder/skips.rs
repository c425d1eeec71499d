//! Skip connections while layers come, go and move: each goes on beginning where it began.

use std::ops::Range;

use super::{Pick, info};
use crate::engine::params::ParamSpec;

/// A layer of a changed model, and at which place of the model before it stood, or beside which it belongs; `None` for one that is new.
pub(super) type Placed = (Pick, Option<usize>);

/// How far back a skip connection that ends in `pick` leads, and the setting that says so.
fn back(pick: &Pick) -> Option<(&'static ParamSpec, usize)> {
    let spec = info(&pick.key)?.params.iter().find(|p| p.key == "back")?;
    Some((spec, pick.get(spec) as usize))
}

/// Puts `placed` in the place of `model`, with every skip connection led back to where it began. `moved` are the places before of what was taken elsewhere: the
/// layers that stay say where a connection begins. One that would lead around nothing, or forward, stays as long as it was.
pub(super) fn settle(model: &mut Vec<Pick>, placed: Vec<Placed>, moved: &Range<usize>) {
    let (mut after, was): (Vec<Pick>, Vec<Option<usize>>) = placed.into_iter().unzip();
    // The last of those that belong together.
    let place = |before: usize| was.iter().rposition(|w| *w == Some(before));
    for (end, pick) in model.iter().enumerate() {
        let Some((spec, long)) = back(pick) else { continue };
        let (Some(first), Some(now)) = (end.checked_sub(long), place(end)) else { continue };
        let stays = (0..first).rev().filter(|before| !moved.contains(before)).find_map(place);
        let begin = stays.map_or(0, |before| before + 1);
        let Some(around) = now.checked_sub(begin).filter(|n| *n != long) else { continue };
        if let Ok(value) = spec.check(around as f64) {
            after[now].params.insert(spec.key.into(), value);
        }
    }
    *model = after;
}

#[cfg(test)]
mod tests {
    use super::{super::*, *};

    /// `dense relu dense add:3`; each layer with a size has one of its own, by which it is known again.
    fn model(text: &str) -> Vec<Pick> {
        let pick = |word: &str| match word.split_once(':') {
            Some(("add", back)) => Pick::new("add").with("back", back.parse().expect("a number")),
            Some((key, units)) => Pick::new(key).with("units", units.parse().expect("a number")),
            None => Pick::new(word),
        };
        text.split(' ').map(pick).collect()
    }

    fn text(model: &[Pick]) -> String {
        let word = |pick: &Pick| match back(pick) {
            Some((_, back)) => format!("add:{back}"),
            None => size(pick).map_or_else(|| pick.key.clone(), |size| format!("{}:{size}", pick.key)),
        };
        model.iter().map(word).collect::<Vec<_>>().join(" ")
    }

    fn after(before: &str, change: impl FnOnce(&mut Vec<Pick>)) -> String {
        let mut model = model(before);
        change(&mut model);
        text(&model)
    }

    /// Rows: 1, 2, 3, the sum, its activation.
    const BLOCK: &str = "dense:1 relu dense:2 relu dense:3 add:3 relu";

    #[test]
    fn a_connection_follows_layers_that_come_and_go() {
        assert_eq!(after(BLOCK, |m| add(m, Some(1), "dropout")), "dense:1 relu dense:2 relu dropout dense:3 add:4 relu");
        assert_eq!(
            after(BLOCK, |m| add(m, Some(0), "dropout")),
            "dense:1 relu dropout dense:2 relu dense:3 add:4 relu",
            "behind its beginning"
        );
        assert_eq!(after(BLOCK, |m| add(m, None, "dropout")), "dropout dense:1 relu dense:2 relu dense:3 add:3 relu", "before it");
        assert_eq!(after(BLOCK, |m| add(m, Some(4), "dropout")), "dense:1 relu dense:2 relu dense:3 add:3 relu dropout", "behind it");
        assert_eq!(after(BLOCK, |m| remove(m, 1)), "dense:1 relu dense:3 add:1 relu");
        assert_eq!(after(BLOCK, |m| remove(m, 0)), "dense:2 relu dense:3 add:3 relu", "it begins at the input then");
        assert_eq!(after(BLOCK, |m| remove(m, 3)), "dense:1 relu dense:2 relu dense:3 relu");
        assert_eq!(after("dense:1 dense:2 add:1", |m| remove(m, 1)), "dense:1 add:1", "there is nothing to lead around");
    }

    #[test]
    fn a_connection_follows_activations() {
        assert_eq!(after(BLOCK, |m| activate(m, 1, None)), "dense:1 relu dense:2 dense:3 add:2 relu");
        assert_eq!(after(BLOCK, |m| activate(m, 1, Some("tanh"))), "dense:1 relu dense:2 tanh dense:3 add:3 relu");
        assert_eq!(after(BLOCK, |m| activate(m, 2, Some("tanh"))), "dense:1 relu dense:2 relu dense:3 tanh add:4 relu");
        assert_eq!(after(BLOCK, |m| activate(m, 0, None)), "dense:1 dense:2 relu dense:3 add:3 relu");
        let bare = "dense:1 dense:2 relu dense:3 add:3";
        assert_eq!(
            after(bare, |m| activate(m, 0, Some("tanh"))),
            "dense:1 tanh dense:2 relu dense:3 add:3",
            "it belongs to what is before"
        );
    }

    #[test]
    fn a_connection_follows_rows_that_move() {
        let shifted = |row, by| after(BLOCK, |m| _ = shift(m, row, by));
        assert_eq!(shifted(0, 1), "dense:2 relu dense:1 relu dense:3 add:5 relu", "the row before comes in");
        assert_eq!(shifted(1, -1), "dense:2 relu dense:1 relu dense:3 add:1 relu", "the first one goes out");
        assert_eq!(shifted(1, 1), "dense:1 relu dense:3 dense:2 relu add:3 relu");
        assert_eq!(shifted(2, 1), "dense:1 relu dense:2 relu add:2 dense:3 relu");
        assert_eq!(shifted(3, 1), "dense:1 relu dense:2 relu dense:3 relu add:4");
        let dropped = |row, gap| after(BLOCK, |m| _ = drop_into(m, row, gap));
        assert_eq!(dropped(3, 0), "add:3 dense:1 relu dense:2 relu dense:3 relu", "it cannot lead forward: the check of shapes says so");
        assert_eq!(dropped(0, 5), "dense:2 relu dense:3 add:3 relu dense:1 relu");
        assert_eq!(dropped(4, 1), "dense:1 relu relu dense:2 relu dense:3 add:4");
        let nested = "dense:1 dense:2 dense:3 add:1 dense:4 add:4 relu";
        assert_eq!(after(nested, |m| _ = drop_into(m, 6, 3)), "dense:1 dense:2 dense:3 relu add:2 dense:4 add:5");
    }

    #[test]
    fn a_connection_that_began_nowhere_stays() {
        assert_eq!(after("dense:1 add:9 dense:2", |m| remove(m, 2)), "dense:1 add:9");
        let plain = [Pick::new("dense"), Pick::new("dense"), Pick::new("relu"), Pick::new("dense"), Pick::new("add")];
        let mut moved = plain.to_vec();
        shift(&mut moved, 1, 1);
        assert!(moved[4].params.is_empty(), "what stays at its default is not set");
    }
}
