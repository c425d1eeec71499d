//! The cards of the bundled data sets (`public/data/index.json`) against the files that they describe, and against the scores
//! that the page shows as to be beaten.

use std::path::Path;

use serde_json::Value;
use sha2::{Digest, Sha256};
use whittle::engine::{
    catalog::Pick,
    data::{self, Dataset, FILES, Source, Task, baseline, table},
};

fn cards() -> (std::path::PathBuf, Vec<Value>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("public/data");
    let text = std::fs::read_to_string(folder.join("index.json")).expect("public/data/index.json");
    (folder, serde_json::from_str(&text).expect("a list"))
}

fn text<'a>(card: &'a Value, field: &str) -> &'a str {
    card[field].as_str().unwrap_or_else(|| panic!("{field} of {}", card["key"]))
}

/// The data set of a card, as a link without settings asks for it.
fn dataset(card: &Value, bytes: Vec<u8>) -> Dataset {
    match data::source(&Pick::new(text(card, "key")), 0.5, 1).expect("a source") {
        Source::Table(source) => {
            assert_eq!(source.checksum(), table::checksum(&bytes), "the list names the file");
            assert_eq!(source.checksum(), &text(card, "sha256")[..16]);
            let read = table::read(&bytes.into(), table::Options::of(&source).expect("options")).expect("a table");
            read.dataset(&source).expect("data")
        }
        Source::Text(source) => source.dataset(&bytes).expect("a text"),
        _ => data::files::read(&bytes).unwrap_or_else(|e| panic!("{}: {e}", text(card, "file"))),
    }
}

#[test]
fn every_card_is_that_of_its_file() {
    let (folder, cards) = cards();
    assert_eq!(cards.iter().map(|c| text(c, "key")).collect::<Vec<_>>(), FILES.iter().map(|f| f.key).collect::<Vec<_>>());
    for card in &cards {
        let name = text(card, "file");
        assert_eq!(name, data::file_name(text(card, "key")), "the page asks for it by its key");
        let bytes = std::fs::read(folder.join(name)).expect(name);
        assert_eq!(card["bytes"], bytes.len(), "{name}");
        let sum: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(text(card, "sha256"), sum, "{name}");

        let data = dataset(card, bytes);
        assert_eq!(
            (card["n_train"].as_u64(), card["n_test"].as_u64()),
            (Some(data.train.len as u64), Some(data.test.len as u64)),
            "{name}"
        );
        assert_eq!(card["shape"], serde_json::json!(data.shape.0), "{name}");
        let classes = if let Task::Classes(names) = &data.task { names.clone() } else { Vec::new() };
        assert_eq!(card["classes"], serde_json::json!(classes), "{name}");
    }
}

#[test]
fn every_card_says_what_it_has_to() {
    for card in &cards().1 {
        for field in ["name", "description", "origin", "source_url", "citation"] {
            assert!(text(card, field).len() > 3, "{field} of {}", card["key"]);
        }
        assert!(!text(&card["licence"], "name").is_empty() && !text(&card["licence"], "note").is_empty());
        assert_eq!(card["target"].is_null(), card["task"] == "classification");
    }
}

#[test]
fn scores_to_beat_are_those_on_record() {
    let (folder, cards) = cards();
    assert_eq!(baseline::RECORDED.len(), cards.len());
    for card in &cards {
        let data = dataset(card, std::fs::read(folder.join(text(card, "file"))).expect("a file"));
        let [found] = &baseline::baselines(&data, true)[..] else { panic!("one for {}", card["key"]) };
        let recorded = &card["baselines"][0];
        assert_eq!((found.model, Some(found.score)), (text(recorded, "model"), recorded["value"].as_f64()), "{}", card["key"]);
        let metric = if matches!(data.task, Task::Value { .. }) { "r2" } else { "accuracy" };
        assert_eq!((text(recorded, "metric"), text(recorded, "split")), (metric, "test"));
    }
}

#[test]
fn words_and_gaps_of_bundled_tables_are_learnt_from_training_rows() {
    let folder = cards().0;
    for (key, least, missing) in [
        ("penguins", 9, "sex = missing"),
        ("titanic", 12, "port = missing"),
        ("german-credit", 50, ""),
        ("auto-mpg", 8, ""),
        ("flights", 50, ""),
    ] {
        let bytes = std::sync::Arc::new(std::fs::read(folder.join(data::file_name(key))).expect(key));
        let of = |pick: Pick, seed| match data::source(&pick, 0.5, seed) {
            Ok(Source::Table(source)) => {
                let read = table::read(&bytes, table::Options::of(&source).expect("options")).expect(key);
                read.dataset(&source).expect(key)
            }
            other => panic!("{other:?}"),
        };
        let plain = of(Pick::new(key), 1);
        assert!(plain.features.len() >= least, "{key}: {:?}", plain.features);
        assert!(missing.is_empty() || plain.features.iter().any(|f| f == missing), "{key}: {:?}", plain.features);
        assert_eq!((&plain.train, &plain.test), (&of(Pick::new(key), 2).train, &of(Pick::new(key), 2).test), "{key}: it brings its split");
        let ordinal = of(Pick::new(key).with("encode", 1.0), 1);
        assert!(ordinal.features.len() < plain.features.len(), "{key}: settings are heard");
    }
}
