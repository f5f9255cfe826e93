//! QEMU's `value,key=value,flag` texts.

use qapi::{Dict, Rules, Value};

/// The settings of one option, in order. A comma in a value is written twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyVal {
    option: &'static str,
    settings: Vec<(String, String)>,
}

impl KeyVal {
    /// Splits a text. A first part without `=` is the value of `first`.
    ///
    /// # Errors
    /// A part without a value.
    pub fn parse(option: &'static str, first: &str, text: &str) -> Result<Self, String> {
        let mut settings = Vec::new();
        for (at, part) in split(text).into_iter().enumerate() {
            match part.split_once('=') {
                Some((key, value)) => settings.push((key.to_owned(), value.to_owned())),
                None if at == 0 && !first.is_empty() => settings.push((first.to_owned(), part)),
                None => return Err(format!("{option}: expected '=' after parameter '{part}'")),
            }
        }
        Ok(Self { option, settings })
    }

    /// Splits off the first part, which is not a setting. A later part without `=` is a switch: on,
    /// or off if it begins with `no`.
    pub fn after_first(option: &'static str, text: &str) -> (String, Self) {
        let mut parts = split(text).into_iter();
        let first = parts.next().unwrap_or_default();
        let settings = parts.map(|part| match (part.split_once('='), part.strip_prefix("no")) {
            (Some((key, value)), _) => (key.to_owned(), value.to_owned()),
            (None, Some(key)) => (key.to_owned(), "off".to_owned()),
            (None, None) => (part, "on".to_owned()),
        });
        (first, Self { option, settings: settings.collect() })
    }

    /// Reads the strings of a JSON object.
    ///
    /// # Errors
    /// Something else than a JSON object.
    pub fn json(option: &'static str, text: &str) -> Result<Self, String> {
        let members: Dict =
            qapi::from_text(text, &Rules::STRICT).map_err(|error| format!("{option}: {error}"))?;
        let strings = members.into_iter().filter_map(|(key, value)| match value {
            Value::String(text) => Some((key, text)),
            _ => None,
        });
        Ok(Self { option, settings: strings.collect() })
    }

    /// Takes the value of a key; the last one counts.
    pub fn take(&mut self, key: &str) -> Option<String> {
        let mut found = None;
        self.settings.retain_mut(|(known, value)| {
            let wanted = known == key;
            if wanted {
                found = Some(std::mem::take(value));
            }
            !wanted
        });
        found
    }

    /// Takes the value of a required key.
    ///
    /// # Errors
    /// If it is missing.
    pub fn need(&mut self, key: &str) -> Result<String, String> {
        self.take(key).ok_or_else(|| format!("{}: Parameter '{key}' is missing", self.option))
    }

    /// Takes a switch.
    ///
    /// # Errors
    /// A value other than on and off.
    pub fn take_switch(&mut self, key: &str) -> Result<Option<bool>, String> {
        let Some(text) = self.take(key) else { return Ok(None) };
        let wrong = || format!("{}: Parameter '{key}' expects 'on' or 'off'", self.option);
        switch(&text).ok_or_else(wrong).map(Some)
    }

    /// Takes one of several choices.
    ///
    /// # Errors
    /// A value that is none of them.
    pub fn take_choice<T: Copy>(
        &mut self,
        key: &str,
        choices: &[(&str, T)],
    ) -> Result<Option<T>, String> {
        let Some(text) = self.take(key) else { return Ok(None) };
        let chosen = choices.iter().find(|choice| choice.0 == text);
        let wrong = || format!("{}: Parameter '{key}' does not accept value '{text}'", self.option);
        chosen.ok_or_else(wrong).map(|choice| Some(choice.1))
    }

    /// Returns the settings that were not taken.
    pub fn rest(self) -> Vec<(String, String)> {
        self.settings
    }

    /// Checks that every setting was taken.
    ///
    /// # Errors
    /// If one was not.
    pub fn finish(self) -> Result<(), String> {
        match self.settings.first() {
            Some((key, _)) => Err(format!("{}: Invalid parameter '{key}'", self.option)),
            None => Ok(()),
        }
    }
}

/// Splits at single commas.
fn split(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, parts.last_mut()) {
            (',', Some(part)) if characters.peek() == Some(&',') => {
                characters.next();
                part.push(',');
            }
            (',', _) => parts.push(String::new()),
            (other, Some(part)) => part.push(other),
            (_, None) => {}
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// Reads a switch as QEMU does.
pub fn switch(text: &str) -> Option<bool> {
    match text {
        "on" | "yes" | "true" | "y" => Some(true),
        "off" | "no" | "false" | "n" => Some(false),
        _ => None,
    }
}

/// Formats a text as a JSON string.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_split_and_used_up() {
        let mut parsed =
            KeyVal::parse("-machine", "type", "pc,memory-backend=a,,b,usb=off").unwrap();
        assert_eq!(parsed.take("type").as_deref(), Some("pc"));
        assert_eq!(parsed.need("memory-backend").as_deref(), Ok("a,b"));
        assert_eq!(parsed.clone().finish(), Err("-machine: Invalid parameter 'usb'".into()));
        assert_eq!(parsed.take_switch("usb"), Ok(Some(false)));
        assert_eq!(parsed.finish(), Ok(()));
        assert!(KeyVal::parse("-object", "qom-type", "a,b").is_err());
    }

    #[test]
    fn switches_after_an_address_need_no_value() {
        let (first, mut rest) = KeyVal::after_first("-qmp", "unix:/a,,b=c,server,nowait,x=y");
        assert_eq!(first, "unix:/a,b=c");
        assert_eq!(
            (rest.take_switch("server"), rest.take_switch("wait")),
            (Ok(Some(true)), Ok(Some(false)))
        );
        assert_eq!(rest.finish(), Err("-qmp: Invalid parameter 'x'".into()));
    }
}
