//! The little JSON that protocols and formats need.
//!
//! A general parser would copy a secret with an escaped character in it to a `String` that nobody
//! wipes; this one hands strings out as wiping bytes and allocates nothing for what it skips.

use crate::error::{Error, Problem};
use crate::secret::SecretBytes;

/// Objects and arrays may be nested this deep.
const DEPTH_MAX: u8 = 16;

/// Reads one JSON document off a slice, in order.
pub(crate) struct Parser<'a> {
    bytes: &'a [u8],
    position: usize,
    depth: u8,
    problem: Problem,
}

impl<'a> Parser<'a> {
    /// Whatever is no JSON is reported as `problem`, at its place.
    pub(crate) fn new(bytes: &'a [u8], problem: Problem) -> Self {
        Self {
            bytes,
            position: 0,
            depth: 0,
            problem,
        }
    }

    /// Reads an object, calling `field` with each key, which has to read the value.
    pub(crate) fn object(
        &mut self,
        mut field: impl FnMut(&[u8], &mut Self) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.enter(b'{')?;
        if self.found(b'}') {
            self.depth -= 1;
            return Ok(());
        }
        loop {
            let key = self.string()?;
            self.expect(b':')?;
            field(key.as_bytes(), self)?;
            if !self.found(b',') {
                break;
            }
        }
        self.depth -= 1;
        self.expect(b'}')
    }

    /// Reads an array, calling `element` at each element, which it has to read.
    pub(crate) fn array(
        &mut self,
        mut element: impl FnMut(&mut Self) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.enter(b'[')?;
        if !self.found(b']') {
            loop {
                element(self)?;
                if !self.found(b',') {
                    break;
                }
            }
            self.expect(b']')?;
        }
        self.depth -= 1;
        Ok(())
    }

    /// Reads a number that is a whole one of 32 bits, without a sign or an exponent.
    pub(crate) fn whole(&mut self) -> Result<u32, Error> {
        let start = self.peek().map(|_| self.rest()).unwrap_or_default();
        let digits = start
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let follows = start.get(digits).copied();
        let is_whole = digits > 0
            && (start[0] != b'0' || digits == 1)
            && !matches!(follows, Some(b'.' | b'e' | b'E'));
        let text = core::str::from_utf8(&start[..digits]).unwrap_or_default();
        let number = text.parse().ok().filter(|_| is_whole);
        let number = number.ok_or_else(|| self.bad())?;
        self.position += digits;
        Ok(number)
    }

    /// Reads a string, its escapes resolved.
    pub(crate) fn string(&mut self) -> Result<SecretBytes, Error> {
        self.expect(b'"')?;
        let rest = self.rest();
        let plain = rest
            .iter()
            .position(|byte| matches!(byte, b'"' | b'\\' | ..0x20));
        let mut text = SecretBytes::with_capacity(plain.unwrap_or(0));
        loop {
            match self.next()? {
                b'"' => break,
                b'\\' => self.escape(&mut text)?,
                ..0x20 => return Err(self.bad()),
                byte => text.extend_from_slice(&[byte]),
            }
        }
        if core::str::from_utf8(text.as_bytes()).is_err() {
            return Err(self.bad());
        }
        Ok(text)
    }

    /// Reads over a value of any kind.
    pub(crate) fn skip(&mut self) -> Result<(), Error> {
        match self.peek() {
            Some(b'"') => self.string().map(drop),
            Some(b'{') => self.object(|_, parser| parser.skip()),
            Some(b'[') => self.array(Self::skip),
            Some(b't') => self.literal(b"true"),
            Some(b'f') => self.literal(b"false"),
            Some(b'n') => self.null().map(drop),
            Some(b'-' | b'0'..=b'9') => {
                // Which numbers are well formed is of no consequence here.
                let is_number =
                    |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
                self.position += self
                    .rest()
                    .iter()
                    .take_while(|byte| is_number(byte))
                    .count();
                Ok(())
            }
            _ => Err(self.bad()),
        }
    }

    /// Whether the value is `null`, which is then read.
    pub(super) fn null(&mut self) -> Result<bool, Error> {
        let null = self.peek() == Some(b'n');
        if null {
            self.literal(b"null")?;
        }
        Ok(null)
    }

    /// Checks that nothing but white space follows.
    pub(crate) fn end(&mut self) -> Result<(), Error> {
        if self.peek().is_none() {
            Ok(())
        } else {
            Err(self.bad())
        }
    }

    fn enter(&mut self, open: u8) -> Result<(), Error> {
        self.expect(open)?;
        self.depth += 1;
        // spec: K-4
        if self.depth > DEPTH_MAX {
            Err(self.bad())
        } else {
            Ok(())
        }
    }

    fn escape(&mut self, text: &mut SecretBytes) -> Result<(), Error> {
        let byte = match self.next()? {
            byte @ (b'"' | b'\\' | b'/') => byte,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                let character = self.unicode()?;
                text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                return Ok(());
            }
            _ => return Err(self.bad()),
        };
        text.extend_from_slice(&[byte]);
        Ok(())
    }

    fn unicode(&mut self) -> Result<char, Error> {
        let first = self.code_unit()?;
        if !(0xD800..0xDC00).contains(&first) {
            return char::from_u32(first).ok_or_else(|| self.bad());
        }
        self.literal(b"\\u")?;
        let second = self.code_unit()?;
        if !(0xDC00..0xE000).contains(&second) {
            return Err(self.bad());
        }
        let value = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
        char::from_u32(value).ok_or_else(|| self.bad())
    }

    fn code_unit(&mut self) -> Result<u32, Error> {
        let mut value = 0;
        for _ in 0..4 {
            let digit = char::from(self.next()?)
                .to_digit(16)
                .ok_or_else(|| self.bad())?;
            value = value << 4 | digit;
        }
        Ok(value)
    }

    fn literal(&mut self, text: &[u8]) -> Result<(), Error> {
        if !self.rest().starts_with(text) {
            return Err(self.bad());
        }
        self.position += text.len();
        Ok(())
    }

    fn expect(&mut self, byte: u8) -> Result<(), Error> {
        if self.found(byte) {
            Ok(())
        } else {
            Err(self.bad())
        }
    }

    fn found(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.position += usize::from(found);
        found
    }

    /// The next byte that is no white space, which stays unread.
    fn peek(&mut self) -> Option<u8> {
        let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        self.position += self.rest().iter().take_while(|byte| blank(byte)).count();
        self.rest().first().copied()
    }

    fn next(&mut self) -> Result<u8, Error> {
        let byte = self.rest().first().copied().ok_or_else(|| self.bad())?;
        self.position += 1;
        Ok(byte)
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.position..).unwrap_or_default()
    }

    /// An error at the current position.
    // spec: K-4
    pub(crate) fn bad(&self) -> Error {
        Error::at(self.problem, self.position)
    }
}

/// Takes the value of a field that may be there once only; the second time is a `problem`.
pub(crate) fn once<T>(field: &mut Option<T>, value: T, problem: Problem) -> Result<(), Error> {
    // spec: K-5
    match field.replace(value) {
        Some(_) => Err(problem.into()),
        None => Ok(()),
    }
}

/// Appends a JSON string, quoted and escaped.
pub(crate) fn write_string(json: &mut SecretBytes, text: &str) {
    json.extend_from_slice(b"\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => {
                json.extend_from_slice(b"\\");
                json.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
            '\0'..'\x20' => {
                let hex = b"0123456789abcdef";
                let code = character as usize;
                let escape = [b'\\', b'u', b'0', b'0', hex[code >> 4], hex[code & 15]];
                json.extend_from_slice(&escape);
            }
            _ => json.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    json.extend_from_slice(b"\"");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skip(text: &str) -> bool {
        let mut parser = Parser::new(text.as_bytes(), Problem::ReplyNotJson);
        parser.skip().and_then(|()| parser.end()).is_ok()
    }

    #[test]
    // spec: K-4
    fn a_general_parser_agrees_on_what_json_is() {
        let good = [
            r#"{}"#,
            r#" { "a" : [ 1 , -2.5e3 , true , false , null , "x" ] , "b" : { } } "#,
            r#"["\u00e9\ud83d\ude00\"\\\/\b\f\n\r\t"]"#,
            r#"[]"#,
            r#"[[[]]]"#,
        ];
        let bad = [
            "",
            "{",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "[1,]",
            "[1 2]",
            "nul",
            "{} x",
            "\"\\x\"",
            "\"\\ud83d\"",
            "\"\\ud83dx\"",
            "\"\n\"",
            "\"\\u12g4\"",
            "'a'",
            "<html>",
        ];
        for text in good {
            assert!(
                serde_json::from_str::<serde_json::Value>(text).is_ok(),
                "{text}"
            );
            assert!(skip(text), "{text}");
        }
        for text in bad {
            assert!(
                serde_json::from_str::<serde_json::Value>(text).is_err(),
                "{text}"
            );
            assert!(!skip(text), "{text}");
        }
    }

    #[test]
    // spec: K-4
    fn deep_nesting_is_refused() {
        assert!(skip(&("[".repeat(16) + &"]".repeat(16))));
        assert!(!skip(&("[".repeat(17) + &"]".repeat(17))));
        assert!(!skip(&"[".repeat(1_000_000)));
    }

    #[test]
    fn whole_numbers_are_read_and_others_are_not() {
        let whole = |text: &str| {
            let mut parser = Parser::new(text.as_bytes(), Problem::ReplyNotJson);
            parser
                .whole()
                .and_then(|number| parser.end().map(|()| number))
        };
        assert_eq!(whole(" 4294967295 ").unwrap(), u32::MAX);
        assert_eq!(whole("0").unwrap(), 0);
        for text in [
            "4294967296",
            "-1",
            "+1",
            "01",
            "1.0",
            "1e3",
            "\"1\"",
            "",
            "x",
        ] {
            assert!(whole(text).is_err(), "{text}");
        }
    }

    #[test]
    fn strings_are_read_and_written_as_a_general_parser_does() {
        let text = "a\"b\\c/\u{1}\n\u{e9}\u{1F600}";
        let mut json = SecretBytes::default();
        write_string(&mut json, text);
        assert_eq!(
            serde_json::from_slice::<String>(json.as_bytes()).unwrap(),
            text
        );
        let theirs = serde_json::to_string(text).unwrap();
        let ours = Parser::new(theirs.as_bytes(), Problem::ReplyNotJson)
            .string()
            .unwrap();
        assert_eq!(ours.as_bytes(), text.as_bytes());
    }
}
