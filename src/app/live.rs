//! What follows signals, under few types. Leptos builds, updates and takes away each type in a view by code of its own, and every closure is
//! a type: a text that follows a signal costs the page a kilobyte. Behind one type they share that code, and each costs what it says.

use std::sync::Arc;

use leptos::prelude::{For as Keyed, *};

/// A text, an attribute, a class or a view that follows its signals.
pub type Live<T> = Box<dyn FnMut() -> T + Send>;

/// Follows the signals that `follow` reads.
pub fn live<T: 'static>(follow: impl FnMut() -> T + Send + 'static) -> Live<T> {
    Box::new(follow)
}

/// Shows its children while `when` holds, and `fallback` while it does not.
#[component]
pub fn Show<W: Fn() -> bool + Send + Sync + 'static>(
    /// What is shown.
    children: ChildrenFn,
    /// Whether it is shown.
    when: W,
    /// What is shown otherwise.
    #[prop(optional, into)]
    fallback: ViewFn,
) -> impl IntoView {
    shown(Box::new(when), children, fallback)
}

fn shown(when: Box<dyn Fn() -> bool + Send + Sync>, children: ChildrenFn, fallback: ViewFn) -> AnyView {
    let when = Memo::new(move |_| when());
    live(move || if when.get() { children() } else { fallback.run() }).into_any()
}

/// A row of a list: what tells it from the others, and how it is drawn.
struct Row {
    key: String,
    draw: Box<dyn FnOnce() -> AnyView + Send>,
}

/// Draws what is new of a list and takes away what is gone; the other rows stay as they are.
#[component]
pub fn For<T, I, E, K, C, V>(
    /// The list.
    each: E,
    /// What tells an item from the others.
    key: K,
    /// Draws an item.
    children: C,
) -> impl IntoView
where
    T: Send + 'static,
    I: IntoIterator<Item = T> + 'static,
    E: Fn() -> I + Send + Sync + 'static,
    K: Fn(&T) -> String + Send + Sync + 'static,
    C: Fn(T) -> V + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let children = Arc::new(children);
    let row = move |item: T| {
        let (key, children) = (key(&item), Arc::clone(&children));
        Row { key, draw: Box::new(move || children(item).into_any()) }
    };
    rows(Box::new(move || each().into_iter().map(&row).collect()))
}

fn rows(each: Box<dyn Fn() -> Vec<Row> + Send + Sync>) -> AnyView {
    view! { <Keyed each key=|row| row.key.clone() children=|row: Row| (row.draw)() /> }.into_any()
}
