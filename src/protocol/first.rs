//! What a worker says without its rest, packed alone: a module that has to be there at once links no more than that.

use serde::Serialize;

use super::{
    Boundary, DataReport, EngineReport, FromWorker, Health, MetricPoint, ModelReport, NetworkView, Reason, RunError, RunId, Sample, pack,
};

/// The variants of [`FromWorker`] with which it begins, in the same order and with the same fields: the bytes are the same.
#[derive(Serialize)]
enum First<'a> {
    Ready { protocol: u32, engine: &'a str },
    Engine { run: RunId, step: u64, report: &'a EngineReport },
    Loading { run: RunId, data: &'a str },
    Started { run: RunId, model: &'a ModelReport, data: &'a DataReport, step: u64 },
    Progress { run: RunId, step: u64, epoch: f64, rate: f64, points: &'a [MetricPoint] },
    State { run: RunId, playing: bool, reason: Option<Reason> },
    View { run: RunId, step: u64, network: &'a NetworkView, boundary: &'a Option<Boundary>, samples: &'a [Sample] },
    Health { run: RunId, health: &'a Health },
    Failed { run: Option<RunId>, error: &'a RunError },
}

/// As [`pack`], for what a worker says without its rest. Errors: in words; any other message.
pub fn pack_first(message: &FromWorker) -> Result<Vec<u8>, String> {
    pack(&match message {
        FromWorker::Ready { protocol, engine } => First::Ready { protocol: *protocol, engine },
        FromWorker::Engine { run, step, report } => First::Engine { run: *run, step: *step, report },
        FromWorker::Loading { run, data } => First::Loading { run: *run, data },
        FromWorker::Started { run, model, data, step } => First::Started { run: *run, model, data, step: *step },
        FromWorker::Progress { run, step, epoch, rate, points } => {
            First::Progress { run: *run, step: *step, epoch: *epoch, rate: *rate, points }
        }
        FromWorker::State { run, playing, reason } => First::State { run: *run, playing: *playing, reason: *reason },
        FromWorker::View { run, step, network, boundary, samples } => First::View { run: *run, step: *step, network, boundary, samples },
        FromWorker::Health { run, health } => First::Health { run: *run, health },
        FromWorker::Failed { run, error } => First::Failed { run: *run, error },
        _ => return Err("only the rest says so".into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Backend, Topic, Wanted, Why, unpack};

    #[test]
    fn the_bytes_are_those_of_the_whole() {
        let run = RunId(3);
        let report = EngineReport { backend: Backend::Cpu, wanted: Wanted::Auto, why: Why::Asked, device: None, took: "x".into() };
        let (validation_loss, validation_score, test_score) = (None, None, None);
        let point = MetricPoint {
            step: 4,
            epoch: 0.5,
            train_loss: 1.0,
            train_score: 0.5,
            validation_loss,
            validation_score,
            test_loss: Some(2.0),
            test_score,
            optimized_score: None,
            lr: 0.1,
        };
        let health = Health { step: 9, topic: Topic::DeadUnits, message: "a".into(), advice: "b".into() };
        let messages = [
            FromWorker::Ready { protocol: 300, engine: "x".into() },
            FromWorker::Engine { run, step: 1, report },
            FromWorker::Loading { run, data: "digits".into() },
            FromWorker::Progress { run, step: 1, epoch: 0.25, rate: 7.0, points: vec![point, point] },
            FromWorker::State { run, playing: true, reason: Some(Reason::Paused) },
            FromWorker::Health { run, health },
            FromWorker::Failed { run: Some(run), error: RunError::Incomplete },
        ];
        for message in messages {
            let bytes = pack_first(&message).unwrap();
            assert_eq!(bytes, pack(&message).unwrap(), "{message:?}");
            assert_eq!(unpack(&bytes), Ok(message));
        }
        assert!(pack_first(&FromWorker::Updated { run }).is_err());
    }
}
