//! What canvases follow: the theme's colours and the size of their place on the page.

use leptos::{prelude::*, tachys::html::element::ElementType};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, MediaQueryList, MutationObserver, MutationObserverInit, ResizeObserver};

use crate::state::look::colour::{Palette, Rgb};

/// The theme's colours; changes when the theme does.
#[must_use]
pub fn palette() -> Signal<Palette> {
    let colours = RwSignal::new(read());
    let renew = move || {
        // The component may be gone by the time a last notice arrives.
        let _ = colours.try_set(read());
    };
    let watch = ThemeWatch::new(renew);
    // Kept for as long as the component lives.
    StoredValue::new_local(watch);
    colours.into()
}

/// A custom property of the document's root.
pub(super) fn variable(name: &str) -> Option<String> {
    let root = document().document_element()?;
    window().get_computed_style(&root).ok().flatten()?.get_property_value(name).ok()
}

fn read() -> Palette {
    let get = |name| variable(name).and_then(|text| Rgb::parse(&text)).unwrap_or_default();
    Palette {
        surface: get("--surface"),
        surface_2: get("--surface-2"),
        line: get("--line"),
        ink: get("--ink"),
        ink_2: get("--ink-2"),
        ink_3: get("--ink-3"),
        pos: get("--pos"),
        neg: get("--neg"),
        more: [get("--class-2"), get("--class-3")],
        right: get("--right"),
        wrong: get("--wrong"),
        baseline: get("--baseline"),
        optimized: get("--optimized"),
        bad: get("--bad"),
        focus: get("--focus"),
    }
}

/// Hears of the user's choice (an attribute of the root) and of the system's.
struct ThemeWatch {
    observer: Option<MutationObserver>,
    media: Option<MediaQueryList>,
    heard: Closure<dyn FnMut()>,
}

impl ThemeWatch {
    fn new(heard: impl FnMut() + 'static) -> Self {
        let heard = Closure::<dyn FnMut()>::new(heard);
        let function = heard.as_ref().unchecked_ref();
        let observer = MutationObserver::new(function).ok();
        if let (Some(observer), Some(root)) = (&observer, document().document_element()) {
            let what = MutationObserverInit::new();
            what.set_attributes(true);
            // Without the notice the canvas keeps the old colours until it is drawn again.
            let _ = observer.observe_with_options(&root, &what);
        }
        let media = window().match_media("(prefers-color-scheme: dark)").ok().flatten();
        if let Some(media) = &media {
            let _ = media.add_event_listener_with_callback("change", function);
        }
        Self { observer, media, heard }
    }
}

impl Drop for ThemeWatch {
    fn drop(&mut self) {
        if let Some(observer) = &self.observer {
            observer.disconnect();
        }
        if let Some(media) = &self.media {
            let _ = media.remove_event_listener_with_callback("change", self.heard.as_ref().unchecked_ref());
        }
    }
}

/// Width and height of an element's content in CSS pixels, whole; zero until it is on the page.
#[must_use]
pub fn size_of<E>(node: NodeRef<E>) -> Signal<(f64, f64)>
where
    E: ElementType + 'static,
    E::Output: JsCast + Clone + AsRef<Element> + 'static,
{
    let size = RwSignal::new((0.0, 0.0));
    let watch = StoredValue::new_local(None::<SizeWatch>);
    Effect::new(move |_| {
        let Some(element) = node.get() else { return };
        let element: Element = AsRef::<Element>::as_ref(&element).clone();
        let measured = element.clone();
        let new = SizeWatch::new(&element, move || {
            let now = (f64::from(measured.client_width()), f64::from(measured.client_height()));
            if size.try_get_untracked().is_some_and(|old| old != now) {
                let _ = size.try_set(now);
            }
        });
        watch.set_value(new);
    });
    size.into()
}

struct SizeWatch {
    observer: ResizeObserver,
    _heard: Closure<dyn FnMut()>,
}

impl SizeWatch {
    fn new(element: &Element, heard: impl FnMut() + 'static) -> Option<Self> {
        let heard = Closure::<dyn FnMut()>::new(heard);
        let observer = ResizeObserver::new(heard.as_ref().unchecked_ref()).ok()?;
        observer.observe(element);
        Some(Self { observer, _heard: heard })
    }
}

impl Drop for SizeWatch {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}
