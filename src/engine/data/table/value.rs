//! What a cell says: nothing, a number, a day.

/// Largest number that counts as one: beyond it 32-bit floats hold none.
const LARGEST: f64 = f32::MAX as f64;

/// Whether nothing stands in a cell (text without spaces around it).
pub(super) fn is_missing(cell: &str) -> bool {
    const WORDS: [&str; 9] = ["na", "n/a", "#n/a", "nan", "null", "none", "?", "-", "nil"];
    cell.is_empty() || (cell.len() <= 4 && WORDS.iter().any(|word| cell.eq_ignore_ascii_case(word)))
}

/// The number in a cell: digits, sign, fraction after `decimal`, exponent. NaN for one beyond 32-bit floats, or an infinite one: it counts as missing.
pub(super) fn number(cell: &str, decimal: u8) -> Option<f64> {
    let digits = cell.trim_start_matches(['+', '-']);
    if digits.eq_ignore_ascii_case("inf") || digits.eq_ignore_ascii_case("infinity") {
        return Some(f64::NAN);
    }
    // The standard library also reads words.
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.' || c == ',') {
        return None;
    }
    let value: f64 = if decimal == b',' {
        if cell.contains('.') {
            return None;
        }
        cell.replace(',', ".").parse().ok()?
    } else {
        cell.parse().ok()?
    };
    Some(if value.abs() <= LARGEST { value } else { f64::NAN })
}

/// Days since 1970 of `2024-03-01`, `2024/03/01` or `01.03.2024`, each with or without a time (`T12:30`, ` 12:30:05`, `Z`).
pub(super) fn day(cell: &str) -> Option<f64> {
    let (date, time) = cell.split_once(['T', ' ']).map_or((cell, None), |(date, time)| (date, Some(time)));
    let parts = |sign| {
        let mut parts = date.split(sign).map(whole);
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(Some(a)), Some(Some(b)), Some(Some(c)), None) => Some((a, b, c)),
            _ => None,
        }
    };
    let (year, month, date) = parts('-').or_else(|| parts('/')).or_else(|| parts('.').map(|(day, month, year)| (year, month, day)))?;
    if !(1000..=9999).contains(&year) || !(1..=12).contains(&month) || date < 1 || date > length(year, month) {
        return None;
    }
    Some(days(year, month, date) + time.map_or(Some(0.0), share)?)
}

fn whole(text: &str) -> Option<i64> {
    (1..=4).contains(&text.len()).then_some(text).filter(|t| t.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()
}

/// Days of a month.
fn length(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970 in the Gregorian calendar, whose years begin in March here.
fn days(year: i64, month: i64, day: i64) -> f64 {
    let year = year - i64::from(month <= 2);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    (365 * year + year / 4 - year / 100 + year / 400 + of_year - 719_468) as f64
}

/// Share of a day of `12:30` or `12:30:05.5`.
fn share(time: &str) -> Option<f64> {
    let mut parts = time.trim().trim_end_matches('Z').splitn(3, ':');
    let (hours, minutes) = (whole(parts.next()?)?, whole(parts.next()?)?);
    let seconds = parts.next().map_or(Some(0.0), |s| number(s, b'.'))?;
    (hours < 24 && minutes < 60 && (0.0..61.0).contains(&seconds))
        .then(|| (f64::from(hours as i32 * 3600 + minutes as i32 * 60) + seconds) / 86_400.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_with_either_sign() {
        for (cell, decimal, value) in [
            ("1.5", b'.', Some(1.5)),
            ("-.5", b'.', Some(-0.5)),
            ("+3e2", b'.', Some(300.0)),
            ("1,5", b',', Some(1.5)),
            ("-2", b',', Some(-2.0)),
            ("1,5", b'.', None),
            ("1.5", b',', None),
            ("1.234,5", b',', None),
            ("12o", b'.', None),
            ("", b'.', None),
            ("-", b'.', None),
            ("e5", b'.', None),
            ("nan", b'.', None),
            ("0x10", b'.', None),
            ("--5", b'.', None),
        ] {
            assert_eq!(number(cell, decimal), value, "{cell}");
        }
        assert!(["inf", "-Infinity", "1e39", "-1e400"].iter().all(|cell| number(cell, b'.').is_some_and(f64::is_nan)));
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        for (cell, days) in [
            ("1970-01-01", Some(0.0)),
            ("1969-12-31", Some(-1.0)),
            ("2000-03-01", Some(11_017.0)),
            ("2024-02-29", Some(19_782.0)),
            ("29.02.2024", Some(19_782.0)),
            ("2024/2/29", Some(19_782.0)),
            ("2024-02-29T12:00", Some(19_782.5)),
            ("2024-02-29 06:00:00Z", Some(19_782.25)),
            ("2023-02-29", None),
            ("2024-13-01", None),
            ("2024-00-01", None),
            ("2024-01-01T25:00", None),
            ("1.5", None),
            ("2024", None),
            ("10-11-12", None),
        ] {
            assert_eq!(day(cell), days, "{cell}");
        }
    }

    #[test]
    fn nothing_is_written_in_many_ways() {
        assert!(["", "NA", "NaN", "null", "?", "-", "n/a", "None", "#N/A"].iter().all(|cell| is_missing(cell)));
        assert!(["0", "no", "nano", "--", "N"].iter().all(|cell| !is_missing(cell)));
    }
}
