//! The benchmark of the device, as the page drives it: progress, cancel, and what it leaves behind.

mod accelerator_support;
mod session_support;

use std::{cell::Cell, rc::Rc};

use accelerator_support::Counting;
use session_support::{Desk, RUN, xor};
use whittle::{
    bench::device::{LIST, ON_GPU},
    protocol::{Backend, BenchRow, Benchmark, Device, EngineReport, FromWorker, Late, ToWorker, Wanted},
    session::{Clock, Session},
};

const fn news(message: &FromWorker) -> Option<&Benchmark> {
    if let FromWorker::Late(Late::Benchmark { news, .. }) = message { Some(news) } else { None }
}

/// A clock that goes on by itself: each look at it takes 10 ms, so that every call fills a block of the timer.
fn clock() -> impl Clock {
    let time = Rc::new(Cell::new(0.0));
    move || {
        time.set(time.get() + 10.0);
        time.get()
    }
}

fn desk() -> Desk {
    let mut desk = Desk::on(clock());
    desk.say(ToWorker::Start { run: RUN, experiment: Box::new(xor(1000.0)), resume: None, play: true });
    desk.until(|m| matches!(m, FromWorker::Compared { .. }));
    desk
}

fn step(desk: &Desk) -> u64 {
    desk.heard.iter().rev().find_map(|m| if let FromWorker::Progress { step, .. } = m { Some(*step) } else { None }).unwrap()
}

fn rows(desk: &mut Desk) -> (Vec<BenchRow>, Result<Device, String>) {
    let done = |m: &FromWorker| matches!(news(m), Some(Benchmark::Done { .. }));
    let FromWorker::Late(Late::Benchmark { news: Benchmark::Done { rows, gpu }, .. }) = desk.until(done) else { unreachable!() };
    (rows.clone(), gpu.clone())
}

#[test]
fn every_entry_is_measured_while_training_waits_and_goes_on() {
    let mut desk = desk();
    desk.say(ToWorker::Benchmark(RUN));
    let first = desk.heard.len();
    desk.until(|m| news(m).is_some());
    let before = step(&desk);
    let (rows, gpu) = rows(&mut desk);
    assert!(gpu.is_err(), "there is none");
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
    assert!(at(|m| matches!(m, FromWorker::Measured { .. })) < at(|m| matches!(news(m), Some(Benchmark::Done { .. }))));
    desk.until(|m| matches!(m, FromWorker::Progress { points, .. } if !points.is_empty()));
    assert!(desk.failures().is_empty());
}

/// A desk that trains on `accelerator`.
fn accelerated(accelerator: &Counting) -> Desk {
    let mut desk = Desk::new();
    desk.session = Session::new(Box::new(clock())).with(Box::new(accelerator.clone()));
    desk.say(ToWorker::Engine(Wanted::Gpu));
    desk.say(ToWorker::Start { run: RUN, experiment: Box::new(xor(1000.0)), resume: None, play: true });
    desk.until(|m| matches!(m, FromWorker::Engine { report: EngineReport { backend: Backend::Gpu, .. }, .. }));
    desk.until(|m| matches!(m, FromWorker::Compared { .. }));
    desk
}

#[test]
fn a_gpu_has_rows_of_its_own_and_training_goes_on_there() {
    let accelerator = Counting::new();
    let mut desk = accelerated(&accelerator);
    desk.say(ToWorker::Benchmark(RUN));
    let (rows, gpu) = rows(&mut desk);
    assert_eq!(gpu.map(|device| device.name), Ok("a counter".to_string()));
    let (there, here): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.gpu);
    assert_eq!(here.len(), LIST.len());
    assert_eq!(there.iter().map(|r| &r.key[..]).collect::<Vec<_>>(), ON_GPU.iter().map(|e| e.key).collect::<Vec<_>>());
    // A call takes half a millisecond there. What the first one took, when its kernels were made, is in none of the figures.
    for row in there {
        assert_eq!((row.median, row.least, row.most), (0.5, 0.5, 0.5), "{}", row.key);
        assert!(row.calls >= 5 * 25, "{} calls take some milliseconds", row.calls);
    }
    let (plans, steps) = (accelerator.0.borrow().plans.len(), accelerator.0.borrow().steps);
    desk.until(|m| matches!(m, FromWorker::Progress { points, .. } if !points.is_empty()));
    while accelerator.0.borrow().steps == steps {
        desk.until(|m| matches!(m, FromWorker::Progress { .. }));
    }
    assert_eq!(accelerator.0.borrow().plans.len(), plans + 1, "training begins there anew");
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
    while !desk.heard.iter().any(|m| matches!(news(m), Some(Benchmark::Done { .. }))) {
        let start = std::time::Instant::now();
        desk.session.advance(0.0);
        pieces.push(start.elapsed().as_secs_f64() * 1000.0);
        desk.listen();
    }
    pieces.sort_by(f64::total_cmp);
    eprintln!("{} pieces, the median {:.2} ms, the longest {:?} ms", pieces.len(), pieces[pieces.len() / 2], &pieces[pieces.len() - 20..]);
    assert!(pieces[pieces.len() * 9 / 10] < 50.0, "nine of ten pieces");
}
