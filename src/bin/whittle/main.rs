//! The command line: the page's engine without the page.

#[cfg(not(target_arch = "wasm32"))]
mod driver;
#[cfg(not(target_arch = "wasm32"))]
mod eval;
#[cfg(not(target_arch = "wasm32"))]
mod lab;
#[cfg(not(target_arch = "wasm32"))]
mod list;
#[cfg(not(target_arch = "wasm32"))]
mod report;
#[cfg(not(target_arch = "wasm32"))]
mod solve;
#[cfg(not(target_arch = "wasm32"))]
mod source;
#[cfg(not(target_arch = "wasm32"))]
mod study;

/// The browser has no command line.
#[cfg(target_arch = "wasm32")]
fn main() {}

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    native::main()
}

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use std::{path::PathBuf, process::ExitCode};

    use clap::{Args, Parser, Subcommand, ValueEnum, error::ErrorKind};
    use whittle::{
        engine::writing::Wanted,
        protocol::Form,
        state::{
            race::Source,
            study::{FOLDS, Kind, REPEATS, SAMPLES},
        },
    };

    use super::{driver, eval, lab, list, solve, source, study};

    /// Train, prune, quantize and measure small models: the same numbers as in the page.
    #[derive(Parser)]
    #[command(name = "whittle", version)]
    struct Cli {
        #[command(subcommand)]
        command: Command,
    }

    #[derive(Subcommand)]
    enum Command {
        /// Runs an experiment and prints what happens; the last line is the summary.
        Run {
            #[command(flatten)]
            from: From,
            /// Events as JSON lines instead of text.
            #[arg(long)]
            json: bool,
        },
        /// Prints every catalogue with its parameters.
        List {
            /// As one JSON value.
            #[arg(long)]
            json: bool,
        },
        /// Runs an experiment and writes a file.
        Export {
            #[command(flatten)]
            from: From,
            /// What kind of file.
            #[arg(long, value_enum)]
            format: Format,
            /// Stops after so many steps of the run; 0 writes the first weights.
            #[arg(long, allow_negative_numbers = true)]
            at_step: Option<u64>,
            /// Where to write it.
            #[arg(short, long)]
            output: PathBuf,
        },
        /// Benchmarks this device with the engine's kernels, and a model before training layer by layer.
        Bench {
            /// A JSON file, a link, or preset:KEY.
            #[arg(default_value = "preset:mnist-mlp")]
            experiment: String,
            #[command(flatten)]
            files: Files,
            /// As one JSON value.
            #[arg(long)]
            json: bool,
        },
        /// Trains an experiment, then looks for the recipe that makes the smallest model of it within limits.
        Solve {
            #[command(flatten)]
            from: From,
            /// Largest file, thousands of bytes; 0 for no limit.
            #[arg(long, allow_negative_numbers = true)]
            max_kb: Option<f64>,
            /// Most that may be lost of the score, hundredths of accuracy or R²; 0 for no limit.
            #[arg(long, allow_negative_numbers = true)]
            max_drop: Option<f64>,
            /// Longest time for one sample on this machine, ms; 0 for no limit.
            #[arg(long, allow_negative_numbers = true)]
            max_ms: Option<f64>,
            /// Recipes that are carried out side by side.
            #[arg(long, default_value_t = 1)]
            jobs: usize,
            /// As one JSON value.
            #[arg(long)]
            json: bool,
        },
        /// A learning-rate range test: a copy trains while its learning rate grows from step to step, until the loss explodes.
        Rates {
            #[command(flatten)]
            from: From,
            /// Steps of the test, 20 to 2000.
            #[arg(long, default_value_t = 200)]
            steps: usize,
            /// From the trained weights, not the first ones.
            #[arg(long)]
            trained: bool,
            /// As one JSON value.
            #[arg(long)]
            json: bool,
        },
        /// Lets optimizers race from the same first weights over the same mini-batches.
        Race {
            #[command(flatten)]
            from: From,
            /// Who races, eight at most; a learning rate of its own follows a colon: adam,sgd:0.1.
            #[arg(long, default_value = "adam,sgd,momentum,rmsprop")]
            optimizers: String,
            /// Where learning rates come from.
            #[arg(long, value_enum, default_value = "shared")]
            rates: RatesFrom,
            /// Racers that train side by side; times are those of a shared machine then.
            #[arg(long, default_value_t = 1)]
            jobs: usize,
            /// As one JSON value.
            #[arg(long)]
            json: bool,
        },
        /// Trains an experiment, then computes its loss over a plane through the weights.
        Surface {
            #[command(flatten)]
            from: From,
            /// Points per edge, 3 to 61.
            #[arg(long, default_value_t = 11)]
            size: usize,
            /// The plane of the path that training took, not one of random directions.
            #[arg(long)]
            path: bool,
            /// As one JSON value.
            #[arg(long)]
            json: bool,
        },
        /// Trains an experiment whose schedule has warm restarts, and asks the weights at the ends of its last cycles together.
        Snapshots {
            #[command(flatten)]
            from: From,
            /// Members, 1 to 10.
            #[arg(long, default_value_t = 5)]
            members: usize,
            /// As one JSON value.
            #[arg(long)]
            json: bool,
        },
        /// Trains an experiment, then says what ails its layers and what may help.
        Checkup {
            #[command(flatten)]
            from: From,
            /// As one JSON value.
            #[arg(long)]
            json: bool,
        },
        /// Cross-validation: trains an experiment once per fold of all its samples, training and test samples together, and tests it on that fold.
        Folds {
            #[command(flatten)]
            from: From,
            /// Folds, 2 to 50; classes are spread evenly over them.
            #[arg(long, default_value_t = 5)]
            folds: usize,
            /// Samples come to folds in their order, not shuffled by the seed. Series and texts always do, and each fold is tested by a model of earlier windows alone.
            #[arg(long)]
            in_order: bool,
            #[command(flatten)]
            how: How,
        },
        /// Trains an experiment on 10 to 100 % of its training samples.
        LearningCurve {
            #[command(flatten)]
            from: From,
            /// How often each size is trained, with other samples and first weights, 1 to 10.
            #[arg(long, default_value_t = 3)]
            repeats: usize,
            #[command(flatten)]
            how: How,
        },
        /// Trains an experiment on bootstrap samples of its training samples, and takes its error apart.
        BiasVariance {
            #[command(flatten)]
            from: From,
            /// Bootstrap samples, 2 to 200.
            #[arg(long, default_value_t = 20)]
            samples: usize,
            #[command(flatten)]
            how: How,
        },
        /// Has a model of text write, character by character.
        Write {
            /// A .whittle file, from the page's download button or `export`.
            file: PathBuf,
            /// What the text begins with.
            #[arg(long, default_value = "")]
            prompt: String,
            /// Characters to write, 1 to 2000.
            #[arg(long, default_value_t = 200)]
            length: usize,
            /// How freely it draws, 0 to 2: at 0 always the likeliest character, at 1 each as often as the model says.
            #[arg(long, default_value_t = 0.8, allow_negative_numbers = true)]
            temperature: f32,
            /// Seed of what is drawn.
            #[arg(long, default_value_t = 1)]
            seed: u64,
            #[command(flatten)]
            files: Files,
            /// As one JSON value.
            #[arg(long)]
            json: bool,
        },
        /// Reads a model file back and judges it on the test samples of its data set.
        Eval {
            /// A .whittle file, from the page's download button or `export`.
            file: PathBuf,
            /// Also writes the test samples and what the model gives for them, as safetensors: what other runtimes can be held to.
            #[arg(long)]
            outputs: Option<PathBuf>,
            /// Also says what the model loses of its score when one column of a table is shuffled.
            #[arg(long)]
            importance: bool,
            #[command(flatten)]
            files: Files,
            /// As one JSON value.
            #[arg(long)]
            json: bool,
        },
    }

    /// How a study is carried out.
    #[derive(Args)]
    pub struct How {
        /// Trainings side by side.
        #[arg(long, default_value_t = 1)]
        jobs: usize,
        /// As one JSON value.
        #[arg(long)]
        json: bool,
    }

    /// Which experiment.
    #[derive(Args)]
    pub struct From {
        /// A JSON file, a link, or preset:KEY.
        pub experiment: String,
        /// Trains for so many epochs instead.
        #[arg(long, allow_negative_numbers = true)]
        pub epochs: Option<f64>,
        #[command(flatten)]
        pub files: Files,
    }

    /// Where data lies.
    #[derive(Args)]
    pub struct Files {
        /// Where data sets lie.
        #[arg(long, default_value = "public/data")]
        pub data_dir: PathBuf,
        /// A table of your own (CSV), in place of the experiment's data set, or the one that the experiment is about.
        #[arg(long)]
        pub csv: Option<PathBuf>,
        /// A model file to learn from: with the experiment's distill, and in a recipe's steps that distill. Several teach together.
        #[arg(long)]
        pub teacher: Vec<PathBuf>,
    }

    #[derive(Clone, Copy, ValueEnum)]
    enum RatesFrom {
        /// All have that of the experiment.
        Shared,
        /// Each has its own: the one given, or the one it is usually begun with.
        Own,
        /// Each has that of its own range test.
        Test,
    }

    #[derive(Clone, Copy, ValueEnum)]
    enum Format {
        /// The fp32 weights, in PyTorch's layout.
        Safetensors,
        /// Experiment and fp32 weights.
        Json,
        /// The optimized model, in its smallest form.
        Whittle,
        /// The optimized model for ONNX Runtime and other programs.
        Onnx,
        /// The fp32 model for ONNX Runtime and other programs.
        OnnxFp32,
    }

    pub fn main() -> ExitCode {
        let done = match Cli::try_parse() {
            Ok(cli) => perform(cli.command),
            Err(error) if error.use_stderr() && error.kind() != ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                Err(one_line(&error))
            }
            Err(help) => help.exit(),
        };
        match done {
            Ok(()) => ExitCode::SUCCESS,
            Err(reason) => {
                eprintln!("whittle: {reason}");
                ExitCode::from(2)
            }
        }
    }

    fn perform(command: Command) -> Result<(), String> {
        match command {
            Command::Run { from, json } => source::read(&from).and_then(|e| driver::run(e, &from.files, json)),
            Command::List { json } => list::print(json),
            Command::Export { from, format, at_step, output } => source::read(&from).and_then(|e| {
                let form = match format {
                    Format::Safetensors => Some(Form::Safetensors),
                    Format::Json => Some(Form::Json),
                    Format::Whittle => None,
                    Format::Onnx => Some(Form::Onnx),
                    Format::OnnxFp32 => Some(Form::OnnxFp32),
                };
                driver::export(e, &from.files, form, at_step, &output)
            }),
            Command::Bench { experiment, files, json } => {
                let from = From { experiment, epochs: None, files };
                source::read(&from).and_then(|e| driver::bench(e, &from.files, json))
            }
            Command::Solve { from, max_kb, max_drop, max_ms, jobs, json } => source::read(&from)
                .and_then(|e| solve::limited(e, [("maxkb", max_kb), ("maxdrop", max_drop), ("maxms", max_ms)]))
                .and_then(|e| solve::run(e, &from.files, jobs, json)),
            Command::Rates { from, steps, trained, json } => {
                source::read(&from).and_then(|e| lab::rates(&e, &from.files, steps, trained, json))
            }
            Command::Race { from, optimizers, rates, jobs, json } => source::read(&from).and_then(|e| {
                let source = match rates {
                    RatesFrom::Shared => Source::Shared,
                    RatesFrom::Own => Source::Own,
                    RatesFrom::Test => Source::Test,
                };
                lab::race(&e, &from.files, (&lab::racers(&optimizers)?, source, e.train.epochs), jobs, json)
            }),
            Command::Surface { from, size, path, json } => {
                source::read(&from).and_then(|e| lab::surface(&e, &from.files, size, path, json))
            }
            Command::Snapshots { from, members, json } => source::read(&from).and_then(|e| lab::snapshots(&e, &from.files, members, json)),
            Command::Checkup { from, json } => source::read(&from).and_then(|e| lab::checkup(&e, &from.files, json)),
            Command::Folds { from, folds, in_order, how } => {
                studied(&from, "--folds", (folds, FOLDS), Kind::Folds { of: folds, in_order }, &how)
            }
            Command::LearningCurve { from, repeats, how } => studied(&from, "--repeats", (repeats, REPEATS), Kind::Sizes { repeats }, &how),
            Command::BiasVariance { from, samples, how } => {
                studied(&from, "--samples", (samples, SAMPLES), Kind::Bootstrap { samples }, &how)
            }
            Command::Write { file, prompt, length, temperature, seed, files, json } => {
                eval::write_text(&file, &Wanted { prompt, length, temperature, seed }, &files, json)
            }
            Command::Eval { file, outputs, importance, files, json } => {
                eval::print(&file, eval::More { outputs: outputs.as_deref(), importance }, &files, json)
            }
        }
    }

    /// A study, whose number has to be within these ends.
    fn studied(from: &From, name: &str, (given, (least, most)): (usize, (usize, usize)), kind: Kind, how: &How) -> Result<(), String> {
        if !(least..=most).contains(&given) {
            return Err(format!("{name} {given}: {least} to {most}"));
        }
        source::read(from).and_then(|e| study::run(&e, &from.files, kind, how.jobs, how.json))
    }

    /// What is wrong with the arguments, without the usage that clap prints below it.
    fn one_line(error: &clap::Error) -> String {
        let text = error.to_string();
        let lines = text.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more"));
        let what = lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ").replace(" tip: ", "; tip: ");
        format!("{} (see whittle --help)", what.trim_start_matches("error: "))
    }
}
