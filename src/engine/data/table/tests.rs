//! Whole files: read, split, and held to scikit-learn (`tests/fixtures/table/make.py` made the figures).

use std::sync::Arc;

use serde_json::Value;

use super::{features::Features, *};
use crate::engine::{
    catalog::Pick,
    data::{Task, source::TableSource},
    params::Scale,
    rng::Rng,
};

fn options(pick: &Pick, columns: &str) -> Options {
    Options::of(&source(pick.clone(), columns)).unwrap()
}

fn source(pick: Pick, columns: &str) -> TableSource {
    TableSource {
        pick,
        file: "0123456789abcdef:my.csv".into(),
        columns: columns.into(),
        test_share: 0.3,
        seed: 1,
        first: None,
        gaps: false,
    }
}

fn table(text: &str) -> Table {
    of(text, Options::default()).unwrap()
}

fn of(text: &str, options: Options) -> Result<Table, Fault> {
    read(&Arc::new(text.as_bytes().to_vec()), options)
}

/// Rows of two numbers, a word and a class.
fn flowers(rows: usize, seed: u64) -> String {
    let mut rng = Rng::new(seed, 0);
    let mut text = String::from("length,width,colour,species\n");
    for i in 0..rows {
        let colour = ["red", "blue", "white", ""][rng.below(4) as usize];
        let width = if rng.below(9) == 0 { "NA".into() } else { format!("{:.2}", rng.normal()) };
        text += &format!("{:.2},{width},{colour},{}\n", rng.normal() + (i % 3) as f32, ["a", "b", "c"][i % 3]);
    }
    text
}

#[test]
fn features_are_those_of_scikit_learn() {
    let all: Value = serde_json::from_str(include_str!("../../../../tests/fixtures/table/reference.json")).unwrap();
    let cases = all["cases"].as_array().unwrap();
    assert!(cases.len() > 12);
    for case in cases {
        let name = case["table"].as_str().unwrap();
        let table = table(all["tables"][name].as_str().unwrap());
        let mut pick = Pick::new(KEY);
        for (key, value) in case["settings"].as_object().unwrap() {
            let spec = INFO.params.iter().find(|s| s.key == key).unwrap();
            let number = match spec.scale {
                Scale::Choice(words) => words.iter().position(|w| w.key == value.as_str().unwrap()).unwrap() as f64,
                _ => value.as_f64().unwrap(),
            };
            pick = pick.with(key, number);
        }
        let train: Vec<usize> = case["train"].as_array().unwrap().iter().map(|v| v.as_u64().unwrap() as usize).collect();
        let others = table.columns.iter().enumerate().filter(|(at, _)| *at != table.target).map(|(_, c)| c);
        let features = Features::fit(others, &train, &pick.values(INFO.params).unwrap(), false).unwrap();
        let wanted = case["inputs"].as_array().unwrap();
        assert_eq!(wanted.len(), table.rows, "{name}");
        for (row, wanted) in wanted.iter().enumerate() {
            let mut inputs = Vec::new();
            features.row(row, &mut inputs);
            let wanted: Vec<f64> = wanted.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
            assert_eq!(inputs.len(), wanted.len(), "{name} {:?}: {:?}", pick.params, features.names);
            for (at, (ours, theirs)) in inputs.iter().zip(&wanted).enumerate() {
                let error = (f64::from(*ours) - theirs).abs() / theirs.abs().max(1.0);
                assert!(error < 1e-5, "{name} {:?}, row {row}, {}: {ours} is not {theirs}", pick.params, features.names[at]);
            }
        }
    }
}

#[test]
fn test_rows_change_nothing_that_is_learnt() {
    let text = flowers(90, 1);
    let from = source(Pick::new(KEY).with("encode", 0.0), "");
    let read = table(&text);
    let data = read.dataset(&from).unwrap();
    // Which rows are for testing follows from the classes and the seed; their other cells become extreme, new, or empty.
    let mut changed = read.clone();
    let mut train = Vec::new();
    let is_train: Vec<bool> = (0..read.rows)
        .map(|row| {
            let kept = data.train.inputs.chunks(data.features.len()).any(|x| {
                let length = (read.columns[0].numbers[row] - f64::from(data.scaling[0].0)) * f64::from(data.scaling[0].1);
                (f64::from(x[0]) - length).abs() < 1e-6
            });
            if kept {
                train.push(row);
            }
            kept
        })
        .collect();
    assert!((data.train.len..read.rows).contains(&train.len()), "two rows may be alike in their first number");
    changed.columns[2].categories.push("violet".into());
    for row in (0..read.rows).filter(|row| !is_train[*row]) {
        changed.columns[0].numbers[row] = 1e9;
        changed.columns[1].numbers[row] = if row % 2 == 0 { f64::NAN } else { -1e9 };
        changed.columns[2].codes[row] = 3;
    }
    for pick in [
        from.pick.clone(),
        Pick::new(KEY).with("scaling", 1.0).with("impute", 1.0),
        Pick::new(KEY).with("encode", 1.0).with("scaling", 2.0),
    ] {
        let from = TableSource { pick, ..from.clone() };
        let (before, after) = (read.dataset(&from).unwrap(), changed.dataset(&from).unwrap());
        assert_eq!(before.train, after.train);
        assert_eq!((before.scaling, before.features), (after.scaling, after.features));
        assert_ne!(before.test.inputs, after.test.inputs);
    }
}

#[test]
fn rows_are_split_class_by_class_by_the_seed() {
    let read = table(&flowers(91, 2));
    let of = |seed, test_share| read.dataset(&TableSource { seed, test_share, ..source(Pick::new(KEY), "") }).unwrap();
    let data = of(1, 0.3);
    let Task::Classes(names) = &data.task else { panic!("classes") };
    assert_eq!(names, &["a", "b", "c"]);
    assert_eq!((data.train.len + data.test.len, data.test.len), (91, 27));
    for class in 0..3 {
        let count = data.test.classes.iter().filter(|c| **c == class).count();
        assert!((9..=10).contains(&count), "{count} of class {class}");
    }
    assert_eq!(data.features, ["length", "width", "colour = blue", "colour = red", "colour = white", "colour = missing"]);
    assert_eq!(of(1, 0.3).train, data.train);
    assert_ne!(of(2, 0.3).train, data.train);
    assert_eq!(of(1, 0.5).test.len, 46);
}

#[test]
fn numbers_are_predicted_standardised_by_the_training_rows() {
    let text: String = (0..60).map(|i| format!("{},{},{}\n", i, i % 7, 3.5 * f64::from(i) + 0.25)).collect();
    let data = table(&format!("a,b,price\n{text}")).dataset(&source(Pick::new(KEY), "")).unwrap();
    let Task::Value { name, shift, scale } = &data.task else { panic!("a number") };
    let mean = data.train.values.iter().map(|v| f64::from(*v)).sum::<f64>() / data.train.len as f64;
    let raw: f64 = data.train.values.iter().map(|v| f64::from(v / scale + shift)).sum::<f64>() / data.train.len as f64;
    assert!(name == "price" && mean.abs() < 1e-6 && (raw - f64::from(*shift)).abs() < 1e-3, "{mean} {raw} {shift}");
    assert_eq!(data.key, "csv");
    assert_eq!(data.name, "my.csv");
}

#[test]
fn columns_are_what_they_seem() {
    let mut text = String::from("id,size,day,kind,grade,note,empty,class\n");
    for i in 0..40 {
        text +=
            &format!("{i},{}.5,2024-01-{:02},{},{},\"note, {i} \"\"x\"\"\",,{}\n", i * i % 11, i % 28 + 1, ["x", "y"][i % 2], i % 4, i % 3);
    }
    let read = table(&text);
    let kinds: Vec<Kind> = read.columns.iter().map(|c| c.kind).collect();
    use Kind::{Category, Date, Ignored, Number};
    assert_eq!(kinds, [Ignored, Number, Date, Category, Number, Ignored, Ignored, Number]);
    assert_eq!((read.target, read.classes, read.rows), (7, true, 40));
    assert_eq!(read.columns[7].categories, ["0", "1", "2"]);
    assert_eq!(read.columns[6].missing, 40);
    assert_eq!(read.preview[0][5], "note, 0 \"x\"");
    // Corrections.
    let pick = Pick::new(KEY).with("predict", 2.0).with("task", 2.0);
    let corrected = of(&text, options(&pick, "1:number,5:category,8:none")).unwrap();
    assert_eq!((corrected.target, corrected.classes), (1, false));
    assert_eq!((corrected.columns[0].kind, corrected.columns[4].kind, corrected.columns[7].kind), (Number, Category, Ignored));
    assert_eq!(corrected.columns[4].categories, ["0", "1", "2", "3"]);
    assert_eq!(corrected.columns[0].guessed, Ignored);
}

#[test]
fn what_is_predicted_is_what_can_be() {
    let row =
        |i: usize| format!("{i},{},{},name {i},{}\n", i % 2, ["x", "y", "z"][i % 3], if i.is_multiple_of(2) { "" } else { "free text" });
    let rows: String = (0..200).map(row).collect();
    let target = |header: &str| table(&format!("{header}\n{}", rows.replace("free text", "")).replace("name 1,", "name 0,")).target;
    assert_eq!(target("n,a,b,c,d"), 2, "neither what is empty nor names");
    assert_eq!(target("n,Class,b,c,d"), 1);
    assert_eq!(target("n,a,b,class,d"), 2, "a column of names is none, whatever it is called");
    assert_eq!(target("n,y,label,c,d"), 2, "the surer name");
    let apart = of(&format!("n,a,b,c,d\n{rows}"), options(&Pick::new(KEY).with("predict", 4.0), "")).unwrap_err();
    assert!(apart.field == "data.predict" && apart.to_string().contains("column c: more than 100 classes"), "{apart}");
}

#[test]
fn endings_quotes_marks_and_letters_are_read() {
    let plain = "name,n,class\nä b,1,x\nc,2,y\nd,3,x\ne,4,y\n";
    let wanted = table(plain);
    let same = |other: Table| Table { checksum: wanted.checksum.clone(), western: false, ..other } == wanted;
    assert!(same(table(&plain.replace('\n', "\r\n"))));
    assert!(same(table(&plain.replace('\n', "\r"))));
    assert!(same(table(&format!("\u{feff}{plain}"))), "a byte order mark");
    assert!(same(table(plain.trim_end())), "no newline at the end");
    assert!(same(table(&plain.replace('\n', "\n\n"))), "blank rows");
    assert!(same(table(&plain.replace(",x", ",\"x\""))));
    let western: Vec<u8> = plain.chars().map(|c| if c == 'ä' { 0xe4 } else { c as u8 }).collect();
    let read = read(&Arc::new(western), Options::default()).unwrap();
    assert!(read.western && same(read));
    assert_eq!(wanted.checksum, checksum(plain.as_bytes()));
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let rows = "1,x,a\n2,y,b\n3,x,a\n4,y,b\n";
    let pick = |key: &str, value: f64| Pick::new(KEY).with(key, value);
    let none = Pick::new(KEY);
    for (text, pick, columns, field, says) in [
        (format!("n,w,c\n{rows}5,x\n"), &none, "", "data.delimiter", "row 6: 2 cells, where the first row has 3"),
        (format!("n,w,c\n{rows}\"5,x,a\n"), &none, "", "file", "row 6: a quote is opened"),
        (format!("n,w,c\n{rows}\"5\"5,x,a\n"), &none, "", "data.delimiter", "row 6: text behind a closing quote"),
        (format!("n,w,c\n{rows}12o,x,a\n"), &none, "1:number", "columns", "row 6, column n: \"12o\" is no number"),
        (format!("n,w,c\n\n{rows}12o,x,a\n"), &none, "1:number", "columns", "row 7, column n"),
        (format!("n,w,c\n{rows}"), &none, "2:date", "columns", "row 2, column w: \"x\" is no date"),
        (format!("n,w,c\n{rows}"), &none, "4:none", "columns", "no column 4; the last is 3"),
        (format!("n,w,c\n{rows}"), &none, "1-2:none", "columns", "no column is left"),
        (format!("n,w,c\n{rows}"), &pick("predict", 9.0), "", "data.predict", "no column 9"),
        (format!("n,w,c\n{rows}"), &pick("task", 2.0), "", "data.task", "row 2, column c: \"a\" is no number"),
        (rows.replace('a', "").replace('b', "?"), &pick("predict", 3.0), "", "data.predict", "column column 3: nothing stands in it"),
        ("n,w\n1,2\n".into(), &none, "", "file", "fewer than three rows"),
        ("n\n1\n2\n3\n4\n".into(), &none, "", "data.delimiter", "one column alone"),
        (String::new(), &none, "", "file", "fewer than three rows"),
        ("a\0b,c\n".into(), &none, "", "file", "no text"),
    ] {
        let fault = of(&text, options(pick, columns)).expect_err(says);
        assert!(fault.field == field && fault.to_string().contains(says), "{text:?}: {}: {fault}", fault.field);
        assert_eq!(SpecError::from(fault).field(), field);
    }
    let alone = table("n,c\n1,a\n2,a\n3,a\n").dataset(&source(none.clone(), "")).unwrap_err();
    assert!(alone.field() == "data.predict" && alone.to_string().contains("one class alone"), "{alone}");
    let second = pick("predict", 2.0);
    let apart = of("n,c\n1,a\n2,b\n3,c\n", options(&second, "")).unwrap().dataset(&source(second, "")).unwrap_err();
    assert!(apart.to_string().contains("each class needs two"), "{apart}");
    let wide = of(&format!("{}\n{rows}", "a,".repeat(MAX_COLUMNS)), Options::default()).unwrap_err();
    assert!(wide.to_string().contains("1,001 cells, more than the 1,000 columns"), "{wide}");
    let utf16 = read(&Arc::new(vec![0xff, 0xfe, b'a', 0]), Options::default()).unwrap_err();
    assert!(utf16.to_string().contains("UTF-16"));
    let large = read(&Arc::new(vec![b'a'; MAX_BYTES + 1]), Options::default()).unwrap_err();
    assert!(large.to_string().contains("more than the 50 MB"), "{large}");
}

#[test]
fn numbers_that_32_bit_floats_do_not_hold_are_refused_or_missing() {
    let read = table("n,m,c\n1e39,1e38,a\n2,-1e38,b\n3,1e38,a\n4,-1e38,b\n5,1e38,a\n6,1e38,b\n");
    assert_eq!(read.columns[0].missing, 1);
    let data = read.dataset(&source(Pick::new(KEY), "")).unwrap();
    assert!(data.train.inputs.iter().all(|v| v.is_finite()));
}

#[test]
fn letters_may_lie_across_pieces() {
    // Three bytes a letter, so that one of the ends of pieces of 256 kB falls within one, whatever stands before it.
    for (shift, cut) in [(0, false), (1, false), (2, false), (0, true)] {
        let mut text = "n,w,c\n".to_string() + &" ".repeat(shift);
        (0..60_000).for_each(|i| text += &format!("{i},€€€,{}\n", ["a", "b"][i % 2]));
        let mut bytes = text.into_bytes();
        if cut {
            // A file that ends within a letter is no UTF-8.
            bytes.extend_from_slice(b"1,\xe2\x82");
        }
        match read(&Arc::new(bytes), Options::default()) {
            Ok(table) => assert!(!cut && !table.western && table.preview[1][1] == "€€€", "{shift}"),
            Err(fault) => assert!(cut && fault.to_string().contains("row 60002: 2 cells"), "{fault}"),
        }
    }
}

/// `text` with a few bytes changed, dropped, doubled, or moved.
fn damage(text: &[u8], rng: &mut Rng) -> Vec<u8> {
    const ODD: &[u8] = b"\",;\t|\r\n\0?-.eE+\xff\xc3\xe4 0";
    let mut bytes = text.to_vec();
    for _ in 0..=rng.below(8) {
        let at = rng.below(bytes.len().max(1) as u32) as usize;
        match rng.below(5) {
            _ if bytes.is_empty() => bytes.push(rng.next_u32() as u8),
            0 => bytes[at] = rng.next_u32() as u8,
            1 => bytes[at] = ODD[rng.below(ODD.len() as u32) as usize],
            2 => drop(bytes.remove(at)),
            3 => bytes.truncate(at),
            _ => bytes.insert(at, ODD[rng.below(ODD.len() as u32) as usize]),
        }
    }
    bytes
}

#[test]
fn any_bytes_are_read_without_harm() {
    let mut rng = Rng::new(5, 0);
    let (mut fine, mut refused) = (0, 0);
    for i in 0..6000_u64 {
        let bytes = if rng.below(4) == 0 {
            const ALPHABET: &[u8] = b"ab1.,;\t|\"\n\r -?\xc3\xa4\xff\0";
            (0..rng.below(200)).map(|_| ALPHABET[rng.below(ALPHABET.len() as u32) as usize]).collect()
        } else {
            damage(flowers(5 + (i % 20) as usize, i).as_bytes(), &mut rng)
        };
        let mut pick = Pick::new(KEY);
        for spec in INFO.params {
            let reads = ["delimiter", "decimal", "header", "predict", "task"].contains(&spec.key);
            if rng.below(if reads { 20 } else { 2 }) == 0 {
                pick = pick.with(spec.key, f64::from(rng.below(spec.range.1 as u32 + 1)).max(spec.range.0));
            }
        }
        let columns = ["", "", "", "", "1:number", "3:date", "2-3:category", "1-4:none"][rng.below(8) as usize];
        let from = source(pick, columns);
        let read = read(&Arc::new(bytes), Options::of(&from).unwrap());
        let Ok(table) = read else {
            refused += 1;
            continue;
        };
        if let Ok(data) = table.dataset(&from) {
            fine += 1;
            let width = data.shape.len();
            for samples in [&data.train, &data.test] {
                assert_eq!(samples.inputs.len(), samples.len * width);
                assert_eq!(samples.len, samples.classes.len() + samples.values.len());
                assert!(samples.inputs.iter().chain(&samples.values).all(|v| v.is_finite()));
                assert!(samples.classes.iter().all(|c| (*c as usize) < data.task.outputs()));
            }
            assert_eq!((data.features.len(), data.scaling.len()), (width, width));
        }
    }
    assert!(fine > 300 && refused > 300, "{fine} read, {refused} refused: both are to be tried");
}

#[test]
fn pieces_are_small_and_their_share_grows() {
    let bytes = Arc::new(flowers(30_000, 3).into_bytes());
    let mut reader = Reader::new(&bytes, Options::default());
    let (mut pieces, mut share) = (0, 0.0);
    let table = loop {
        pieces += 1;
        match reader.work() {
            Some(done) => break done.unwrap(),
            None => assert!(reader.share() >= share && reader.share() <= 1.0, "{} after {share}", reader.share()),
        }
        share = reader.share();
    };
    assert!(pieces > 10 && share > 0.9, "{pieces} pieces, {share}");
    let whole = read(&bytes, Options::default()).unwrap();
    let bits = |t: &Table| t.columns.iter().map(|c| c.numbers.iter().map(|v| v.to_bits()).collect::<Vec<_>>()).collect::<Vec<_>>();
    assert!(bits(&table) == bits(&whole) && table.columns.iter().zip(&whole.columns).all(|(a, b)| a.codes == b.codes));
    assert_eq!((table.rows, table.checksum), (30_000, whole.checksum));
}
