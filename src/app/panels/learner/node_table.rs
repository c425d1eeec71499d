//! All nodes of a tree as a table.

use std::sync::Arc;

use leptos::prelude::*;

use crate::{
    app::live::live,
    engine::learners::Node,
    protocol::DataReport,
    state::{
        format,
        look::tree::{answer, question, share},
    },
};

/// Most rows.
const ROWS: usize = 400;

/// Node by node, the root first.
#[component]
pub(super) fn NodeTable(
    /// The nodes.
    nodes: Memo<Arc<Vec<Node>>>,
    /// The data, for names.
    data: Signal<Option<Arc<DataReport>>>,
) -> impl IntoView {
    let rows = live(move || {
        let (nodes, data) = (nodes.get(), data.get());
        let go = |node: &Node| node.split.map_or_else(String::new, |s| format!("{} or {}", s.left, s.right));
        let row = |(at, node): (usize, &Node)| {
            view! {
                <tr>
                    <th scope="row" class="num">{at}</th>
                    <td>{question(node, data.as_deref())}</td>
                    <td>{go(node)}</td>
                    <td>{answer(node, data.as_deref())}</td>
                    <td>{share(node)}</td>
                </tr>
            }
        };
        nodes.iter().enumerate().take(ROWS).map(row).collect_view()
    });
    let more = live(move || {
        let count = nodes.with(|n| n.len());
        (count > ROWS).then(|| view! { <p class="muted">{format!("The first {ROWS} of {} nodes.", format::count(count as u64))}</p> })
    });
    view! {
        <div class="panel-table" tabindex="0" role="region" aria-label="Nodes of the tree" data-testid="learner-nodes">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col" class="num">"Node"</th>
                        <th scope="col">"Question"</th>
                        <th scope="col">"Yes or no leads to"</th>
                        <th scope="col">"Answer here"</th>
                        <th scope="col">"Came here"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
            {more}
        </div>
    }
}
