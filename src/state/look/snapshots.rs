//! A snapshot ensemble in rows and words.

use super::super::{Task, format};
use crate::protocol::Snapshots;

/// A row: so many of the last members together.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// How many, and from which epochs.
    pub name: String,
    /// Accuracy or R² of the averaged answers.
    pub score: String,
    /// Their loss.
    pub loss: String,
    /// Bytes of the files.
    pub bytes: String,
    /// Score of the earliest member among them, by itself.
    pub alone: String,
}

/// From the last member alone to all together.
#[must_use]
pub fn rows(found: &Snapshots, task: Task) -> Vec<Row> {
    let row = |together: &crate::protocol::Together| {
        let first = found.members.len().checked_sub(together.members).and_then(|at| found.members.get(at));
        let since = first.map_or_else(String::new, |m| format!("epoch {}", m.epoch));
        let name = if together.members == 1 { format!("The last, {since}") } else { format!("Last {}, from {since}", together.members) };
        Row {
            name,
            score: task.score(together.score),
            loss: format::loss(f64::from(together.loss)),
            bytes: format::bytes(together.bytes),
            alone: first.map_or_else(|| "–".into(), |m| task.score(m.score)),
        }
    };
    found.together.iter().map(row).collect()
}

/// What asking all of them gains and costs; how far it is before that.
#[must_use]
pub fn words(found: &Snapshots, task: Task) -> String {
    let (Some(one), Some(all), Some([single, whole])) = (found.together.first(), found.together.last(), found.latency) else {
        return format!("{} done.", format::percent0(f64::from(found.share)));
    };
    if all.members == 1 {
        return format!("One cycle ended, so there is one model: {} {} on the test samples.", task.score_name(), task.score(one.score));
    }
    format!(
        "{} models of one training: {} {}, where the last alone has {}. They take {} in place of {}, and {} a sample in place of {}.",
        all.members,
        task.score_name(),
        task.score(all.score),
        task.score(one.score),
        format::bytes(all.bytes),
        format::bytes(one.bytes),
        format::duration(whole.p50),
        format::duration(single.p50),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Member, Timing, Together};

    #[test]
    fn rows_and_words_say_what_it_gains_and_costs() {
        let member = |epoch, score| Member { epoch, loss: 0.5, score };
        let together = |members, score| Together { members, loss: 0.25, score, bytes: 1000 * members as u64 };
        let timing = |p50| Timing { batch: 1, p50, p95: p50, calls: 9 };
        let mut found = Snapshots { share: 0.5, members: vec![member(3, 0.9), member(9, 0.92)], ..Snapshots::default() };
        let plain = |text: String| text.replace('\u{a0}', " ");
        assert_eq!(plain(words(&found, Task::Classification)), "50 % done.");
        found.together = vec![together(1, 0.92), together(2, 0.94)];
        found.latency = Some([timing(0.02), timing(0.05)]);
        let rows: Vec<String> = rows(&found, Task::Classification)
            .into_iter()
            .map(|r| plain(format!("{}: {} {} {} {}", r.name, r.score, r.loss, r.bytes, r.alone)))
            .collect();
        assert_eq!(rows, ["The last, epoch 9: 92.0 % 0.2500 1.00 kB 92.0 %", "Last 2, from epoch 3: 94.0 % 0.2500 2.00 kB 90.0 %"]);
        let said = plain(words(&found, Task::Classification));
        assert!(said.contains("2 models of one training: Accuracy 94.0 %, where the last alone has 92.0 %"), "{said}");
        assert!(said.contains("2.00 kB in place of 1.00 kB") && said.contains("50.0 µs a sample in place of 20.0 µs"), "{said}");
    }
}
