//! Files of the reader's own: read in pieces, described for the page, and made data sets of.

use std::sync::Arc;

use super::{Session, clock::Clock, rest::Sought};
use crate::{
    engine::{
        catalog::Pick,
        data::{
            Dataset, Picks, TableSource,
            table::{Fault, KEY, Options, Reader, Table, checksum},
        },
        error::SpecError,
    },
    protocol::{Bytes, ColumnReport, FromWorker, Late, RunError, RunId, TableNews, TableReport},
};

/// How often it is said how far reading is, ms.
const SAY_EVERY: f64 = 100.0;

/// What a session knows of the reader's files. The first part of a worker knows of this trait alone.
pub(super) trait Tables {
    /// Reads on until `deadline`; whether something was read to its end.
    fn advance(&mut self, clock: &dyn Clock, deadline: f64, out: &mut Vec<FromWorker>) -> bool;

    /// Whether a file is being read.
    fn busy(&self) -> bool;

    /// Takes a file, or reads the last one anew, as `pick` and `columns` say.
    fn take(&mut self, ask: u32, bytes: Option<Bytes>, pick: &Pick, columns: &str) -> Result<(), SpecError>;

    /// The data set of a source. Errors: no file is named; settings that cannot be used; a file that cannot be read as they say.
    fn dataset(&mut self, source: &TableSource) -> Result<Found, SpecError>;

    /// Samples of the data set that was made last, by the same source. Errors: as [`Tables::dataset`].
    fn selected(&self, source: &TableSource, picks: &Picks) -> Result<Dataset, SpecError>;
}

/// Where the data set of a source is.
pub(super) enum Found {
    Data(Box<Dataset>),
    /// It is being read.
    Soon,
    /// Its file is not here.
    Missing,
}

/// The last file, as it was read last.
#[derive(Default)]
struct Kept {
    bytes: Arc<Vec<u8>>,
    /// Empty until it is known.
    checksum: String,
    reading: Option<Reading>,
    read: Option<(Options, Result<Table, Fault>)>,
}

struct Reading {
    ask: u32,
    options: Options,
    reader: Reader,
    said: f64,
}

impl Kept {
    fn begin(&mut self, ask: u32, options: Options) {
        let reader = Reader::new(&self.bytes, options.clone());
        self.read = None;
        self.reading = Some(Reading { ask, options, reader, said: f64::NEG_INFINITY });
    }
}

impl Tables for Kept {
    fn advance(&mut self, clock: &dyn Clock, deadline: f64, out: &mut Vec<FromWorker>) -> bool {
        let Some(reading) = &mut self.reading else { return false };
        let ask = reading.ask;
        loop {
            if let Some(done) = reading.reader.work() {
                self.checksum = reading.reader.checksum().into();
                let news = match &done {
                    Ok(table) => TableNews::Found(Box::new(report(table))),
                    Err(fault) => refusal(&self.checksum, reading.reader.names(), &fault.clone().into()),
                };
                self.read = self.reading.take().map(|reading| (reading.options, done));
                out.push(FromWorker::Late(Late::Table { ask, news }));
                return true;
            }
            let now = clock.now();
            if now >= deadline {
                if now >= reading.said + SAY_EVERY {
                    reading.said = now;
                    out.push(FromWorker::Late(Late::Table { ask, news: TableNews::Reading(reading.reader.share()) }));
                }
                return false;
            }
        }
    }

    fn busy(&self) -> bool {
        self.reading.is_some()
    }

    fn take(&mut self, ask: u32, bytes: Option<Bytes>, pick: &Pick, columns: &str) -> Result<(), SpecError> {
        if let Some(bytes) = bytes {
            *self = Self { bytes: Arc::new(bytes.0), ..Self::default() };
        }
        let source = TableSource {
            pick: pick.clone(),
            file: String::new(),
            columns: columns.into(),
            test_share: 0.0,
            seed: 0,
            first: None,
            gaps: false,
        };
        self.begin(ask, Options::of(&source)?);
        Ok(())
    }

    fn dataset(&mut self, source: &TableSource) -> Result<Found, SpecError> {
        if source.checksum().is_empty() {
            let reason = "which file? Choose one of your own; it stays on this machine";
            return Err(SpecError::Incompatible { field: "file".into(), reason: reason.into() });
        }
        let options = Options::of(source)?;
        if self.reading.is_some() {
            return Ok(Found::Soon);
        }
        if self.checksum != source.checksum() {
            return Ok(Found::Missing);
        }
        match &self.read {
            Some((read, Ok(table))) if *read == options => Ok(Found::Data(Box::new(table.dataset(source)?))),
            Some((read, Err(fault))) if *read == options => Err(fault.clone().into()),
            _ => {
                self.begin(0, options);
                Ok(Found::Soon)
            }
        }
    }

    fn selected(&self, source: &TableSource, picks: &Picks) -> Result<Dataset, SpecError> {
        match &self.read {
            Some((read, Ok(table))) if *read == Options::of(source)? => table.dataset_of(source, Some(picks)),
            _ => Err(SpecError::Incompatible { field: "file".into(), reason: "the table is not read yet".into() }),
        }
    }
}

fn refusal(checksum: &str, names: &[String], error: &SpecError) -> TableNews {
    let (field, text) = (error.field().to_string(), error.to_string());
    let reason = text.strip_prefix(&format!("{field}: ")).unwrap_or(&text).to_string();
    TableNews::Refused { checksum: checksum.into(), names: names.to_vec(), field, reason }
}

fn report(table: &Table) -> TableReport {
    TableReport {
        checksum: table.checksum.clone(),
        delimiter: table.delimiter,
        decimal: table.decimal,
        header: table.header,
        western: table.western,
        rows: table.rows as u32,
        columns: table
            .columns
            .iter()
            .map(|column| ColumnReport {
                name: column.name.clone(),
                kind: column.kind,
                guessed: column.guessed,
                missing: column.missing as u32,
                distinct: column.distinct as u32,
            })
            .collect(),
        preview: table.preview.clone(),
        target: table.target as u32,
        classes: table.classes,
    }
}

impl Session {
    /// Reads on; what waited for the file begins when it is there.
    pub(super) fn read_table(&mut self, deadline: f64) {
        let Some(tables) = &mut self.tables else { return };
        if tables.advance(self.clock.as_ref(), deadline, &mut self.out)
            && let Some(waiting) = self.waiting.take_if(|w| w.file.is_none())
        {
            self.start(waiting.start);
        }
    }

    /// The run that waits for a file does so in vain.
    pub(super) fn without_table(&mut self, run: RunId) {
        let Some(waiting) = self.waiting.take_if(|w| w.start.run == run && w.file.is_none()) else { return };
        let csv = waiting.start.experiment.csv;
        let reason = format!("{} is not here; choose the file whose SHA-256 begins with {}", csv.name(), csv.checksum());
        self.fail(Some(run), RunError::Data { key: KEY.into(), reason });
    }

    /// Takes a file, or reads the last one anew.
    pub(super) fn take_table(&mut self, ask: u32, bytes: Option<Bytes>, pick: &Pick, columns: &str) {
        let tables = self.tables.get_or_insert_with(|| Box::<Kept>::default());
        if let Err(error) = tables.take(ask, bytes, pick, columns) {
            self.out.push(FromWorker::Late(Late::Table { ask, news: refusal("", &[], &error) }));
        }
    }

    /// The data set of a source; otherwise its file is being read, or waited for: that of a bundled one is named, to be fetched, and the page is told of one of
    /// its reader's own. Errors: as [`Tables::dataset`].
    pub(super) fn table_data(&mut self, run: RunId, source: &TableSource) -> Result<Sought<Dataset>, SpecError> {
        match self.tables.get_or_insert_with(|| Box::<Kept>::default()).dataset(source)? {
            Found::Data(data) => Ok(Ok(*data)),
            Found::Soon => Ok(Err(None)),
            Found::Missing if source.first.is_some() => Ok(Err(Some(source.pick.key.clone()))),
            Found::Missing => {
                let (checksum, name) = (source.checksum().to_string(), source.name().to_string());
                self.out.push(FromWorker::WantsTable { run, checksum, name });
                Ok(Err(None))
            }
        }
    }

    /// Reads the file of a bundled table at once: it is small. Errors: another file, or one that cannot be read.
    pub(super) fn bundled_table(&mut self, source: &TableSource, bytes: &[u8]) -> Result<(), String> {
        if checksum(bytes) != source.checksum() {
            return Err("the file is another one than this page was made for: reload the page".into());
        }
        let tables = self.tables.get_or_insert_with(|| Box::<Kept>::default());
        tables.take(0, Some(Bytes(bytes.to_vec())), &source.pick, &source.columns).map_err(|e| e.to_string())?;
        // Nobody asked what is in it.
        tables.advance(self.clock.as_ref(), f64::INFINITY, &mut Vec::new());
        Ok(())
    }
}
