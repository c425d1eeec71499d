//! The different values of a column, as long as they are few.

use super::MAX_CATEGORIES;

/// Places of the hash table: a power of two, four times what it holds.
const PLACES: usize = 4096;

/// Different texts in the order in which they came, up to [`MAX_CATEGORIES`].
pub(super) struct Distinct {
    /// Number of a text plus one, 0 for an empty place.
    places: Vec<u32>,
    /// The texts.
    pub names: Vec<String>,
    /// Whether there were more.
    pub over: bool,
}

impl Distinct {
    pub fn new() -> Self {
        Self { places: vec![0; PLACES], names: Vec::new(), over: false }
    }

    /// Number of `text`; `None` once there are too many.
    pub fn add(&mut self, text: &str) -> Option<u32> {
        if self.over {
            return None;
        }
        let hash = text.bytes().fold(0x811c_9dc5_u32, |h, b| (h ^ u32::from(b)).wrapping_mul(0x0100_0193));
        // The low bits of this hash alone are poor.
        let mut at = (hash ^ (hash >> 15)) as usize % PLACES;
        loop {
            match self.places[at] {
                0 if self.names.len() == MAX_CATEGORIES => {
                    self.over = true;
                    return None;
                }
                0 => {
                    self.names.push(text.into());
                    self.places[at] = self.names.len() as u32;
                    return Some(self.names.len() as u32 - 1);
                }
                found if self.names[found as usize - 1] == text => return Some(found - 1),
                _ => at = (at + 1) % PLACES,
            }
        }
    }

    /// How many; one more than can be counted where there were more.
    pub fn count(&self) -> usize {
        self.names.len() + usize::from(self.over)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_numbered_as_they_come_until_they_are_too_many() {
        let mut distinct = Distinct::new();
        for i in 0..MAX_CATEGORIES as u32 {
            assert_eq!(distinct.add(&format!("value {i}")), Some(i));
        }
        assert_eq!((distinct.add("value 7"), distinct.count()), (Some(7), MAX_CATEGORIES));
        assert_eq!((distinct.add("another"), distinct.add("value 7"), distinct.count()), (None, None, MAX_CATEGORIES + 1));
    }
}
