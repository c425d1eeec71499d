//! A list of steps, such as those of a recipe: added, removed, moved, and set.

use crate::app::live::{For, live};
use leptos::prelude::*;

use super::teachers::TeacherList;
use crate::{
    app::{
        controls::{HelpTip, ParamControl, Stage},
        icons::Icon,
        pages::focus_id,
    },
    engine::{
        catalog::Pick,
        params::{ParamSpec, Scale},
    },
    experiment::{PickList, RECIPE},
    state::entry_words,
};

/// Lists to begin with: a name, and the steps.
pub type Begun = Vec<(&'static str, Vec<Pick>)>;

/// Recipes to begin with.
pub(super) fn recipes() -> Begun {
    begun().into()
}

fn begun() -> [(&'static str, Vec<Pick>); 4] {
    let pick = Pick::new;
    [
        ("Deep Compression", vec![pick(PRUNE).with("share", 0.8).with("over", 2.0), pick("fine-tune"), pick("cluster").with("tune", 1.0)]),
        ("Half the neurons", vec![pick(PRUNE).with("share", 0.5).with("what", word(PRUNE, "what", "units")), pick("distill"), int8()]),
        ("Whole numbers", vec![int8(), pick("fine-tune").with("epochs", 1.0)]),
        (
            "Ternary weights",
            vec![pick(QUANTIZE).with("bits", word(QUANTIZE, "bits", "2")).with("act", 1.0), pick("distill").with("epochs", 4.0)],
        ),
    ]
}

const PRUNE: &str = "prune";
const QUANTIZE: &str = "quantize";
const DISTILL: &str = "distill";

fn int8() -> Pick {
    Pick::new(QUANTIZE).with("act", 1.0)
}

/// The value of a word of a step's setting.
fn word(step: &str, param: &str, word: &str) -> f64 {
    let spec = RECIPE.info(step).and_then(|info| info.params.iter().find(|s| s.key == param));
    match spec.map(|s| s.scale) {
        Some(Scale::Choice(words)) => words.iter().position(|w| w.key == word).unwrap_or(0) as f64,
        _ => 0.0,
    }
}

/// The steps in order, each with its settings folded away, a way to add one, and recipes to begin with.
#[component]
pub fn StepList(
    /// What the steps can be picked from.
    list: &'static PickList,
    /// What the names of its controls begin with.
    name: &'static str,
    /// Lists to begin with.
    starts: Begun,
    /// The steps.
    #[prop(into)]
    recipe: Signal<Vec<Pick>>,
    /// The changed steps.
    on_set: Callback<(Vec<Pick>, Stage)>,
    /// What is wrong with them.
    #[prop(into)]
    error: Signal<Option<String>>,
    /// The step at work, counted from 1; 0 for none.
    #[prop(optional, into)]
    at_work: Signal<usize>,
) -> impl IntoView {
    // The step that was added last is open.
    let opened = RwSignal::new(None::<usize>);
    let bench = Bench { list, name, recipe, on_set, opened, at_work };
    let add = move |key: String| {
        if !key.is_empty() && recipe.with_untracked(Vec::len) < list.most {
            opened.set(Some(recipe.with_untracked(Vec::len)));
            bench.change(Stage::Done, |steps| steps.push(Pick::new(&key)));
        }
    };
    let full = move || recipe.with(Vec::len) >= list.most;
    let starts = starts.into_iter().map(|(name, steps)| {
        let set = move |_| {
            opened.set(None);
            on_set.run((steps.clone(), Stage::Done));
        };
        view! { <button type="button" class="quiet" on:click=set>{name}</button> }
    });
    view! {
        <div class="cook-steps">
            <ol class="layers" data-testid=format!("{}-steps", list.key)>
                <For each=move || 0..recipe.with(Vec::len) key=usize::to_string let:index>
                    <StepRow bench index />
                </For>
            </ol>
            <p class="control-error" role="status" data-testid=format!("{}-error", list.key)>{live(move || error.get())}</p>
            <div class="layer-add">
                <select
                    aria-label="Add a step"
                    data-testid=format!("add-{name}")
                    disabled=full
                    on:change:target=move |event| {
                        add(event.target().value());
                        event.target().set_value("");
                    }
                >
                    <option value="">"+ Add a step…"</option>
                    {(list.listings)().into_iter().flat_map(|l| l.entries).map(|e| view! { <option value=e.key>{e.label}</option> }).collect_view()}
                </select>
            </div>
            <p class="cook-starts muted">"Or begin with " {starts.collect_view()}</p>
        </div>
    }
}

#[derive(Clone, Copy)]
struct Bench {
    list: &'static PickList,
    name: &'static str,
    recipe: Signal<Vec<Pick>>,
    on_set: Callback<(Vec<Pick>, Stage)>,
    opened: RwSignal<Option<usize>>,
    at_work: Signal<usize>,
}

impl Bench {
    fn change(self, stage: Stage, change: impl FnOnce(&mut Vec<Pick>)) {
        let mut steps = self.recipe.get_untracked();
        change(&mut steps);
        self.on_set.run((steps, stage));
    }
}

#[component]
fn StepRow(bench: Bench, index: usize) -> impl IntoView {
    let pick = Memo::new(move |_| bench.recipe.with(|r| r.get(index).cloned()));
    let key = Memo::new(move |_| pick.with(|p| p.as_ref().map(|p| p.key.clone()).unwrap_or_default()));
    let Bench { list, name, .. } = bench;
    let words = move || pick.with(|p| p.as_ref().map(|p| entry_words(list, p)).unwrap_or_default());
    let info = move || list.info(&key.get());
    let last = move || index + 1 >= bench.recipe.with(Vec::len);
    let shift = move |by: isize| {
        let to = index.saturating_add_signed(by);
        bench.opened.set(None);
        bench.change(Stage::Done, |steps| {
            if index < steps.len() && to < steps.len() {
                steps.swap(index, to);
            }
        });
        focus_id(&format!("{name}-{to}-{}", if by < 0 { "up" } else { "down" }));
    };
    let remove = move |_| {
        bench.opened.set(None);
        bench.change(Stage::Done, |steps| {
            if index < steps.len() {
                steps.remove(index);
            }
        });
        focus_id(&format!("{name}-{}-remove", index.saturating_sub(1)));
    };
    let controls = live(move || {
        let info = info()?;
        let control = |spec: &'static ParamSpec| {
            let value = Signal::derive(move || pick.with(|p| p.as_ref().map_or(spec.default, |p| p.get(spec))));
            let set = Callback::new(move |(new, stage)| {
                bench.change(stage, |steps| {
                    if let Some(pick) = steps.get_mut(index) {
                        pick.params.insert(spec.key.into(), new);
                    }
                });
            });
            let percent = spec.range.1 <= 1.0 && spec.scale == Scale::Linear;
            view! { <ParamControl spec=*spec name=format!("{name}{index}.{}", spec.key) value on_set=set percent of=(&info).into() /> }
        };
        Some(info.params.iter().map(control).collect_view())
    });
    let taught = live(move || (key.get() == DISTILL).then(|| view! { <TeacherList /> }));
    let help = live(move || {
        info().map(|i| view! { <HelpTip title=i.label id=format!("{name}-{index}-help") help=i.help formula=i.formula source=i.source /> })
    });
    let tool = move |word: &'static str, says: &'static str| (format!("{name}-{index}-{word}"), move || format!("{says}: {}", words()));
    let (up, up_says) = tool("up", "Move up");
    let (down, down_says) = tool("down", "Move down");
    let (gone, gone_says) = tool("remove", "Remove");
    view! {
        <li class="layer" class:cook-at-work=live(move || bench.at_work.get() == index + 1) data-testid=format!("{name}-{index}")>
            <details open=bench.opened.get_untracked() == Some(index)>
                <summary class="layer-head">
                    <span class="num muted">{index + 1}</span>
                    <span class="layer-name">{live(words)}</span>
                </summary>
                <div class="cook-settings">{controls} {taught}</div>
            </details>
            <div class="cook-tools">
                {help}
                <button type="button" class="tool" id=up aria-label=up_says disabled=index == 0 on:click=move |_| shift(-1)>{Icon::Up.draw()}</button>
                <button type="button" class="tool" id=down aria-label=down_says disabled=last on:click=move |_| shift(1)>{Icon::Down.draw()}</button>
                <button type="button" class="tool" id=gone aria-label=gone_says on:click=remove>{Icon::Bin.draw()}</button>
            </div>
        </li>
    }
}
