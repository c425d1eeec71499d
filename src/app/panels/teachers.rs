//! Who teaches: pinned runs with a box each, models that a link or a file brought, and a way to choose a file.

use leptos::prelude::*;

use crate::{
    app::{
        desk::Desk,
        live::{For, live},
        own_files, teachers,
    },
    experiment::{MAX_TEACHERS, TEACHER_KEY, teachers as named},
    state::{format, same_data},
};

/// A model that can teach.
#[derive(Clone, PartialEq)]
struct Row {
    /// Empty while the model is being kept.
    checksum: String,
    name: String,
    words: String,
    teaches: bool,
}

/// The list, and what is wrong with it.
#[component]
pub fn TeacherList() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let rows = Memo::new(move |_| rows(desk));
    let full = Memo::new(move |_| rows.with(|rows| rows.iter().filter(|r| r.teaches).count() >= MAX_TEACHERS));
    let error = live(move || desk.parts.failures.with(|f| f.get(TEACHER_KEY).cloned()));
    let said = live(move || {
        rows.with(|rows| match rows.iter().filter(|r| r.teaches).count() {
            0 if rows.is_empty() => "Pin a run of this data, and its model can teach.",
            0 => "Nobody teaches: a recipe listens to the model with which it begins.",
            1 => "",
            _ => "Several teach together: the mean of their probabilities at temperature T.",
        })
    });
    let row = move |row: Row| {
        let (checksum, name) = (row.checksum.clone(), row.name.clone());
        let off = live({
            let row = row.clone();
            move || row.checksum.is_empty() || (full.get() && !row.teaches)
        });
        view! {
            <li>
                <label>
                    <input
                        type="checkbox"
                        prop:checked=row.teaches
                        disabled=off
                        on:change:target=move |event| desk.set_teacher(&checksum, &name, event.target().checked())
                    />
                    " " {row.name} " " <span class="muted">{row.words}</span>
                </label>
            </li>
        }
    };
    let choose = move |event| {
        if let Some(file) = own_files::chosen(&event) {
            teachers::take(desk, file);
        }
    };
    view! {
        <div class="control" data-testid="teachers" role="group" aria-label="Teachers">
            <p class="muted">{said}</p>
            <ul class="layers">
                <For each=move || rows.get() key=|row| format!("{}{}{}{}", row.checksum, row.name, row.words, row.teaches) children=row />
            </ul>
            <p class="control-error" role="status">{error}</p>
            <label class="muted">"Or a model file " <input type="file" accept=".whittle" on:change=choose /></label>
        </div>
    }
}

/// Pinned runs on the same data, then teachers that are none of them.
fn rows(desk: Desk) -> Vec<Row> {
    desk.parts.shown.with(|shown| {
        let teaches = |checksum: &str| named(&shown.teacher).any(|t| t.checksum == checksum);
        desk.parts.runs.with(|runs| {
            let pinned = runs.iter().filter(|r| r.pinned && same_data(&r.experiment, shown) && (r.current || !r.model.is_empty()));
            let mut rows: Vec<Row> = pinned
                .map(|r| {
                    let score = r.score.map_or_else(String::new, |s| format!(", {}", r.task.named(s)));
                    let words = if r.model.is_empty() {
                        "its model is being kept".into()
                    } else {
                        format!("{}{score}, step {}", r.label, format::count(r.model_step))
                    };
                    Row { checksum: r.model.clone(), name: r.tag(), words, teaches: teaches(&r.model) }
                })
                .collect();
            let others = named(&shown.teacher).filter(|t| runs.iter().all(|r| !r.pinned || r.model != t.checksum));
            let others = others.map(|t| Row { checksum: t.checksum.into(), name: t.name.into(), words: t.checksum.into(), teaches: true });
            rows.extend(others.collect::<Vec<_>>());
            rows
        })
    })
}
