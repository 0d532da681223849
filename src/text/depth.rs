//! How deep the tree of a file would be, told from its tokens, before there is a tree.
//!
//! A tree is walked and freed by functions that call themselves, so one that is too deep ends the process. Python has limits of its
//! own: 3.10 to 3.12 refuse what is deeper than about 2,980, and 3.13 what is deeper than 9,960.

use memchr::memmem;
use ruff_python_ast::PySourceType;
use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{AsMode as _, lexer};

/// No tree may be deeper. Workers have a stack for more.
pub const MOST: usize = 10_000;

/// What lets a tree grow by more than the bytes counted in [`may_be_deep`].
const WORDS: [&str; 6] = ["lambda", "else", "not", "await", "yield", "async"];

/// The bytes that let a tree grow, or may be part of what does.
static DEEPENS: [bool; 256] = {
    let mut deepens = [false; 256];
    let signs = b"()[]{}.+-*/%@&|^~<>";
    let mut at = 0;
    while at < signs.len() {
        deepens[signs[at] as usize] = true;
        at += 1;
    }
    deepens
};

/// Whether the tree of `text` is deeper than [`MOST`]. It never is deeper than it is taken for here; a file that is not valid Python may
/// be less deep.
pub fn is_too_deep(text: &str, kind: PySourceType) -> bool {
    may_be_deep(text.as_bytes()) && Nesting::new().is_too_deep(text, kind)
}

/// Whether there is enough in a file for a deep tree. Hardly any file has: this is all that most of them cost.
fn may_be_deep(bytes: &[u8]) -> bool {
    if bytes.len() < MOST {
        return false;
    }
    let signs = bytes.iter().filter(|byte| DEEPENS[usize::from(**byte)]).count();
    let words: usize = WORDS.iter().map(|word| memmem::find_iter(bytes, word).count()).sum();
    // Each level of blocks is indented by a blank more than the one around it.
    let blocks = (2 * bytes.len()).isqrt();
    signs + words + blocks >= MOST
}

/// An expression up to the next separator, at one level of brackets.
#[derive(Debug, Clone, Copy, Default)]
struct Level {
    /// What is done to one operand after the other: `a.b.c`, `a + b`, `- - a`. Each is a level of the tree.
    chain: usize,
    /// What reaches over operators that bind less: `lambda`, `else`.
    reach: usize,
    /// The deepest bracket in the chain.
    inner: usize,
    /// The deepest chain so far, what reaches over it included.
    deepest: usize,
    /// Those whose parameters are not over: a comma there separates nothing.
    lambdas: usize,
}

impl Level {
    /// An operator that binds less than those of a chain, and of which any number is one level.
    fn operand(&mut self) {
        self.deepest = self.deepest.max(self.depth());
        (self.chain, self.inner) = (0, 0);
    }

    /// What follows has nothing to do with what was there.
    fn separate(&mut self) {
        self.operand();
        (self.reach, self.lambdas) = (0, 0);
    }

    /// Of what is open now. The operators of which many are one level count three: `or`, `and`, and a comparison.
    fn depth(&self) -> usize {
        self.chain + self.reach + self.inner + 3
    }
}

struct Nesting {
    levels: Vec<Level>,
    blocks: usize,
}

impl Nesting {
    fn new() -> Self {
        Self { levels: vec![Level::default()], blocks: 0 }
    }

    fn is_too_deep(&mut self, text: &str, kind: PySourceType) -> bool {
        let mut tokens = lexer::lex(text, kind.as_mode());
        loop {
            let kind = tokens.next_token();
            if self.take(kind) > MOST {
                return true;
            }
            if kind == TokenKind::EndOfFile {
                return false;
            }
        }
    }

    /// Takes a token in. Returns how deep the tree is there at most.
    fn take(&mut self, kind: TokenKind) -> usize {
        match kind {
            TokenKind::Indent => self.blocks += 1,
            TokenKind::Dedent => self.blocks = self.blocks.saturating_sub(1),
            // Statements begin behind these, also where a bracket was forgotten.
            TokenKind::Newline | TokenKind::Semi | TokenKind::EndOfFile => return self.end_statement(),
            TokenKind::Def
            | TokenKind::Class
            | TokenKind::Import
            | TokenKind::Return
            | TokenKind::While
            | TokenKind::Try => {
                return self.end_statement();
            }
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => self.open(1),
            // Strings that stand beside each other are one.
            TokenKind::FStringStart | TokenKind::TStringStart => self.open(0),
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace | TokenKind::FStringEnd | TokenKind::TStringEnd => {
                self.close();
            }
            _ => self.take_operator(kind),
        }
        let open = self.levels.last().map_or(0, Level::depth);
        self.blocks + self.levels.len() + open
    }

    fn take_operator(&mut self, kind: TokenKind) {
        let Some(level) = self.levels.last_mut() else { return };
        match kind {
            TokenKind::Lambda => {
                level.reach += 1;
                level.lambdas += 1;
            }
            TokenKind::Else | TokenKind::Yield | TokenKind::ColonEqual | TokenKind::Async => level.reach += 1,
            TokenKind::Colon if level.lambdas > 0 => level.lambdas -= 1,
            TokenKind::Comma if level.lambdas > 0 => {}
            TokenKind::Comma | TokenKind::Colon => level.separate(),
            TokenKind::And | TokenKind::Or | TokenKind::If | TokenKind::For | TokenKind::In | TokenKind::Is => {
                level.operand();
            }
            TokenKind::Less | TokenKind::Greater | TokenKind::EqEqual | TokenKind::NotEqual => level.operand(),
            TokenKind::LessEqual | TokenKind::GreaterEqual | TokenKind::Equal => level.operand(),
            TokenKind::Name
            | TokenKind::String
            | TokenKind::Int
            | TokenKind::Comment
            | TokenKind::NonLogicalNewline => {}
            kind if kind.is_operator() || matches!(kind, TokenKind::Not | TokenKind::Await) => level.chain += 1,
            _ => {}
        }
    }

    fn open(&mut self, links: usize) {
        if let Some(level) = self.levels.last_mut() {
            level.chain += links;
        }
        self.levels.push(Level::default());
    }

    fn close(&mut self) {
        if self.levels.len() < 2 {
            return;
        }
        let Some(mut inner) = self.levels.pop() else { return };
        inner.separate();
        if let Some(level) = self.levels.last_mut() {
            level.inner = level.inner.max(inner.deepest + 1);
        }
    }

    fn end_statement(&mut self) -> usize {
        while self.levels.len() > 1 {
            self.close();
        }
        let Some(level) = self.levels.last_mut() else { return self.blocks };
        level.separate();
        let deepest = level.deepest;
        *level = Level::default();
        self.blocks + deepest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_deep(text: &str) -> bool {
        is_too_deep(text, PySourceType::Python)
    }

    #[test]
    fn what_no_stack_holds_is_too_deep() {
        const MANY: usize = 200_000;
        for (before, part, inner, after) in [
            ("x = 1", "+1", "", ""),
            ("x = a", ".b", "", ""),
            ("x = a", "()", "", ""),
            ("x = a", "[0]", "", ""),
            ("x = 1", "**1", "", ""),
            ("x = a.", "b + c.", "d", ""),
            ("x = ", "(", "1", ")"),
            ("x = ", "[", "", "]"),
            ("x = ", "{1: ", "1", "}"),
            ("x = ", "f(", "1", ")"),
            ("x = ", "not ", "1", ""),
            ("x = ", "-", "1", ""),
            ("x = ", "lambda: ", "1", ""),
            ("x = ", "lambda a, b=1: ", "1", ""),
            ("x = ", "a if b and c else ", "1", ""),
            ("x = ", "a if b < c else ", "1", ""),
            ("x = ", "await ", "1", ""),
            ("x = ", "[y for y in ", "z", "]"),
            ("", "async ", "def f(): pass", ""),
            ("match x:\n  case ", "A(", "1", ")"),
            ("x: ", "A[", "int", "]"),
            ("x = ", "f'{", "1", "}'"),
        ] {
            let text = format!("{before}{}{inner}{}\n", part.repeat(MANY), after.repeat(MANY));
            assert!(is_deep(&text), "{before}{part}");
        }
        let deep_in_deep = format!("x = {}1{}\n", "(1 + ".repeat(6_000), ")".repeat(6_000));
        assert!(is_deep(&deep_in_deep), "both count");
        let blocks: String = (0..11_000).map(|depth| " ".repeat(depth) + "if x:\n").collect();
        assert!(is_deep(&blocks));
    }

    #[test]
    fn what_is_only_long_is_not() {
        const MANY: usize = 50_000;
        for (before, part, after) in [
            ("x = [", "(a.b + c(d)) * 2, ", "]"),
            ("x = {", "'k': a.b.c(d), ", "}"),
            ("x = [", "lambda a, b: a + b, ", "]"),
            ("x = a", " and not b.c(d)", ""),
            ("x = a", " or b < c + d", ""),
            ("x = a < b", " < c.d", ""),
            ("x = ", "f'{a.b}' ", ""),
            ("x = a", " = b.c", " = d"),
            ("f(", "a=b.c + 1, ", ")"),
            ("", "a.b = c.d(e)\n", ""),
            ("", "if a.b: c.d\n", ""),
            ("if a: b\n", "elif a.b: c.d\n", ""),
            ("x = a", " if b", ""),
            ("", "a.b; ", ""),
            ("\"\"\"", "((((....", "\"\"\""),
            ("", "# ((((....\n", ""),
            ("def f(\n", "def g(a): return a.b(c)\n", ""),
        ] {
            let text = format!("{before}{}{after}\n", part.repeat(MANY));
            assert!(!is_deep(&text), "{before}{part}");
        }
        let just = format!("x = 1{}\n", "+1".repeat(9_900));
        assert!(!is_deep(&just), "Python 3.13 takes it");
    }
}
