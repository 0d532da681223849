//! The servers of a script: a client of the project may mean one of them.

use oxc_ast::ast::{Expression, NewExpression, ObjectPropertyKind, Program};

use super::names::Names;
use super::value::{Evaluator, Spot};
use crate::websockets::contract::facts::Offer;
use crate::websockets::contract::path::{Address, HOLE, Path};

/// A server in JavaScript.
#[derive(Debug, Clone, Default)]
pub struct ScriptServer {
    /// The only port that it answers on, where the script says it.
    port: Option<u16>,
    /// The only path that it answers on, where the script says it.
    path: Option<Path>,
}

impl ScriptServer {
    /// Whether a client may mean this one.
    pub(super) fn may_be_meant(&self, offer: &Offer) -> bool {
        let port = self.port.is_none() || offer.port.is_none() || self.port == offer.port;
        let path = match (&self.path, &offer.address) {
            (Some(own), Address::Path(path)) => own.reached_by(path).is_some(),
            _ => true,
        };
        port && path
    }
}

/// The servers of a script.
pub(super) fn of(program: &Program<'_>) -> Vec<ScriptServer> {
    let names = Names::of(program);
    let reader = Evaluator::new(&names);
    let mut servers: Vec<_> = names.servers.iter().map(|(new, scope)| server(new, *scope, &reader)).collect();
    if names.upgrades {
        servers.push(ScriptServer::default());
    }
    servers
}

fn server<'a>(new: &NewExpression<'a>, scope: usize, reader: &Evaluator<'_, 'a>) -> ScriptServer {
    let options = new.arguments.first().and_then(|argument| argument.as_expression());
    let Some(Expression::ObjectExpression(options)) = options.map(Expression::get_inner_expression) else {
        return ScriptServer::default();
    };
    let mut server = ScriptServer::default();
    for option in &options.properties {
        // What is spread may say something else.
        let ObjectPropertyKind::ObjectProperty(option) = option else { return ScriptServer::default() };
        let text = || {
            let text = reader.text(&option.value, &Spot::new(scope));
            (!text.contains(HOLE)).then_some(text)
        };
        if option.key.is_specific_static_name("port") {
            server.port = text().and_then(|text| text.parse().ok()).filter(|port| *port != 0);
        } else if option.key.is_specific_static_name("path") {
            // With no word in it nothing can be told apart.
            server.path =
                text().filter(|text| !text.trim_matches('/').is_empty()).and_then(|text| Path::route(&text, false));
        }
    }
    server
}
