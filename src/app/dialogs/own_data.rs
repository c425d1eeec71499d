//! A table of the reader's own: chosen, dropped or pasted, looked at, corrected, and trained on.

use std::sync::Arc;

use crate::app::live::{Show, live};
use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;

use crate::{
    app::{
        desk::{Desk, Given},
        dialogs::Dialogs,
        own_files, presets,
    },
    engine::{
        catalog::Pick,
        data::table::{self, INFO, KEY, Kind, kinds_of, write_columns},
    },
    experiment::{ByHand, Csv, Experiment},
    protocol::{ColumnReport, TableNews, TableReport},
    state::format,
};

/// Columns that are drawn; what lies beyond them keeps its guess.
const DRAWN: usize = 100;
/// Values of a column that are shown.
const VALUES: usize = 3;
/// Kinds in the order of their menu.
const KINDS: [(Kind, &str); 4] =
    [(Kind::Number, "Numbers"), (Kind::Category, "Categories"), (Kind::Date, "Dates"), (Kind::Ignored, "Left out")];

/// What a menu says where nothing is asked for.
const GUESSED: &str = "As it seems";
/// Delimiters and decimal signs in the order of their settings' words, behind the guess.
const DELIMITERS: &[u8] = b",;\t|";
const DECIMALS: &[u8] = b".,";

/// What the sheet knows; copied freely.
#[derive(Clone, Copy)]
struct Sheet {
    desk: Desk,
    /// Settings of how the file is read.
    pick: RwSignal<Pick>,
    /// Corrections of what columns hold, counted from 0.
    columns: RwSignal<Vec<(usize, Kind)>>,
    /// The last question.
    ask: RwSignal<u32>,
    /// Names of the file's columns.
    names: RwSignal<Vec<String>>,
    /// The last table that could be read.
    found: RwSignal<Option<Arc<TableReport>>>,
    /// Control and words of what is wrong.
    refused: RwSignal<Option<(String, String)>>,
    /// Share that is read.
    reading: RwSignal<Option<f64>>,
    /// Whether the file has turned out to be the one that the experiment is about.
    known: StoredValue<bool>,
}

impl Sheet {
    /// Has a new file read, with nothing corrected.
    fn open(self, given: &Given) {
        self.found.set(None);
        self.names.set(Vec::new());
        self.pick.set(Pick::new(KEY));
        self.columns.set(Vec::new());
        self.known.set_value(false);
        self.read(Some(&given.bytes));
    }

    /// Once a file turns out to be the one that the experiment is about, it is read as that says; whether it has to be read anew.
    fn recognize(self, checksum: &str) -> bool {
        let wanted = self.desk.page.with_untracked(|p| p.shown().clone());
        if self.known.get_value() || wanted.data.key != KEY || checksum != wanted.csv.checksum() {
            return false;
        }
        self.known.set_value(true);
        let columns = kinds_of(&wanted.csv.columns).unwrap_or_default();
        let same = self.pick.with_untracked(|p| *p == wanted.data) && self.columns.with_untracked(|c| *c == columns);
        self.pick.set(wanted.data.clone());
        self.columns.set(columns);
        if !same {
            self.read(None);
        }
        !same
    }

    fn read(self, bytes: Option<&[u8]>) {
        self.refused.set(None);
        self.reading.set(Some(0.0));
        let columns = write_columns(&self.columns.get_untracked());
        self.ask.set(self.desk.describe_table(bytes, &self.pick.get_untracked(), &columns));
    }

    fn set(self, key: &str, value: f64) {
        self.pick.update(|pick| *pick = pick.clone().with(key, value));
        self.read(None);
    }

    fn set_kind(self, column: usize, kind: Kind) {
        self.columns.update(|all| {
            all.retain(|(at, _)| *at != column);
            all.push((column, kind));
            all.sort_unstable_by_key(|(at, _)| *at);
        });
        self.read(None);
    }

    fn hear(self, (ask, news): &(u32, TableNews)) {
        if *ask != self.ask.get_untracked() {
            return;
        }
        match news {
            TableNews::Reading(share) => self.reading.set(Some(*share)),
            TableNews::Found(report) if self.recognize(&report.checksum) => {}
            TableNews::Refused { checksum, .. } if self.recognize(checksum) => {}
            TableNews::Found(report) => {
                self.reading.set(None);
                self.desk.given.update(|given| {
                    if let Some(given) = given {
                        given.checksum.clone_from(&report.checksum);
                    }
                });
                self.keep_focus();
                self.names.set(report.columns.iter().map(|column| column.name.clone()).collect());
                self.found.set(Some(Arc::new((**report).clone())));
            }
            TableNews::Refused { field, reason, names, .. } => {
                self.reading.set(None);
                self.keep_focus();
                if self.found.with_untracked(Option::is_none) {
                    self.names.set(names.clone());
                }
                self.refused.set(Some((field.clone(), reason.clone())));
            }
        }
    }

    /// Menus are drawn anew: the keyboard stays where it was.
    fn keep_focus(self) {
        let focused = document().active_element().map(|element| element.id()).unwrap_or_default();
        request_animation_frame(move || {
            if let Some(element) = document().get_element_by_id(&focused).and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok()) {
                // One that cannot take it leaves it to the sheet.
                let _ = element.focus();
            }
        });
    }

    /// What is wrong at a control.
    fn error(self, field: &'static str) -> impl Fn() -> Option<String> {
        move || self.refused.with(|r| r.as_ref().filter(|(at, _)| at == field).map(|(_, reason)| reason.clone()))
    }

    /// What is wrong with no control to stand at.
    fn other_error(self) -> Option<String> {
        const AT_CONTROLS: [&str; 5] = ["data.predict", "data.task", "data.delimiter", "data.decimal", "data.header"];
        let there = self.found.with(Option::is_some);
        let at_one = |field: &str| AT_CONTROLS.contains(&field) || there && field == "columns";
        self.refused.with(|r| r.as_ref().filter(|(field, _)| !at_one(field)).map(|(_, reason)| reason.clone()))
    }
}

/// The sheet.
#[component]
pub fn OwnData() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let wanted = desk.page.with_untracked(|p| p.shown().clone());
    let csv = if wanted.data.key == KEY { wanted.csv.clone() } else { Csv::default() };
    let sheet = Sheet {
        desk,
        pick: RwSignal::new(Pick::new(KEY)),
        columns: RwSignal::new(Vec::new()),
        // No question has this number; runs ask with 0.
        ask: RwSignal::new(u32::MAX),
        names: RwSignal::new(Vec::new()),
        found: RwSignal::new(None),
        refused: RwSignal::new(None),
        reading: RwSignal::new(None),
        known: StoredValue::new(false),
    };
    // A file that was dropped, or looked at before, is read at once.
    let first = StoredValue::new(true);
    Effect::new(move |_| {
        let given = desk.given.get();
        let opened = first.try_update_value(|first| std::mem::replace(first, false)).unwrap_or(false);
        if let Some(given) = given.filter(|given| opened || given.checksum.is_empty()) {
            sheet.open(&given);
        }
    });
    Effect::new(move |_| {
        if let Some(news) = desk.page.with(|p| p.table.clone()) {
            sheet.hear(&news);
        }
    });
    let missing = live(move || {
        let here = desk.given.with(|g| g.as_ref().is_some_and(|g| g.checksum == csv.checksum()));
        (!csv.checksum().is_empty() && !here).then(|| {
            let (name, sum) = (csv.name().to_string(), csv.checksum().to_string());
            view! {
                <p class="own-missing" data-testid="own-missing">
                    "This experiment was made with " <strong>{name}</strong> ", which is not in this browser. Choose that file to run it; it is known by its SHA-256, which begins with "
                    <code>{sum}</code> "."
                </p>
            }
        })
    });
    let status = live(move || {
        let share = sheet.reading.get()?;
        Some(
            view! { <p class="own-reading" role="status">"Reading… " <progress aria-label="Reading" max="1" prop:value=share></progress></p> },
        )
    });
    view! {
        <div class="own" data-testid="own-data-sheet">
            <p>
                "Train on a table of your own: a CSV file whose rows are samples. " <strong>"It stays on this machine"</strong>
                ": this page reads it here, keeps it in this browser for the next visit, and sends it nowhere; a link holds its name and checksum only."
            </p>
            {missing}
            <Take sheet />
            {status}
            <p class="control-error" role="alert" data-testid="own-error">{live(move || sheet.other_error())}</p>
            {live(move || {
                let (names, found) = (sheet.names.get(), sheet.found.get());
                desk.given.with(Option::is_some).then(|| view! { <How sheet names found /> })
            })}
            {live(move || sheet.found.get().map(|found| view! { <Look sheet found /> }))}
        </div>
    }
}

/// Ways to bring a table.
#[component]
fn Take(sheet: Sheet) -> impl IntoView {
    let desk = sheet.desk;
    let dialogs = expect_context::<Dialogs>();
    let text = RwSignal::new(String::new());
    let paste = move |_| {
        let bytes = Arc::new(text.get_untracked().into_bytes());
        desk.given.set(Some(Given { name: "pasted.csv".into(), checksum: String::new(), bytes }));
    };
    let choose = move |event: ev::Event| {
        if let Some(file) = own_files::chosen(&event) {
            own_files::take(desk, dialogs, file);
        }
    };
    let name = live(move || desk.given.with(|g| g.as_ref().map(|g| format!("{}, {}", g.name, format::bytes(g.bytes.len() as u64)))));
    view! {
        <div class="own-take">
            // The browser's own words beside the button would say that no file is chosen, of one that was dropped or kept.
            <p class="own-label">
                <label class="button own-choose">
                    "Choose a file"
                    <input
                        type="file"
                        class="visually-hidden"
                        data-testid="own-file"
                        aria-describedby="own-name"
                        accept=".csv,.tsv,.txt,text/csv,text/plain"
                        on:change=choose
                    />
                </label>
                " or drop one anywhere on this page"
            </p>
            <p class="muted num" id="own-name" data-testid="own-name">{name}</p>
            <details>
                <summary>"Paste text instead"</summary>
                <textarea
                    class="own-text"
                    rows="5"
                    aria-label="Rows with delimiters between cells"
                    data-testid="own-text"
                    spellcheck="false"
                    on:input:target=move |e| text.set(e.target().value())
                ></textarea>
                <button type="button" class="button" data-testid="own-paste" disabled=live(move || text.with(|t| t.trim().is_empty())) on:click=paste>
                    "Read this text"
                </button>
            </details>
        </div>
    }
}

/// What was found, and how to correct it.
#[component]
fn Look(sheet: Sheet, found: Arc<TableReport>) -> impl IntoView {
    let desk = sheet.desk;
    let dialogs = expect_context::<Dialogs>();
    let rows = format!(
        "{} rows, {} columns{}",
        format::count(u64::from(found.rows)),
        format::count(found.columns.len() as u64),
        if found.western { "; the text is no UTF-8 and was read as Windows-1252" } else { "" }
    );
    let target = found.columns.get(found.target as usize);
    let without =
        target.filter(|c| c.missing > 0).map(|c| format!("{} rows without {} are left out.", format::count(u64::from(c.missing)), c.name));
    let drawn = found.columns.iter().take(DRAWN).enumerate();
    let list = drawn.map(|(at, column)| row(sheet, at, column, &found)).collect_view();
    let beyond = found.columns.len().saturating_sub(DRAWN);
    let beyond = (beyond > 0).then(|| format!("{beyond} further columns hold what they seem to hold; a link can correct them."));
    let start = {
        let found = found.clone();
        move |_| {
            let Some(given) = desk.given.get_untracked() else { return };
            let columns = write_columns(&sheet.columns.get_untracked());
            let shown = desk.page.with_untracked(|p| p.shown().clone());
            let experiment = about(&shown, &found, &given.name, (&sheet.pick.get_untracked(), columns));
            own_files::remember(desk, given.clone());
            dialogs.close();
            desk.begin_announced(experiment, &given.name);
        }
    };
    let wrong = move || sheet.refused.with(Option::is_some) || sheet.reading.with(Option::is_some);
    view! {
        <div class="own-look" data-testid="own-look">
            <p class="num" role="status" data-testid="own-found">{rows}</p>
            <p class="control-error" role="alert" data-testid="own-columns-error">{live(sheet.error("columns"))}</p>
            <div class="own-scroll" tabindex="0" role="region" aria-label="Columns">
                <table class="table own-table" data-testid="own-columns">
                    <thead>
                        <tr>
                            <th scope="col">"Column"</th>
                            <th scope="col">"Holds"</th>
                            <th scope="col" class="num">"Missing"</th>
                            <th scope="col">"First values"</th>
                        </tr>
                    </thead>
                    <tbody>{list}</tbody>
                </table>
            </div>
            <p class="muted">{beyond} {without}</p>
            <Show when=move || !wrong()>
                <p class="muted">"Another table starts a new run; the run under way can be taken back afterwards."</p>
            </Show>
            <button type="button" class="button button-strong" data-testid="own-use" disabled=live(wrong) on:click=start>"Use this data"</button>
        </div>
    }
}

/// How the file is read: as was found, or as was asked for where nothing was.
#[component]
fn How(sheet: Sheet, names: Vec<String>, found: Option<Arc<TableReport>>) -> impl IntoView {
    let asked = |key: &str| sheet.pick.with_untracked(|p| p.params.get(key).map_or(0, |v| *v as usize));
    let now = |key: &str, of: &dyn Fn(&TableReport) -> usize| found.as_deref().map_or_else(|| asked(key), of);
    let target = now("predict", &|t| t.target as usize + 1);
    let option = |(at, name): (usize, String)| view! { <option value=at.to_string() selected=at == target>{name}</option> };
    let options = std::iter::once(GUESSED.to_string()).chain(names).enumerate().map(option).collect_view();
    view! {
        <div class="own-how" data-testid="own-how">
            <div>
                <label class="own-label" for="own-predict">"Predict"</label>
                <select id="own-predict" data-testid="own-predict" on:change:target=move |e| sheet.set("predict", e.target().value().parse().unwrap_or(0.0))>
                    {options}
                </select>
                <p class="control-error" role="alert">{live(sheet.error("data.predict"))}</p>
            </div>
            <Word sheet key="task" field="data.task" now=now("task", &task) />
            <Word sheet key="delimiter" field="data.delimiter" now=now("delimiter", &|t| place(DELIMITERS, t.delimiter)) />
            <Word sheet key="decimal" field="data.decimal" now=now("decimal", &|t| place(DECIMALS, t.decimal)) />
            <Word sheet key="header" field="data.header" now=now("header", &header) />
        </div>
    }
}

/// Places of what was found in the lists of the settings' words.
fn task(found: &TableReport) -> usize {
    if found.classes { 1 } else { 2 }
}

fn header(found: &TableReport) -> usize {
    if found.header { 1 } else { 2 }
}

fn place(choices: &[u8], wanted: u8) -> usize {
    choices.iter().position(|c| *c == wanted).map_or(0, |at| at + 1)
}

/// A setting of how the file is read.
#[component]
fn Word(
    sheet: Sheet,
    /// Its key among the settings of the data.
    key: &'static str,
    /// Its link key.
    field: &'static str,
    /// Place of the word that holds.
    now: usize,
) -> impl IntoView {
    let spec = INFO.params.iter().find(|s| s.key == key);
    let words = spec.map_or(&[][..], table::words);
    let id = format!("own-{key}");
    let options =
        words.iter().enumerate().map(|(at, word)| view! { <option value=at.to_string() selected=at == now>{word.label}</option> });
    view! {
        <div>
            <label class="own-label" for=id.clone()>{spec.map(|s| s.label)}</label>
            <select id=id.clone() data-testid=id on:change:target=move |e| sheet.set(key, e.target().value().parse().unwrap_or(0.0))>
                {options.collect_view()}
            </select>
            <p class="control-error" role="alert">{live(sheet.error(field))}</p>
        </div>
    }
}

fn row(sheet: Sheet, at: usize, column: &ColumnReport, found: &TableReport) -> impl IntoView + use<> {
    let predicted = at == found.target as usize;
    let now = column.kind;
    let options = KINDS.into_iter().map(|(kind, label)| {
        let label = if kind == column.guessed { format!("{label} (as it seems)") } else { label.to_string() };
        view! { <option value=format!("{kind:?}") selected=kind == now>{label}</option> }
    });
    let options = options.collect_view();
    let choose = move |text: String| {
        if let Some((kind, _)) = KINDS.into_iter().find(|(kind, _)| format!("{kind:?}") == text) {
            sheet.set_kind(at, kind);
        }
    };
    let values: Vec<_> = found.preview.iter().filter_map(|row| row.get(at)).take(VALUES).map(|v| clip(v)).collect();
    let holds = if predicted {
        view! { <strong>"Predicted"</strong> }.into_any()
    } else {
        let name = format!("What {} holds", column.name);
        view! { <select id=format!("own-kind-{at}") aria-label=name data-testid=format!("own-kind-{at}") on:change:target=move |e| choose(e.target().value())>{options}</select> }.into_any()
    };
    view! {
        <tr class:own-out=!predicted && now == Kind::Ignored>
            <th scope="row">{clip(&column.name)}</th>
            <td>{holds}</td>
            <td class="num">{format::count(u64::from(column.missing))}</td>
            <td class="own-values">{values.join(" · ")}</td>
        </tr>
    }
}

/// A text short enough for a cell.
fn clip(text: &str) -> String {
    if text.chars().count() > 24 { text.chars().take(24).chain(['…']).collect() } else { text.into() }
}

/// `experiment` on this table, with all that was guessed of how it is read written down. Data of another kind brings model and loss of its own preset along.
fn about(experiment: &Experiment, found: &TableReport, name: &str, (pick, columns): (&Pick, String)) -> Experiment {
    let kind = if found.classes { "iris" } else { "diabetes" };
    let mut new = experiment.clone();
    let fits = if experiment.data.key == KEY {
        found.classes == (experiment.loss.key == "cross-entropy")
    } else {
        presets::kind_of(&experiment.data.key) == presets::kind_of(kind)
    };
    if !fits && let Some(preset) = presets::for_data(kind) {
        (new.model, new.loss, new.train) = (preset.model, preset.loss, preset.train);
    }
    let settings = [
        ("delimiter", place(DELIMITERS, found.delimiter)),
        ("decimal", place(DECIMALS, found.decimal)),
        ("header", header(found)),
        ("predict", found.target as usize + 1),
        ("task", task(found)),
    ];
    new.data = settings.into_iter().fold(pick.clone(), |pick, (key, value)| pick.with(key, value as f64));
    new.csv = Csv { columns, ..Csv::of(&found.checksum, name) };
    if experiment.csv.checksum() != found.checksum {
        // Links pruned by hand belong to another network.
        new.hand = ByHand::default();
    }
    new
}
