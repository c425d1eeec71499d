//! Workers beside the run's: each has one run of its own, which stands still until it is told what to do.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use leptos::{prelude::*, task::spawn_local};

use super::{
    desk::Desk,
    own_files, teachers,
    worker_client::{Client, Heard},
};
use crate::{
    experiment::Experiment,
    protocol::{Bytes, FromWorker, Late, PROTOCOL, Reason, RunId, ToWorker, Wanted, unpack_late},
};

/// Every worker of a pool has this one run.
pub const RUN: RunId = RunId(1);
/// Most workers: each holds the data set.
pub const MOST: usize = 8;

/// What a worker says, or what becomes of it.
pub enum News {
    /// It may be told what to run.
    Ready,
    /// It has the run.
    Started,
    /// Something could not be done: why.
    Failed(String),
    /// It wants a file of the reader's own, or the model of a teacher: its checksum.
    WantsTable(String),
    /// Its run trains: so many epochs.
    Progress(f64),
    /// Its run has come to an end: why.
    Finished(Reason),
    /// It answers.
    Late(Box<Late>),
    /// It is no more: why.
    Gone(String),
}

/// The workers.
pub struct Pool {
    desk: Desk,
    clients: RefCell<Vec<Option<Client>>>,
    /// Nothing is heard any more.
    over: Cell<bool>,
    hear: Box<dyn Fn(usize, News)>,
}

/// Cores of this machine, as the browser says.
pub fn cores() -> usize {
    js_sys::Reflect::get(&window().navigator(), &"hardwareConcurrency".into()).ok().and_then(|n| n.as_f64()).unwrap_or(1.0) as usize
}

impl Pool {
    /// Starts so many workers. `hear` is told which one has what news, never before this has returned.
    pub fn open(desk: Desk, workers: usize, hear: impl Fn(usize, News) + 'static) -> Rc<Self> {
        let pool = Rc::new(Self { desk, clients: RefCell::default(), over: Cell::new(false), hear: Box::new(hear) });
        for at in 0..workers.clamp(1, MOST) {
            let weak = Rc::downgrade(&pool);
            let client = Client::start(move |heard| {
                if let Some(pool) = weak.upgrade() {
                    pool.take(at, heard);
                }
            });
            let (client, refused) = match client {
                Ok(client) => (Some(client), None),
                Err(reason) => (None, Some(reason)),
            };
            pool.clients.borrow_mut().push(client);
            if let Some(reason) = refused {
                let weak = Rc::downgrade(&pool);
                let say = move || {
                    if let Some(pool) = weak.upgrade() {
                        pool.tell(at, News::Gone(reason));
                    }
                };
                set_timeout(say, Duration::ZERO);
            }
        }
        pool
    }

    /// How many there were at first.
    pub fn seats(&self) -> usize {
        self.clients.borrow().len()
    }

    /// Whether this one is there.
    pub fn has(&self, at: usize) -> bool {
        self.clients.borrow().get(at).is_some_and(Option::is_some)
    }

    /// Whether none is left.
    pub fn is_empty(&self) -> bool {
        self.clients.borrow().iter().all(Option::is_none)
    }

    /// Says something to a worker; one that cannot be reached is gone.
    pub fn post(&self, at: usize, message: &ToWorker) {
        let failed = self.clients.borrow().get(at).and_then(Option::as_ref).and_then(|client| client.post(message).err());
        if let Some(reason) = failed {
            self.lose(at, reason);
        }
    }

    /// Has a worker begin its run, where `resume` left off, and stand still.
    pub fn start(&self, at: usize, experiment: &Experiment, resume: Option<Bytes>) {
        self.post(at, &ToWorker::Start { run: RUN, experiment: Box::new(experiment.clone()), resume, play: false });
    }

    /// Brings a worker the file that `experiment` is about, or the model of a teacher that it names.
    pub fn bring(self: &Rc<Self>, at: usize, checksum: String, experiment: &Experiment) {
        let (pick, columns) = (experiment.data.clone(), experiment.csv.columns.clone());
        let teaches = experiment.teachers().any(|t| t.checksum == checksum);
        let (pool, desk) = (Rc::downgrade(self), self.desk);
        spawn_local(async move {
            let given = if teaches { teachers::find(&checksum).await } else { own_files::get(desk, &checksum).await };
            let message = match given {
                Some(given) if teaches => ToWorker::Model(Bytes(given.bytes.to_vec())),
                Some(given) => ToWorker::Table { ask: 0, bytes: Some(Bytes(given.bytes.to_vec())), pick, columns },
                None => ToWorker::NoTable(RUN),
            };
            // Meanwhile the pool may have been closed.
            if let Some(pool) = pool.upgrade().filter(|pool| !pool.over.get()) {
                pool.post(at, &message);
            }
        });
    }

    /// Lets a worker go, after the message that is being heard.
    pub fn let_go(&self, at: usize) {
        let client = self.clients.borrow_mut().get_mut(at).and_then(Option::take);
        set_timeout(move || drop(client), Duration::ZERO);
    }

    /// Lets all go, after the message that is being heard, and hears no more.
    pub fn close(&self) {
        self.over.set(true);
        let clients = std::mem::take(&mut *self.clients.borrow_mut());
        set_timeout(move || drop(clients), Duration::ZERO);
    }

    fn tell(&self, at: usize, news: News) {
        if !self.over.get() {
            (self.hear)(at, news);
        }
    }

    fn lose(&self, at: usize, reason: String) {
        self.let_go(at);
        self.tell(at, News::Gone(reason));
    }

    fn take(&self, at: usize, heard: Heard) {
        if self.over.get() || !self.has(at) {
            return;
        }
        match heard {
            Heard::Message(message) => match *message {
                FromWorker::Ready { protocol, .. } if protocol != PROTOCOL => self.lose(at, "The page was updated; reload it.".into()),
                FromWorker::Ready { .. } => {
                    self.post(at, &ToWorker::Engine(Wanted::Cpu));
                    self.tell(at, News::Ready);
                }
                FromWorker::Started { .. } => self.tell(at, News::Started),
                FromWorker::WantsTable { checksum, .. } => self.tell(at, News::WantsTable(checksum)),
                FromWorker::Progress { epoch, .. } => self.tell(at, News::Progress(epoch)),
                FromWorker::Finished { summary, .. } => self.tell(at, News::Finished(summary.reason)),
                FromWorker::Failed { error, .. } => self.tell(at, News::Failed(error.to_string())),
                _ => {}
            },
            Heard::Late(bytes) => match unpack_late(&bytes) {
                Ok(late) => self.tell(at, News::Late(Box::new(late))),
                Err(reason) => self.lose(at, reason),
            },
            Heard::Garbled(reason) | Heard::Blocked(reason) | Heard::Died(reason) => self.lose(at, reason),
        }
    }
}
