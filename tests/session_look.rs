//! What the page draws of a network: weights against their grid, maps of units, memory.

mod session_support;

use session_support::{Desk, RUN, is_finished, xor};
use whittle::protocol::{FromWorker, Late, RunId, ToWorker};

#[test]
fn weights_are_shown_against_their_grid_while_somebody_looks() {
    use whittle::protocol::Inspect;
    let weights = |m: &FromWorker| matches!(m, FromWorker::Late(Late::Weights { .. }));
    let last = |desk: &Desk| {
        desk.heard
            .iter()
            .rev()
            .find_map(|m| if let FromWorker::Late(Late::Weights { histogram, .. }) = m { Some(histogram.clone()) } else { None })
            .unwrap()
    };
    let mut experiment = xor(100.0);
    let mut desk = Desk::start(&experiment);
    desk.until(|m| matches!(m, FromWorker::Compared { .. }));
    assert!(!desk.heard.iter().any(weights), "nobody has asked");
    desk.say(ToWorker::Inspect(Some(Inspect { layer: Some(2), ..Inspect::default() })));
    desk.until(weights);
    assert_eq!((last(&desk).layer, last(&desk).units, last(&desk).grid.unwrap().levels.len()), (2, 2, 255));
    experiment.compress.bits = 4;
    desk.say(ToWorker::Update { run: RUN, experiment: Box::new(experiment.clone()) });
    desk.until(
        |m| matches!(m, FromWorker::Late(Late::Weights { histogram, .. }) if histogram.grid.as_ref().is_some_and(|g| g.levels.len() == 15)),
    );
    desk.until(is_finished);
    // A new run is looked at in the same way, and other weights have other bars.
    let before = last(&desk);
    experiment.seed = 2;
    desk.say(ToWorker::Start { run: RunId(2), experiment: Box::new(experiment), resume: None, play: false });
    desk.until(weights);
    assert_eq!(last(&desk).layer, 2);
    assert_ne!(last(&desk).bars, before.bars);
    desk.say(ToWorker::Inspect(None));
    let heard = desk.heard.iter().filter(|m| weights(m)).count();
    desk.say(ToWorker::Compare(RunId(2)));
    desk.until(|m| matches!(m, FromWorker::Compared { run: RunId(2), .. }));
    assert_eq!(desk.heard.iter().filter(|m| weights(m)).count(), heard);
}

#[test]
fn the_model_says_how_much_memory_its_activations_take() {
    let desk = Desk::start(&xor(1.0));
    let model = desk.heard.iter().find_map(|m| if let FromWorker::Started { model, .. } = m { Some(model) } else { None }).unwrap();
    // 2 inputs, 8 units, 8 after ReLU (in place), 2 outputs.
    assert_eq!((model.activations, model.peak_activations), (18, 10));
}

#[test]
fn every_unit_has_a_map_that_says_what_it_shows() {
    use whittle::protocol::MapKind;
    let kinds = |model: &str| {
        let (experiment, _, errors) = whittle::experiment::link::decode(&format!("data=digits&model={model}"));
        assert!(errors.is_empty());
        let mut desk = Desk::new();
        desk.say(ToWorker::Start { run: RUN, experiment: Box::new(experiment), resume: None, play: false });
        let digits = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/public/data/digits.bin")).expect("digits");
        assert_eq!(desk.session.claim().as_deref(), Some("digits"));
        desk.session.supply("digits", Ok(&digits));
        desk.listen();
        let FromWorker::View { network, .. } = desk.until(|m| matches!(m, FromWorker::View { .. })).clone() else { unreachable!() };
        for column in &network.columns {
            let maps = column.maps.to_vec();
            assert_eq!(maps.len(), column.units.len() * column.map.0 * column.map.1, "{column:?}");
            assert!(maps.iter().all(|v| v.is_finite()) && maps.iter().any(|v| *v != 0.0), "{column:?}");
        }
        let shown = |c: &whittle::protocol::ViewColumn| (c.kind, c.map, c.values.len());
        network.columns.iter().map(shown).collect::<Vec<_>>()
    };
    let input = (MapKind::Input, (8, 8), 0);
    assert_eq!(
        kinds("dense:20,relu,dense:5,relu"),
        [input, (MapKind::Weights, (8, 8), 16), (MapKind::Response, (8, 8), 5), (MapKind::Response, (8, 8), 10)]
    );
    assert_eq!(kinds("conv2d:3,relu"), [input, (MapKind::Activation, (8, 8), 0), (MapKind::Response, (8, 8), 10)]);
    let mut desk = Desk::start(&xor(1.0));
    let FromWorker::View { network, .. } = desk.until(|m| matches!(m, FromWorker::View { .. })) else { unreachable!() };
    assert!(network.columns[1..].iter().all(|c| c.kind == MapKind::Plane && c.map == (24, 24)));
}
