//! Messages as bytes, which change threads without being copied.

use postcard::ser_flavors::Flavor;
use serde::{Serialize, de::DeserializeOwned};

/// Bytes as they are written. A message is written field by field from hundreds of places: each calls these instead of holding them, which takes thousands of
/// bytes off the worker. Lists of numbers are one call.
#[derive(Default)]
struct Writer(Vec<u8>);

impl Flavor for Writer {
    type Output = Vec<u8>;

    #[inline(never)]
    fn try_extend(&mut self, data: &[u8]) -> postcard::Result<()> {
        self.0.extend_from_slice(data);
        Ok(())
    }

    #[inline(never)]
    fn try_push(&mut self, data: u8) -> postcard::Result<()> {
        self.0.push(data);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<Vec<u8>> {
        Ok(self.0)
    }
}

/// A message as bytes. Errors: in words; no message of [`ToWorker`](super::ToWorker) or [`FromWorker`](super::FromWorker) has one.
pub fn pack<M: Serialize>(message: &M) -> Result<Vec<u8>, String> {
    postcard::serialize_with_flavor(message, Writer::default()).map_err(|e| e.to_string())
}

/// The message that [`pack`] wrote. Errors: bytes that are none, or one of another build.
pub fn unpack<M: DeserializeOwned>(bytes: &[u8]) -> Result<M, String> {
    match postcard::take_from_bytes(bytes) {
        Ok((message, [])) => Ok(message),
        Ok((_, rest)) => Err(format!("{} bytes too many", rest.len())),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        engine::catalog::Pick,
        experiment::Experiment,
        protocol::{Bytes, FromWorker, PROTOCOL, RunId, ToWorker},
    };

    #[test]
    fn an_experiment_comes_back_as_it_was() {
        let mut experiment = Experiment { seed: 7, ..Experiment::default() };
        experiment.train.lr = 0.1 + 0.2;
        experiment.optimizer = Pick::new("momentum").with("beta", 0.3);
        let said = FromWorker::Checkpoint { run: RunId(3), step: 1 << 40, experiment: Arc::new(experiment), state: Bytes(vec![0, 255]) };
        assert_eq!(unpack::<FromWorker>(&pack(&said).unwrap()), Ok(said));
    }

    #[test]
    fn damage_is_an_error() {
        let bytes = pack(&ToWorker::Scrub { run: RunId(1), step: 300 }).unwrap();
        assert!(unpack::<ToWorker>(&bytes[..bytes.len() - 1]).is_err());
        assert!(unpack::<ToWorker>(&[bytes, vec![0]].concat()).unwrap_err().contains("too many"));
        assert!(unpack::<ToWorker>(&[200]).is_err());
    }

    #[test]
    fn the_first_word_can_be_read_by_every_build() {
        // Variant, protocol, length and text: what a page of any other build expects too.
        let ready = pack(&FromWorker::Ready { protocol: PROTOCOL, engine: "x".into() }).unwrap();
        assert_eq!(ready, [0, PROTOCOL as u8, 1, b'x']);
        assert_eq!(pack(&ToWorker::Crash).unwrap(), [0]);
    }
}
