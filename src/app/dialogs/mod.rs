//! Sheets over the page: gallery, help, about the data, the benchmark, a table of the reader's own.

pub(super) mod about;
pub(super) mod benchmark;
pub(super) mod gallery;
pub(super) mod help;
pub(super) mod own_data;

use crate::app::live::live;
use leptos::{html, prelude::*};

use super::{
    icons::Icon,
    later::{Part, Waiting},
};

/// Which sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialog {
    /// Experiments to begin with.
    Gallery,
    /// What this is, and the keys.
    Help,
    /// Where the data comes from.
    About,
    /// What this device does.
    Benchmark,
    /// A table of the reader's own.
    OwnData,
}

/// The sheet that is open.
#[derive(Clone, Copy)]
pub struct Dialogs(RwSignal<Option<Dialog>>);

impl Dialogs {
    /// None is open.
    pub fn provide() -> Self {
        let dialogs = Self(RwSignal::new(None));
        provide_context(dialogs);
        dialogs
    }

    /// Opens a sheet; one that is open stays as it is.
    pub fn show(self, dialog: Dialog) {
        if self.0.get_untracked() != Some(dialog) {
            self.0.set(Some(dialog));
        }
    }

    /// Closes what is open.
    pub fn close(self) {
        self.0.set(None);
    }

    /// Whether one is open.
    #[must_use]
    pub fn open(self) -> bool {
        self.0.get_untracked().is_some()
    }
}

/// The open sheet.
#[component]
pub fn DialogHost() -> impl IntoView {
    let dialogs = expect_context::<Dialogs>();
    let element = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let Some(sheet) = element.get() else { return };
        match (dialogs.0.get().is_some(), sheet.open()) {
            // A dialog that is open already, or was just taken out, stays as it is.
            (true, false) => drop(sheet.show_modal()),
            (false, true) => sheet.close(),
            _ => {}
        }
    });
    let title = live(move || match dialogs.0.get() {
        Some(Dialog::Gallery) => "Experiments to begin with",
        Some(Dialog::Help) => "Help",
        Some(Dialog::About) => "Where the data comes from",
        Some(Dialog::Benchmark) => "Benchmark this device",
        Some(Dialog::OwnData) => "Your own data",
        None => "",
    });
    let body = live(move || dialogs.0.get().map(|dialog| view! { <Waiting part=Part::Dialog(dialog) /> }));
    // A click on the dialog itself, outside its content, is one on the backdrop.
    let backdrop = move |event: ev::MouseEvent| {
        if event.target() == event.current_target() {
            dialogs.close();
        }
    };
    view! {
        <dialog class="sheet" node_ref=element aria-labelledby="sheet-title" on:close=move |_| dialogs.close() on:click=backdrop>
            <div class="sheet-body">
                <header class="sheet-head">
                    <h2 id="sheet-title">{title}</h2>
                    <button type="button" class="tool" aria-label="Close" data-testid="close-dialog" on:click=move |_| dialogs.close()>
                        {Icon::Close.draw()}
                    </button>
                </header>
                {body}
            </div>
        </dialog>
    }
}

use leptos::ev;
