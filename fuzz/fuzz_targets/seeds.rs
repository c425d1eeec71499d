//! Writes what fuzzing begins with into the folder that `CORPUS` names: a corpus and a dictionary for each target, from the gallery, the bundled tables and small
//! models, so that both follow the catalogues. It tests nothing, and is a target only because what counts edges has to be linked: `seeds -runs=0`.

#![no_main]

#[path = "../../tests/compress_support/mod.rs"]
mod compress_support;

use std::{
    fs::{create_dir_all, read_dir, write},
    io,
    path::Path,
};

use libfuzzer_sys::fuzz_target;

use compress_support::{inputs, networks, params, recurrent, settings};
use whittle::{
    engine::{
        artifact::{FORMS, encode},
        compress::{Calibration, compress},
    },
    experiment::{FIELDS, LISTS, PICKS, json, presets},
};

const EXPRESSIONS: [&str; 12] = [
    "(y - p)^2",
    "-y*log(p)",
    "-y*(1-p)^2*log(p)",
    "0.5*min(abs(y-p),1)*(2*abs(y-p)-min(abs(y-p),1))",
    "step(1-abs(p-y))*0.5*(p-y)^2 + (1-step(1-abs(p-y)))*(abs(p-y)-0.5)",
    "max(min(p, 3), 1e-3) * 1.5e2",
    "sigmoid(0*p) + tanh(y)*sqrt(p*2) + 0*pi",
    "2^-p^2",
    "--p/4/e",
    "exp(p)^y",
    " ( ( p ) ) ",
    "p - q",
];
const WORDS: [&str; 18] =
    ["y", "p", "e", "pi", "abs(", "exp(", "log(", "sqrt(", "sigmoid(", "tanh(", "step(", "min(", "max(", "1e-3", "^", ",", ")", "--"];
const TABLES: [&str; 9] = [
    "a,b,class\n1,2,x\n3,4,y\n5,6,x\n7,8,y\n9,1,x\n2,3,y\n",
    "a;b;c\r\n1,5;2;3\r\n1,25;3;4\r\n2,5;4;5\r\n3,5;4;9\r\n",
    "name\tdate\ty\n\"a, \"\"b\"\"\"\t2024-01-31\t1\n\"two\nlines\"\t31.12.2023\t2\nc\t\t3\nd\tNA\t4\n",
    "1,2,3\n4,5,6\n7,8,9\n1,1,1\n",
    "\u{feff}a,b\n1,true\n2,false\n3,true\n4,false\n",
    "a|b|c\n1|x|NA\n2|y|?\n3|x|-\n4|y|1e3\n",
    "a,b\r1,2\r3,4\r5,6\r7,8\r",
    "\n\na,b\n\n1,2\n2,3\n4,5\n\n",
    "\"a\",\"b\"\n\"1,000\",2\n\"2,000\",3\n\"3,000\",4\n\"4,000\",5",
];
const STEPS: [&str; 6] =
    ["prune", "prune:0.5,fine-tune:2,quantize:4", "low-rank,cluster,quantize", "distill,regrow", "equalize,drop-layer,rewind", "none"];

fn corpus(root: &Path, target: &str, seeds: &[Vec<u8>]) -> io::Result<()> {
    let folder = root.join(target);
    create_dir_all(&folder)?;
    seeds.iter().enumerate().try_for_each(|(i, seed)| write(folder.join(format!("seed-{i:03}")), seed))
}

fn dictionary(root: &Path, target: &str, words: &[String]) -> io::Result<()> {
    let quoted: Vec<String> = words.iter().map(|word| format!("{word:?}\n")).collect();
    write(root.join(format!("{target}.dict")), quoted.concat())
}

/// Keys of fields and entries, each as it stands in a link.
fn link_words() -> Vec<String> {
    let mut words: Vec<String> = FIELDS.iter().map(|field| format!("{}=", field.spec.key)).collect();
    for field in PICKS {
        words.push(format!("{}=", field.key));
        words.extend(field.listing.entries.iter().map(|info| info.key.to_string()));
    }
    for list in LISTS {
        words.push(format!("{}=", list.key));
    }
    words.extend(
        ["seed=", "none", "cut=", "keep=", "points=", "csv=", "columns=", "formula=", "teacher=", "%2C", "1e308", "-0"].map(String::from),
    );
    words
}

fn recipe_words() -> Vec<String> {
    let mut words: Vec<String> = whittle::engine::recipe::LISTING.entries.iter().map(|info| info.key.to_string()).collect();
    words.extend([":", ",", "0.5", "1", "4", "8", "none"].map(String::from));
    words
}

fn tables() -> io::Result<Vec<Vec<u8>>> {
    let mut seeds = Vec::new();
    for text in TABLES {
        for choice in [0, 1, 0b0101_0011] {
            seeds.push([&[choice], text.as_bytes()].concat());
        }
    }
    for file in read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../public/data"))? {
        let path = file?.path();
        if path.extension().is_some_and(|e| e == "csv") {
            let text = std::fs::read(path)?;
            let head: Vec<u8> = text.split_inclusive(|b| *b == b'\n').take(12).flatten().copied().collect();
            seeds.push([&[0], &head[..]].concat());
        }
    }
    Ok(seeds)
}

fn models() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (name, network) in networks().into_iter().chain(recurrent()) {
        let params = params(&network, 21);
        let calibration = inputs(&network, 16, 22);
        for (bits, sparsity) in [(32, 0.0), (8, 0.0), (4, 0.9), (1, 0.0)] {
            let mut wanted = settings(sparsity, "global", bits);
            wanted.activation_bits = if bits == 8 { 8 } else { 32 };
            let Ok(small) = compress(&network, &params, None, &wanted, &Calibration::of(&calibration)) else { continue };
            for form in FORMS {
                let file = encode(&small.model, form, name);
                if file.len() < 4096 {
                    seeds.push([&file[5..6], &file[10..]].concat());
                }
            }
        }
    }
    seeds
}

fn seeds(root: &Path) -> io::Result<()> {
    let texts = |list: &[&str]| list.iter().map(|text| text.as_bytes().to_vec()).collect::<Vec<_>>();
    let links: Vec<Vec<u8>> =
        presets::ALL.iter().flat_map(|preset| [preset.link.as_bytes().to_vec(), json::write(&preset.experiment()).into_bytes()]).collect();
    corpus(root, "link", &links)?;
    dictionary(root, "link", &link_words())?;
    corpus(root, "recipe", &texts(&STEPS))?;
    dictionary(root, "recipe", &recipe_words())?;
    corpus(root, "expression", &texts(&EXPRESSIONS))?;
    dictionary(root, "expression", &WORDS.map(String::from))?;
    corpus(root, "table", &tables()?)?;
    dictionary(root, "table", &["\"\"", ",", ";", "NA", "true", "2024-01-31", "1e3", "class"].map(String::from))?;
    corpus(root, "model_file", &models())?;
    dictionary(root, "model_file", &["{}"].map(String::from))
}

fuzz_target!(
    init: {
        let root = std::env::var_os("CORPUS").unwrap_or_else(|| "corpus".into());
        seeds(Path::new(&root)).unwrap_or_else(|error| panic!("{}: {error}", root.display()));
    },
    |_bytes: &[u8]| {}
);
