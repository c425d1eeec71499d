//! Messages as bytes, which change threads without being copied.

use postcard::ser_flavors::Flavor;
use serde::{Serialize, de::DeserializeOwned};

use super::Late;

/// First byte of a [`Late`], which is no number of a variant of [`FromWorker`](super::FromWorker).
const LATE: u8 = 0x7f;

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

/// An answer that is packed by itself. Errors: as [`pack`].
pub fn pack_late(late: &Late) -> Result<Vec<u8>, String> {
    let mut bytes = Writer::default();
    bytes.0.push(LATE);
    postcard::serialize_with_flavor(late, bytes).map_err(|e| e.to_string())
}

/// Whether [`pack_late`] wrote these bytes.
#[must_use]
pub fn is_late(bytes: &[u8]) -> bool {
    bytes.first() == Some(&LATE)
}

/// What [`pack_late`] wrote. Errors: as [`unpack`].
pub fn unpack_late(bytes: &[u8]) -> Result<Late, String> {
    bytes.strip_prefix(&[LATE]).ok_or_else(|| "no such answer".to_string()).and_then(unpack)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        engine::catalog::Pick,
        experiment::Experiment,
        protocol::{Bytes, FromWorker, PROTOCOL, RunId, Sensing, ToWorker},
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
    fn late_answers_are_told_from_all_others() {
        let late = Late::Sensitivity { run: RunId(3), step: 9, news: Sensing::Working(0.5) };
        let bytes = pack_late(&late).unwrap();
        assert!(is_late(&bytes) && unpack::<FromWorker>(&bytes).is_err());
        assert_eq!(unpack_late(&bytes), Ok(late.clone()));
        // Nothing else begins as they do: the last of the other variants has a number far below.
        let last = pack(&FromWorker::Failed { run: None, error: crate::protocol::RunError::Incomplete }).unwrap();
        assert!(last[0] < LATE && !is_late(&last) && unpack_late(&last).is_err());
        assert!(pack(&FromWorker::Late(late)).is_err(), "not with the rest");
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
