//! Pages and their large parts.

pub(super) mod data_card;
pub(super) mod exits;
mod feature_sight;
pub(super) mod features;
pub(super) mod formula;
pub mod how;
mod lasso_path;
pub(super) mod learner;
mod make_small;
mod optimizer_lab;
pub(super) mod outputs;
pub mod play;
pub(super) mod recipe;
mod recipe_data;
mod recipe_search;
mod stage;
mod strip;
pub(super) mod strip_panels;
pub(super) mod target;

/// Puts the focus on the element with this id once the page is drawn.
pub(crate) fn focus_id(id: &str) {
    use leptos::prelude::*;
    use wasm_bindgen::JsCast;
    let id = id.to_string();
    request_animation_frame(move || {
        if let Some(element) = document().get_element_by_id(&id).and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok()) {
            // An element that cannot take the focus leaves it where it is.
            let _ = element.focus();
        }
    });
}
