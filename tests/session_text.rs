//! A model of text writes while it trains, as a page asks for it.

mod session_support;

use std::fs;

use session_support::{Desk, RUN, is_finished, name, xor};
use whittle::{
    engine::{
        artifact,
        catalog::Pick,
        data::{Task, text},
        inference::Runner,
        writing::{Wanted, Writing},
    },
    experiment::Experiment,
    protocol::{Form, FromWorker, Late, RunError, TextNews, TextWish, ToWorker},
};

const WINDOW: usize = 6;

/// A small model of the sonnets, its weights rounded to four bits.
fn sonnets(epochs: f64) -> Experiment {
    let mut experiment = Experiment { data: Pick::new("sonnets").with("window", WINDOW as f64), ..Experiment::default() };
    experiment.model = vec![Pick::new("embedding").with("size", 4.0)];
    experiment.train.epochs = epochs;
    experiment.train.batch = 2048;
    experiment.train.lr = 0.03;
    experiment.compress.bits = 4;
    experiment
}

fn start(experiment: &Experiment) -> Desk {
    let mut desk = Desk::start(experiment);
    assert_eq!(desk.session.claim().as_deref(), Some("sonnets"));
    desk.session.supply("sonnets", Ok(&fs::read("public/data/sonnets.txt").unwrap()));
    desk.listen();
    desk
}

fn wish(prompt: &str) -> TextWish {
    TextWish { prompt: prompt.into(), length: 80, temperature: 0.8, seed: 3, optimized: false }
}

fn ask(desk: &mut Desk, ask: u32, wish: TextWish) {
    desk.unread = desk.heard.len();
    desk.say(ToWorker::Write { run: RUN, ask, wish });
}

/// The next answer: to which question, of which step.
fn hear(desk: &mut Desk) -> (u32, u64, TextNews) {
    match desk.until(|m| matches!(m, FromWorker::Late(Late::Text { .. }))).clone() {
        FromWorker::Late(Late::Text { ask, step, news, .. }) => (ask, step, news),
        other => panic!("{other:?}"),
    }
}

/// What the model in the file of `form` writes, in one go.
fn of_file(desk: &mut Desk, form: Form, wish: &TextWish) -> String {
    desk.unread = desk.heard.len();
    desk.say(ToWorker::Export { run: RUN, form });
    let FromWorker::File { bytes, .. } = desk.until(|m| matches!(m, FromWorker::File { .. })).clone() else { unreachable!() };
    let mut runner = Runner::new(&artifact::decode(&bytes.0).unwrap().model).unwrap();
    let data = text_source().dataset(&fs::read("public/data/sonnets.txt").unwrap()).unwrap();
    let Task::Classes(classes) = data.task else { panic!("classes") };
    let wanted = Wanted { prompt: wish.prompt.clone(), length: wish.length, temperature: wish.temperature, seed: wish.seed };
    let mut writing = Writing::new(&wanted, WINDOW, &classes).unwrap();
    assert!(writing.advance(&mut runner, &classes, wish.length));
    writing.text().into()
}

fn text_source() -> text::TextSource {
    text::TextSource { key: "sonnets".into(), window: WINDOW }
}

#[test]
fn it_writes_what_the_model_in_its_file_writes() {
    let mut desk = start(&sonnets(100.0));
    desk.step(60);
    desk.say(ToWorker::Compare(RUN));
    desk.until(|m| matches!(m, FromWorker::Compared { step: 60, .. }));
    let mut texts = Vec::new();
    for (form, optimized) in [(Form::Dense, false), (Form::Packed, true)] {
        let wish = TextWish { optimized, ..wish("shall i ") };
        ask(&mut desk, 7, wish.clone());
        let written = hear(&mut desk);
        let wanted = of_file(&mut desk, form, &wish);
        assert_eq!(wanted.chars().count(), 80);
        assert_eq!(written, (7, 60, TextNews::Text(wanted.clone())), "optimized: {optimized}");
        texts.push(wanted);
    }
    assert_ne!(texts[0], texts[1], "four bits are not floats");
    // Another seed, another text; a cold one has no chance in it.
    let mut told = |change: fn(&mut TextWish)| {
        let mut wish = wish("shall i ");
        change(&mut wish);
        ask(&mut desk, 8, wish);
        hear(&mut desk).2
    };
    assert_ne!(told(|w| w.seed = 4), TextNews::Text(texts[0].clone()));
    assert_eq!(told(|w| (w.seed, w.temperature) = (4, 0.0)), told(|w| (w.seed, w.temperature) = (5, 0.0)));
    assert!(desk.failures().is_empty(), "{:?}", desk.failures());
}

#[test]
fn texts_follow_the_training_and_change_no_number_of_it() {
    let mut quiet = start(&sonnets(3.0));
    quiet.until(is_finished);
    let mut desk = start(&sonnets(3.0));
    let mut steps = Vec::new();
    for number in 1..=3 {
        ask(&mut desk, number, wish("thy "));
        let (asked, step, news) = hear(&mut desk);
        assert_eq!(asked, number);
        assert!(matches!(news, TextNews::Text(text) if text.chars().count() == 80));
        steps.push(step);
        desk.until(|m| matches!(m, FromWorker::Progress { points, .. } if !points.is_empty()));
    }
    desk.until(is_finished);
    assert!(steps.is_sorted() && steps[0] < steps[2], "{steps:?}");
    assert_eq!(desk.points(), quiet.points());
    assert!(desk.failures().is_empty(), "{:?}", desk.failures());
}

#[test]
fn neither_a_pause_nor_a_setting_waits_for_a_text() {
    // A model whose longest text takes more than a piece of work on any machine.
    let mut experiment = sonnets(1000.0);
    experiment.data = Pick::new("sonnets").with("window", 16.0);
    experiment.model.push(Pick::new("gru").with("units", 24.0));
    let mut desk = start(&experiment);
    desk.until(|m| matches!(m, FromWorker::Progress { step: 1.., .. }));
    // A wish for the longest text, of which a slice is written.
    ask(&mut desk, 1, TextWish { length: 2000, ..wish("") });
    desk.session.advance(0.0);
    desk.say(ToWorker::Pause(RUN));
    experiment.train.lr = 0.001;
    desk.update(&experiment);
    let answers: Vec<String> = desk.heard[desk.unread..].iter().map(name).collect();
    assert!(answers.iter().any(|n| n == "State") && answers.iter().any(|n| n == "Updated"), "{answers:?}");
    assert!(!answers.iter().any(|n| n == "Late"), "it is not written at once: {answers:?}");
    let (asked, _, news) = hear(&mut desk);
    assert!(asked == 1 && matches!(news, TextNews::Text(text) if text.chars().count() == 2000), "and goes on while the run stands still");
    // Who asks again drops what was asked before.
    ask(&mut desk, 2, TextWish { length: 2000, ..wish("") });
    desk.session.advance(0.0);
    ask(&mut desk, 3, wish(""));
    assert_eq!(hear(&mut desk).0, 3);
    while desk.session.advance(5.0) == whittle::session::Next::Now {}
    desk.listen();
    assert!(!desk.heard.iter().any(|m| matches!(m, FromWorker::Late(Late::Text { ask: 2, .. }))));
}

#[test]
fn what_cannot_be_written_is_told_at_the_prompt() {
    let mut desk = start(&sonnets(1000.0));
    desk.step(5);
    for (change, said) in [
        ((|w| w.prompt = "shall i €".into()) as fn(&mut TextWish), "never seen '€'"),
        (|w| w.prompt = "a".repeat(201), "at most 200"),
        (|w| w.temperature = 2.5, "0 to 2"),
        (|w| w.temperature = f32::NAN, "0 to 2"),
        (|w| w.length = 2001, "1 to 2000"),
    ] {
        let mut wish = wish("");
        change(&mut wish);
        ask(&mut desk, 4, wish);
        let (asked, step, news) = hear(&mut desk);
        assert_eq!((asked, step), (4, 5));
        assert!(matches!(&news, TextNews::Refused(reason) if reason.contains(said)), "{news:?}");
    }
    ask(&mut desk, 5, wish("shall i "));
    assert!(matches!(hear(&mut desk), (5, 5, TextNews::Text(_))), "the run is as it was");
    assert!(desk.failures().is_empty(), "{:?}", desk.failures());
}

#[test]
fn only_networks_on_texts_write() {
    let refused = |desk: &mut Desk| {
        ask(desk, 1, wish(""));
        match desk.until(|m| matches!(m, FromWorker::Failed { .. })).clone() {
            FromWorker::Failed { error: RunError::Spec(error), .. } => error.field().to_string(),
            other => panic!("{other:?}"),
        }
    };
    let mut points = Desk::start(&xor(1.0));
    assert_eq!(refused(&mut points), "data");
    points.until(is_finished);
    let mut trees = Desk::start(&Experiment { learner: Pick::new("naive-bayes"), ..xor(1.0) });
    assert_eq!(refused(&mut trees), "learner");
}
