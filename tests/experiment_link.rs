//! Links: what is written is read back, whatever it is, and whatever is read never does harm.

mod experiment_support;

use experiment_support::{Seen, damage, experiment, noise};
use whittle::{
    engine::{catalog::Pick, data::painted, error::SpecError, rng::Rng},
    experiment::{
        Experiment,
        link::{decode, encode, engine_name, engine_of, with_engine},
    },
};

#[test]
fn the_default_is_an_empty_link() {
    assert_eq!(encode(&Experiment::default()), "");
    for empty in ["", "#/play", "#/play?", "https://example.org/whittle/", "https://example.org/whittle/#/play", "/whittle/", "?", "&&"] {
        assert_eq!(decode(empty), (Experiment::default(), vec![], vec![]), "{empty}");
    }
}

#[test]
fn links_are_readable() {
    let mut wanted = Experiment {
        data: Pick::new("spiral").with("noise", 0.2),
        model: vec![
            Pick::new("dense").with("units", 64.0),
            Pick::new("relu"),
            Pick::new("conv2d").with("kernel", 5.0).with("padding", 1.0),
        ],
        optimizer: Pick::new("adam").with("beta1", 0.8),
        seed: 3,
        ..Experiment::default()
    };
    wanted.train.lr = 0.01;
    wanted.compress.sparsity = 0.8;
    wanted.compress.bits = 4;
    wanted.compress.per_channel = 0;
    (wanted.compress.pruner, wanted.compress.criterion) = (Pick::new("layer"), Pick::new("random"));
    let link = "data=spiral&data.noise=0.2&model=dense:64,relu,conv2d::5::valid&opt.beta1=0.8&lr=0.01&pruner=layer&criterion=random&prune=0.8&bits=4&scale=tensor&seed=3";
    assert_eq!(encode(&wanted), link);
    let escaped = link.replace(',', "%2C").replace(':', "%3a");
    for text in [
        link.to_string(),
        format!("#/play?{link}"),
        format!("?{link}"),
        format!(" https://example.org/whittle/?utm=x#/play?{link}\n"),
        format!("https://example.org/whittle/?{link}#top"),
        format!("https://example.org/#{link}"),
        escaped,
    ] {
        assert_eq!(decode(&text), (wanted.clone(), vec![], vec![]), "{text}");
    }
}

#[test]
fn older_links_say_what_they_said() {
    let wanted = |scope: &str, criterion: Pick| {
        let mut experiment = Experiment::default();
        (experiment.compress.pruner, experiment.compress.criterion) = (Pick::new(scope), criterion);
        experiment
    };
    for (text, wanted) in [
        ("pruner=global-magnitude", Experiment::default()),
        ("pruner=layer-magnitude", wanted("layer", Pick::new("magnitude"))),
        ("pruner=random", wanted("global", Pick::new("random"))),
        ("pruner=random&pruner.draw=7", wanted("global", Pick::new("random").with("draw", 7.0))),
        ("pruner=units&pruner.rank=in", wanted("units", Pick::new("magnitude"))),
        ("pruner=units&pruner.rank=in-out", wanted("units", Pick::new("in-out"))),
        ("pruner=units&pruner.rank=in-out&criterion=fpgm", wanted("units", Pick::new("fpgm"))),
        ("pruner=n-m&pruner.group=8", {
            let mut experiment = Experiment::default();
            experiment.compress.pruner = Pick::new("n-m").with("group", 8.0);
            experiment
        }),
    ] {
        assert_eq!(decode(text), (wanted.clone(), vec![], vec![]), "{text}");
        assert_eq!(decode(&encode(&wanted)).0, wanted, "{text}");
    }
    let (read, notices, errors) = decode("pruner=global&pruner.rank=in-out");
    assert_eq!((read, notices.len(), errors.len()), (Experiment::default(), 1, 0), "it never was a setting of this one");
}

#[test]
fn choices_of_pruning_that_do_not_suit_each_other_are_told() {
    for (text, field, says) in [
        ("pruner=units&criterion=wanda", "criterion", "magnitude, snip, taylor, movement, l1, in-out, fpgm, apoz, random"),
        ("pruner=block&criterion=apoz", "criterion", "magnitude, wanda, snip, taylor, movement, random"),
        ("pruner=n-m&during=regrow", "during", "global or layer"),
    ] {
        let (read, _, errors) = decode(text);
        assert_eq!((read.validate(), errors.len()), (Ok(()), 1), "{text}");
        assert!(errors[0].field() == field && errors[0].to_string().contains(says), "{}", errors[0]);
    }
}

#[test]
fn a_link_remembers_the_engine_and_stays_the_same_experiment() {
    let wanted = Experiment { seed: 3, ..Experiment::default() };
    for (build, note) in [("wasm simd128", "engine=simd128"), ("wasm simd128 relaxed-simd", "engine=relaxed-simd")] {
        let link = with_engine(encode(&wanted), engine_name(build));
        assert_eq!(link, format!("seed=3&{note}"));
        assert_eq!(engine_of(&format!("https://example.org/#/play?{link}")), engine_name(build).map(String::from));
        assert_eq!(decode(&link), (wanted.clone(), vec![], vec![]));
    }
    assert_eq!(with_engine("#/play?".into(), Some("simd128")), "#/play?engine=simd128");
    assert_eq!((engine_name("native"), engine_of("seed=3")), (None, None));
    assert_eq!(with_engine(encode(&wanted), engine_name("native")), "seed=3");
}

#[test]
fn a_model_may_have_no_hidden_layer() {
    let linear = Experiment { model: vec![], ..Experiment::default() };
    assert_eq!(encode(&linear), "model=none");
    for text in ["model=none", "model=", "model"] {
        assert_eq!(decode(text).0, linear, "{text}");
    }
}

#[test]
fn links_by_hand_are_part_of_the_experiment() {
    let (read, _, errors) = decode("data=xor&cut=1.0-1.2,1.0.3&keep=3.4.1");
    assert!(errors.is_empty() && read.hand.cut.len() == 3 && read.hand.keep.len() == 1, "{read:?}");
    assert_eq!(encode(&read), "data=xor&cut=1.0.2-3,1.1.2&keep=3.4.1");
    assert_eq!(whittle::experiment::json::read(r#"{"data": "xor", "cut": "1.0-1.2,1.0.3", "keep": "3.4.1"}"#).0, read);
    let many = (0..400).map(|i| format!("1.{}.{}", 2 * i, i % 7)).collect::<Vec<_>>().join(",");
    let (read, _, errors) = decode(&format!("lr=0.01&cut={many}"));
    assert_eq!(read.train.lr, 0.01, "the rest is read");
    assert!(read.hand.is_empty() && errors[0].to_string().contains("characters"), "{errors:?}");
}

#[test]
fn random_experiments_come_back() {
    let mut rng = Rng::new(11, 0);
    let (mut longest, mut seen) = (0, Seen::default());
    for i in 0..3000 {
        let experiment = experiment(&mut rng);
        assert_eq!(experiment.validate(), Ok(()), "draw {i}");
        seen.take(&experiment);
        let link = encode(&experiment);
        longest = longest.max(link.len());
        let (back, notices, errors) = decode(&link);
        assert_eq!((notices, errors), (vec![], vec![]), "draw {i}: {link}");
        assert_eq!(back, experiment.normal(), "draw {i}: {link}");
        assert_eq!(encode(&back), link, "draw {i}");
        assert!(link.chars().all(|c| c.is_ascii_alphanumeric() || "-._~:,=&%".contains(c)), "{link}");
        let free = !experiment.csv.name().is_empty() || !experiment.formula.is_empty();
        assert!(!link.contains('%') || free, "names and formulas alone are escaped: {link}");
    }
    assert!(seen.missing().is_empty(), "never drawn: {}", seen.missing().join(", "));
    assert!(longest < 2000, "the longest link has {longest} characters");
}

#[test]
fn any_text_is_read_without_harm() {
    let mut rng = Rng::new(12, 0);
    for _ in 0..20_000 {
        let text = if rng.below(2) == 0 { noise(&mut rng) } else { damage(&encode(&experiment(&mut rng)), &mut rng) };
        let (read, _, errors) = decode(&text);
        assert_eq!(read.validate(), Ok(()), "{text}");
        assert!(errors.iter().all(|e| e.to_string().chars().count() < 500), "{text}");
    }
    let (_, notices, _) = decode(&"x".repeat(1 << 20));
    assert!(notices[0].text.len() < 300);
}

#[test]
fn wrong_values_leave_their_default_and_say_why() {
    struct Case {
        link: &'static str,
        field: &'static str,
        says: &'static str,
    }
    let case = |link, field, says| Case { link, field, says };
    let cases = [
        case("lr=-1", "lr", "the range is 0.00001 to 10"),
        case("lr=NaN", "lr", "the range is 0.00001 to 10"),
        case("lr=1e30", "lr", "the range is 0.00001 to 10"),
        case("lr=", "lr", "a number"),
        case("lr=fast", "lr", "\"fast\" is not a number"),
        case("prune=1", "prune", "the range is 0 to 0.99"),
        case("prune=-inf", "prune", "the range is 0 to 0.99"),
        case("batch=1.5", "batch", "a whole number"),
        case("bits=9", "bits", "one of 32, 8, 6, 5, 4, 3, 2, 1, 7"),
        case("scale=row", "scale", "one of tensor, channel"),
        case("seed=-1", "seed", "a whole number from 0"),
        case("seed=9007199254740992", "seed", "a whole number from 0"),
        case("opt=adamant", "opt", "there is no optimizer \"adamant\"; known are"),
        case("opt=adamant&opt.beta1=0.5", "opt", "known are"),
        case("opt.beta1=1", "opt.beta1", "the range is 0 to 0.999"),
        case("data=spiral2", "data", "mnist10k"),
        case("model=dense:64,transformer", "model", "there is no layer \"transformer\""),
        case("model=,", "model", "there is no layer"),
        case("cut=1.2", "cut", "a link as layer.from.to"),
        case("cut=1.0-9999.0-9999", "cut", "more than the 4,096 links"),
        case("keep=0.1.1", "keep", "layers count from 1"),
        case("cut=1.0.0&keep=1.0.0", "keep", "both cut and kept"),
        case("version=2", "version", "newer"),
        case("version=0", "version", "from 1 to 1"),
    ];
    for Case { link, field, says } in cases {
        let (read, notices, errors) = decode(link);
        assert_eq!(read, Experiment::default(), "{link}");
        assert!(notices.is_empty(), "{link}: {notices:?}");
        assert_eq!(errors.len(), 1, "{link}: {errors:?}");
        assert_eq!(errors[0].field(), field, "{link}");
        assert!(errors[0].to_string().contains(says), "{link}: {}", errors[0]);
    }
    let (read, _, errors) = decode("lr=0.01&data=spiral&data.noise=3&prune=2");
    assert_eq!((read.train.lr, read.data.key.as_str(), read.compress.sparsity), (0.01, "spiral", 0.0), "the rest is read");
    assert_eq!(errors.iter().map(SpecError::field).collect::<Vec<_>>(), ["data.noise", "prune"]);
    let (read, _, errors) = decode("model=dense:64,dense:0,relu");
    assert_eq!(read.model[1..], [Pick::new("dense"), Pick::new("relu")], "a wrong setting leaves its own default");
    assert_eq!(errors[0].to_string(), "layer 2 (dense): units: 0 is not allowed; the range is 1 to 4096");
    let (read, _, errors) = decode("model=flatten:1,relu");
    assert_eq!(read.model, [Pick::new("flatten"), Pick::new("relu")], "the layer itself is clear");
    assert_eq!(errors[0].to_string(), "layer 1 (flatten): too many settings (1); those it has: none");
    let many = format!("model={}", vec!["relu"; 25].join(","));
    assert_eq!(decode(&many).2[0].to_string(), "model: 25 layers, more than the 24 allowed here");
}

#[test]
fn unknown_keys_are_ignored_with_a_notice() {
    let (read, notices, errors) = decode("utm_source=mail&lr=0.01&opt.momentum=0.5&lr=0.02");
    assert_eq!(read.train.lr, 0.02);
    assert!(errors.is_empty());
    let texts: Vec<_> = notices.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "lr is given more than once; the last one counts",
            "opt.momentum is no setting of adam and was ignored",
            "utm_source is unknown here and was ignored"
        ]
    );
}

#[test]
fn painted_points_go_through_link_and_json_and_belong_to_their_data() {
    let spots: Vec<_> = (0..painted::MOST).map(|i| painted::Spot::at(i as f32 * 0.03 - 4.0, 3.0 - i as f32 * 0.02, i % 4)).collect();
    let wanted = Experiment { data: Pick::new("painted"), points: painted::write(&spots), ..Experiment::default() };
    let text = encode(&wanted);
    assert!(text.len() < 2000, "{} characters", text.len());
    assert_eq!(decode(&text), (wanted.clone(), vec![], vec![]));
    assert_eq!(whittle::experiment::json::read(&whittle::experiment::json::write(&wanted)).0, wanted);
    let (read, _, errors) = decode("data=painted&points=abc");
    assert_eq!((read.points.as_str(), errors[0].field()), ("", "points"));
    let elsewhere = Experiment { data: Pick::new("moons"), ..wanted.clone() };
    assert_eq!(elsewhere.normal().points, "");
    let mut other = wanted.clone();
    other.points.clear();
    let told = whittle::experiment::diff(&wanted, &other);
    assert_eq!((told.len(), told[0].key.as_str(), told[0].from.as_str()), (1, "points", "300"));
}
