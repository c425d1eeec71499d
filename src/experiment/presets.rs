//! The gallery: experiments to begin with, each with something to find out.

use super::{Experiment, link};

/// An experiment of the gallery.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// Stable: the command line takes `preset:KEY`.
    pub key: &'static str,
    /// Its name.
    pub label: &'static str,
    /// What to find out with it.
    pub about: &'static str,
    /// The experiment, as a link.
    pub link: &'static str,
}

/// Every preset, in the order of the gallery; the first is what a first visit sees.
pub const ALL: &[Preset] = &[
    Preset {
        key: "mnist-mlp",
        label: "Handwritten digits",
        about: teach!(
            "Eight thousand digits, two hidden layers: a twentieth of the bytes reads them nearly as well, in less time. How few still do?"
        ),
        link: "data=mnist10k&model=dense:96,relu,dropout:0.2,dense:48,relu&lr=0.003&batch=32&epochs=12&schedule=cosine&prune=0.8&during=on&bits=4&act=int8",
    },
    Preset {
        key: "mnist-cnn",
        label: "Digits with filters",
        about: teach!(
            "Two layers of filters see strokes and corners: a quarter of the plain network's parameters, and better. Eight bits, activations too, cost it next to nothing."
        ),
        link: "data=mnist10k&model=conv2d:8,relu,maxpool,conv2d:16,relu,maxpool,dropout:0.3,dense:24,relu&lr=0.003&batch=32&epochs=10&schedule=cosine&bits=8&act=int8",
    },
    Preset {
        key: "slim-cnn",
        label: "Half the filters",
        about: teach!(
            "Half of all filters and neurons leave for good while the others learn on: a seventeenth of the bytes and less time, for about one more digit in a hundred misread."
        ),
        link: "data=mnist10k&model=conv2d:8,relu,maxpool,conv2d:16,relu,maxpool,dropout:0.3,dense:24,relu&lr=0.003&batch=32&epochs=10&schedule=cosine&pruner=units&prune=0.5&during=on&bits=8&act=int8",
    },
    Preset {
        key: "fashion-cnn",
        label: "Clothes",
        about: teach!(
            "Shirts, coats and pullovers look alike: which does a small network mix up, and which does pruning seven of ten weights? Trousers hardly notice."
        ),
        link: "data=fashion12k&model=conv2d:8,relu,maxpool,conv2d:16,relu,maxpool,dropout:0.2,dense:32,relu&lr=0.003&batch=32&epochs=10&schedule=cosine&prune=0.7&bits=8&act=int8",
    },
    Preset {
        key: "shrink",
        label: "A recipe for clothes",
        about: teach!(
            "Train, then run what stands in the Recipe tab: a third of the filters and neurons go, three of five weights of what is left, four bits each, taught by the network that was. A twenty-fifth of the bytes and less time, for less than one point."
        ),
        link: "data=fashion12k&model=conv2d:16,relu,maxpool,conv2d:24,relu,maxpool,dropout:0.2,dense:48,relu&lr=0.003&batch=32&epochs=8&schedule=cosine&recipe=prune:0.33:units:4,prune:0.6::3,quantize:4::int8,distill:6&act=int8",
    },
    Preset {
        key: "resnet",
        label: "A residual network",
        about: teach!(
            "Two residual blocks with batch normalization: seven layers deep, a quarter of the weights of the clothes above. The recipe takes one block out and trains on: what did it cost?"
        ),
        link: "data=fashion12k&model=conv2d:8::2,batchnorm,relu,conv2d:8,batchnorm,relu,conv2d:8,batchnorm,add:5,relu,conv2d:16::2,batchnorm,relu,conv2d:16,batchnorm,relu,conv2d:16,batchnorm,add:5,relu,globalpool&lr=0.005&batch=32&epochs=10&schedule=cosine&recipe=drop-layer,fine-tune:3,quantize:8::int8&bits=8&act=int8",
    },
    Preset {
        key: "early-exit",
        label: "Easy digits leave early",
        about: teach!(
            "Two small heads look over the network's shoulder, and a digit that one of them is sure of goes no further: more than half leave, and a third of the multiplications with them, for about half a point. How much surer must a head be for none to be lost?"
        ),
        link: "data=mnist10k&model=conv2d:12::2,relu,conv2d:24::2,relu,exit:1,conv2d:32,relu,exit:0.5,conv2d:32,relu,maxpool,dropout:0.2&lr=0.004&batch=32&epochs=4&schedule=cosine&bits=8&act=int8&exit=0.8",
    },
    Preset {
        key: "digits",
        label: "Tiny digits",
        about: teach!("Eight by eight pixels, trained in seconds. Good for trying every optimizer in turn."),
        link: "data=digits&model=conv2d:8,relu,conv2d:16,relu,maxpool,dropout:0.4&lr=0.005&batch=32&epochs=40&schedule=cosine&bits=4&act=int8",
    },
    Preset {
        key: "spiral",
        label: "Two spirals",
        about: teach!("Watch neurons fold the plane until the arms come apart, then prune until they do not."),
        link: "data=spiral&data.n=2000&data.noise=0.05&model=dense:24,tanh,dense:16,tanh&lr=0.01&batch=20&epochs=150&schedule=cosine&bits=8",
    },
    Preset {
        key: "xor-line",
        label: "A line is not enough",
        about: teach!("No hidden layer, no solution: softmax regression on exclusive or. Add one layer and see."),
        link: "data=xor&model=none&lr=0.03&batch=20&epochs=100",
    },
    Preset {
        key: "circle",
        label: "Circle",
        about: teach!("How many hidden neurons close a circle? Prune single links by hand to find out."),
        link: "data=circle&model=dense:6,relu&lr=0.02&batch=20&epochs=150",
    },
    Preset {
        key: "overfit",
        label: "Learning by heart",
        about: teach!(
            "Thirty noisy points, thousands of weights: the training loss falls while the test loss climbs. An L2 of 0.03 helps."
        ),
        link: "data=moons&data.n=120&data.noise=0.35&test=0.75&model=dense:48,relu,dense:48,relu&lr=0.01&batch=10&epochs=400",
    },
    Preset {
        key: "ternary",
        label: "Two bits a weight",
        about: teach!(
            "Digits with weights of minus one, zero and one, each times a scale: a nineteenth of the bytes, and one digit in twenty lost. Train with an L1 of 0.0001 and see both change."
        ),
        link: "data=mnist10k&model=dense:96,relu,dense:48,relu&lr=0.002&batch=32&epochs=12&schedule=cosine&bits=2&act=int8",
    },
    Preset {
        key: "bitnet",
        label: "Ternary from the start",
        about: teach!(
            "Minus one, zero and one times one scale a layer, and 8-bit activations, in training from its first step: a twentieth of the bytes, and at most one digit in a hundred lost. Switch quantization-aware training off and see what that was worth."
        ),
        link: "data=mnist10k&model=dense:160,relu,dense:64,relu&lr=0.004&batch=32&epochs=16&schedule=cosine&range=absmean&bits=2&scale=tensor&act=int8&qat=on",
    },
    Preset {
        key: "pruned",
        label: "One weight in ten",
        about: teach!(
            "Nine of ten weights are held at zero while the rest learn to make up for them. Restart without pruning while training, and see what that was worth."
        ),
        link: "data=mnist10k&model=dense:96,relu,dropout:0.2,dense:48,relu&lr=0.003&batch=32&epochs=12&schedule=cosine&prune=0.9&during=on&bits=8",
    },
    Preset {
        key: "biopsies",
        label: "Say it with less",
        about: teach!(
            "Thirty measurements that mostly repeat each other. With nine of ten weights held at zero a network learns less by heart: compare its test loss with that of all of them."
        ),
        link: "data=breast-cancer&model=dense:32,relu,dense:16,relu&lr=0.003&batch=16&epochs=40&prune=0.9&during=on&bits=4",
    },
    Preset {
        key: "diabetes",
        label: "A number, not a class",
        about: teach!("Regression on ten measurements of 442 patients. Does a network beat a straight line here?"),
        link: "data=diabetes&model=dense:16,relu&loss=mse&lr=0.003&batch=16&epochs=60&l2=0.03&bits=8",
    },
    Preset {
        key: "hills",
        label: "Rounded hills",
        about: teach!(
            "A height for every place. Classes hide how weights are rounded, heights show it: at eight bits the hills stand, at four they crumble."
        ),
        link: "data=hills&data.n=2000&model=dense:24,tanh,dense:16,tanh&loss=mse&lr=0.02&batch=20&epochs=100&schedule=cosine&bits=4",
    },
    Preset {
        key: "vowels",
        label: "Who is speaking?",
        about: teach!(
            "Nine speakers say two vowels, up to 29 moments of twelve numbers each. A gated recurrent unit reads them one after the other and names the speaker; eight bits for its weights cost nothing."
        ),
        link: "data=japanese-vowels&model=gru:24&lr=0.01&batch=16&epochs=30&schedule=cosine&bits=8",
    },
    Preset {
        key: "sunspots",
        label: "Sunspots to come",
        about: teach!(
            "Three centuries of sunspots: from the last years the next one. It is split in time, so that the future stays unseen; does a recurrent network see more in it than a straight line through the last years?"
        ),
        link: "data=sunspots&model=gru:16&loss=mse&lr=0.01&batch=32&epochs=40&bits=8",
    },
    Preset {
        key: "weather",
        label: "Tomorrow's weather",
        about: teach!(
            "Fourteen days of Seattle, and how warm will the fifteenth be? A recurrent network beats saying the last day again by little, and a straight line through the days is not behind it. Look at the residuals over time: what mostly says yesterday's temperature lags a day behind."
        ),
        link: "data=seattle&model=gru:8&loss=mse&lr=0.01&batch=32&epochs=20&schedule=cosine&bits=8",
    },
    Preset {
        key: "sonnets",
        label: "A writer of sonnets",
        about: teach!(
            "Sixteen characters of Shakespeare, and a gated recurrent unit says which comes next: after an epoch it is right more often than the two letters before would be, after four with nearly every second one. Watch what it writes from your words while it learns. How few bits still spell?"
        ),
        link: "data=sonnets&data.window=16&model=embedding:12,gru:48&lr=0.01&batch=128&epochs=4&schedule=cosine&bits=8",
    },
    Preset {
        key: "forest",
        label: "A forest of biopsies",
        about: teach!(
            "A hundred trees, each grown on other samples, vote on thirty measurements. How few trees, how few levels and how few bits still read them as well?"
        ),
        link: "data=breast-cancer&learner=forest&learnerbits=int8",
    },
    Preset {
        key: "boosting",
        label: "Boosted moons",
        about: teach!(
            "Small trees, each of which corrects those before it: watch the boundary grow from steps to a curve. The second half of them mostly learns the noise: how few do as well?"
        ),
        link: "data=moons&data.n=600&data.noise=0.25&learner=boosting&keeptrees=0.5",
    },
    Preset {
        key: "svm",
        label: "Support vectors",
        about: teach!(
            "A boundary that only the points beside it hold, and no other is stored. Raise C until it bends around every point: what does that do to the test points, and what do eight bits do then?"
        ),
        link: "data=moons&data.n=600&data.noise=0.25&learner=svm&learnerbits=int8",
    },
];

impl Preset {
    /// The preset as a value, in the form that reading its link back gives: settings at their defaults are left out.
    #[must_use]
    pub fn experiment(&self) -> Experiment {
        link::decode(self.link).0
    }
}

/// The preset named `key`.
#[must_use]
pub fn find(key: &str) -> Option<&'static Preset> {
    ALL.iter().find(|p| p.key == key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_reads_without_a_word() {
        for preset in ALL {
            let (experiment, notices, errors) = link::decode(preset.link);
            assert!(notices.is_empty() && errors.is_empty(), "{}: {notices:?} {errors:?}", preset.key);
            assert_eq!(experiment.validate(), Ok(()), "{}", preset.key);
            assert_eq!(link::decode(&link::encode(&preset.experiment())).0, preset.experiment());
        }
    }

    #[test]
    fn keys_are_unique() {
        assert!(ALL.iter().enumerate().all(|(i, p)| ALL[..i].iter().all(|q| q.key != p.key)));
    }
}
