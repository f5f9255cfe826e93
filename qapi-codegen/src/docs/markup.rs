//! Block markup: documentation text to lines of Markdown.
//!
//! QEMU writes reStructuredText with a few directives of its own, older schemas a similar form.
//! Indentation is not copied to the output, where four blanks would start a doctest.

use super::inline::{Links, inline};
use super::line::LineKind;

/// Maximum nesting of markup; deeper markup is plain text.
const MAX_DEPTH: usize = 12;

/// Converts `text` to lines of Markdown.
pub(crate) fn markdown(text: &str, links: &dyn Links) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let mut blocks = Blocks { links, out: Vec::new(), depth: 0, after_item: false };
    blocks.run(&lines);
    blocks.out
}

/// Returns `text` unchanged, in a block of code.
pub(crate) fn fenced(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    fence(&lines)
}

fn fence(lines: &[&str]) -> Vec<String> {
    let first = lines.iter().position(|line| !line.trim_ascii().is_empty()).unwrap_or(lines.len());
    let last =
        lines.iter().rposition(|line| !line.trim_ascii().is_empty()).map_or(first, |last| last + 1);
    let lines = &lines[first..last];
    if lines.is_empty() {
        return Vec::new();
    }
    let margin = lines
        .iter()
        .filter(|line| !line.trim_ascii().is_empty())
        .map(|line| indent(line))
        .min()
        .unwrap_or(0);
    let ticks = lines
        .iter()
        .flat_map(|line| line.split(|char| char != '`'))
        .map(str::len)
        .max()
        .unwrap_or(0);
    let mark = "`".repeat(ticks.max(2) + 1);
    let body = lines.iter().map(|line| line.get(margin..).unwrap_or("").trim_end().to_owned());
    std::iter::once(format!("{mark}text")).chain(body).chain([mark.clone()]).collect()
}

struct Blocks<'a> {
    links: &'a dyn Links,
    out: Vec<String>,
    depth: usize,
    /// The last block was an item of a list.
    after_item: bool,
}

impl Blocks<'_> {
    fn run(&mut self, lines: &[&str]) {
        let mut at = 0;
        while at < lines.len() {
            let line = lines[at];
            let kind = LineKind::of(line);
            self.after_item &= matches!(kind, LineKind::Item(..) | LineKind::Blank);
            at += match kind {
                LineKind::Blank => {
                    self.separate();
                    1
                }
                LineKind::Directive(name, argument) => self.directive(name, argument, &lines[at..]),
                LineKind::Comment => 1 + body_len(&lines[at + 1..], indent(line)),
                LineKind::Item(mark, width) if self.depth < MAX_DEPTH => {
                    self.item(&mark, width, &lines[at..])
                }
                LineKind::LineBlock(text) => {
                    let text = inline(text.trim(), self.links);
                    self.out.push(if text.is_empty() { text } else { format!("{text}\\") });
                    1
                }
                LineKind::Table => {
                    self.verbatim(&lines[at..], |line| !line.trim_ascii().is_empty())
                }
                LineKind::Message => {
                    self.verbatim(&lines[at..], |line| !line.trim_ascii().is_empty())
                }
                LineKind::Item(..) | LineKind::Text => self.paragraph(&lines[at..]),
            };
        }
        while self.out.last().is_some_and(String::is_empty) {
            self.out.pop();
        }
    }

    /// Puts an empty line between blocks.
    fn separate(&mut self) {
        if self.out.last().is_some_and(|line| !line.is_empty()) {
            self.out.push(String::new());
        }
    }

    /// Converts `lines` as a document of their own.
    fn nested(&self, lines: &[&str]) -> Vec<String> {
        let mut blocks =
            Blocks { links: self.links, out: Vec::new(), depth: self.depth + 1, after_item: false };
        blocks.run(lines);
        blocks.out
    }

    fn block(&mut self, lines: Vec<String>) {
        self.separate();
        self.out.extend(lines);
        self.separate();
    }

    fn verbatim(&mut self, lines: &[&str], belongs: impl Fn(&str) -> bool) -> usize {
        let len = lines.iter().position(|line| !belongs(line)).unwrap_or(lines.len());
        self.block(fence(&lines[..len]));
        len
    }

    fn item(&mut self, mark: &str, width: usize, lines: &[&str]) -> usize {
        let margin = indent(lines[0]);
        let len = 1 + body_len(&lines[1..], margin);
        let first = &lines[0][margin + width..];
        let content: Vec<&str> =
            std::iter::once(first.trim_start()).chain(lines[1..len].iter().copied()).collect();
        if !self.after_item {
            self.separate();
        }
        let pad = " ".repeat(mark.len());
        for (number, line) in self.nested(&content).into_iter().enumerate() {
            self.out.push(match (number, line.is_empty()) {
                (0, _) => format!("{mark}{line}"),
                (_, true) => line,
                (_, false) => format!("{pad}{line}"),
            });
        }
        if !lines.get(len).is_some_and(|next| matches!(LineKind::of(next), LineKind::Item(..))) {
            self.separate();
        }
        self.after_item = true;
        len
    }

    fn directive(&mut self, name: &str, argument: &str, lines: &[&str]) -> usize {
        let len = 1 + body_len(&lines[1..], indent(lines[0]));
        let body = &lines[1..len];
        if self.depth >= MAX_DEPTH {
            self.block(fence(&lines[..len]));
            return len;
        }
        match name {
            "note" | "warning" | "caution" | "attention" | "important" | "tip" | "hint"
            | "danger" | "error" | "seealso" => {
                let title = format!("{}{}", name[..1].to_ascii_uppercase(), &name[1..]);
                self.admonition(&title, argument, body);
            }
            "admonition" => self.admonition(argument, "", body),
            "qmp-example" => self.example(body),
            "code-block" | "code" | "sourcecode" | "parsed-literal" | "math" => {
                let (_, content) = split_options(body);
                self.block(fence(content));
            }
            _ => {
                let (_, content) = split_options(body);
                let content: Vec<&str> =
                    std::iter::once(argument).chain(content.iter().copied()).collect();
                let content = self.nested(&content);
                self.block(content);
            }
        }
        len
    }

    fn admonition(&mut self, title: &str, first: &str, body: &[&str]) {
        let (_, body) = if first.is_empty() { split_options(body) } else { (Vec::new(), body) };
        let content: Vec<&str> = std::iter::once(first).chain(body.iter().copied()).collect();
        let mut lines = self.nested(&content);
        let title = format!("**{}:**", inline(title, self.links));
        match lines.first_mut() {
            Some(first) if !first.starts_with(['-', '`', '>', '1']) => {
                *first = format!("{title} {first}")
            }
            _ => lines.splice(0..0, [title, String::new()]).for_each(drop),
        }
        let quoted = lines
            .iter()
            .map(|line| if line.is_empty() { ">".to_owned() } else { format!("> {line}") });
        self.block(quoted.collect());
    }

    fn example(&mut self, body: &[&str]) {
        let (options, content) = split_options(body);
        let option = |name: &str| options.iter().find_map(|option| option.strip_prefix(name));
        if let Some(title) = option(":title:") {
            let title = format!("**Example:** {}", inline(title.trim(), self.links));
            self.block(vec![title]);
        } else {
            self.block(vec!["**Example:**".to_owned()]);
        }
        let lines =
            if option(":annotated:").is_some() { self.nested(content) } else { fence(content) };
        self.block(lines);
    }

    fn paragraph(&mut self, lines: &[&str]) -> usize {
        let margin = indent(lines[0]);
        let starts_other = |line: &&&str| {
            let kind = LineKind::of(line);
            match kind {
                LineKind::Text | LineKind::Comment => false,
                // In running text, a number at a line's start is not a list's number.
                LineKind::Item(mark, _) => self.depth < MAX_DEPTH && mark.starts_with('-'),
                _ => true,
            }
        };
        let len = 1 + lines[1..].iter().take_while(|line| !starts_other(line)).count();
        let text: Vec<&str> = lines[..len].iter().map(|line| line.trim_ascii()).collect();
        let text = text.join("\n");
        let Some(introduction) = text.strip_suffix("::") else {
            self.text(&text);
            return len;
        };
        // `::` announces a literal block; alone it is not shown.
        if !introduction.is_empty() {
            let colon = if introduction.ends_with(char::is_whitespace) { "" } else { ":" };
            self.text(&format!("{}{colon}", introduction.trim_end()));
        }
        let body = body_len(&lines[len..], margin);
        self.block(fence(&lines[len..len + body]));
        len + body
    }

    fn text(&mut self, text: &str) {
        for line in inline(text, self.links).lines() {
            self.out.push(escape_start(line.trim_end()));
        }
    }
}

/// Counts the `lines` that belong to a block begun at indentation `margin`: blank lines and lines
/// that are indented more, up to the last that is not blank.
fn body_len(lines: &[&str], margin: usize) -> usize {
    let belongs = |line: &&&str| line.trim_ascii().is_empty() || indent(line) > margin;
    let end = lines.iter().take_while(belongs).count();
    lines[..end].iter().rposition(|line| !line.trim_ascii().is_empty()).map_or(0, |last| last + 1)
}

/// A directive's `:option:` lines, each with what continues it, and its content.
fn split_options<'a, 'b>(body: &'b [&'a str]) -> (Vec<String>, &'b [&'a str]) {
    let mut options: Vec<String> = Vec::new();
    let mut at = 0;
    while let Some(line) =
        body.get(at).map(|line| line.trim_ascii()).filter(|line| !line.is_empty())
    {
        if line.starts_with(':') && line[1..].contains(':') {
            options.push(line.to_owned());
        } else if let Some(option) = options.last_mut() {
            option.push(' ');
            option.push_str(line);
        } else {
            break;
        }
        at += 1;
    }
    (options, &body[at..])
}

fn indent(line: &str) -> usize {
    let bytes = line.as_bytes();
    let mut width = 0;
    while bytes.get(width) == Some(&b' ') {
        width += 1;
    }
    width
}

/// A line of running text that Markdown does not take for the start of a block.
fn escape_start(line: &str) -> String {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let ends = |rest: &str| rest.is_empty() || rest.starts_with(' ');
    if digits > 0 && line[digits..].starts_with(['.', ')']) && ends(&line[digits + 1..]) {
        return format!("{}\\{}", &line[..digits], &line[digits..]);
    }
    let mark = line.trim_start_matches('#');
    let starts = match line.chars().next() {
        Some('#') => ends(mark),
        Some('+') => ends(&line[1..]),
        Some(rule @ ('-' | '=')) => ends(&line[1..]) || line.chars().all(|char| char == rule),
        Some('>' | '|') => true,
        _ => false,
    };
    if starts { format!("\\{line}") } else { line.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::docs::inline::code_span;

    struct NoLinks;

    impl Links for NoLinks {
        fn reference(&self, name: &str) -> String {
            code_span(name)
        }
    }

    fn check(text: &str, expected: &str) {
        assert_eq!(markdown(text, &NoLinks).join("\n"), expected, "{text}");
    }

    #[test]
    fn paragraphs_lose_their_indentation() {
        check("One\n    two\n\n\n        three", "One\ntwo\n\nthree");
        check("a\n# b\n> c\n10. d\n+ e", "a\n\\# b\n\\> c\n10\\. d\n\n- e");
        check("0.14\n---\n===\n#x -y", "0.14\n\\---\n\\===\n#x -y");
    }

    #[test]
    fn lists() {
        check(
            "* one\n* two, which\n  goes on\n\n  second\n\n1. a\n2) b\n\nend",
            "- one\n- two, which\n  goes on\n\n  second\n\n1. a\n2. b\n\nend",
        );
        check("text\n- a\n  - b\n", "text\n\n- a\n\n  - b");
    }

    #[test]
    fn literal_blocks_and_examples() {
        check("See::\n\n   a\n     b\n\nend", "See:\n\n```text\na\n  b\n```\n\nend");
        check("-> { \"x\": 1 }\n<- { }\n\nend", "```text\n-> { \"x\": 1 }\n<- { }\n```\n\nend");
        check(
            ".. qmp-example::\n   :title: A @b\n\n   -> {}\n\n   <- {}\n\nend",
            "**Example:** A `b`\n\n```text\n-> {}\n\n<- {}\n```\n\nend",
        );
        check(
            ".. qmp-example::\n   :annotated:\n\n   say::\n\n     -> {}",
            "**Example:**\n\nsay:\n\n```text\n-> {}\n```",
        );
        check("x::\n\n  ```\n", "x:\n\n````text\n```\n````");
    }

    #[test]
    fn directives() {
        check(
            ".. note:: one\n   two\n\n   three\nfour",
            "> **Note:** one\n> two\n>\n> three\n\nfour",
        );
        check(".. admonition:: Title\n\n   - a\n", "> **Title:**\n>\n> - a");
        check(".. _label:\n\n.. comment\n   more\n\ntext", "text");
        check(".. table:: T\n\n   +--+\n   |a |\n   +--+", "T\n\n```text\n+--+\n|a |\n+--+\n```");
    }

    #[test]
    fn deep_nesting_ends() {
        let text: String = (0..300).map(|depth| format!("{}- x\n", "  ".repeat(depth))).collect();
        assert!(!markdown(&text, &NoLinks).is_empty());
    }
}
