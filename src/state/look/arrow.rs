//! Which way an arrow key goes over a drawing.

/// A way over what is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To what stands above.
    Up,
    /// To what stands below.
    Down,
    /// To what comes before.
    Left,
    /// To what comes after.
    Right,
}

impl Way {
    /// The way of a key by its name in events; `None` of one that is no arrow.
    #[must_use]
    pub fn of(key: &str) -> Option<Self> {
        match key {
            "ArrowUp" => Some(Self::Up),
            "ArrowDown" => Some(Self::Down),
            "ArrowLeft" => Some(Self::Left),
            "ArrowRight" => Some(Self::Right),
            _ => None,
        }
    }

    /// Whether it goes on in what has one order only (right, down), or back (left, up).
    #[must_use]
    pub const fn is_on(self) -> bool {
        matches!(self, Self::Right | Self::Down)
    }
}

#[cfg(test)]
mod tests {
    use super::Way;

    #[test]
    fn arrows_have_a_way_and_other_keys_have_none() {
        let ways = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"].map(Way::of);
        assert_eq!(ways, [Way::Up, Way::Down, Way::Left, Way::Right].map(Some));
        assert_eq!(["Up", "a", "Enter", ""].map(Way::of), [None; 4]);
        assert_eq!(ways.map(|way| way.is_some_and(Way::is_on)), [false, true, false, true]);
    }
}
