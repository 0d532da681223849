//! What is done with the object in a name: read here, or handed to code that nobody has seen.

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, ExprCall, Stmt};

/// Methods of loggers: they turn their arguments into text.
const LOGGING: &[&str] =
    &["debug", "info", "warning", "warn", "error", "exception", "critical", "fatal", "log", "print", "write"];

/// Functions that turn their argument into text or look at its class.
const HARMLESS: &[&str] = &["str", "repr", "print", "isinstance", "type", "hasattr", "getattr", "id", "bool", "format"];

/// Whether the exception in `name` leaves `body`: returned, stored, or passed to a function that may read more of it than its
/// text. Raising it again, logging it and asking for its class keep it here.
pub fn escapes(name: &str, body: &[Stmt]) -> bool {
    let mut visitor = Escapes { name, found: false };
    visitor.visit_body(body);
    visitor.found
}

struct Escapes<'n> {
    name: &'n str,
    found: bool,
}

impl Escapes<'_> {
    fn is_it(&self, expr: &Expr) -> bool {
        expr.as_name_expr().is_some_and(|name| name.id == self.name)
    }

    fn turns_into_text(call: &ExprCall) -> bool {
        match &*call.func {
            Expr::Name(name) => HARMLESS.contains(&name.id.as_str()),
            Expr::Attribute(method) => {
                LOGGING.contains(&method.attr.as_str())
                    || method.attr.as_str() == "format"
                    || method.value.as_name_expr().is_some_and(|module| module.id == "traceback")
            }
            _ => false,
        }
    }

    fn visit_unless_it(&mut self, expr: &Expr) {
        if !self.is_it(expr) {
            self.visit_expr(expr);
        }
    }
}

impl<'a> Visitor<'a> for Escapes<'_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::Raise(raise) => {
                // `raise Refused(e) from e` makes text or a cause of it.
                for part in raise.exc.iter().chain(&raise.cause) {
                    match &**part {
                        Expr::Call(call) => {
                            call.arguments.args.iter().for_each(|argument| self.visit_unless_it(argument));
                            call.arguments.keywords.iter().for_each(|keyword| self.visit_expr(&keyword.value));
                        }
                        other => self.visit_unless_it(other),
                    }
                }
            }
            Stmt::Expr(expr) => self.visit_unless_it(&expr.value),
            _ => walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(_) if self.is_it(expr) => self.found = true,
            Expr::Attribute(attribute) if self.is_it(&attribute.value) => {
                // `args` differs between the two classes: the status is not in it any more.
                self.found |= attribute.attr.as_str() == "args";
            }
            Expr::Call(call) if Self::turns_into_text(call) => {
                self.visit_expr(&call.func);
                call.arguments.args.iter().for_each(|argument| self.visit_unless_it(argument));
                call.arguments.keywords.iter().for_each(|keyword| self.visit_unless_it(&keyword.value));
            }
            Expr::FString(string) => {
                for element in string.value.elements().filter_map(|element| element.as_interpolation()) {
                    self.visit_unless_it(&element.expression);
                }
            }
            Expr::BinOp(format) if format.left.is_string_literal_expr() => match &*format.right {
                Expr::Tuple(tuple) => tuple.elts.iter().for_each(|element| self.visit_unless_it(element)),
                right => self.visit_unless_it(right),
            },
            Expr::Compare(compare) => {
                self.visit_unless_it(&compare.left);
                compare.comparators.iter().for_each(|side| self.visit_unless_it(side));
            }
            _ => walk_expr(self, expr),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escapes_from(body: &str) -> bool {
        let parsed = ruff_python_parser::parse_module(body).unwrap();
        escapes("e", &parsed.syntax().body)
    }

    #[test]
    fn text_and_raising_keep_it_here() {
        for body in [
            "log.warning('refused: %s', e)",
            "print(f'{e} {e!r}')",
            "print('%s' % e, str(e))",
            "raise",
            "raise Refused(e) from e",
            "raise Refused(str(e), e.status_code) from e",
            "if isinstance(e, OSError): pass",
            "status = e.status_code",
            "handle(e.status_code)",
            "logger.exception('x', exc_info=e)",
            "other.e = 1; f(e=1)",
        ] {
            assert!(!escapes_from(body), "{body}");
        }
    }

    #[test]
    fn anything_else_lets_it_out() {
        for body in [
            "handle(e)",
            "return e",
            "self.error = e",
            "errors.append(e)",
            "e.args[0]",
            "raise Refused(cause=e)",
            "x = [e]",
        ] {
            let body = if body.starts_with("return") { format!("def f():\n    {body}") } else { body.to_owned() };
            assert!(escapes_from(&body), "{body}");
        }
    }
}
