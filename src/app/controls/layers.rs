//! The model builder: layers in order, with what each makes of its input.

use crate::app::live::{For, live};
use leptos::prelude::*;

use super::{
    HelpTip, ParamControl, Stage,
    layer_drag::{Drag, Grip},
    param::Within,
};
use crate::{
    app::{
        icons::Icon,
        later::{Part, Waiting},
        pages::focus_id,
    },
    engine::{
        activations,
        catalog::{Info, Pick},
        params::ParamSpec,
        shape::Shape,
    },
    state::{
        builder::{self, Row},
        layer_label,
    },
};

/// Sizes of the layers, and where a shape does not fit.
type Outlined = (Vec<builder::Outline>, Option<(usize, String)>);

/// What the builder shows and says.
#[derive(Clone, Copy)]
pub struct Bench {
    pub(super) model: Signal<Vec<Pick>>,
    pub(super) input: Signal<Option<Shape>>,
    pub(super) outputs: Signal<Option<usize>>,
    pub(super) rows: Memo<Vec<Row>>,
    pub(super) outline: Memo<Outlined>,
    failure: Signal<Option<(usize, String)>>,
    on_set: Callback<(Vec<Pick>, Stage)>,
}

impl Bench {
    pub(super) fn change(self, stage: Stage, change: impl FnOnce(&mut Vec<Pick>)) {
        let mut model = self.model.get_untracked();
        change(&mut model);
        self.on_set.run((model, stage));
    }

    /// What is wrong at a row: what the page sees itself, or what the worker said.
    fn error(self, row: &Row) -> Option<String> {
        let within = |at: usize| at == row.at || row.activation == Some(at);
        let here = |found: Option<(usize, String)>| found.filter(|(at, _)| within(*at)).map(|(_, reason)| reason);
        here(self.outline.with(|o| o.1.clone())).or_else(|| here(self.failure.get()))
    }
}

/// The layers of a model: add, remove, move, resize, and choose activations.
#[component]
pub fn LayerList(
    /// Hidden layers in order.
    #[prop(into)]
    model: Signal<Vec<Pick>>,
    /// Shape of a sample, once known.
    #[prop(into)]
    input: Signal<Option<Shape>>,
    /// Units of the output layer, once known.
    #[prop(into)]
    outputs: Signal<Option<usize>>,
    /// Error at a layer that the worker found: position from 0, reason.
    #[prop(into)]
    failure: Signal<Option<(usize, String)>>,
    /// The changed model.
    on_set: Callback<(Vec<Pick>, Stage)>,
) -> impl IntoView {
    let rows = Memo::new(move |_| model.with(|m| builder::rows(m)));
    let outline = Memo::new(move |_| {
        let outputs = outputs.get().unwrap_or(0);
        input.with(|shape| shape.as_ref().map_or((Vec::new(), None), |s| model.with(|m| builder::outline(m, s, outputs))))
    });
    let bench = Bench { model, input, outputs, rows, outline, failure, on_set };
    let drag = Drag::new(move |row, gap| {
        bench.change(Stage::Done, |model| {
            builder::drop_into(model, row, gap);
        })
    });
    view! {
        <p class="layer-end">
            <span>"Input"</span>
            <span class="num muted">{live(move || input.get().map(|s| s.to_string()))}</span>
        </p>
        <ol class="layers" data-testid="layers" node_ref=drag.list>
            <For each=move || 0..rows.with(Vec::len) key=usize::to_string let:index>
                <LayerRow bench drag index />
            </For>
        </ol>
        <p class="layer-end">
            <span>"Output"</span>
            <span class="num muted">{live(move || outputs.get().map(|n| n.to_string()))}</span>
        </p>
        <div class="layer-more"><Waiting part=Part::LayerMore(bench) quiet=true /></div>
    }
}

/// One layer and the activation behind it.
#[component]
fn LayerRow(bench: Bench, drag: Drag, index: usize) -> impl IntoView {
    let row = Memo::new(move |_| bench.rows.with(|rows| rows.get(index).cloned()));
    let key = Memo::new(move |_| row.with(|r| r.as_ref().map(|r| r.pick.key.clone()).unwrap_or_default()));
    let info = move || builder::info(&key.get());
    let name = move || row.with(|r| r.as_ref().map(|r| layer_label(&r.pick)).unwrap_or_default());
    let error = move || row.with(|r| r.as_ref().and_then(|r| bench.error(r)));
    let cost = live(move || row.with(|r| r.as_ref().and_then(|r| bench.outline.with(|o| builder::cost_words(r, &o.0)))));
    let shift = move |by: isize| {
        let mut target = index;
        bench.change(Stage::Done, |model| target = builder::shift(model, index, by));
        // The row that moved keeps the focus, so that it can be moved on with the same key.
        focus_id(&format!("layer-{target}-{}", if by < 0 { "up" } else { "down" }));
    };
    let remove = move || {
        bench.change(Stage::Done, |model| builder::remove(model, index));
        let left = index.min(bench.rows.with_untracked(Vec::len).saturating_sub(1));
        focus_id(&format!("layer-{left}-remove"));
    };
    let last = move || index + 1 >= bench.rows.with(Vec::len);
    let help = live(move || {
        info().map(|i| view! { <HelpTip title=i.label id=format!("layer-{index}-help") help=i.help formula=i.formula source=i.source /> })
    });
    let params = live(move || {
        info().map(|i| {
            let control = |spec| view! { <LayerParam bench name=format!("layer{index}") info=i spec row of=the_layer as Of /> };
            i.params.iter().map(control).collect_view()
        })
    });
    let button = move |word: &'static str, icon: Icon, says: &'static str| {
        (format!("layer-{index}-{word}"), move || format!("{says} {}", name()), icon)
    };
    let (up_id, up_label, up_icon) = button("up", Icon::Up, "Move up");
    let (down_id, down_label, down_icon) = button("down", Icon::Down, "Move down");
    let (remove_id, remove_label, remove_icon) = button("remove", Icon::Bin, "Remove");
    view! {
        <li
            class="layer"
            class:layer-wrong=live(move || error().is_some())
            class:layer-dragged=live(move || drag.is_of(index))
            class:layer-drop-above=live(move || drag.lands_above(index))
            class:layer-drop-below=live(move || last() && drag.lands_above(index + 1))
            style=("--drag", move || format!("{:.0}px", drag.way(index)))
            data-testid=format!("layer-{index}")
        >
            <div class="layer-head">
                <Grip drag row=index />
                <span class="layer-name">{live(move || info().map(|i| i.label))}</span>
                {help}
                <span class="spring"></span>
                <button type="button" class="tool" id=up_id aria-label=up_label disabled=index == 0 on:click=move |_| shift(-1)>
                    {up_icon.draw()}
                </button>
                <button type="button" class="tool" id=down_id aria-label=down_label disabled=last on:click=move |_| shift(1)>
                    {down_icon.draw()}
                </button>
                <button type="button" class="tool" id=remove_id aria-label=remove_label on:click=move |_| remove()>
                    {remove_icon.draw()}
                </button>
            </div>
            <p class="num muted layer-cost" title="Output · parameters · multiply-adds · activation memory of a sample in fp32">{cost}</p>
            {params}
            <ActivationMenu bench index row />
            <p class="control-error" role="status">{error}</p>
        </li>
    }
}

/// Which pick of a row a control is about, and where it stands in the model.
type Of = fn(&Row) -> Option<(usize, &Pick)>;

fn the_layer(row: &Row) -> Option<(usize, &Pick)> {
    Some((row.at, &row.pick))
}

fn the_activation(row: &Row) -> Option<(usize, &Pick)> {
    row.activation.zip(row.activation_pick.as_ref())
}

/// A parameter of a layer, or of the activation behind it.
#[component]
fn LayerParam(bench: Bench, name: String, info: Info, spec: &'static ParamSpec, row: Memo<Option<Row>>, of: Of) -> impl IntoView {
    let value = Signal::derive(move || row.with(|r| r.as_ref().and_then(of).map_or(spec.default, |(_, pick)| pick.get(spec))));
    let set = Callback::new(move |(new, stage)| {
        bench.change(stage, |model| {
            let at = row.with_untracked(|r| r.as_ref().and_then(of).map(|(at, _)| at));
            if let Some(pick) = at.and_then(|at| model.get_mut(at)) {
                pick.params.insert(spec.key.into(), new);
            }
        });
    });
    view! { <ParamControl spec=*spec name=format!("{name}.{}", spec.key) value on_set=set of=Within::from(&info) /> }
}

/// The activation behind a layer with weights, and its settings.
#[component]
fn ActivationMenu(bench: Bench, index: usize, row: Memo<Option<Row>>) -> impl IntoView {
    let weights = Memo::new(move |_| row.with(|r| r.as_ref().is_some_and(|r| r.weights)));
    let chosen =
        Memo::new(move |_| row.with(|r| r.as_ref().and_then(the_activation).map(|(_, pick)| pick.key.clone()).unwrap_or_default()));
    let info = move || builder::info(&chosen.get());
    let id = format!("layer-{index}-activation");
    let set = move |key: String| {
        let key = (!key.is_empty()).then_some(key);
        bench.change(Stage::Done, |model| builder::activate(model, index, key.as_deref()));
    };
    let help = move || {
        let id = format!("layer-{index}-activation-help");
        info().map(|i| view! { <HelpTip title=i.label id help=i.help formula=i.formula source=i.source /> })
    };
    let params = move || {
        let info = info()?;
        let name = format!("layer{index}.activation");
        let control = |spec| view! { <LayerParam bench name=name.clone() info spec row of=the_activation as Of /> };
        Some(info.params.iter().map(control).collect_view())
    };
    let menu = move || {
        let option = |e: &'static Info| {
            view! { <option value=e.key prop:selected=live(move || chosen.get() == e.key)>{e.label}</option> }
        };
        view! {
            <div class="control-head">
                <label class="control-label" for=id.clone()>"Activation"</label>
                {live(help)}
                <span class="spring"></span>
                <select id=id.clone() on:change:target=move |e| set(e.target().value())>
                    <option value="" prop:selected=live(move || chosen.with(String::is_empty))>"None"</option>
                    {activations::LISTING.entries.iter().map(option).collect_view()}
                </select>
            </div>
            {live(params)}
        }
    };
    live(move || weights.get().then(&menu))
}
