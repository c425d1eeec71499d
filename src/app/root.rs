//! The whole page: what all of it shares, then the playground.

use leptos::prelude::*;

use super::{
    controls::Texts,
    data_index::DataIndex,
    desk::Desk,
    dialogs::{DialogHost, Dialogs},
    later::Later,
    notices::{NoticeList, Notices},
    pages::play::{Play, Tab},
    shortcuts::Shortcuts,
    theme::Theme,
};

/// The page.
#[component]
pub fn App() -> impl IntoView {
    let theme = Theme::provide();
    let dialogs = Dialogs::provide();
    Texts::provide();
    DataIndex::provide();
    let notices = Notices::new();
    let desk = Desk::open(notices, Later::provide(), dialogs);
    let tab = RwSignal::new(Tab::Curves);
    provide_context(desk);
    provide_context(tab);
    Shortcuts::provide(desk, dialogs, theme, tab);
    view! {
        <div class="app" data-testid="app">
            <Play />
            <NoticeList notices />
            <DialogHost />
        </div>
    }
}
