//! Texts that teach. The worker shows none, and the page's module holds their names alone: the texts are a table beside it
//! (`public/texts.json`), which is loaded when the first help is opened.

/// A text that explains: itself natively, its [`name`] in the page, nothing in builds without the feature `page`.
macro_rules! teach {
    ($text:expr) => {{
        // Constants, so that what is not shown is not in the file.
        const NAME: [u8; $crate::teach::NAME_LEN] = $crate::teach::name($text);
        const TEXT: &str = if cfg!(not(feature = "page")) {
            ""
        } else if cfg!(target_arch = "wasm32") {
            $crate::teach::ascii(&NAME)
        } else {
            $text
        };
        TEXT
    }};
}

/// Bytes of a name.
pub const NAME_LEN: usize = 5;

/// What `text` is called in the table of texts: `#` and four of 64 signs, the lowest six bits first (FNV-1a, Fowler, Noll & Vo, folded to 24 bits). Hundreds of names are in
/// the page's module, and no packer makes less of them.
#[must_use]
pub const fn name(text: &str) -> [u8; NAME_LEN] {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (bytes, mut hash) = (text.as_bytes(), 0x811c_9dc5_u32);
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    hash ^= hash >> 24;
    let mut name = [b'#'; NAME_LEN];
    let mut at = 1;
    while at < NAME_LEN {
        name[at] = SIGNS[(hash >> (6 * (at - 1)) & 63) as usize];
        at += 1;
    }
    name
}

/// A name as text.
#[must_use]
pub const fn ascii(name: &'static [u8; NAME_LEN]) -> &'static str {
    match core::str::from_utf8(name) {
        Ok(text) => text,
        Err(_) => "",
    }
}
