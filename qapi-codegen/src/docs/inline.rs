//! Inline markup: a paragraph of documentation as Markdown.

/// The places in Rust where names of the schema are documented.
pub(crate) trait Links {
    /// Returns `name` as Markdown: a link if it has a place, otherwise in code font.
    fn reference(&self, name: &str) -> String;
}

/// Converts a paragraph to Markdown; escapes characters that are not markup.
pub(crate) fn inline(text: &str, links: &dyn Links) -> String {
    Inline { text, at: 0, out: String::with_capacity(text.len() + text.len() / 8), links }.run()
}

/// The longest text between a mark and its other end, in bytes.
const MAX_SPAN: usize = 1000;

/// Returns the position, from `at` on, of the next character that may be markup.
fn next_mark(text: &[u8], mut at: usize) -> usize {
    while at < text.len() {
        match text[at] {
            b'`' | b'@' | b'*' | b':' | b'<' | b'\\' | b'[' | b']' | b'~' | b'_' | b'&' => {
                return at;
            }
            b'h' if text[at..].starts_with(b"http") => return at,
            _ => at += 1,
        }
    }
    at
}

struct Inline<'a> {
    text: &'a str,
    at: usize,
    out: String,
    links: &'a dyn Links,
}

impl<'a> Inline<'a> {
    fn run(mut self) -> String {
        loop {
            // Plain runs are copied whole, which is faster in the debug profile of build scripts.
            let end = next_mark(self.text.as_bytes(), self.at);
            self.out.push_str(&self.text[self.at..end]);
            self.at = end;
            let Some(&mark) = self.text.as_bytes().get(end) else {
                return self.out;
            };
            let consumed = match mark {
                b'`' => self.code(),
                b'@' => self.name(),
                b'*' => self.emphasis(),
                b':' => self.role(),
                b'<' => self.autolink(),
                b'h' => self.url(),
                b'\\' => self.escape(),
                _ => 0,
            };
            if consumed > 0 {
                self.at += consumed;
            } else {
                self.plain(char::from(mark));
            }
        }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Returns the text in which a mark's other end is searched. It is limited, because text full
    /// of marks without an end would take quadratic time.
    fn window(&self) -> &'a str {
        let rest = self.rest();
        let mut end = rest.len().min(MAX_SPAN);
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        &rest[..end]
    }

    fn previous(&self) -> Option<char> {
        self.text[..self.at].chars().next_back()
    }

    /// Writes a character, which is ASCII, that is not markup here.
    fn plain(&mut self, char: char) {
        let next = self.rest()[1..].chars().next();
        let inside_word =
            |char: Option<char>| char.is_some_and(|char| char.is_ascii_alphanumeric());
        let special = match char {
            '`' | '*' | '[' | ']' | '<' | '\\' | '~' => true,
            '_' => !(inside_word(self.previous()) && inside_word(next)),
            '&' => next.is_some_and(|next| next == '#' || next.is_ascii_alphabetic()),
            _ => false,
        };
        if special {
            self.out.push('\\');
        }
        self.out.push(char);
        self.at += 1;
    }

    /// ``` ``literal`` ```, `` `reference` ``, `` `text <target>`_ ``.
    fn code(&mut self) -> usize {
        let rest = self.window();
        let marks = rest.bytes().take_while(|&byte| byte == b'`').count();
        if marks > 2 && !rest[marks..].contains("``") {
            // Not markup here, but the start of a code span in Markdown.
            self.out.push_str(&"\\`".repeat(marks));
            return marks;
        }
        if let Some(body) = rest.strip_prefix("``") {
            let Some(end) = body
                .char_indices()
                .nth(1)
                .and_then(|(second, _)| Some(second + body[second..].find("``")?))
            else {
                return 0;
            };
            // A literal may end in a backtick.
            let end = end + body[end..].bytes().take_while(|&byte| byte == b'`').count() - 2;
            self.out.push_str(&code_span(&body[..end]));
            return end + 4;
        }
        let Some(end) = rest[1..].find('`').filter(|&end| end > 0) else {
            return 0;
        };
        let body = &rest[1..=end];
        if body.trim() != body {
            return 0;
        }
        let after = &rest[end + 2..];
        let reference_marks = after.bytes().take_while(|&byte| byte == b'_').count().min(2);
        match body.rsplit_once('<') {
            Some((text, target)) if target.ends_with('>') && !text.trim().is_empty() => {
                let text = inline(text.trim(), self.links);
                let target = target.trim_end_matches('>');
                if is_url(target) {
                    self.out.push_str(&format!("[{text}](<{target}>)"));
                } else {
                    self.out.push_str(&text);
                }
            }
            _ if is_name(body) => self.out.push_str(&self.links.reference(body)),
            _ if reference_marks > 0 => self.out.push_str(&inline(body, self.links)),
            _ => self.out.push_str(&code_span(body)),
        }
        end + 2 + reference_marks
    }

    /// `@name`.
    fn name(&mut self) -> usize {
        let name = self.rest()[1..]
            .find(|char| !is_name_char(char))
            .map_or(&self.rest()[1..], |end| &self.rest()[1..=end]);
        let name = name.trim_end_matches('-');
        if name.is_empty() {
            return 0;
        }
        self.out.push_str(&self.links.reference(name));
        1 + name.len()
    }

    /// `*emphasis*` and `**strong**`, by Sphinx's rules for the characters around the marks.
    fn emphasis(&mut self) -> usize {
        let rest = self.window();
        let mark = if rest.starts_with("**") { "**" } else { "*" };
        let body = &rest[mark.len()..];
        let opens =
            self.previous().is_none_or(|char| char.is_whitespace() || "'\"([{<-/:".contains(char))
                && body.starts_with(|first: char| !first.is_whitespace() && first != '*');
        if !opens {
            return 0;
        }
        let closing = body.match_indices(mark).map(|(end, _)| end).find(|&end| {
            let before = body[..end].chars().next_back();
            let after = body[end + mark.len()..].chars().next();
            before.is_some_and(|char| !char.is_whitespace())
                && after.is_none_or(|char| !char.is_alphanumeric() && char != '*')
        });
        let Some(end) = closing.filter(|&end| !body[..end].contains(['*', '`'])) else {
            return 0;
        };
        let inner = inline(&body[..end], self.links);
        self.out.push_str(&format!("{mark}{inner}{mark}"));
        end + 2 * mark.len()
    }

    /// The `:role:` before `` `text` ``, which Markdown lacks.
    fn role(&mut self) -> usize {
        let rest = &self.window()[1..];
        let Some(end) = rest.find('`') else {
            return 0;
        };
        let role = &rest[..end];
        let is_role = role.len() > 1
            && role.ends_with(':')
            && role.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":-_".contains(&byte));
        if is_role { 1 + role.len() } else { 0 }
    }

    /// `<https://...>`.
    fn autolink(&mut self) -> usize {
        let rest = self.window();
        let Some(end) = rest.find('>') else {
            return 0;
        };
        let target = &rest[1..end];
        if !is_url(target) {
            return 0;
        }
        self.out.push_str(&format!("<{target}>"));
        end + 1
    }

    /// A bare URL.
    fn url(&mut self) -> usize {
        let rest = self.rest();
        if !is_url(rest) || self.previous().is_some_and(|char| char.is_alphanumeric()) {
            return 0;
        }
        let end = rest
            .find(|char: char| char.is_whitespace() || "<>\"`".contains(char))
            .unwrap_or(rest.len());
        let url = rest[..end].trim_end_matches(['.', ',', ';', ':', ')', '\'', '!', '?']);
        self.out.push_str(&format!("<{url}>"));
        url.len()
    }

    /// A backslash: before punctuation an escape, before a blank nothing.
    fn escape(&mut self) -> usize {
        match self.rest()[1..].chars().next() {
            Some(char) if char.is_ascii_punctuation() => {
                self.out.extend(['\\', char]);
                2
            }
            Some(' ') => 2,
            _ => 0,
        }
    }
}

/// Returns `text` in code font.
pub(crate) fn code_span(text: &str) -> String {
    let longest = text.split(|char| char != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| rest.starts_with(|first: char| first.is_alphanumeric()))
        && !text.starts_with(char::is_whitespace)
}

fn is_name(text: &str) -> bool {
    text.chars().all(is_name_char)
}

fn is_name_char(char: char) -> bool {
    char.is_ascii_alphanumeric() || char == '-' || char == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Known;

    impl Links for Known {
        fn reference(&self, name: &str) -> String {
            if name == "Known" { "[`Known`]".to_owned() } else { code_span(name) }
        }
    }

    #[test]
    fn markup() {
        let cases = [
            ("plain, text. 3 > 2", "plain, text. 3 > 2"),
            ("see @Known, @node-name and @x-y-.", "see [`Known`], `node-name` and `x-y`-."),
            ("``a*b`` and `Known` and `other`", "`a*b` and [`Known`] and `other`"),
            ("```tick```", "`` `tick` ``"),
            (
                "*em* and **strong** but cylinders*heads*x and 2 * 3 * 4",
                "*em* and **strong** but cylinders\\*heads\\*x and 2 \\* 3 \\* 4",
            ),
            ("'child<subtype>' [x] a\\b", "'child\\<subtype>' \\[x\\] a\\\\b"),
            ("https://qemu.org/a_b. Then", "<https://qemu.org/a_b>. Then"),
            ("(see <http://zlib.net/>)", "(see <http://zlib.net/>)"),
            ("`text <https://x.org>`_ and `local <#there>`__", "[text](<https://x.org>) and local"),
            (
                ":ref:`cpu-topology`, :doc:`/interop/qmp spec`",
                "`cpu-topology`, `/interop/qmp spec`",
            ),
            ("_kibi-_ foo_bar _x", "\\_kibi-\\_ foo_bar \\_x"),
            ("a \\* b\\ c", "a \\* bc"),
            ("stray ` and ``", "stray \\` and \\`\\`"),
            ("&lt; & x", "\\&lt; & x"),
            ("a@", "a@"),
        ];
        for (text, markdown) in cases {
            assert_eq!(inline(text, &Known), markdown, "{text}");
        }
    }
}
