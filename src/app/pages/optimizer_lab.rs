//! The optimizer lab: which learning rate, which optimizer, what the loss looks like around the weights, and what ails layers.

use crate::app::live::live;
use leptos::prelude::*;

use crate::app::{
    desk::Desk,
    panels::{LayerCheckup, LossSurface, OptimizerRace, RateTest, SnapshotEnsemble, StepWalk, Studies},
};

/// All of it, one below the other.
#[component]
pub(in crate::app) fn OptimizerLab() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let busy = Signal::derive(move || desk.parts.lab.with(|lab| lab.busy));
    view! {
        <div class="optlab" data-testid="optimizer-lab">
            <p class="muted" role="status">
                {live(move || if busy.get() { "Training waits while this is found out." } else { "All of this happens on copies: the run itself changes no number." })}
            </p>
            <StepWalk desk />
            <RateTest desk />
            <OptimizerRace desk />
            <LossSurface desk />
            <LayerCheckup desk />
            <SnapshotEnsemble desk />
            <Studies desk />
        </div>
    }
}
