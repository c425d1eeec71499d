//! A number as text: what was typed stays until it is right.

use leptos::prelude::*;

use crate::{
    engine::params::{ParamSpec, Scale},
    state::format,
};

/// How a number is shown and read: as it is, or as percent.
#[derive(Clone, Copy)]
pub(super) struct Reading {
    pub spec: ParamSpec,
    pub percent: bool,
}

impl Reading {
    /// What the text box says.
    pub(super) fn text(self, value: f64) -> String {
        if self.percent { format::number(value * 100.0) } else { format::number(value) }
    }

    /// Unit behind the box.
    pub(super) fn unit(self) -> &'static str {
        if self.percent { "%" } else { self.spec.unit }
    }

    /// A value in words, for screen readers.
    pub(super) fn spoken(self, value: f64) -> String {
        format!("{} {}", self.text(value), self.unit()).trim_end().to_string()
    }

    /// Reads the box. Errors: a sentence with the allowed range.
    pub(super) fn read(self, text: &str) -> Result<f64, String> {
        let typed = text.trim().trim_end_matches('%').trim_end().replace(',', ".");
        let number: f64 = typed.parse().map_err(|_| format!("“{}” is not a number; {}", text.trim(), self.allowed()))?;
        let value = if self.percent { number / 100.0 } else { number };
        match self.spec.check(value) {
            Ok(value) => Ok(value),
            Err(_) if matches!(self.spec.scale, Scale::Integer) && number.fract() != 0.0 => {
                Err(format!("Only whole numbers; {}", self.allowed()))
            }
            Err(_) => Err(format!("{} is not allowed; {}", text.trim(), self.allowed())),
        }
    }

    fn allowed(self) -> String {
        let (min, max) = self.spec.range;
        format!("the range is {} to {}", self.spoken(min), self.spoken(max))
    }
}

/// A text box for a number.
#[component]
pub(super) fn NumberBox(
    /// How it is shown and read.
    reading: Reading,
    /// Id of the input.
    id: String,
    /// Name for screen readers where no label points here.
    #[prop(optional, into)]
    label: Option<String>,
    /// The value.
    value: Signal<f64>,
    /// A new value.
    on_set: Callback<f64>,
    /// What is wrong with what was typed.
    typed_error: RwSignal<Option<String>>,
    /// Id of the element with the error.
    error_id: String,
) -> impl IntoView {
    let typed = RwSignal::new(None::<String>);
    // A value that comes from elsewhere (the slider, a link) replaces what was typed.
    Effect::watch(
        move || value.get(),
        move |_, _, _| {
            typed.set(None);
            typed_error.set(None);
        },
        false,
    );
    let on_change = move |text: String| match reading.read(&text) {
        Ok(new) => {
            typed.set(None);
            typed_error.set(None);
            on_set.run(new);
        }
        Err(error) => {
            typed.set(Some(text));
            typed_error.set(Some(error));
        }
    };
    view! {
        <span class="entry">
            <input
                type="text"
                inputmode="decimal"
                autocomplete="off"
                spellcheck="false"
                id=id
                aria-label=label
                aria-invalid=move || typed_error.with(Option::is_some).then_some("true")
                aria-describedby=error_id
                prop:value=move || typed.get().unwrap_or_else(|| reading.text(value.get()))
                on:change:target=move |event| on_change(event.target().value())
            />
            <span class="unit" aria-hidden="true">{reading.unit()}</span>
        </span>
    }
}
