//! Painting points on the plane: what a pointer or a key does to them.

use crate::engine::data::painted::{CLASSES, FEWEST, MOST, REACH, Spot, first, read, write};

/// What the pointer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// Nothing: the map is looked at.
    Look,
    /// Puts points of this class.
    Paint(usize),
    /// Takes a point elsewhere.
    Move,
    /// Takes points away.
    Erase,
}

/// Distance between points of one stroke.
const APART: f32 = 0.45;
/// How near a point has to be to be taken, or erased.
const NEAR: f32 = 0.5;
/// Strokes that can be undone.
const KEPT: usize = 50;

/// Points under work.
#[derive(Clone, Debug, PartialEq)]
pub struct Easel {
    spots: Vec<Spot>,
    /// Where the pointer last put a point; `None` between strokes.
    last: Option<[f32; 2]>,
    /// The point that is on the way elsewhere.
    held: Option<usize>,
    before: Vec<Vec<Spot>>,
    down: bool,
}

impl Easel {
    /// The points that an experiment's text holds; those to begin with where it is empty or holds none.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let spots = read(text).ok().filter(|spots| !spots.is_empty()).unwrap_or_else(first);
        Self { spots, last: None, held: None, before: Vec::new(), down: false }
    }

    /// The points.
    #[must_use]
    pub fn spots(&self) -> &[Spot] {
        &self.spots
    }

    /// The points as text.
    #[must_use]
    pub fn text(&self) -> String {
        write(&self.spots)
    }

    /// Whether a point is on the way elsewhere.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.held.is_some()
    }

    /// Why nothing can be learnt from the points as they are.
    #[must_use]
    pub fn lacks(&self) -> Option<String> {
        let classes = (0..CLASSES.len()).filter(|class| self.spots.iter().any(|s| s.class() == *class)).count();
        (self.spots.len() < FEWEST || classes < 2).then(|| format!("Paint at least {FEWEST} points, of two classes or more."))
    }

    /// The pointer goes down, or a key does what it would do.
    pub fn press(&mut self, tool: Tool, at: [f32; 2]) {
        if tool == Tool::Look {
            return;
        }
        self.down = true;
        self.before.push(self.spots.clone());
        if self.before.len() > KEPT {
            self.before.remove(0);
        }
        match tool {
            Tool::Move => self.held = self.nearest(at),
            _ => self.touch(tool, at),
        }
    }

    /// The pointer moves while it is down.
    pub fn drag(&mut self, tool: Tool, at: [f32; 2]) {
        match (tool, self.held, self.last) {
            (Tool::Move, Some(held), _) => self.spots[held] = Spot::at(at[0], at[1], self.spots[held].class()),
            (Tool::Erase, ..) => self.touch(tool, at),
            (Tool::Paint(_), _, Some(last)) if distance(last, at) >= APART => self.touch(tool, at),
            _ => {}
        }
    }

    /// The pointer goes up. Whether points are others than before it went down.
    pub fn release(&mut self) -> bool {
        (self.last, self.held) = (None, None);
        if !std::mem::take(&mut self.down) {
            return false;
        }
        let changed = self.before.last().is_some_and(|before| *before != self.spots);
        if !changed {
            self.before.pop();
        }
        changed
    }

    /// Takes all points away.
    pub fn clear(&mut self) {
        self.before.push(std::mem::take(&mut self.spots));
    }

    /// As before the last stroke. Whether there was one.
    pub fn undo(&mut self) -> bool {
        let Some(before) = self.before.pop() else { return false };
        self.spots = before;
        true
    }

    fn touch(&mut self, tool: Tool, at: [f32; 2]) {
        match tool {
            Tool::Paint(class) if self.spots.len() < MOST => {
                self.spots.push(Spot::at(at[0], at[1], class));
                self.last = Some(at);
            }
            Tool::Erase => self.spots.retain(|spot| distance(spot.place(), at) > NEAR),
            _ => {}
        }
    }

    fn nearest(&self, at: [f32; 2]) -> Option<usize> {
        let far = |spot: &Spot| distance(spot.place(), at);
        let near = (0..self.spots.len()).filter(|i| far(&self.spots[*i]) <= NEAR);
        near.min_by(|a, b| far(&self.spots[*a]).total_cmp(&far(&self.spots[*b])))
    }
}

fn distance(a: [f32; 2], b: [f32; 2]) -> f32 {
    let (x, y) = (a[0] - b[0], a[1] - b[1]);
    (x * x + y * y).sqrt()
}

/// Where `(x, y)`, shares of the map from its upper left corner, lies on the plane.
#[must_use]
pub fn place(x: f64, y: f64) -> [f32; 2] {
    let along = |share: f64| ((share.clamp(0.0, 1.0) * 2.0 - 1.0) * f64::from(REACH)) as f32;
    [along(x), -along(y)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn empty() -> Easel {
        let mut easel = Easel::new("");
        easel.clear();
        easel
    }

    #[test]
    fn a_stroke_puts_points_apart_and_is_undone_as_one() {
        let mut easel = empty();
        easel.press(Tool::Paint(1), [0.0, 0.0]);
        for i in 1..=20 {
            easel.drag(Tool::Paint(1), [i as f32 * 0.1, 0.0]);
        }
        assert!(easel.release());
        assert_eq!(easel.spots().len(), 5, "two units long, a point each 0.45 and more");
        assert!(easel.spots().iter().all(|s| s.class() == 1));
        easel.drag(Tool::Paint(1), [5.0, 5.0]);
        assert_eq!(easel.spots().len(), 5, "the pointer is up");
        assert!(easel.undo() && easel.spots().is_empty());
        assert!(easel.undo() && easel.spots() == first(), "clearing is undone, too");
        assert!(!easel.undo());
    }

    #[test]
    fn the_nearest_point_is_moved_and_keeps_its_class() {
        let mut easel = empty();
        for (x, class) in [(0.0, 0), (0.4, 2)] {
            easel.press(Tool::Paint(class), [x, 0.0]);
            easel.release();
        }
        easel.press(Tool::Move, [0.3, 0.0]);
        assert!(easel.holds());
        easel.drag(Tool::Move, [3.0, -2.0]);
        assert!(easel.release() && !easel.holds());
        let moved = easel.spots()[1];
        assert_eq!(moved.class(), 2);
        assert!(distance(moved.place(), [3.0, -2.0]) < 0.02);
        assert_eq!(easel.spots()[0], Spot::at(0.0, 0.0, 0));
        easel.press(Tool::Move, [-4.0, 4.0]);
        assert!(!easel.holds() && !easel.release(), "nothing is there");
    }

    #[test]
    fn erasing_takes_what_is_near() {
        let mut easel = Easel::new(&write(&[Spot::at(0.0, 0.0, 0), Spot::at(0.3, 0.0, 1), Spot::at(2.0, 0.0, 1)]));
        easel.press(Tool::Erase, [0.1, 0.0]);
        easel.drag(Tool::Erase, [1.2, 0.0]);
        assert!(easel.release());
        assert_eq!(easel.text(), write(&[Spot::at(2.0, 0.0, 1)]));
        assert!(easel.lacks().is_some());
        assert_eq!(Easel::new("").lacks(), None);
    }

    #[test]
    fn a_link_holds_all_that_can_be_painted() {
        let mut easel = empty();
        for i in 0..MOST + 9 {
            easel.press(Tool::Paint(i % 2), [0.0, 0.0]);
            easel.release();
        }
        assert_eq!(easel.spots().len(), MOST);
        easel.press(Tool::Look, [0.0, 0.0]);
        assert!(!easel.release());
    }

    #[test]
    fn the_map_is_the_plane() {
        assert_eq!(place(0.0, 0.0), [-REACH, REACH]);
        assert_eq!(place(1.0, 1.5), [REACH, -REACH]);
        assert_eq!(place(0.5, 0.25), [0.0, REACH / 2.0]);
    }
}
