//! Small drawings for buttons, 20 × 20, in the colour of the text around them.

use leptos::prelude::*;

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is named after what it shows")]
pub enum Icon {
    Play,
    Pause,
    Step,
    Epoch,
    Restart,
    Dice,
    Link,
    Sun,
    Moon,
    Help,
    Reset,
    Up,
    Down,
    Bin,
    Close,
    Gallery,
    Download,
    Warn,
    Check,
    Chip,
    Gauge,
    Grip,
}

impl Icon {
    const fn path(self) -> &'static str {
        match self {
            Self::Play => "M6 4.2v11.6a.6.6 0 0 0 .92.5l9-5.8a.6.6 0 0 0 0-1l-9-5.8a.6.6 0 0 0-.92.5Z",
            Self::Pause => "M5.5 4h3v12h-3zM11.5 4h3v12h-3z",
            Self::Step => "M5 4.6v10.8a.5.5 0 0 0 .78.42L13 11v5h2.2V4H13v5L5.78 4.18A.5.5 0 0 0 5 4.6Z",
            Self::Epoch => "M3 5v10l6-4.2V15l6-4.2V16h2V4h-2v5.2L9 5v4.2Z",
            Self::Restart => "M4 4.5v4h4M4.4 8.2A6.2 6.2 0 1 1 3.8 11",
            Self::Dice => "M4 4h12v12H4zM7.3 7.3h.01M12.7 7.3h.01M10 10h.01M7.3 12.7h.01M12.7 12.7h.01",
            Self::Link => {
                "M8.5 11.5a3 3 0 0 0 4.2 0l2.6-2.6a3 3 0 1 0-4.2-4.2L10 5.8M11.5 8.5a3 3 0 0 0-4.2 0l-2.6 2.6a3 3 0 1 0 4.2 4.2L10 14.2"
            }
            Self::Sun => {
                "M10 6.8a3.2 3.2 0 1 0 0 6.4 3.2 3.2 0 0 0 0-6.4ZM10 2v1.6M10 16.4V18M2 10h1.6M16.4 10H18M4.3 4.3l1.2 1.2M14.5 14.5l1.2 1.2M4.3 15.7l1.2-1.2M14.5 5.5l1.2-1.2"
            }
            Self::Moon => "M16 11.8A6.6 6.6 0 0 1 8.2 4 6.6 6.6 0 1 0 16 11.8Z",
            Self::Help => "M7.4 7.6A2.6 2.6 0 1 1 11.3 10c-.9.5-1.3 1-1.3 2M10 14.6v.1",
            Self::Reset => "M7.2 6.2 4.4 9l2.8 2.8M4.6 9h6.6a4 4 0 0 1 0 8H9.4",
            Self::Up => "m5 12 5-5 5 5",
            Self::Down => "m5 8 5 5 5-5",
            Self::Bin => "M4.5 6h11M8 6V4h4v2M6 6l.7 10h6.6L14 6",
            Self::Close => "m5.5 5.5 9 9M14.5 5.5l-9 9",
            Self::Gallery => "M4 4h5v5H4zM11 4h5v5h-5zM4 11h5v5H4zM11 11h5v5h-5z",
            Self::Download => "M10 3.5v9M6.2 9l3.8 3.8L13.8 9M4 16.5h12",
            Self::Warn => "M10 3.4 17.4 16H2.6ZM10 8.2v3.6M10 13.8v.1",
            Self::Check => "m4.5 10.5 3.6 3.6 7.4-8",
            Self::Grip => "M7.5 5.5h.01M12.5 5.5h.01M7.5 10h.01M12.5 10h.01M7.5 14.5h.01M12.5 14.5h.01",
            Self::Gauge => "M4.6 15a7 7 0 1 1 10.8 0M10 11l3.2-3.6M10 11v.01",
            Self::Chip => "M6 6h8v8H6zM8 3v3M12 3v3M8 14v3M12 14v3M3 8h3M3 12h3M14 8h3M14 12h3",
        }
    }

    const fn filled(self) -> bool {
        matches!(self, Self::Play | Self::Pause | Self::Step | Self::Epoch)
    }

    /// The drawing; hidden from screen readers, for which the button has its label.
    pub fn draw(self) -> impl IntoView {
        view! {
            <svg class="icon" class:icon-filled=self.filled() viewBox="0 0 20 20" aria-hidden="true">
                <path d=self.path() />
            </svg>
        }
    }
}
