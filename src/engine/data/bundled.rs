//! Data sets that the page brings along as files, fetched when first used; their cards are in `public/data/index.json`.

use super::{table, text};
use crate::engine::catalog::Info;

/// A bundled table with words and gaps, which is read as one of the reader's own. What is predicted is its first column, and training rows come first.
pub struct Table {
    /// Key of the data set.
    pub key: &'static str,
    /// Checksum and name, as [`TableSource::file`](super::TableSource::file).
    pub file: &'static str,
    /// How many training rows.
    pub train: usize,
}

/// Bundled tables with words and gaps.
pub const TABLES: &[Table] = &[
    Table { key: "penguins", file: "68367884d3601d1b:Palmer penguins", train: 275 },
    Table { key: "titanic", file: "84010e67b6f25bd5:Titanic passengers", train: 1047 },
    Table { key: "german-credit", file: "dc556e8b26b2db0a:German credit", train: 800 },
    Table { key: "auto-mpg", file: "db1bfbb3b7a37fab:Auto MPG", train: 318 },
    Table { key: "flights", file: "4693adb5cd4501a9:Flight delays", train: 4000 },
];

/// Bundled series: windows of values one step apart, in the order of time, each with the value that follows it.
pub const SERIES: &[&str] = &["sunspots", "co2", "nile", "seattle", "airline"];

/// Whether the samples of the data set `key` are windows that follow each other in time and overlap, those of a series or of a text. What is held out of them lies behind all that is learnt
/// from: drawn at random, nearly every value that is to be predicted would stand in a window that was learnt from.
#[must_use]
pub fn in_time(key: &str) -> bool {
    SERIES.contains(&key) || text::is_text(key)
}

/// The file of a bundled data set: tables with words and gaps are `key.csv`, texts `key.txt`, all others `key.bin`.
#[must_use]
pub fn file_name(key: &str) -> String {
    let kind = if TABLES.iter().any(|table| table.key == key) {
        "csv"
    } else if text::is_text(key) {
        "txt"
    } else {
        "bin"
    };
    format!("{key}.{kind}")
}

/// Every bundled file, in the order of the menu; see [`file_name`].
pub const FILES: &[Info] = &[
    Info {
        key: "mnist10k",
        label: "MNIST (10k)",
        help: teach!(
            "10,000 handwritten digits as grey images of 28×28 pixels. Even a linear model gets nine in ten right, so the question is how little of a network the rest takes."
        ),
        source: teach!("LeCun et al. 1998, Gradient-based learning applied to document recognition"),
        ..FILE
    },
    Info {
        key: "fashion12k",
        label: "Fashion-MNIST (12k)",
        help: teach!(
            "12,000 photographs of clothing in the shape of MNIST, but clearly harder: shirts, coats and pullovers overlap. What compresses for free on digits can cost accuracy here."
        ),
        source: teach!("Xiao, Rasul & Vollgraf 2017, Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms"),
        ..FILE
    },
    Info {
        key: "digits",
        label: "Digits (8×8)",
        help: teach!(
            "1,797 handwritten digits of only 8×8 pixels. Small enough that a model trains in seconds and every weight can be looked at."
        ),
        source: teach!("Alpaydin & Kaynak 1998, Optical recognition of handwritten digits"),
        ..FILE
    },
    Info {
        key: "iris",
        label: "Iris",
        help: teach!(
            "Four lengths and widths of 150 flowers of three species. With 30 test flowers one mistake moves accuracy by three points, so small differences are noise."
        ),
        source: teach!("Fisher 1936, The use of multiple measurements in taxonomic problems"),
        ..FILE
    },
    Info {
        key: "wine",
        label: "Wine",
        help: teach!(
            "Thirteen chemical measurements of 178 wines from three cultivars. Their units differ a thousandfold, which standardizing evens out."
        ),
        source: teach!("Aeberhard & Forina 1992, Wine"),
        ..FILE
    },
    Info {
        key: "breast-cancer",
        label: "Breast cancer (Wisconsin)",
        help: teach!(
            "Thirty measurements of cell nuclei from 569 biopsies, malignant or benign. Many say almost the same, so much can be pruned; a teaching set, no medical tool."
        ),
        source: teach!("Street, Wolberg & Mangasarian 1993, Nuclear feature extraction for breast tumor diagnosis"),
        ..FILE
    },
    Info {
        key: "diabetes",
        label: "Diabetes progression (regression)",
        help: teach!(
            "Ten measurements of 442 patients, from which to predict a number: how far diabetes has progressed after a year. Much of it is not in the inputs, so large models mostly learn noise."
        ),
        source: teach!("Efron et al. 2004, Least angle regression"),
        ..FILE
    },
    Info {
        key: "penguins",
        label: "Palmer penguins",
        help: teach!(
            "Bodies of 344 penguins of three species, with island and sex as words and a few gaps. Bill length and depth together nearly tell them apart, so a handful of weights is enough."
        ),
        source: teach!(
            "Gorman, Williams & Fraser 2014, Ecological sexual dimorphism and environmental variability within a community of Antarctic penguins"
        ),
        formula: table::INFO.formula,
        params: table::COLUMNS,
    },
    Info {
        key: "titanic",
        label: "Titanic passengers",
        help: teach!(
            "Class, sex, age, family and fare of 1,309 passengers, from which to tell who survived. Every fifth age is missing, and sex alone decides most cases: large models find little beyond that."
        ),
        source: teach!("Harrell & Cason 1999, titanic3"),
        formula: table::INFO.formula,
        params: table::COLUMNS,
    },
    Info {
        key: "german-credit",
        label: "German credit",
        help: teach!(
            "Twenty entries on 1,000 loans of the 1970s, most of them words, to be told good from bad. Three in ten are bad, so accuracy alone says little; old and biased, it is no tool to lend by."
        ),
        source: teach!("Hofmann 1994, Statlog (German credit data)"),
        formula: table::INFO.formula,
        params: table::COLUMNS,
    },
    Info {
        key: "auto-mpg",
        label: "Auto MPG (regression)",
        help: teach!(
            "Seven entries on 398 cars of 1970 to 1982, from which to predict how far they go on a gallon. Weight explains most of it, in a curve rather than a line, which is where a small network gains."
        ),
        source: teach!("Quinlan 1993, Combining instance-based and model-based learning"),
        formula: table::INFO.formula,
        params: table::COLUMNS,
    },
    Info {
        key: "flights",
        label: "Flight delays (regression)",
        help: teach!(
            "Hour, day, route and distance of 5,000 flights in the USA, from which to predict how many minutes late they arrive. Next to nothing of it stands in these columns, and a few flights are hours late, which a squared loss chases and Huber's does not."
        ),
        source: teach!("Bureau of Transportation Statistics 2001, Airline on-time performance data"),
        formula: table::INFO.formula,
        params: table::COLUMNS,
    },
    Info {
        key: "japanese-vowels",
        label: "Japanese vowels",
        help: teach!(
            "640 utterances by nine speakers, each a sequence of 29 frames of twelve numbers, from which to tell the speaker. Made for recurrent layers, which read it frame by frame with few weights; a dense layer sees all frames at once and needs many."
        ),
        source: teach!("Kudo, Toyama & Shimbo 1999, Multidimensional curve classification using passing-through regions"),
        ..FILE
    },
    Info {
        key: "sunspots",
        label: "Sunspots (regression)",
        help: teach!(
            "Sunspots of twelve years, from which to predict those of the next. The last fifth, in time, is for testing: a cycle of some eleven years whose height nobody knows before."
        ),
        source: teach!("National Geophysical Data Center, Yearly sunspot numbers 1700–2008"),
        ..FILE
    },
    Info {
        key: "co2",
        label: "CO2 at Mauna Loa (regression)",
        help: teach!(
            "Carbon dioxide of 24 months, from which to predict the next: seasons on a line that rises. All test months lie above all training months, where a network that bends levels off and a straight line goes on."
        ),
        source: teach!("Keeling & Whorf 2004, Atmospheric CO2 concentrations derived from flask air samples"),
        ..FILE
    },
    Info {
        key: "nile",
        label: "Flow of the Nile (regression)",
        help: teach!(
            "The yearly flow of the Nile in eight years, from which to predict the next. It fell for good around 1898 and is hardly predictable otherwise, so large models learn noise."
        ),
        source: teach!("Cobb 1978, The problem of the Nile: conditional solution to a changepoint problem"),
        ..FILE
    },
    Info {
        key: "seattle",
        label: "Seattle temperatures (regression)",
        help: teach!(
            "The highest temperatures of fourteen days, from which to predict the next day's. Saying yesterday's again is already good; what a model finds beyond that is the weather that it can see coming."
        ),
        source: teach!("National Oceanic and Atmospheric Administration, Daily summaries of Seattle 2012–2015"),
        ..FILE
    },
    Info {
        key: "airline",
        label: "Airline passengers (regression)",
        help: teach!(
            "International passengers of twelve months, from which to predict those of the next. The line rises and the swings of the seasons grow with it, so that the last years lie above all that a network has learnt from."
        ),
        source: teach!("Box & Jenkins 1976, Time series analysis: forecasting and control, series G"),
        ..FILE
    },
    Info {
        key: "sonnets",
        label: "Shakespeare's sonnets",
        help: teach!(
            "154 sonnets, character by character: from a window of them the next is to be told, and a model that can do that can write. What mostly follows the last character is right in every fourth case; what a model finds beyond that are words, then lines."
        ),
        source: teach!("Shakespeare 1609, Sonnets"),
        formula: teach!(r"p(x_t \mid x_{t-w}, \dots, x_{t-1})"),
        params: text::PARAMS,
    },
];

/// A file of numbers has no formula and no settings.
const FILE: Info = Info { key: "", label: "", help: "", formula: "", source: "", params: &[] };
