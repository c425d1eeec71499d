//! The table of an experiment's numbers and picks: controls, link, JSON check, `diff` and help are loops over it.

use super::{
    Experiment, damage,
    goal::{MAX_DROP, MAX_KB, MAX_MS, TARGET},
    learner::{CCP_ALPHA, CUT_DEPTH, FAMILIES, KEEP_TREES, LEARNER, LEARNER_BITS},
};
pub(super) use crate::engine::quantization::settings::{ACTIVATION_BITS, BIAS_CORRECTION, BITS, FORMAT, PER_CHANNEL, SAMPLES, ZERO};
use crate::engine::{
    activations,
    catalog::{Listing, Pick},
    data, initializers, losses, optimizers,
    params::{ParamSpec, Scale, Word},
    pruning::{self, criteria},
    quantization::{calibration, ranges, rounding, settings::OFF_ON},
    schedules,
};

/// What changing a value does to a run under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Applies to the running model.
    Live,
    /// Needs a new start; the page says so before it does.
    Restart,
}

/// A number of an experiment.
pub struct Field {
    /// Name, range, help; its key is the link key.
    pub spec: ParamSpec,
    /// Section of the recipe: one of [`SECTIONS`].
    pub section: &'static str,
    /// What a change does mid-run.
    pub effect: Effect,
    /// Reads it.
    pub get: fn(&Experiment) -> f64,
    /// Writes a checked value.
    pub set: fn(&mut Experiment, f64),
}

/// A catalogue choice of an experiment.
pub struct PickField {
    /// Link key; parameters are written `key.param`.
    pub key: &'static str,
    /// What the page shows.
    pub label: &'static str,
    /// Section of the recipe.
    pub section: &'static str,
    /// What a change does mid-run.
    pub effect: Effect,
    /// The catalogue.
    pub listing: Listing,
    /// Reads it.
    pub get: fn(&Experiment) -> &Pick,
    /// Writes a pick that the catalogue has resolved.
    pub set: fn(&mut Experiment, Pick),
}

pub(super) const LR: ParamSpec = ParamSpec {
    key: "lr",
    label: "Learning rate η",
    range: (1e-5, 10.0),
    scale: Scale::Log,
    default: 0.003,
    help: teach!("How far weights move along the gradient at each step. Too small and nothing happens; too large and the loss explodes."),
    formula: teach!(r"\theta \leftarrow \theta - \eta\, \nabla L"),
    source: teach!("Robbins & Monro 1951, A stochastic approximation method"),
    ..ParamSpec::NEW
};
/// Samples of a mini-batch.
pub const BATCH: ParamSpec = ParamSpec {
    key: "batch",
    label: "Batch size",
    unit: "samples",
    range: (1.0, 131_072.0),
    scale: Scale::Integer,
    default: 32.0,
    help: teach!(
        "Samples averaged into each gradient. 1 is a single sample, and from the size of the training set on each step sees all of it (full batch): small batches take many noisy steps, large ones few smooth steps."
    ),
    formula: teach!(r"g = \frac{1}{|\mathcal{B}|} \sum_{i \in \mathcal{B}} \nabla L_i"),
    source: teach!("Bottou, Curtis & Nocedal 2018, Optimization methods for large-scale machine learning"),
};
pub(super) const EPOCHS: ParamSpec = ParamSpec {
    key: "epochs",
    label: "Epochs",
    range: (1.0, 1000.0),
    scale: Scale::Integer,
    default: 20.0,
    help: teach!("Passes over the training set before the run ends. Schedules stretch over this length."),
    formula: teach!(r"\text{steps} = \text{epochs} \cdot \left\lceil N / B \right\rceil"),
    ..ParamSpec::NEW
};
pub(super) const WARMUP: ParamSpec = ParamSpec {
    key: "warmup",
    label: "Warm-up",
    unit: "epochs",
    range: (0.0, 10.0),
    default: 0.0,
    help: teach!("Raises the learning rate linearly from zero over the first epochs. Protects fresh weights from large first steps."),
    formula: teach!(r"\eta_t = \eta \cdot \min\left(1, \frac{t}{w}\right)"),
    source: teach!("Goyal et al. 2017, Accurate, large minibatch SGD"),
    ..ParamSpec::NEW
};
pub(super) const L1: ParamSpec = ParamSpec {
    key: "l1",
    label: "L1 penalty λ₁",
    range: (0.0, 0.1),
    scale: Scale::Log,
    default: 0.0,
    help: teach!(
        "Pulls every weight towards zero with equal force, so that many end near exactly zero: a natural friend of pruning. Together with L2 it is the elastic net."
    ),
    formula: teach!(r"L + \lambda_1 \sum_i |w_i|"),
    source: teach!("Tibshirani 1996, Regression shrinkage and selection via the lasso"),
    ..ParamSpec::NEW
};
pub(super) const L2: ParamSpec = ParamSpec {
    key: "l2",
    label: "L2 penalty λ₂",
    range: (0.0, 0.1),
    scale: Scale::Log,
    default: 0.0,
    help: teach!("Pulls large weights harder than small ones, which smooths what the network learns. Too much and it cannot fit at all."),
    formula: teach!(r"L + \tfrac{1}{2}\lambda_2 \sum_i w_i^2"),
    source: teach!("Hoerl & Kennard 1970, Ridge regression"),
    ..ParamSpec::NEW
};
pub(super) const MAX_NORM: ParamSpec = ParamSpec {
    key: "maxnorm",
    label: "Max-norm c",
    range: (0.0, 10.0),
    default: 0.0,
    help: teach!(
        "Longest that the weights into one unit may be, taken as a vector: after each step, longer ones are scaled back. 0 sets no limit; 3 or 4 go well with dropout and high learning rates, and below 1 little can be learned."
    ),
    formula: teach!(r"\lVert w \rVert_2 > c \;\Rightarrow\; w \leftarrow c\, \frac{w}{\lVert w \rVert_2}"),
    source: teach!("Srivastava et al. 2014, Dropout: a simple way to prevent neural networks from overfitting"),
    ..ParamSpec::NEW
};
pub(super) const BALANCE: ParamSpec = ParamSpec {
    key: "balance",
    label: "Class weights",
    range: (0.0, 1.0),
    scale: Scale::Choice(&[Word { key: "off", label: "Off" }, Word { key: "balanced", label: "Balanced" }]),
    default: 0.0,
    help: teach!(
        "Balanced: samples of rare classes count more and those of common ones less, so that every class has the same say in the loss. Rare classes are then found more often, at the price of false alarms; losses that are shown are weighted too, and training stays on the CPU."
    ),
    formula: teach!(r"L = \frac{1}{B}\sum_b w_{y_b} L_b,\quad w_c = \frac{n}{k\, n_c}"),
    source: teach!("King & Zeng 2001, Logistic regression in rare events data"),
    ..ParamSpec::NEW
};
pub(super) const DISTILL: ParamSpec = ParamSpec {
    key: "distill",
    label: "Distillation α",
    range: (0.0, 1.0),
    default: 0.0,
    help: teach!(
        "Share of the loss that is about what teachers say to each training sample, models of earlier runs; the rest is about the labels. A small network learns more from a large one's doubts than from labels alone; 0 listens to none, training stays on the CPU, and losses that are shown are those of the labels."
    ),
    formula: teach!(
        r"L = (1 - \alpha)\, L_{\text{labels}} + \alpha\, T^2\, \operatorname{KL}\Big(\tfrac{1}{k} \sum_{i} \operatorname{softmax}(t_i / T) \,\Big\|\, \operatorname{softmax}(z / T)\Big)"
    ),
    source: teach!("Hinton, Vinyals & Dean 2015, Distilling the knowledge in a neural network"),
    ..ParamSpec::NEW
};
pub(super) const TEMPERATURE: ParamSpec = ParamSpec {
    key: "temperature",
    label: "Temperature T",
    range: (1.0, 20.0),
    scale: Scale::Log,
    default: 4.0,
    help: teach!(
        "Divides the outputs of teachers and student before they become probabilities: the higher, the more the wrong classes say. Numbers have none."
    ),
    formula: teach!(r"p_i = \frac{\exp(z_i / T)}{\sum_j \exp(z_j / T)}"),
    source: teach!("Hinton, Vinyals & Dean 2015, Distilling the knowledge in a neural network"),
    ..ParamSpec::NEW
};
pub(super) const SAM: ParamSpec = ParamSpec {
    key: "sam",
    label: "Sharpness-aware ρ",
    range: (0.0, 1.0),
    default: 0.0,
    help: teach!(
        "Takes each step by the gradient at the worst point within ρ, so that training looks for flat valleys, whose weights bear rounding and pruning better. Works with every optimizer at twice the time a step; 0 is off, 0.05 a good first try, and much more than that learns little."
    ),
    formula: teach!(r"g = \nabla L\left(\theta + \rho\, \frac{\nabla L(\theta)}{\lVert \nabla L(\theta) \rVert_2}\right)"),
    source: teach!("Foret et al. 2021, Sharpness-aware minimization for efficiently improving generalization"),
    ..ParamSpec::NEW
};
pub(super) const CLIP: ParamSpec = ParamSpec {
    key: "clip",
    label: "Clip gradient norm",
    range: (0.0, 100.0),
    scale: Scale::Log,
    default: 0.0,
    help: teach!(
        "Longest that the gradient of all parameters may be, as one vector: a longer one is scaled down and keeps its direction. Saves a run from single wild mini-batches; 0 sets no limit, and a small one makes every step equally long."
    ),
    formula: teach!(r"g \leftarrow g \cdot \min\left(1, \frac{c}{\lVert g \rVert_2}\right)"),
    source: teach!("Pascanu, Mikolov & Bengio 2013, On the difficulty of training recurrent neural networks"),
    ..ParamSpec::NEW
};
pub(super) const CLIP_VALUE: ParamSpec = ParamSpec {
    key: "clipvalue",
    label: "Clip gradient value",
    range: (0.0, 10.0),
    scale: Scale::Log,
    default: 0.0,
    help: teach!(
        "Largest size of each single gradient, after its norm was clipped. Cruder than clipping the norm, since it turns the step towards weights with small gradients; 0 sets no limit."
    ),
    formula: teach!(r"g_i \leftarrow \max(-c, \min(c, g_i))"),
    source: teach!("Mikolov 2012, Statistical language models based on neural networks"),
    ..ParamSpec::NEW
};
pub(super) const NOISE: ParamSpec = ParamSpec {
    key: "gradnoise",
    label: "Gradient noise η₀",
    range: (0.0, 1.0),
    scale: Scale::Log,
    default: 0.0,
    help: teach!(
        "Variance of the normal noise that is added to every gradient in the first step; it fades as steps go by. It can shake a deep network out of a bad start; the papers try 0.01, 0.3 and 1, which small networks hardly need."
    ),
    formula: teach!(r"g \leftarrow g + \mathcal{N}\left(0, \frac{\eta_0}{(1 + t)^{0.55}}\right)"),
    source: teach!("Neelakantan et al. 2015, Adding gradient noise improves learning for very deep networks"),
    ..ParamSpec::NEW
};
pub(super) const AVERAGE: ParamSpec = ParamSpec {
    key: "average",
    label: "Weight averaging",
    range: (0.0, 2.0),
    scale: Scale::Choice(&[
        Word { key: "off", label: "Off" },
        Word { key: "ema", label: "Moving (EMA)" },
        Word { key: "swa", label: "Over epochs (SWA)" },
    ]),
    default: 0.0,
    help: teach!(
        "Keeps an average of the weights beside those that train: a moving one over steps, or the plain mean over the ends of epochs. Tests, comparisons, files and recipes use the average, which is smoother and often better than the last weights; training itself does not notice."
    ),
    formula: teach!(
        r"\bar\theta \leftarrow \beta\, \bar\theta + (1 - \beta)\, \theta \quad\text{or}\quad \bar\theta_n = \frac{1}{n} \sum_{i \le n} \theta_i"
    ),
    source: teach!(
        "Polyak & Juditsky 1992, Acceleration of stochastic approximation by averaging; Izmailov et al. 2018, Averaging weights leads to wider optima and better generalization"
    ),
    ..ParamSpec::NEW
};
pub(super) const DECAY: ParamSpec = ParamSpec {
    key: "emadecay",
    label: "Average keeps β",
    range: (0.0, 0.9999),
    default: 0.99,
    help: teach!(
        "What the moving average keeps of itself at each step. 0.99 looks back over about a hundred steps; near 1 it is smooth and late, at 0 it is the last weights."
    ),
    formula: teach!(r"\bar\theta \leftarrow \beta\, \bar\theta + (1 - \beta)\, \theta"),
    source: teach!("Polyak & Juditsky 1992, Acceleration of stochastic approximation by averaging"),
    ..ParamSpec::NEW
};
pub(super) const AVERAGE_FROM: ParamSpec = ParamSpec {
    key: "averagefrom",
    label: "Average from epoch",
    unit: "epochs",
    range: (0.0, 1000.0),
    scale: Scale::Integer,
    default: 0.0,
    help: teach!(
        "Epoch from which on weights are averaged. For the mean over epochs take one at which the loss has become flat, say three quarters of the run: it never forgets what came before."
    ),
    formula: teach!(r"\bar\theta_t = \theta_t \quad (t < t_0)"),
    source: teach!("Izmailov et al. 2018, Averaging weights leads to wider optima and better generalization"),
};
pub(super) const MIXUP: ParamSpec = ParamSpec {
    key: "mixup",
    label: "Mixup α",
    range: (0.0, 8.0),
    default: 0.0,
    help: teach!(
        "Trains on mixtures of two samples and of their targets: a 7 in part a 1 is to be called so. It keeps a network from being surer between samples than it can know; 0 is off, 0.2 mixes little, 1 evenly, and training accuracy then counts the larger part."
    ),
    formula: teach!(
        r"\tilde x = \lambda x_i + (1 - \lambda)\, x_j,\quad \tilde y = \lambda y_i + (1 - \lambda)\, y_j,\quad \lambda \sim \operatorname{Beta}(\alpha, \alpha)"
    ),
    source: teach!("Zhang et al. 2018, mixup: beyond empirical risk minimization"),
    ..ParamSpec::NEW
};
pub(super) const SHIFT: ParamSpec = ParamSpec {
    key: "shift",
    label: "Shift images",
    unit: "pixels",
    range: (0.0, 8.0),
    scale: Scale::Integer,
    default: 0.0,
    help: teach!(
        "Each training image is moved by up to so many pixels each way, anew every time it comes. The network learns that the place does not matter; too far, and what counts leaves the picture."
    ),
    formula: teach!(r"\tilde x_{r,c} = x_{r - d_r,\, c - d_c},\quad d_r, d_c \in \{-s, \dots, s\}"),
    source: teach!("Simard, Steinkraus & Platt 2003, Best practices for convolutional neural networks applied to visual document analysis"),
};
pub(super) const FLIP: ParamSpec = ParamSpec {
    key: "flip",
    label: "Mirror images",
    range: (0.0, 1.0),
    scale: Scale::Choice(OFF_ON),
    default: 0.0,
    help: teach!(
        "On: every other training image is mirrored left to right. It suits clothes and harms digits, where a mirrored 3 is none."
    ),
    formula: teach!(r"\tilde x_{r,c} = x_{r,\, W - 1 - c}"),
    source: teach!("Krizhevsky et al. 2012, ImageNet classification with deep convolutional neural networks"),
    ..ParamSpec::NEW
};
pub(super) const ROTATE: ParamSpec = ParamSpec {
    key: "rotate",
    label: "Rotate images",
    unit: "degrees",
    range: (0.0, 45.0),
    default: 0.0,
    help: teach!(
        "Each training image is turned about its middle by a random angle of up to so many degrees each way, anew every time it comes. Small angles make up for slanted writing; large ones turn a 6 towards a 9 and blur thin lines."
    ),
    formula: teach!(r"\tilde x(u) = x\left(R_{\varphi}^{-1} u\right),\quad \varphi \in [-r, r]"),
    source: teach!("Simard, Steinkraus & Platt 2003, Best practices for convolutional neural networks applied to visual document analysis"),
    ..ParamSpec::NEW
};
pub(super) const PATIENCE: ParamSpec = ParamSpec {
    key: "patience",
    label: "Early stopping",
    unit: "epochs",
    range: (0.0, 100.0),
    scale: Scale::Integer,
    default: 0.0,
    help: teach!(
        "Ends the run when the validation loss has not improved for this many epochs, and restores the best weights. Where no validation share is set it holds out 10 % of the training samples; 0 never stops early."
    ),
    formula: teach!(r"t - \operatorname{arg\,min}_{t'} L(t') \ge p"),
    source: teach!("Prechelt 1998, Early stopping - but when?"),
};
pub(super) const TEST_SHARE: ParamSpec = ParamSpec {
    key: "test",
    label: "Test share",
    range: (0.1, 0.9),
    default: 0.5,
    help: teach!(
        "Share of generated points kept for testing; real data sets bring their own split. Fewer training points make overfitting easy to see."
    ),
    formula: teach!(r"N_\text{test} = \operatorname{round}(s\, N)"),
    source: teach!("Hastie, Tibshirani & Friedman 2009, The elements of statistical learning, chapter 7"),
    ..ParamSpec::NEW
};
pub(super) const VALIDATION: ParamSpec = ParamSpec {
    key: "val",
    label: "Validation share",
    range: (0.0, 0.5),
    default: 0.0,
    help: teach!(
        "Share of the training samples, of each class alike, that is held out to choose by, of series and texts the last in time: early stopping goes by it, so that the test set is left for the verdict. 0 trains on all of them, except that early stopping, and a schedule that follows losses, then take 10 %."
    ),
    formula: teach!(r"N_\text{val} = \operatorname{round}(s\, N_\text{train})"),
    source: teach!("Prechelt 1998, Early stopping - but when?"),
    ..ParamSpec::NEW
};
pub(super) const SPARSITY: ParamSpec = ParamSpec {
    key: "prune",
    label: "Sparsity",
    range: (0.0, 0.99),
    default: 0.0,
    help: teach!(
        "Share of weights (or units) removed, the least important first. Networks often lose most of their weights before they lose accuracy."
    ),
    formula: teach!(r"s = 1 - \frac{\lVert w \rVert_0}{n}"),
    source: teach!("Han et al. 2015, Learning both weights and connections for efficient neural networks"),
    ..ParamSpec::NEW
};
pub(super) const DURING: ParamSpec = ParamSpec {
    key: "during",
    label: "Prune while training",
    range: (0.0, 3.0),
    scale: Scale::Choice(DURING_WORDS),
    default: 0.0,
    help: teach!(
        "Off: only the optimized copy is pruned. On: after the first epoch removed weights are held at zero while training goes on, so the others can make up for them; gradually, more and more go between two epochs, which costs less at high sparsity; with regrowth, three in ten of those that live change places four times an epoch at first and ever fewer up to three quarters of the run: the smallest go, and as many come where the loss of 128 training samples has its largest gradients (RigL)."
    ),
    formula: teach!(r"w \leftarrow m \odot (w - \eta\, \nabla L),\quad m_i \in \{0, 1\}"),
    source: teach!(
        "Zhu & Gupta 2017, To prune, or not to prune: exploring the efficacy of pruning for model compression; Evci et al. 2020, Rigging the lottery"
    ),
    ..ParamSpec::NEW
};
pub(super) const PRUNE_FROM: ParamSpec = ParamSpec {
    key: "prunefrom",
    label: "Prune from epoch",
    unit: "epochs",
    range: (0.0, 1000.0),
    scale: Scale::Integer,
    default: 1.0,
    help: teach!(
        "Epoch at which gradual pruning begins. Weights that have learned something tell better which of them can go; what begins late has few epochs left to make up for what went."
    ),
    formula: teach!(r"s_t = s \left( 1 - \left( 1 - \frac{t - t_0}{t_1 - t_0} \right)^3 \right)"),
    source: teach!("Zhu & Gupta 2017, To prune, or not to prune: exploring the efficacy of pruning for model compression"),
};
pub(super) const PRUNE_TO: ParamSpec = ParamSpec {
    key: "pruneto",
    label: "Prune to epoch",
    unit: "epochs",
    range: (0.0, 1000.0),
    scale: Scale::Integer,
    default: 8.0,
    help: teach!(
        "Epoch at which gradual pruning has reached the whole sparsity; most goes early, when much can go, and the last of it slowly. Where it is no later than the beginning, all goes at once."
    ),
    formula: teach!(r"s_t = s \left( 1 - \left( 1 - \frac{t - t_0}{t_1 - t_0} \right)^3 \right)"),
    source: teach!("Zhu & Gupta 2017, To prune, or not to prune: exploring the efficacy of pruning for model compression"),
};
const DURING_WORDS: &[Word] = &[
    Word { key: "off", label: "Off" },
    Word { key: "on", label: "On" },
    Word { key: "gradual", label: "Gradually" },
    Word { key: "regrow", label: "With regrowth" },
];
pub(super) const EQUALIZE: ParamSpec = ParamSpec {
    key: "equalize",
    label: "Cross-layer equalization",
    range: (0.0, 1.0),
    scale: Scale::Choice(OFF_ON),
    default: 0.0,
    help: teach!(
        "On: before rounding, each channel between two layers is scaled so that its largest weights in both are alike, which changes no answer where ReLU stands between. Worth most with one scale per layer, where a channel of small weights would get a few levels only; activations may spread."
    ),
    formula: teach!(r"\hat W_1 = W_1 S^{-1},\quad \hat W_2 = S W_2,\quad s_i = \frac{1}{r_i^{(2)}} \sqrt{r_i^{(1)} r_i^{(2)}}"),
    source: teach!("Nagel et al. 2019, Data-free quantization through weight equalization and bias correction"),
    ..ParamSpec::NEW
};
/// The choice of [`QAT`] that learns step sizes.
pub(super) const LSQ: usize = 2;
pub(super) const QAT: ParamSpec = ParamSpec {
    key: "qat",
    label: "Quantization-aware training",
    range: (0.0, 2.0),
    scale: Scale::Choice(&[OFF_ON[0], OFF_ON[1], Word { key: "lsq", label: "On, learned steps (LSQ)" }]),
    default: 0.0,
    help: teach!(
        "On: every step computes with weights, and 8-bit activations where those are chosen, rounded as they will be stored, and the floats behind them learn what that does: worth most at 4 bits and fewer. The gradient passes the rounding as if it were not there, and a step takes longer. With learned steps the step sizes of weights are trained by gradient, too, instead of following from the weights: worth most at 2 bits, and on the CPU alone."
    ),
    formula: teach!(
        r"\hat w = s \operatorname{clamp}\left(\operatorname{round}(w / s),\, -q,\, q\right),\quad \frac{\partial L}{\partial w} := \frac{\partial L}{\partial \hat w}\; [\,\lvert w \rvert \le (q + \tfrac{1}{2})\, s\,]"
    ),
    source: teach!(
        "Bengio, Léonard & Courville 2013, Estimating or propagating gradients through stochastic neurons; Jacob et al. 2018; Esser et al. 2020, Learned step size quantization (LSQ)"
    ),
    ..ParamSpec::NEW
};
pub(super) const QAT_FROM: ParamSpec = ParamSpec {
    key: "qatfrom",
    label: "Rounding from epoch",
    unit: "epochs",
    range: (0.0, 1000.0),
    scale: Scale::Integer,
    default: 0.0,
    help: teach!(
        "Epochs that quantization-aware training leaves to floats before it rounds. A network that has already learned something loses less to the first rounding; too few epochs after it, and it cannot make up for that."
    ),
    formula: teach!(r"w_t + [\,t \ge t_0\,]\, (\hat w_t - w_t)"),
    source: teach!("Krishnamoorthi 2018, Quantizing deep convolutional networks for efficient inference"),
};

pub(super) const EXIT: ParamSpec = ParamSpec {
    key: "exit",
    label: "Leave early at",
    range: (0.0, 1.0),
    default: 0.9,
    help: teach!(
        "How sure a head of the optimized model has to be for a sample to leave there: the largest of its probabilities. Less saves more multiplications and costs accuracy; at 1 every sample goes to the end. It changes no weight, and nothing where the model has no early exits."
    ),
    formula: teach!(r"\max_c \operatorname{softmax}(z)_c \ge T"),
    source: teach!("Teerapittayanon, McDanel & Kung 2016, BranchyNet: fast inference via early exiting from deep neural networks"),
    ..ParamSpec::NEW
};

macro_rules! field {
    ($spec:path, $section:literal, $effect:ident, $($path:ident).+ , $to:ty) => {
        Field { spec: $spec, section: $section, effect: Effect::$effect, get: |e| e.$($path).+ as f64, set: |e, v| e.$($path).+ = v as $to }
    };
}

/// Every number of an experiment, in the order of the recipe.
pub static FIELDS: &[Field] = &[
    field!(TEST_SHARE, "data", Restart, train.test_share, f64),
    field!(VALIDATION, "data", Restart, train.validation, f64),
    field!(damage::LABELS, "damage", Restart, damage.labels, f64),
    field!(damage::IMBALANCE, "damage", Restart, damage.imbalance, f64),
    field!(damage::MISSING, "damage", Restart, damage.missing, f64),
    field!(damage::OUTLIERS, "damage", Restart, damage.outliers, f64),
    field!(damage::SHIFT, "damage", Restart, damage.shift, f64),
    field!(BALANCE, "loss", Live, train.balance, usize),
    field!(DISTILL, "loss", Restart, train.distill, f64),
    field!(TEMPERATURE, "loss", Restart, train.temperature, f64),
    field!(LR, "optimizer", Live, train.lr, f64),
    field!(BATCH, "optimizer", Live, train.batch, usize),
    field!(EPOCHS, "optimizer", Live, train.epochs, f64),
    field!(WARMUP, "optimizer", Live, train.warmup, f64),
    field!(L1, "regularization", Live, train.l1, f64),
    field!(L2, "regularization", Live, train.l2, f64),
    field!(MAX_NORM, "regularization", Live, train.max_norm, f64),
    field!(CLIP, "regularization", Live, train.clip, f64),
    field!(CLIP_VALUE, "regularization", Live, train.clip_value, f64),
    field!(NOISE, "regularization", Live, train.noise, f64),
    field!(SAM, "regularization", Live, train.sam, f64),
    field!(AVERAGE, "regularization", Live, train.average, usize),
    field!(DECAY, "regularization", Live, train.decay, f64),
    field!(AVERAGE_FROM, "regularization", Live, train.average_from, usize),
    field!(MIXUP, "regularization", Live, train.mixup, f64),
    field!(SHIFT, "regularization", Live, train.shift, usize),
    field!(FLIP, "regularization", Live, train.flip, usize),
    field!(ROTATE, "regularization", Live, train.rotate, f64),
    field!(PATIENCE, "regularization", Restart, train.patience, usize),
    field!(SPARSITY, "compress", Live, compress.sparsity, f64),
    field!(DURING, "compress", Live, compress.during, usize),
    field!(PRUNE_FROM, "compress", Live, compress.prune_from, usize),
    field!(PRUNE_TO, "compress", Live, compress.prune_to, usize),
    field!(BITS, "compress", Live, compress.bits, usize),
    field!(FORMAT, "compress", Live, compress.format, usize),
    field!(PER_CHANNEL, "compress", Live, compress.per_channel, usize),
    field!(ZERO, "compress", Live, compress.zero, usize),
    field!(ACTIVATION_BITS, "compress", Live, compress.activation_bits, usize),
    field!(SAMPLES, "compress", Live, compress.samples, usize),
    field!(EQUALIZE, "compress", Live, compress.equalize, usize),
    field!(BIAS_CORRECTION, "compress", Live, compress.correct_bias, usize),
    field!(QAT, "compress", Live, compress.qat, usize),
    field!(QAT_FROM, "compress", Live, compress.qat_from, usize),
    field!(CUT_DEPTH, "compress", Live, compress.shrink.depth, usize),
    field!(CCP_ALPHA, "compress", Live, compress.shrink.alpha, f64),
    field!(KEEP_TREES, "compress", Live, compress.shrink.keep, f64),
    field!(LEARNER_BITS, "compress", Live, compress.shrink.bits, usize),
    field!(EXIT, "compress", Live, compress.exit, f64),
    field!(TARGET, "goal", Live, goal.target, usize),
    field!(MAX_KB, "goal", Live, goal.kb, f64),
    field!(MAX_DROP, "goal", Live, goal.drop, f64),
    field!(MAX_MS, "goal", Live, goal.ms, f64),
];

/// Every catalogue choice of an experiment, in the order of the recipe. The model, a list of picks, is apart.
pub static PICKS: &[PickField] = &[
    PickField {
        key: "data",
        label: "Data",
        section: "data",
        effect: Effect::Restart,
        listing: data::LISTING,
        get: |e| &e.data,
        set: |e, p| e.data = p,
    },
    PickField {
        key: LEARNER,
        label: "Model family",
        section: "model",
        effect: Effect::Restart,
        listing: FAMILIES,
        get: |e| &e.learner,
        set: |e, p| e.learner = p,
    },
    PickField {
        key: "init",
        label: "Initialization",
        section: "model",
        effect: Effect::Restart,
        listing: initializers::LISTING,
        get: |e| &e.init,
        set: |e, p| e.init = p,
    },
    PickField {
        key: "loss",
        label: "Loss",
        section: "loss",
        effect: Effect::Live,
        listing: losses::LISTING,
        get: |e| &e.loss,
        set: |e, p| e.loss = p,
    },
    PickField {
        key: "opt",
        label: "Optimizer",
        section: "optimizer",
        effect: Effect::Live,
        listing: optimizers::LISTING,
        get: |e| &e.optimizer,
        set: |e, p| e.optimizer = p,
    },
    PickField {
        key: "schedule",
        label: "Learning-rate schedule",
        section: "optimizer",
        effect: Effect::Live,
        listing: schedules::LISTING,
        get: |e| &e.schedule,
        set: |e, p| e.schedule = p,
    },
    PickField {
        key: "pruner",
        label: "What goes",
        section: "compress",
        effect: Effect::Live,
        listing: pruning::LISTING,
        get: |e| &e.compress.pruner,
        set: |e, p| e.compress.pruner = p,
    },
    PickField {
        key: "criterion",
        label: "Ranked by",
        section: "compress",
        effect: Effect::Live,
        listing: criteria::LISTING,
        get: |e| &e.compress.criterion,
        set: |e, p| e.compress.criterion = p,
    },
    PickField {
        key: "range",
        label: "Weight range",
        section: "compress",
        effect: Effect::Live,
        listing: ranges::LISTING,
        get: |e| &e.compress.range,
        set: |e, p| e.compress.range = p,
    },
    PickField {
        key: "round",
        label: "Rounding",
        section: "compress",
        effect: Effect::Live,
        listing: rounding::LISTING,
        get: |e| &e.compress.rounder,
        set: |e, p| e.compress.rounder = p,
    },
    PickField {
        key: "calib",
        label: "Activation range",
        section: "compress",
        effect: Effect::Live,
        listing: calibration::LISTING,
        get: |e| &e.compress.calibration,
        set: |e, p| e.compress.calibration = p,
    },
];

/// Sections of the recipe, in order.
pub const SECTIONS: [&str; 8] = ["data", "damage", "model", "loss", "optimizer", "regularization", "compress", "goal"];

/// Layers and activations: what a model is a list of.
#[must_use]
pub fn layer_listings() -> [Listing; 2] {
    [crate::engine::layers::LISTING, activations::LISTING]
}
