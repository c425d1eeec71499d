//! Numbers and texts of the structure, one after the other.

use super::ArtifactError;

/// Reads from the front of a slice.
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// From the start.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next `count` bytes.
    pub fn take(&mut self, count: usize, what: &'static str) -> Result<&'a [u8], ArtifactError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(ArtifactError::Truncated { what })?;
        self.rest = rest;
        Ok(taken)
    }

    /// What is left.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub fn byte(&mut self, what: &'static str) -> Result<u8, ArtifactError> {
        Ok(self.take(1, what)?[0])
    }

    pub fn f32(&mut self, what: &'static str) -> Result<f32, ArtifactError> {
        let bytes = self.take(4, what)?;
        Ok(f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    pub fn f64(&mut self, what: &'static str) -> Result<f64, ArtifactError> {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(self.take(8, what)?);
        Ok(f64::from_le_bytes(bytes))
    }

    /// A number of at most `limit`.
    pub fn number(&mut self, limit: usize, what: &'static str) -> Result<usize, ArtifactError> {
        let mut value = 0_u64;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.byte(what)?;
            value |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return match usize::try_from(value) {
                    Ok(value) if value <= limit => Ok(value),
                    _ => Err(ArtifactError::Invalid { what: format!("{what} is {value}, more than {limit}") }),
                };
            }
        }
        Err(ArtifactError::Invalid { what: format!("{what} is no number") })
    }

    /// A text of at most `limit` bytes.
    pub fn text(&mut self, limit: usize, what: &'static str) -> Result<&'a str, ArtifactError> {
        let len = self.number(limit, what)?;
        let bytes = self.take(len, what)?;
        std::str::from_utf8(bytes).map_err(|_| ArtifactError::Invalid { what: format!("{what} is no UTF-8 text") })
    }
}
