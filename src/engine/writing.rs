//! A model of text writes: it says what comes next, one of that is drawn, and it reads on.

use super::{
    data::text,
    inference::Runner,
    params::{ParamSpec, Scale},
    rng::Rng,
};

/// Stream of the seed from which characters are drawn.
const STREAM: u64 = 42 << 32;

/// Longest text that is written at once, characters.
pub const MAX_LENGTH: usize = 2000;
/// Longest beginning, characters; a model sees the last of them that its window holds.
pub const MAX_PROMPT: usize = 200;
/// Highest temperature.
pub const MAX_TEMPERATURE: f32 = 2.0;

/// The temperature, as a page sets it.
pub const TEMPERATURE: ParamSpec = ParamSpec {
    key: "temperature",
    label: "Temperature",
    range: (0.0, 2.0),
    scale: Scale::Linear,
    default: 0.8,
    help: teach!(
        "What scores are divided by before the next character is drawn. Low ones keep to what the model is surest of, and soon repeat themselves; at 1 characters come as often as the model says, and above it writes more and more by chance."
    ),
    formula: teach!(r"p_i = \frac{e^{z_i / T}}{\sum_j e^{z_j / T}}"),
    ..ParamSpec::NEW
};

/// How a text is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// What it begins with.
    pub prompt: String,
    /// Characters to write, up to [`MAX_LENGTH`].
    pub length: usize,
    /// What scores are divided by, up to [`MAX_TEMPERATURE`]: 0 always takes the likeliest character, 1 draws them as often as the model says.
    pub temperature: f32,
    /// Seed of what is drawn.
    pub seed: u64,
}

/// A text under way.
pub struct Writing {
    /// Tokens that the model sees, the last at the end.
    seen: Vec<f32>,
    left: usize,
    temperature: f32,
    rng: Rng,
    text: String,
}

impl Writing {
    /// Begins a text of a model that sees `window` characters named `classes`. Before the prompt stand line ends, or the first of the alphabet where it has
    /// none. Errors: in words, which character is not in the alphabet, or which number is out of its range.
    pub fn new(wanted: &Wanted, window: usize, classes: &[String]) -> Result<Self, String> {
        if wanted.prompt.chars().count() > MAX_PROMPT {
            return Err(format!("a beginning has at most {MAX_PROMPT} characters"));
        }
        if !(0.0..=MAX_TEMPERATURE).contains(&wanted.temperature) {
            return Err(format!("the temperature is 0 to {MAX_TEMPERATURE}"));
        }
        if !(1..=MAX_LENGTH).contains(&wanted.length) {
            return Err(format!("a text has 1 to {MAX_LENGTH} characters"));
        }
        let before = text::token('\n', classes).unwrap_or(0) as f32;
        let mut seen = vec![before; window];
        for letter in wanted.prompt.chars() {
            let Some(token) = text::token(letter, classes) else {
                let known: String = classes.iter().map(|c| c.as_str()).collect();
                return Err(format!("the model has never seen {letter:?}; it knows {known}"));
            };
            push(&mut seen, token as f32);
        }
        Ok(Self { seen, left: wanted.length, temperature: wanted.temperature, rng: Rng::new(wanted.seed, STREAM), text: String::new() })
    }

    /// Writes up to `most` characters more; whether it is done.
    pub fn advance(&mut self, runner: &mut Runner, classes: &[String], most: usize) -> bool {
        for _ in 0..most.min(self.left) {
            let scores = runner.run(&self.seen, 1);
            let token = draw(scores, self.temperature, self.rng.uniform());
            push(&mut self.seen, token as f32);
            self.text.push(classes.get(token).map_or(' ', |class| text::letter(class)));
            self.left -= 1;
        }
        self.left == 0
    }

    /// What is written so far, without the prompt.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

fn push(seen: &mut [f32], token: f32) {
    seen.rotate_left(1.min(seen.len()));
    if let Some(last) = seen.last_mut() {
        *last = token;
    }
}

/// The place that `at`, from 0 to 1, falls on when each of `scores` gets its share at a temperature; of the likeliest the first where that is 0, or where
/// scores are no numbers.
fn draw(scores: &[f32], temperature: f32, at: f32) -> usize {
    let best = (0..scores.len()).fold(0, |best, i| if scores[i] > scores[best] { i } else { best });
    let Some(most) = scores.get(best).filter(|_| temperature > 0.0) else { return best };
    let share = |score: &f32| libm::exp(f64::from(score - most) / f64::from(temperature));
    let total: f64 = scores.iter().map(share).sum();
    let mut left = f64::from(at) * total;
    for (i, score) in scores.iter().enumerate() {
        left -= share(score);
        if left < 0.0 {
            return i;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{catalog::Pick, network::Network, packed::PackedModel, shape::Shape};

    #[test]
    fn characters_come_as_often_as_their_share() {
        let scores = [1.0, 3.0, -2.0];
        for temperature in [0.5, 1.0, 2.0] {
            let mut counts = [0_u32; 3];
            (0..10_000).for_each(|i| counts[draw(&scores, temperature, (i as f32 + 0.5) / 10_000.0)] += 1);
            let shares: Vec<f64> = scores.iter().map(|s| f64::from(*s / temperature).exp()).collect();
            for (count, share) in counts.iter().zip(&shares) {
                let wanted = share / shares.iter().sum::<f64>();
                assert!((f64::from(*count) / 10_000.0 - wanted).abs() < 2e-4, "{temperature}: {counts:?}");
            }
        }
        assert_eq!((draw(&scores, 0.0, 0.99), draw(&[f32::NAN, 1.0], 1.0, 0.5), draw(&[], 1.0, 0.0)), (1, 0, 0));
    }

    /// A model that says of each token the one behind it.
    fn model() -> (Runner, Vec<String>) {
        let network =
            Network::new(&[Pick::new("embedding").with("size", 3.0), Pick::new("dense").with("units", 3.0)], &Shape(vec![2])).unwrap();
        let mut params = vec![0.0; network.params()];
        (0..3).for_each(|token| params[token * 3 + token] = 1.0);
        // The dense layer reads the last position.
        (0..3).for_each(|token| params[9 + (3 + token) * 3 + (token + 1) % 3] = 9.0);
        (Runner::new(&PackedModel::dense(&network, &params)).unwrap(), ["a", "b", "↵"].map(String::from).to_vec())
    }

    #[test]
    fn it_goes_on_from_the_prompt_and_in_pieces() {
        let (mut runner, classes) = model();
        let wanted = |prompt: &str| Wanted { prompt: prompt.into(), length: 5, temperature: 0.0, seed: 1 };
        let mut whole = Writing::new(&wanted("ab"), 2, &classes).unwrap();
        assert!(whole.advance(&mut runner, &classes, 99));
        assert_eq!(whole.text(), "\nab\na");
        let mut pieces = Writing::new(&wanted(""), 2, &classes).unwrap();
        assert!(!pieces.advance(&mut runner, &classes, 2) && pieces.text() == "ab");
        assert!(pieces.advance(&mut runner, &classes, 3) && pieces.text() == "ab\nab");
        let drawn = |seed| {
            let mut writing = Writing::new(&Wanted { temperature: 2.0, length: 200, seed, ..wanted("a") }, 2, &classes).unwrap();
            writing.advance(&mut runner, &classes, 200);
            writing.text().to_string()
        };
        let mut drawn = drawn;
        assert!(drawn(1) == drawn(1) && drawn(1) != drawn(2));
    }

    #[test]
    fn what_cannot_be_written_is_told() {
        let classes = model().1;
        let of = |change: fn(&mut Wanted)| {
            let mut wanted = Wanted { prompt: "ab".into(), length: 5, temperature: 1.0, seed: 1 };
            change(&mut wanted);
            Writing::new(&wanted, 2, &classes).err().unwrap_or_default()
        };
        assert!(of(|w| w.prompt = "abc".into()).contains("never seen 'c'; it knows ab↵"));
        assert!(of(|w| w.prompt = "a".repeat(201)).contains("at most 200"));
        assert!(of(|w| w.temperature = f32::NAN).contains("0 to 2") && of(|w| w.temperature = -1.0).contains("0 to 2"));
        assert!(of(|w| w.length = 0).contains("1 to 2000") && of(|_| ()).is_empty());
    }
}
