//! Query parameters, read strictly: each at most once, none unknown, UTF-8, NFC.

use crate::domain::text::nfc;
use crate::domain::words::Words;
use crate::error::{Code, Error, Result};
use crate::text;

/// The parameters of a request that no handler has taken yet.
#[derive(Debug)]
pub(super) struct Params {
    given: Vec<(String, String)>,
    known: Vec<&'static str>,
}

impl Params {
    /// Reads a query string.
    pub fn parse(query: &str) -> Result<Self> {
        let mut given: Vec<(String, String)> = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decode(name)?, decode(value)?);
            if given.iter().any(|(known, _)| *known == name) {
                let detail =
                    text!("Tham số {name} chỉ được viết một lần.", "The parameter {name} may be given once only.");
                return Err(Error::parameter(Code::DuplicateParameter, &name, detail));
            }
            given.push((name, value));
        }
        Ok(Self { given, known: Vec::new() })
    }

    /// Takes a parameter of a form, where one that is empty was not given (RFC 6749, section 3.2).
    pub fn given(&mut self, name: &str) -> Option<String> {
        let at = self.given.iter().position(|(given, _)| given == name)?;
        let (_, value) = self.given.swap_remove(at);
        (!value.is_empty()).then_some(value)
    }

    /// Takes a parameter; one that is empty is refused.
    pub fn take(&mut self, name: &'static str) -> Result<Option<String>> {
        self.known.push(name);
        let Some(at) = self.given.iter().position(|(given, _)| given == name) else { return Ok(None) };
        let (_, value) = self.given.swap_remove(at);
        if value.is_empty() {
            let detail = text!("Tham số {name} đang để trống.", "The parameter {name} is empty.");
            return Err(Error::parameter(Code::InvalidParameter, name, detail));
        }
        Ok(Some(value))
    }

    /// Takes a parameter that is a word of a closed list.
    pub fn word<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Option<T>,
        words: &[&str],
    ) -> Result<Option<T>> {
        let Some(text) = self.take(name)? else { return Ok(None) };
        parse(&text).map(Some).ok_or_else(|| {
            let choices = words.join(", ");
            let detail = text!("{name} phải là một trong: {choices}.", "{name} must be one of: {choices}.");
            Error::parameter(Code::InvalidParameter, name, detail)
        })
    }

    /// Takes a parameter that is any word of a declared list.
    pub fn choice<T: Words>(&mut self, name: &'static str) -> Result<Option<T>> {
        let known: Vec<_> = T::WORDS.iter().map(|(_, word, _)| *word).collect();
        let parse = |text: &str| T::WORDS.iter().find(|(_, word, _)| *word == text).map(|(value, ..)| *value);
        self.word(name, parse, &known)
    }

    /// Takes a whole number within bounds.
    pub fn number(
        &mut self,
        name: &'static str,
        code: Code,
        bounds: std::ops::RangeInclusive<i64>,
    ) -> Result<Option<i64>> {
        let Some(text) = self.take(name)? else { return Ok(None) };
        let plain = text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|number| plain && bounds.contains(number)).map(Some).ok_or_else(|| {
            let (low, high) = (bounds.start(), bounds.end());
            let detail = text!(
                "{name} phải là số nguyên từ {low} đến {high}.",
                "{name} must be a whole number from {low} to {high}."
            );
            Error::parameter(code, name, detail)
        })
    }

    /// Refuses what nobody took.
    pub fn finish(self) -> Result<()> {
        let Some((name, _)) = self.given.first() else { return Ok(()) };
        let known = if self.known.is_empty() { "–".to_owned() } else { self.known.join(", ") };
        let detail = text!(
            "Không có tham số {name}. Các tham số: {known}.",
            "There is no parameter {name}. The parameters are: {known}."
        );
        Err(Error::parameter(Code::UnknownParameter, name, detail))
    }
}

/// A parameter that a request cannot do without.
pub(super) fn required(name: &str, given: Option<String>) -> Result<String> {
    given.ok_or_else(|| {
        let detail = text!("Thiếu {name}.", "The parameter {name} is missing.");
        Error::parameter(Code::MissingParameter, name, detail)
    })
}

/// A text as forms encode it.
pub(super) fn decode(text: &str) -> Result<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
                let pair = digit(rest.next())
                    .zip(digit(rest.next()))
                    .and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
                let detail =
                    || text!("Mã hóa phần trăm sai trong địa chỉ.", "The address has a broken percent encoding.");
                bytes.push(pair.ok_or_else(|| Error::new(Code::MalformedRequest, detail()))?);
            }
            other => bytes.push(other),
        }
    }
    let text = String::from_utf8(bytes)
        .map_err(|_| Error::new(Code::NotUtf8, text!("Tham số không phải UTF-8.", "A parameter is not UTF-8.")))?;
    if text.contains('\0') {
        let detail = text!("Tham số có ký tự NUL.", "A parameter contains a NUL character.");
        return Err(Error::new(Code::InvalidParameter, detail));
    }
    Ok(nfc(&text))
}
