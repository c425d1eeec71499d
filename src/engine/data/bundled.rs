//! Data sets that the page brings along as files, fetched when first used; their cards are in `public/data/index.json`.

use crate::engine::catalog::Info;

/// Every bundled file, in the order of the menu; the file is named `key.bin`.
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
];

/// A file has no formula and no settings.
const FILE: Info = Info { key: "", label: "", help: "", formula: "", source: "", params: &[] };
