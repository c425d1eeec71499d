//! What this is, in a minute, and the keys.

use crate::app::live::live;
use leptos::prelude::*;

use crate::app::shortcuts::{KEYS, Shortcuts};

/// The help.
#[component]
pub fn Help() -> impl IntoView {
    let shortcuts = expect_context::<Shortcuts>();
    let keys = KEYS.iter().map(|(key, what)| {
        view! { <div><dt><kbd>{*key}</kbd></dt><dd>{*what}</dd></div> }
    });
    view! {
        <div class="prose">
            <p>
                "A network is training in your browser, on real data. On the right, make it small: "
                <strong>"prune"</strong> " away weights, store the rest in " <strong>"fewer bits"</strong>
                ", and compare. Every number is real: bytes are the length of the file that the download button gives, "
                "milliseconds are measured on this device, accuracy comes from running the packed model."
            </p>
            <ol>
                <li>"Let it train for a few epochs and watch the curves."</li>
                <li>"Move " <em>"Sparsity"</em> " up until the optimized accuracy falls. How far did you get?"</li>
                <li>"Go to 4 bits, then 2. Which costs less accuracy for the same bytes: fewer weights, or fewer bits?"</li>
                <li>"Switch on " <em>"Prune while training"</em> " and let the network make up for what it lost."</li>
            </ol>
            <p>"Every question mark explains the setting beside it. The address holds the whole experiment: copy it to share it."</p>
        </div>
        <h3>"Keys"</h3>
        <dl class="keys">{keys.collect_view()}</dl>
        <label class="check">
            <input
                type="checkbox"
                prop:checked=live(move || shortcuts.0.get())
                on:change:target=move |e| shortcuts.set(e.target().checked())
            />
            <span>"Single-key shortcuts"</span>
        </label>
    }
}
