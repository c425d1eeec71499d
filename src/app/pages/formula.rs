//! What a loss takes beyond its settings: its drawing, the formula of one's own, and teachers.

use leptos::prelude::*;

use crate::{
    app::{
        charts::LineChart,
        controls::{ParamControl, Segmented, Stage},
        desk::Desk,
        live::{Show, live},
        panels::TeacherList,
    },
    engine::losses::{
        CUSTOM, FORMULA_KEY, PLAIN_FORMULA,
        expression::{Expression, Fault, MAX_TEXT},
    },
    experiment::Effect,
    state::{
        Task,
        look::formula::{Curve, SIDES, WANTED, around, curve, written},
    },
};

/// What the loss that is chosen takes, and its drawing.
#[component]
pub(in crate::app) fn LossMore() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let shown = desk.parts.shown;
    view! {
        <Show when=move || shown.with(|e| e.loss.key == CUSTOM) fallback=|| view! { <NamedLoss /> }>
            <FormulaBox />
        </Show>
        <Show when=move || shown.with(|e| e.train.distill > 0.0)>
            <TeacherList />
        </Show>
    }
}

/// What is read of a text: nothing of an empty one, for which the squared error stands.
fn read(text: &str) -> Result<Expression, Fault> {
    let text = text.trim();
    Expression::parse(if text.is_empty() { PLAIN_FORMULA } else { text })
}

/// A box for a formula, and its drawing, which follow as one types. What cannot be read is said at its place, and leaves run and drawing their last one.
#[component]
fn FormulaBox() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let typed = RwSignal::new(None::<String>);
    let text = Memo::new(move |_| typed.get().unwrap_or_else(|| desk.parts.shown.with(|e| e.formula.clone())));
    let fault = Memo::new(move |_| text.with(|text| read(text).err()));
    let error = move || fault.get().map(|f| f.to_string()).or_else(|| desk.parts.failures.with(|f| f.get(FORMULA_KEY).cloned()));
    let last =
        Memo::new(move |before: Option<&Option<Expression>>| text.with(|text| read(text).ok()).or_else(|| before.cloned().flatten()));
    let wrong = Signal::derive(move || fault.with(Option::is_some));
    let classes = Memo::new(move |_| desk.parts.task.get() == Task::Classification);
    // What is chosen elsewhere takes the place of what is being typed.
    leptos::prelude::Effect::new(move |before: Option<String>| {
        let now = desk.parts.shown.with(|e| e.formula.clone());
        if before.is_some_and(|before| before != now) {
            typed.set(None);
        }
        now
    });
    let set = move |text: String| {
        let text = text.trim().to_string();
        if read(&text).is_ok() {
            typed.set(None);
            desk.page.update(|p| drop(p.failures.remove(FORMULA_KEY)));
            desk.edit(Effect::Live, Stage::Done, move |e| e.formula.clone_from(&text));
        } else {
            typed.set(Some(text));
        }
    };
    // Where in the text it is; the error says it in words.
    let place = live(move || {
        let [before, here, after] = fault.with(|f| f.as_ref().map(|f| text.with(|text| around(text.trim(), f.at))))?;
        Some(view! { <p class="formula-fault num" aria-hidden="true" data-testid="formula-fault">{before} <mark>{here}</mark> {after}</p> })
    });
    view! {
        <div class="control" data-testid="control-formula">
            <div class="control-head">
                <label class="control-label" for="c-formula">"Formula of y and p"</label>
                <span class="spring"></span>
                <span class="entry"><input
                    id="c-formula"
                    type="text"
                    autocomplete="off"
                    spellcheck="false"
                    maxlength=MAX_TEXT.to_string()
                    placeholder=PLAIN_FORMULA
                    aria-describedby="c-formula-error"
                    aria-invalid=live(move || wrong.get().then_some("true"))
                    prop:value=live(move || text.get())
                    on:input:target=move |event| typed.set(Some(event.target().value()))
                    on:change:target=move |event| set(event.target().value())
                /></span>
            </div>
            {place}
            <p class="control-error" id="c-formula-error" role="status">{live(error)}</p>
        </div>
        <LossCurve expression=last wrong classes=Signal::from(classes) shares=Signal::from(classes) />
    }
}

/// A loss of the catalogue as a formula, drawn when it is asked for; nothing of one that holds outputs against each other.
#[component]
fn NamedLoss() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let parts = desk.parts;
    let open = RwSignal::new(false);
    let formula = Memo::new(move |_| parts.shown.with(|e| written(&e.loss, parts.outputs.get().unwrap_or(1))));
    let expression = Memo::new(move |_| formula.with(|f| f.as_ref().and_then(|(text, _)| Expression::parse(text).ok())));
    let classes = Signal::derive(move || parts.task.get() == Task::Classification);
    let shares = Signal::derive(move || formula.with(|f| f.as_ref().is_some_and(|(_, shares)| *shares)));
    view! {
        <Show when=move || expression.with(Option::is_some)>
            <div class="control" data-testid="loss-drawing">
                <button type="button" class="quiet" aria-expanded=live(move || open.get().to_string()) on:click=move |_| open.update(|o| *o = !*o)>
                    "Draw this loss"
                </button>
                <Show when=move || open.get()>
                    <p class="muted">"Of an output that says p where y was wanted: " <code>{live(move || formula.with(|f| f.as_ref().map(|f| f.0.clone())))}</code></p>
                    <LossCurve expression wrong=false classes shares />
                </Show>
            </div>
        </Show>
    }
}

/// A loss and its gradient over what an output says.
#[component]
fn LossCurve(
    /// The loss; nothing is drawn without.
    expression: Memo<Option<Expression>>,
    /// Whether what is typed cannot be read, so that this is of what stood there before.
    #[prop(into)]
    wrong: Signal<bool>,
    /// Whether outputs stand for classes, of which one is right.
    classes: Signal<bool>,
    /// Whether `p` is a probability.
    shares: Signal<bool>,
) -> impl IntoView {
    let (side, wanted) = (RwSignal::new(0.0), RwSignal::new(WANTED.default));
    let y = move || if classes.get() { 1.0 - side.get() } else { wanted.get() };
    let drawn = Memo::new(move |_| expression.with(|e| e.as_ref().map_or_else(Curve::default, |e| curve(e, y(), shares.get()))));
    let series = Signal::derive(move || drawn.with(|d| d.lines.clone()));
    let range = Signal::derive(move || drawn.with(|d| d.range));
    let choice = live(move || {
        if classes.get() {
            view! {
                <div>
                    <span class="visually-hidden" id="c-formula-y">"What was wanted of the output"</span>
                    <Segmented
                        name="formula-y".into()
                        words=SIDES
                        value=side.into()
                        on_set=Callback::new(move |v| side.set(v))
                        labelled_by="c-formula-y".into()
                    />
                </div>
            }
            .into_any()
        } else {
            view! {
                <ParamControl spec=WANTED name="formula-y" value=Signal::from(wanted) on_set=Callback::new(move |(v, _): (f64, Stage)| wanted.set(v)) />
            }
            .into_any()
        }
    });
    view! {
        <div class="formula-curve" class:formula-old=live(move || wrong.get()) data-testid="formula-curve">
            {choice}
            <div class="optlab-chart">
                <LineChart title="Loss over p" series x_label="p" y_label="" y_range=range gaps=true empty="There is nothing to draw yet." />
            </div>
            <p class="muted" role="status" data-testid="formula-words">
                {live(move || if wrong.get() { "The drawing is of the last formula that could be read.".to_string() } else { drawn.with(|d| d.words.clone()) })}
            </p>
        </div>
    }
}
