//! Bits of single layers, and how much they matter.

mod session_support;

use session_support::{Desk, RUN, is_finished, xor};
use whittle::{
    engine::catalog::Pick,
    experiment::Experiment,
    protocol::{FromWorker, Late, Sensing, Sensitivity, ToWorker},
};

fn three_layers() -> Experiment {
    let mut experiment = xor(12.0);
    experiment.model =
        vec![Pick::new("dense").with("units", 8.0), Pick::new("relu"), Pick::new("dense").with("units", 6.0), Pick::new("relu")];
    experiment
}

fn sense(desk: &mut Desk) -> Sensitivity {
    desk.unread = desk.heard.len();
    desk.say(ToWorker::Sense(RUN));
    let done = |m: &FromWorker| matches!(m, FromWorker::Late(Late::Sensitivity { news: Sensing::Done(_), .. }));
    let FromWorker::Late(Late::Sensitivity { news: Sensing::Done(found), .. }) = desk.until(done).clone() else { unreachable!() };
    found
}

#[test]
fn each_layer_is_rounded_alone() {
    let mut desk = Desk::start(&three_layers());
    desk.until(is_finished);
    let found = sense(&mut desk);
    assert_eq!(found.samples, 200, "all training samples, for there are few");
    assert_eq!(found.layers.iter().map(|l| (l.layer, l.weights, l.units)).collect::<Vec<_>>(), [(0, 16, 8), (2, 48, 6), (4, 12, 2)]);
    for layer in &found.layers {
        assert_eq!(layer.widths.iter().map(|w| w.bits).collect::<Vec<_>>(), [8, 4, 3, 2]);
        assert!(layer.widths.is_sorted_by(|a, b| a.bytes > b.bytes));
        let change = |i: usize| (layer.widths[i].loss - found.loss).abs();
        assert!(change(0) < change(3), "8 bits change less than 2: {layer:?} against {}", found.loss);
    }
    assert_eq!(found.layers[1].widths[1].bytes, 48 / 2 + 4 * 6);
    assert_eq!(sense(&mut desk), found, "the same weights give the same figures");
}

#[test]
fn compression_obeys_the_widths() {
    let mut experiment = three_layers();
    experiment.compress.widths = vec![32, 4];
    experiment.compress.bits = 1;
    experiment.compress.activation_bits = 1;
    let mut desk = Desk::start(&experiment);
    let FromWorker::Finished { summary, .. } = desk.until(is_finished).clone() else { unreachable!() };
    let kernels: Vec<_> = summary.report.kernels.iter().filter(|k| !k.is_empty()).collect();
    assert_eq!(kernels, ["f32", "int4 × int8", "int8 × int8"], "what stays in floats computes with floats");
    assert_eq!((summary.report.weight_error[0], summary.report.weight_error[2] > summary.report.weight_error[4]), (0.0, true));
    experiment.compress.widths = vec![8; 4];
    desk.update(&experiment);
    let failed = desk.until(|m| matches!(m, FromWorker::Failed { .. })).clone();
    assert!(format!("{failed:?}").contains("4 widths for 3 layers"), "{failed:?}");
}
