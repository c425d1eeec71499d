//! The benchmark of the device, as the page drives it: progress, cancel, and what it leaves behind.

mod session_support;

use std::{cell::Cell, rc::Rc};

use session_support::{Desk, RUN, xor};
use whittle::{
    bench::device::LIST,
    protocol::{BenchRow, Benchmark, FromWorker, ToWorker},
};

const fn news(message: &FromWorker) -> Option<&Benchmark> {
    if let FromWorker::Benchmark { news, .. } = message { Some(news) } else { None }
}

/// A desk on a clock that goes on by itself: each look at it takes 10 ms, so that every call fills a block of the timer.
fn desk() -> Desk {
    let time = Rc::new(Cell::new(0.0));
    let mut desk = Desk::on(move || {
        time.set(time.get() + 10.0);
        time.get()
    });
    desk.say(ToWorker::Start { run: RUN, experiment: Box::new(xor(1000.0)), resume: None, play: true });
    desk.until(|m| matches!(m, FromWorker::Compared { .. }));
    desk
}

fn step(desk: &Desk) -> u64 {
    desk.heard.iter().rev().find_map(|m| if let FromWorker::Progress { step, .. } = m { Some(*step) } else { None }).unwrap()
}

fn rows(desk: &mut Desk) -> Vec<BenchRow> {
    let FromWorker::Benchmark { news: Benchmark::Done(rows), .. } = desk.until(|m| matches!(news(m), Some(Benchmark::Done(_)))) else {
        unreachable!()
    };
    rows.clone()
}

#[test]
fn every_entry_is_measured_while_training_waits_and_goes_on() {
    let mut desk = desk();
    desk.say(ToWorker::Benchmark(RUN));
    let first = desk.heard.len();
    desk.until(|m| news(m).is_some());
    let before = step(&desk);
    let rows = rows(&mut desk);
    assert_eq!(rows.iter().map(|r| &r.key[..]).collect::<Vec<_>>(), LIST.iter().map(|e| e.key).collect::<Vec<_>>());
    for row in &rows {
        assert!(row.least > 0.0 && row.least <= row.median && row.median <= row.most && row.calls >= 5, "{row:?}");
    }
    assert!(step(&desk) <= before + 1, "training waits: {} after {before}", step(&desk));
    let shares: Vec<f64> = desk.heard[first..]
        .iter()
        .filter_map(|m| if let Some(Benchmark::Working { share, .. }) = news(m) { Some(*share) } else { None })
        .collect();
    assert!(shares.windows(2).all(|w| w[0] <= w[1]) && shares[0] < 0.1 && *shares.last().unwrap() > 0.9, "{shares:?}");
    assert!(shares.iter().all(|s| (0.0..=1.0).contains(s)));
    // The model's own latency came with it, and belongs to the benchmark.
    let at = |found: fn(&FromWorker) -> bool| desk.heard[first..].iter().position(found).unwrap();
    assert!(at(|m| matches!(m, FromWorker::Measured { .. })) < at(|m| matches!(news(m), Some(Benchmark::Done(_)))));
    desk.until(|m| matches!(m, FromWorker::Progress { points, .. } if !points.is_empty()));
    assert!(desk.failures().is_empty());
}

#[test]
fn a_cancel_is_heard_between_two_pieces_and_training_goes_on() {
    for after in [1, 12, 60] {
        let mut desk = desk();
        desk.say(ToWorker::Benchmark(RUN));
        for _ in 0..after {
            desk.session.advance(0.0);
        }
        desk.say(ToWorker::StopBenchmark(RUN));
        assert_eq!(desk.heard.last().and_then(news), Some(&Benchmark::Stopped), "at once");
        let (heard, from) = (desk.heard.len(), step(&desk));
        desk.until(|m| matches!(m, FromWorker::Progress { step, .. } if *step > from));
        assert!(desk.heard[heard..].iter().all(|m| news(m).is_none()), "nothing more is said of it");
        desk.say(ToWorker::StopBenchmark(RUN));
        assert!(desk.failures().is_empty(), "stopping what stands still is no error");
    }
}

/// On the real clock: no piece of it, from making weights ready to timing them, keeps a message waiting for long.
#[test]
fn pieces_are_short() {
    let mut desk = Desk::start(&xor(1000.0));
    desk.until(|m| matches!(m, FromWorker::Compared { .. }));
    desk.say(ToWorker::Benchmark(RUN));
    let mut pieces: Vec<f64> = Vec::new();
    while !desk.heard.iter().any(|m| matches!(news(m), Some(Benchmark::Done(_)))) {
        let start = std::time::Instant::now();
        desk.session.advance(0.0);
        pieces.push(start.elapsed().as_secs_f64() * 1000.0);
        desk.listen();
    }
    pieces.sort_by(f64::total_cmp);
    eprintln!("{} pieces, the median {:.2} ms, the longest {:?} ms", pieces.len(), pieces[pieces.len() / 2], &pieces[pieces.len() - 20..]);
    assert!(pieces[pieces.len() * 9 / 10] < 50.0, "nine of ten pieces");
}
