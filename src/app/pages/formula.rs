//! What a loss takes beyond its settings: the formula of one's own, and teachers.

use leptos::prelude::*;

use crate::{
    app::{
        controls::Stage,
        desk::Desk,
        live::{Show, live},
        panels::TeacherList,
    },
    engine::losses::{
        CUSTOM, FORMULA_KEY,
        expression::{Expression, MAX_TEXT},
    },
    experiment::Effect,
};

/// What the loss that is chosen takes.
#[component]
pub(in crate::app) fn LossMore() -> impl IntoView {
    let shown = expect_context::<Desk>().parts.shown;
    view! {
        <Show when=move || shown.with(|e| e.loss.key == CUSTOM)>
            <FormulaBox />
        </Show>
        <Show when=move || shown.with(|e| e.train.distill > 0.0)>
            <TeacherList />
        </Show>
    }
}

/// A box for a formula. What cannot be read is said at once, and leaves the run its old one.
#[component]
fn FormulaBox() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let fault = RwSignal::new(None::<String>);
    let error = move || fault.get().or_else(|| desk.parts.failures.with(|f| f.get(FORMULA_KEY).cloned()));
    let set = move |text: String| {
        let text = text.trim().to_string();
        let read = if text.is_empty() { None } else { Expression::parse(&text).err() };
        fault.set(read.map(|fault| fault.to_string()));
        if fault.with_untracked(Option::is_none) {
            desk.page.update(|p| drop(p.failures.remove(FORMULA_KEY)));
            desk.edit(Effect::Live, Stage::Done, move |e| e.formula.clone_from(&text));
        }
    };
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
                    placeholder="(y - p)^2"
                    aria-describedby="c-formula-error"
                    aria-invalid=live(move || fault.with(Option::is_some).then_some("true"))
                    prop:value=live(move || desk.parts.shown.with(|e| e.formula.clone()))
                    on:change:target=move |event| set(event.target().value())
                /></span>
            </div>
            <p class="control-error" id="c-formula-error" role="status">{live(error)}</p>
        </div>
    }
}
