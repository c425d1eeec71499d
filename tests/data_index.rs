//! The cards of the bundled data sets (`public/data/index.json`) against the files that they describe, and against the scores
//! that the page shows as to be beaten.

use std::path::Path;

use serde_json::Value;
use sha2::{Digest, Sha256};
use whittle::engine::data::{self, FILES, Task, baseline};

fn cards() -> (std::path::PathBuf, Vec<Value>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("public/data");
    let text = std::fs::read_to_string(folder.join("index.json")).expect("public/data/index.json");
    (folder, serde_json::from_str(&text).expect("a list"))
}

fn text<'a>(card: &'a Value, field: &str) -> &'a str {
    card[field].as_str().unwrap_or_else(|| panic!("{field} of {}", card["key"]))
}

#[test]
fn every_card_is_that_of_its_file() {
    let (folder, cards) = cards();
    assert_eq!(cards.iter().map(|c| text(c, "key")).collect::<Vec<_>>(), FILES.iter().map(|f| f.key).collect::<Vec<_>>());
    for card in &cards {
        let name = text(card, "file");
        assert_eq!(name, format!("{}.bin", text(card, "key")), "the page asks for it by its key");
        let bytes = std::fs::read(folder.join(name)).expect(name);
        assert_eq!(card["bytes"], bytes.len(), "{name}");
        let sum: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(text(card, "sha256"), sum, "{name}");

        let data = data::files::read(&bytes).expect(name);
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
        let data = data::files::read(&std::fs::read(folder.join(text(card, "file"))).expect("a file")).expect("data");
        let [found] = &baseline::baselines(&data, true)[..] else { panic!("one for {}", card["key"]) };
        let recorded = &card["baselines"][0];
        assert_eq!((found.model, Some(found.score)), (text(recorded, "model"), recorded["value"].as_f64()), "{}", card["key"]);
        let metric = if matches!(data.task, Task::Value { .. }) { "r2" } else { "accuracy" };
        assert_eq!((text(recorded, "metric"), text(recorded, "split")), (metric, "test"));
    }
}
