//! What the first view does not show is a part of its own, loaded when the page has nothing else to do, or when it is asked for.
//!
//! A dialog or panel that can wait is a variant of [`Part`], with what it is handed, and a line in [`draw`]. What only such lines reach is
//! cut out of the page's module when it is built (`tools/split.sh`); what the first view calls too stays where it is. Other work that can
//! wait is a function beside [`draw`].

use std::{pin::Pin, sync::Arc, time::Duration};

use crate::app::live::live;
use leptos::{prelude::*, task::spawn_local, wasm_split::SplitLoaderError};

use super::{
    charts::{DataTable, Line},
    controls::{Bench, Explained, Explanation, LayerMore},
    desk::Desk,
    dialogs::{Dialog, about::About, benchmark::BenchmarkSheet, gallery::Gallery, help::Help, own_data::OwnData},
    own_files,
    pages::{
        data_card::DataFacts,
        exits::EarlyExits,
        features::FeatureBox,
        formula::LossMore,
        how::How,
        learner,
        outputs::{Pad, Plane, Values},
        play::Tab,
        recipe::DraftBar,
        strip_panels,
        target::TargetFit,
    },
    panels::{LayerCosts, OverfitMeter, Recommend, SampleGrid, SizeBar, SpotTip, UnitLinks, Writer},
    storage::Storage,
    teachers,
};
use crate::{
    experiment::{Experiment, Link},
    protocol::{DataReport, Late, ModelReport, NetworkView, Sample, unpack_late},
    state::{
        Tried,
        look::{
            network::{Layout, MaskEdit, Spot},
            series::Aligned,
        },
    },
};

/// After the first view stands, its worker gets this long for itself.
const SOON: Duration = Duration::from_millis(300);

/// Where a learner stands in the place of a network.
#[derive(Clone, Copy)]
pub enum Place {
    /// Behind the choice of the family.
    Recipe,
    /// Settings that make it small.
    Small,
    /// The drawing.
    Stage,
    /// A panel that says nothing of learners, and why.
    Nothing(&'static str),
}

/// What waits, and what it is handed beyond what all components share.
#[derive(Clone)]
pub enum Part {
    /// The body of a sheet.
    Dialog(Dialog),
    /// A panel of the strip.
    Tab(Tab),
    /// Outputs over the plane.
    Plane,
    /// Predicted against true values.
    Values,
    /// Test samples with what the models say of them; a click draws one through the network.
    Samples(Signal<Arc<Vec<Sample>>>, Callback<usize>),
    /// What a model of text writes.
    Writer,
    /// The pad, for images of these rows, columns and channels, and the test samples it can take.
    DrawPad((usize, usize, usize), Signal<Arc<Vec<Sample>>>),
    /// The links into a unit.
    UnitLinks {
        /// The network.
        view: Signal<Option<Arc<NetworkView>>>,
        /// Its layers.
        model: Signal<Option<Arc<ModelReport>>>,
        /// The data.
        data: Signal<Option<Arc<DataReport>>>,
        /// Column and row of the unit.
        opened: RwSignal<Option<(usize, usize)>>,
        /// Asked when a link is pruned or revived.
        on_mask: Callback<MaskEdit>,
        /// Asked when a weight is set.
        on_weight: Callback<(Link, f32)>,
    },
    /// What layers cost.
    LayerCosts(Signal<Option<Arc<ModelReport>>>, Signal<usize>),
    /// What is pointed at in the network.
    Spot {
        /// The network.
        view: Signal<Option<Arc<NetworkView>>>,
        /// Its layers.
        model: Signal<Option<Arc<ModelReport>>>,
        /// The data.
        data: Signal<Option<Arc<DataReport>>>,
        /// What is pointed at.
        spot: Memo<Option<Spot>>,
        /// What the keyboard has walked to.
        walked: RwSignal<Option<Spot>>,
        /// Where everything is.
        layout: Memo<Layout>,
        /// Width and height of the drawing.
        size: Signal<(f64, f64)>,
    },
    /// The numbers behind a chart, their lines, and the name of x.
    ChartTable(Memo<Aligned>, Memo<Vec<Line>>, &'static str),
    /// What a help says.
    Help(Explained),
    /// What stands below the layers of the builder.
    LayerMore(Bench),
    /// What there is to say of the data set with this key.
    DataFacts(Memo<String>),
    /// Steps that make features.
    Features,
    /// What waits for a new run.
    Draft,
    /// The device that the model should run on.
    Target,
    /// What a loss takes beyond its settings: its drawing, the formula of one's own, teachers.
    Formula,
    /// How far training and held-out samples are apart.
    Overfit,
    /// What stands in a network's place while a learner runs.
    OfLearner(Place),
    /// Settings of compressing.
    How,
    /// Bytes and times of the model's forms.
    Sizes,
    /// What to take of all that was tried on the data of the experiment under way, and what opens it.
    Recommend(Signal<Arc<Vec<Tried>>>, Memo<Arc<Experiment>>, Callback<Arc<Experiment>>),
}

/// Work that goes on after the call.
pub type Work = Pin<Box<dyn Future<Output = ()>>>;

/// What the part gives once it is there.
#[derive(Clone, Copy)]
pub struct Loaded {
    /// Draws a part.
    draw: fn(Part) -> AnyView,
    /// Opens the browser's store, and goes on with what this tab had in it; `true` where the address asks for an experiment.
    pub open_storage: fn(Desk, bool) -> Work,
    /// Writes what waits into the browser's store.
    pub write: fn(Desk, Storage) -> Work,
    /// Takes an answer to what the part has asked. Errors: bytes that are none.
    pub hear: fn(Desk, &[u8]) -> Result<(), String>,
    /// Brings the file of the reader's own with this checksum to a run that waits for it, or asks for it.
    pub bring_table: fn(Desk, String) -> Work,
}

/// The only way into the part. Error: it could not be loaded.
#[cfg(feature = "split")]
#[leptos::wasm_split::wasm_split(later, wasm_split_path = leptos::wasm_split, fallible)]
fn load() -> Result<Loaded, SplitLoaderError> {
    Ok(Loaded { draw, open_storage, write, hear, bring_table })
}

/// The only way into the part, which is there already where nothing was cut out.
#[cfg(not(feature = "split"))]
async fn load() -> Result<Loaded, SplitLoaderError> {
    Ok(Loaded { draw, open_storage, write, hear, bring_table })
}

fn draw(part: Part) -> AnyView {
    match part {
        Part::Dialog(Dialog::Gallery) => view! { <Gallery /> }.into_any(),
        Part::Dialog(Dialog::Help) => view! { <Help /> }.into_any(),
        Part::Dialog(Dialog::About) => view! { <About /> }.into_any(),
        Part::Dialog(Dialog::OwnData) => view! { <OwnData /> }.into_any(),
        Part::Dialog(Dialog::Benchmark) => view! { <BenchmarkSheet /> }.into_any(),
        Part::Tab(tab) => strip_panels::draw(tab),
        Part::Plane => view! { <Plane /> }.into_any(),
        Part::Values => view! { <Values /> }.into_any(),
        Part::Samples(samples, on_watch) => {
            let data = expect_context::<Desk>().parts.data;
            view! { <SampleGrid samples data on_watch /> }.into_any()
        }
        Part::Writer => view! { <Writer /> }.into_any(),
        Part::DrawPad(shape, samples) => view! { <Pad shape samples /> }.into_any(),
        Part::UnitLinks { view, model, data, opened, on_mask, on_weight } => {
            view! { <UnitLinks view model data opened on_mask on_weight /> }.into_any()
        }
        Part::LayerCosts(model, batch) => view! { <LayerCosts model batch /> }.into_any(),
        Part::Spot { view, model, data, spot, walked, layout, size } => {
            view! { <SpotTip view model data spot walked layout size /> }.into_any()
        }
        Part::ChartTable(aligned, lines, x_label) => view! { <DataTable aligned lines x_label /> }.into_any(),
        Part::Help(said) => view! { <Explanation said /> }.into_any(),
        Part::LayerMore(bench) => view! { <LayerMore bench /> }.into_any(),
        Part::DataFacts(chosen) => view! { <DataFacts chosen /> }.into_any(),
        Part::Features => view! { <FeatureBox /> }.into_any(),
        Part::Draft => view! { <DraftBar /> }.into_any(),
        Part::Target => view! { <TargetFit /> }.into_any(),
        Part::Formula => view! { <LossMore /> }.into_any(),
        Part::Overfit => view! { <OverfitMeter /> }.into_any(),
        Part::OfLearner(place) => learner::draw(place),
        Part::How => view! { <How /> }.into_any(),
        Part::Sizes => {
            let parts = expect_context::<Desk>().parts;
            view! {
                <EarlyExits />
                <SizeBar compared=parts.compared latency=parts.latency />
            }
            .into_any()
        }
        Part::Recommend(tried, here, on_open) => view! { <Recommend tried here on_open /> }.into_any(),
    }
}

fn open_storage(desk: Desk, asked: bool) -> Work {
    own_files::listen(desk);
    teachers::watch(desk);
    Box::pin(desk.open_storage(asked))
}

fn write(desk: Desk, storage: Storage) -> Work {
    Box::pin(desk.write_waiting(storage))
}

fn hear(desk: Desk, bytes: &[u8]) -> Result<(), String> {
    let late = unpack_late(bytes)?;
    if let Late::Model { run, checksum, bytes, .. } = &late
        && desk.page.with_untracked(|p| p.run == *run)
    {
        teachers::keep(desk, checksum, bytes.0.clone());
    }
    desk.page.try_update(|page| page.hear(late));
    Ok(())
}

fn bring_table(desk: Desk, checksum: String) -> Work {
    Box::pin(own_files::bring(desk, checksum))
}

/// Where the part is.
#[derive(Clone, Copy)]
enum Stand {
    Absent,
    Coming,
    There(Loaded),
    Failed,
}

/// The part that is loaded later.
#[derive(Clone, Copy)]
pub struct Later(RwSignal<Stand>);

impl Later {
    /// Not loaded yet.
    pub fn provide() -> Self {
        let later = Self(RwSignal::new(Stand::Absent));
        provide_context(later);
        later
    }

    /// What the part gives, once it is there.
    pub fn loaded(self) -> Option<Loaded> {
        match self.0.try_get_untracked() {
            Some(Stand::There(loaded)) => Some(loaded),
            _ => None,
        }
    }

    /// The same, for readers who follow it; the error says that it could not be loaded.
    pub fn stand(self) -> Option<Result<Loaded, ()>> {
        match self.0.get() {
            Stand::There(loaded) => Some(Ok(loaded)),
            Stand::Failed => Some(Err(())),
            Stand::Absent | Stand::Coming => None,
        }
    }

    /// Loads the part once the page has nothing better to do, so that no click has to wait for it.
    pub fn load_soon(self) {
        set_timeout(move || self.load(), SOON);
    }

    /// Loads the part if it is neither there nor under way.
    pub fn load(self) {
        if matches!(self.0.get_untracked(), Stand::Absent | Stand::Failed) {
            self.0.set(Stand::Coming);
            spawn_local(async move {
                let stand = load().await.map_or(Stand::Failed, Stand::There);
                let _ = self.0.try_set(stand);
            });
        }
    }
}

/// A part of the page that is loaded later, in its place: words while it is on its way, and a way to try again.
#[component]
pub fn Waiting(
    /// Which.
    part: Part,
    /// Whether it is only beside what is shown: then nobody waits for it, and nothing stands in its place.
    #[prop(optional)]
    quiet: bool,
) -> impl IntoView {
    let later = expect_context::<Later>();
    if !quiet {
        later.load();
    }
    live(move || match later.0.get() {
        Stand::There(loaded) => (loaded.draw)(part.clone()),
        _ if quiet => ().into_any(),
        Stand::Absent | Stand::Coming => view! { <p class="muted later" role="status">"Loading…"</p> }.into_any(),
        Stand::Failed => view! {
            <div class="later" role="alert" data-testid="not-loaded">
                <p>"This part of the page did not load; the connection may be lost. What runs goes on."</p>
                <button type="button" class="button" on:click=move |_| later.load()>"Try again"</button>
            </div>
        }
        .into_any(),
    })
}
