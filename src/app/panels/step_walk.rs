//! A step of training on one sample, walked through with its own numbers.

use std::sync::Arc;

use crate::app::live::{Show, live};
use leptos::{ev::KeyboardEvent, prelude::*};

use crate::{
    app::{controls::Formula, desk::Desk},
    protocol::{LabWish, Move, Numbers, Sum, Term, Walk, WalkLayer, WalkTensor},
    state::look::{
        rule,
        walk::{Stage, cell, entry, gradient_words, memory_name, place, stages, sum_words, tint, title},
    },
};

/// Asks for a step, and walks through it.
#[component]
pub fn StepWalk(
    /// Who is asked.
    desk: Desk,
) -> impl IntoView {
    let parts = desk.parts;
    let walk = Memo::new(move |_| parts.lab.with(|lab| lab.walk.clone()));
    let busy = Signal::derive(move || parts.lab.with(|lab| lab.busy));
    let (at, draws) = (RwSignal::new(0_usize), RwSignal::new(0_u64));
    let chosen = Chosen { unit: RwSignal::new(0), term: RwSignal::new(0) };
    let all = Memo::new(move |_| walk.with(|w| w.as_ref().map_or_else(Vec::new, |w| stages(w))));
    let go = move |by: isize| {
        let last = all.with_untracked(|all| all.len().saturating_sub(1));
        at.update(|at| *at = at.saturating_add_signed(by).min(last));
    };
    let ask = move |sample| desk.lab(LabWish::Walk { sample, draw: draws.get_untracked() });
    let drawn = move |_| {
        at.set(0);
        draws.update(|n| *n += 1);
        ask(None);
    };
    let keys = move |event: KeyboardEvent| {
        let by = match event.key().as_str() {
            "ArrowRight" => 1,
            "ArrowLeft" => -1,
            _ => return,
        };
        event.prevent_default();
        go(by);
    };
    let body = live(move || {
        let walk = walk.get()?;
        let stage = all.with(|all| all.get(at.get().min(all.len().saturating_sub(1))).copied())?;
        Some(draw(&walk, stage, chosen))
    });
    let words = move || {
        let walk = walk.get()?;
        let of = all.with(Vec::len);
        let stage = all.with(|all| all.get(at.get().min(of.saturating_sub(1))).copied())?;
        Some(format!("{} of {of} · {}", at.get().min(of.saturating_sub(1)) + 1, title(&walk, stage)))
    };
    view! {
        <section class="optlab-part" data-testid="step-walk" aria-label="Step by step">
            <div class="panel-head">
                <div>
                    <h3>"Step by step"</h3>
                    <p class="muted">"One training sample forward, its loss, the gradients back, and the update: with the numbers of this network."</p>
                </div>
                <button type="button" class="button" data-testid="walk" disabled=live(move || busy.get()) on:click=drawn>"Draw a sample"</button>
            </div>
            <Show when=move || walk.with(Option::is_some)>
                <p class="optlab-row">
                    <label>
                        "Training sample "
                        <input
                            type="number"
                            min="1"
                            prop:value=live(move || walk.with(|w| w.as_ref().map_or(1, |w| w.sample + 1).to_string()))
                            on:change:target=move |e| {
                                if let Ok(sample) = e.target().value().parse::<usize>() {
                                    ask(Some(sample.saturating_sub(1)));
                                }
                            }
                        />
                    </label>
                    <span class="muted">{live(move || walk.with(|w| w.as_ref().map(|w| format!("of {}, at step {}", w.of, w.step))))}</span>
                </p>
                <div class="walk" tabindex="0" role="group" aria-label="Stages; arrow keys go on and back" on:keydown=keys>
                    <p class="optlab-row">
                        <button type="button" class="button" data-testid="walk-back" disabled=live(move || at.get() == 0) on:click=move |_| go(-1)>"Back"</button>
                        <button
                            type="button"
                            class="button"
                            data-testid="walk-next"
                            disabled=live(move || at.get() + 1 >= all.with(Vec::len))
                            on:click=move |_| go(1)
                        >
                            "Next"
                        </button>
                        <b role="status" data-testid="walk-stage">{live(words)}</b>
                    </p>
                </div>
            </Show>
            {body}
        </section>
    }
}

/// The sum that is followed through the stages of its layer, and the weight in it, by their places in the lists.
#[derive(Clone, Copy)]
struct Chosen {
    unit: RwSignal<usize>,
    term: RwSignal<usize>,
}

impl Chosen {
    /// The sum of a layer, the last where there are not so many.
    fn sum(self, layer: &WalkLayer) -> Option<&Sum> {
        layer.sums.get(self.unit.get()).or(layer.sums.last())
    }

    /// The term of a sum, likewise.
    fn term(self, sum: &Sum) -> Option<&Term> {
        sum.terms.get(self.term.get()).or(sum.terms.last())
    }
}

/// Arithmetic of the unit that is chosen, and the choice; nothing for layers that are no sums.
fn followed(walk: &Arc<Walk>, i: usize, chosen: Chosen, say: fn(&Walk, &Sum, &Term) -> Vec<String>) -> Option<AnyView> {
    let layer = walk.layers.get(i).filter(|layer| !layer.sums.is_empty())?;
    let options = |places: Vec<String>, at: RwSignal<usize>| {
        let last = places.len().saturating_sub(1);
        let option = |(k, place): (usize, String)| view! { <option value=k.to_string() prop:selected=live(move || at.get().min(last) == k)>{place}</option> };
        places.into_iter().enumerate().map(option).collect_view()
    };
    let units = options(layer.sums.iter().map(|sum| place(&sum.place)).collect(), chosen.unit);
    let walk = Arc::clone(walk);
    let weights = {
        let walk = Arc::clone(&walk);
        live(move || {
            let sum = chosen.sum(walk.layers.get(i)?)?;
            Some(options(sum.terms.iter().map(|t| place(&t.moved.place)).collect(), chosen.term))
        })
    };
    let lines = live(move || {
        let sum = walk.layers.get(i).and_then(|layer| chosen.sum(layer))?;
        let term = chosen.term(sum)?;
        Some(say(&walk, sum, term).into_iter().map(|line| view! { <p class="walk-filled num">{line}</p> }).collect_view())
    });
    let pick = |at: RwSignal<usize>| move |e: leptos::ev::Event| at.set(event_target_value(&e).parse().unwrap_or_default());
    Some(
        view! {
            <div data-testid="walk-followed">
                <p class="optlab-row">
                    <label>"Output y " <select data-testid="walk-unit" on:change=pick(chosen.unit)>{units}</select></label>
                    <label>"Weight w " <select data-testid="walk-weight" on:change=pick(chosen.term)>{weights}</select></label>
                </p>
                {lines}
            </div>
        }
        .into_any(),
    )
}

/// The rule of the optimizer with the numbers of a parameter.
fn ruled(walk: &Walk, moved: &Move) -> Vec<String> {
    rule::filled(walk, moved).unwrap_or_default().into_iter().map(|line| line.text).collect()
}

/// The same for layers that are no sums: of the parameter of each tensor that moved furthest.
fn furthest(walk: &Walk, layer: &WalkLayer) -> Option<AnyView> {
    let said = |tensor: &WalkTensor| {
        let moved = tensor.moves.first().filter(|_| !tensor.statistic && layer.sums.is_empty())?;
        let lines = ruled(walk, moved).into_iter().map(|line| view! { <p class="walk-filled num">{line}</p> }).collect_view();
        Some(view! { <p class="muted">{format!("θ is {}{}", tensor.name, place(&moved.place))}</p> {lines} })
    };
    layer.tensors.iter().find_map(said).map(IntoAny::into_any)
}

/// A stage with its formula and its numbers.
fn draw(walk: &Arc<Walk>, stage: Stage, chosen: Chosen) -> AnyView {
    let formula = entry(walk, stage).filter(|e| !e.formula.is_empty()).map(|e| view! { <Formula name=e.formula /> });
    let layer = |i: usize| walk.layers.get(i);
    let shown = match stage {
        Stage::Sample => {
            let notes = walk.notes.iter().map(|note| view! { <li>{note.clone()}</li> }).collect_view();
            view! {
                {numbers("Input x", &walk.input)}
                <p>"Wanted: " <b>{walk.wanted.clone()}</b></p>
                <ul class="muted">{notes}</ul>
            }
            .into_any()
        }
        Stage::Forward(i) => layer(i)
            .map(|layer| {
                let tensors = layer.tensors.iter().map(|t| numbers(&t.name, &t.used)).collect_view();
                view! {
                    {said(&layer.note)}
                    {followed(walk, i, chosen, |_, sum, _| vec![sum_words(sum)])}
                    {numbers("Comes in", &layer.input)}
                    {tensors}
                    {numbers("Comes out", &layer.output)}
                }
            })
            .into_any(),
        Stage::Loss => {
            let last = walk.layers.last();
            let filled = if walk.filled.is_empty() { format!("L = {}", cell(walk.loss)) } else { walk.filled.clone() };
            view! {
                <p>"Wanted: " <b>{walk.wanted.clone()}</b></p>
                {last.map(|layer| numbers("Outputs", &layer.output))}
                <p class="walk-filled num" data-testid="walk-loss">{filled}</p>
                {last.map(|layer| numbers("Gradient of the loss by the outputs", &layer.gradient))}
            }
            .into_any()
        }
        Stage::Backward(i) => layer(i)
            .map(|layer| {
                let tensors = layer.tensors.iter().map(|t| numbers(&format!("∂L/∂{}", t.name), &t.gradient)).collect_view();
                view! {
                    {followed(walk, i, chosen, |_, sum, term| gradient_words(sum, term).into_iter().collect())}
                    {numbers("∂L/∂ what came out", &layer.gradient)}
                    {tensors}
                    {i.checked_sub(1).and_then(layer_gradient(walk)).map(|before| numbers("∂L/∂ what came in, for the layer before", &before))}
                }
            })
            .into_any(),
        Stage::Update(i) => layer(i)
            .map(|layer| {
                let moved = layer.tensors.iter().map(|t| moves(t, &walk.optimizer)).collect_view();
                view! {
                    <p class="muted num">{format!("Learning rate η = {}, step {}", cell(walk.lr), walk.step)}</p>
                    {followed(walk, i, chosen, |walk, _, term| ruled(walk, &term.moved))}
                    {furthest(walk, layer)}
                    {moved}
                }
            })
            .into_any(),
    };
    view! { <div class="walk-stage">{formula} {shown}</div> }.into_any()
}

fn layer_gradient(walk: &Arc<Walk>) -> impl FnOnce(usize) -> Option<Numbers> + use<> {
    let walk = Arc::clone(walk);
    move |i| walk.layers.get(i).map(|layer| layer.gradient.clone())
}

fn said(note: &str) -> Option<impl IntoView + use<>> {
    (!note.is_empty()).then(|| view! { <p class="muted">{note.to_string()}</p> })
}

/// Numbers as a table whose cells are tinted, or as maps.
fn numbers(name: &str, numbers: &Numbers) -> Option<impl IntoView + use<>> {
    if numbers.values.is_empty() {
        return None;
    }
    let most = numbers.values.iter().fold(0.0_f32, |most, v| if v.is_finite() { most.max(v.abs()) } else { most });
    let [_, rows, columns] = numbers.size;
    let maps = numbers.maps();
    let size = numbers.shape.iter().map(ToString::to_string).collect::<Vec<_>>().join("×");
    let more = numbers.more();
    let planes = numbers.values.chunks(rows * columns).map(|plane| {
        let rows = plane.chunks(columns).map(|row| {
            let cells = row.iter().map(|v| tinted(*v, most, maps)).collect_view();
            view! { <tr>{cells}</tr> }
        });
        view! { <table class:walk-map=maps class:walk-table=!maps><tbody>{rows.collect_view()}</tbody></table> }
    });
    Some(view! {
        <figure class="walk-numbers">
            <figcaption>{name.to_string()} " " <span class="muted num">{size}</span></figcaption>
            <div class="walk-planes" tabindex="0" role="region" aria-label=name.to_string()>{planes.collect_view()}</div>
            {(more > 0).then(|| view! { <p class="muted">{format!("… {more} more")}</p> })}
        </figure>
    })
}

fn tinted(value: f32, most: f32, map: bool) -> impl IntoView + use<> {
    let colour = if value < 0.0 { "--neg" } else { "--pos" };
    let background = format!("color-mix(in srgb, var({colour}) {}%, transparent)", tint(value, most));
    let text = cell(value);
    if map {
        view! { <td style:background-color=background title=text></td> }.into_any()
    } else {
        view! { <td class="num" style:background-color=background>{text}</td> }.into_any()
    }
}

/// What the update did to the parameters that moved furthest.
fn moves(tensor: &WalkTensor, optimizer: &str) -> impl IntoView + use<> {
    let slots = if tensor.statistic { 0 } else { tensor.moves.first().map_or(0, |m| m.memory.len()) };
    let heads = (0..slots).map(|slot| view! { <th scope="col" class="num">{memory_name(optimizer, slot)}</th> }).collect_view();
    let row = |m: &Move| {
        let memory = m.memory.iter().take(slots).map(|(before, after)| {
            view! { <td class="num">{format!("{} → {}", cell(*before), cell(*after))}</td> }
        });
        view! {
            <tr>
                <th scope="row" class="num">{place(&m.place)}</th>
                <td class="num">{cell(m.before)}</td>
                <td class="num">{if tensor.statistic { "–".into() } else { cell(m.gradient) }}</td>
                {memory.collect_view()}
                <td class="num">{cell(m.after - m.before)}</td>
                <td class="num">{cell(m.after)}</td>
            </tr>
        }
    };
    let rows = tensor.moves.iter().map(row).collect_view();
    let more = tensor.count.saturating_sub(tensor.moves.len());
    view! {
        <div class="panel-table" tabindex="0" role="region" aria-label=format!("Update of {}", tensor.name)>
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">{tensor.name.clone()}</th>
                        <th scope="col" class="num">"Before"</th>
                        <th scope="col" class="num">"Gradient"</th>
                        {heads}
                        <th scope="col" class="num">"Step"</th>
                        <th scope="col" class="num">"After"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        {(more > 0).then(|| view! { <p class="muted">{format!("… {more} more, which moved less far")}</p> })}
    }
}
