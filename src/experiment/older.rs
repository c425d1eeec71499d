//! Experiments that an older page kept: what they say in words of then is what they say today. Links and files, which are text, have a table
//! of their own (`table.rs`).

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Compress;
use crate::engine::catalog::Pick;

impl Serialize for Compress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Compress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer).map(Self::renewed)
    }
}

impl Compress {
    /// When pruners were scope and criterion in one.
    fn renewed(mut self) -> Self {
        match self.pruner.key.as_str() {
            "global-magnitude" => self.pruner = Pick::new("global"),
            "layer-magnitude" => self.pruner = Pick::new("layer"),
            "random" => self.criterion = std::mem::replace(&mut self.pruner, Pick::new("global")),
            "units" => {
                let both_ways = self.pruner.params.remove("rank") == Some(1.0);
                if both_ways {
                    self.criterion = Pick::new("in-out");
                }
            }
            _ => {}
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_older_page_kept_says_what_it_said() {
        let read = |pruner: &str| {
            let read: Compress = serde_json::from_str(&format!(r#"{{"sparsity": 0.5, "pruner": {pruner}}}"#)).expect("it can be read");
            assert_eq!(read.sparsity, 0.5);
            (read.pruner, read.criterion)
        };
        let new = Pick::new;
        assert_eq!(read(r#"{"key": "global-magnitude"}"#), (new("global"), new("magnitude")));
        assert_eq!(read(r#"{"key": "layer-magnitude"}"#), (new("layer"), new("magnitude")));
        assert_eq!(read(r#"{"key": "random", "draw": 7}"#), (new("global"), new("random").with("draw", 7.0)));
        assert_eq!(read(r#"{"key": "units", "rank": 1}"#), (new("units"), new("in-out")));
        assert_eq!(read(r#"{"key": "units", "rank": 0}"#), (new("units"), new("magnitude")));
        assert_eq!(read(r#"{"key": "n-m", "group": 8}"#), (new("n-m").with("group", 8.0), new("magnitude")));
        let today = Compress { criterion: new("random"), pruner: new("layer"), ..Compress::default() };
        let bytes = postcard::to_allocvec(&today).expect("bytes");
        assert_eq!(postcard::from_bytes::<Compress>(&bytes), Ok(today));
    }
}
