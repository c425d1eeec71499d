//! The sheet that a model of text writes on: what it is asked for, and what stands there.

use crate::{
    engine::writing::{MAX_PROMPT, TEMPERATURE},
    protocol::{TextNews, TextWish},
    state::format,
};

/// Characters that are asked for at once.
const LENGTH: usize = 240;
/// Most characters that are kept; the first give way.
const MOST: usize = 4000;

/// The sheet. There is one question under way at most: what is asked meanwhile is asked when that is answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    /// What the next text begins with.
    pub prompt: String,
    /// How freely it is written.
    pub temperature: f64,
    /// Whether the optimized model is to write, or the fp32 model.
    pub optimized: bool,
    /// What the text that stands here began with.
    pub begun: String,
    /// What the model wrote behind it.
    pub text: String,
    /// Why there is nothing for the present beginning; the last text stays.
    pub refused: Option<String>,
    /// Step of the model that wrote, and whether it was the optimized one.
    by: Option<(u64, bool)>,
    asked: Option<Asked>,
    again: bool,
    drawn: u64,
}

/// A question under way.
#[derive(Clone, Debug, PartialEq)]
struct Asked {
    ask: u32,
    begun: String,
    /// What comes goes behind what stands there.
    more: bool,
    optimized: bool,
}

impl Default for Sheet {
    fn default() -> Self {
        Self {
            prompt: "shall i ".into(),
            temperature: TEMPERATURE.default,
            optimized: false,
            begun: String::new(),
            text: String::new(),
            refused: None,
            by: None,
            asked: None,
            again: false,
            drawn: 0,
        }
    }
}

impl Sheet {
    /// What to ask the worker as question `ask`: a new text, or `more` of the one that stands there. `None` while another question is under way.
    pub fn ask(&mut self, ask: u32, more: bool) -> Option<TextWish> {
        if self.asked.is_some() {
            self.again |= !more;
            return None;
        }
        self.drawn += 1;
        let more = more && !self.text.is_empty();
        let prompt = if more { self.tail() } else { self.prompt.clone() };
        self.asked = Some(Asked { ask, begun: self.prompt.clone(), more, optimized: self.optimized });
        Some(TextWish { prompt, length: LENGTH, temperature: self.temperature as f32, seed: self.drawn, optimized: self.optimized })
    }

    /// Takes an answer; whether to ask again at once. Those to other questions change nothing.
    pub fn hear(&mut self, ask: u32, step: u64, news: TextNews) -> bool {
        let Some(asked) = self.asked.take_if(|asked| asked.ask == ask) else { return false };
        match news {
            TextNews::Text(text) => {
                if asked.more {
                    self.text.push_str(&text);
                    self.cut();
                } else {
                    (self.begun, self.text) = (asked.begun, text);
                }
                (self.refused, self.by) = (None, Some((step, asked.optimized)));
            }
            TextNews::Refused(reason) => self.refused = Some(reason),
        }
        std::mem::take(&mut self.again)
    }

    /// Another run begins: its model has written nothing.
    pub fn forget(&mut self) {
        let Self { prompt, temperature, optimized, drawn, .. } = std::mem::take(self);
        *self = Self { prompt, temperature, optimized, drawn, ..Self::default() };
    }

    /// Who wrote what stands here; empty before anything does.
    #[must_use]
    pub fn words(&self) -> String {
        self.by.map_or_else(String::new, |(step, optimized)| {
            format!("Step {}, {} model", format::count(step), if optimized { "optimized" } else { "fp32" })
        })
    }

    /// The last characters, as many as a beginning may have.
    fn tail(&self) -> String {
        let all: Vec<char> = self.begun.chars().chain(self.text.chars()).collect();
        all[all.len().saturating_sub(MAX_PROMPT)..].iter().collect()
    }

    fn cut(&mut self) {
        let over = self.text.chars().count().saturating_sub(MOST);
        if over > 0 {
            self.text = self.text.chars().skip(over).collect();
            self.begun = "…".into();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> TextNews {
        TextNews::Text(text.into())
    }

    #[test]
    fn one_question_is_under_way_at_most() {
        let mut sheet = Sheet::default();
        let first = sheet.ask(1, false).unwrap();
        assert_eq!((first.prompt.as_str(), first.seed, first.optimized), ("shall i ", 1, false));
        assert!(sheet.ask(2, false).is_none() && !sheet.hear(2, 5, text("x")) && sheet.text.is_empty());
        assert!(sheet.hear(1, 1200, text("compare")), "what was asked meanwhile is due");
        assert_eq!((sheet.begun.as_str(), sheet.text.as_str(), sheet.words().as_str()), ("shall i ", "compare", "Step 1,200, fp32 model"));
        let second = sheet.ask(3, false).unwrap();
        assert!(second.seed != first.seed && !sheet.hear(3, 1300, text("y")));
    }

    #[test]
    fn it_goes_on_behind_what_stands_there() {
        let mut sheet = Sheet { prompt: "a".into(), ..Sheet::default() };
        assert_eq!(sheet.ask(1, true).unwrap().prompt, "a", "there is nothing yet");
        sheet.hear(1, 1, text("bc"));
        // What was typed since begins the next text, not more of this one.
        sheet.prompt = "z".into();
        assert_eq!(sheet.ask(2, true).unwrap().prompt, "abc");
        sheet.hear(2, 1, text("d"));
        assert_eq!((sheet.begun.as_str(), sheet.text.as_str()), ("a", "bcd"));
        sheet.ask(3, true);
        sheet.hear(3, 1, text(&"e".repeat(MOST)));
        assert_eq!((sheet.text.len(), sheet.begun.as_str()), (MOST, "…"));
        let next = sheet.ask(4, true).unwrap().prompt;
        assert_eq!(next, "e".repeat(MAX_PROMPT), "and never with what only shows that something is gone");
    }

    #[test]
    fn what_is_refused_leaves_the_text() {
        let mut sheet = Sheet::default();
        sheet.ask(1, false);
        sheet.hear(1, 1, text("thee"));
        sheet.prompt = "Q".into();
        sheet.ask(2, false);
        sheet.hear(2, 2, TextNews::Refused("never seen".into()));
        assert_eq!((sheet.refused.as_deref(), sheet.text.as_str(), sheet.begun.as_str()), (Some("never seen"), "thee", "shall i "));
        sheet.prompt = "q".into();
        sheet.ask(3, false);
        sheet.hear(3, 3, text("uote"));
        assert_eq!((sheet.refused.clone(), sheet.begun.as_str()), (None, "q"));
        sheet.ask(4, false);
        sheet.forget();
        assert_eq!((sheet.text.as_str(), sheet.prompt.as_str(), sheet.words().as_str()), ("", "q", ""));
        assert!(sheet.ask(5, false).is_some(), "nothing is under way in the new run");
    }
}
