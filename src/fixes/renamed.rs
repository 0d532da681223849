//! Arguments of `connect()` and `serve()` under their old and new names, for tests that expect or take them.

use crate::lint::options::TimeoutMeans;
use crate::lint::rule::Context;
use crate::python::mocks::{Mocks, Patch};
use crate::python::{Model, Origin};
use crate::websockets::names;

/// An argument that is called something else since 14.0.
#[derive(Debug, Clone)]
pub struct Renamed {
    /// Up to 13.1.
    pub old: &'static str,
    /// Since 14.0.
    pub new: &'static str,
    /// The functions that take it.
    pub callees: Vec<&'static str>,
    /// Whether only the name changed.
    pub is_same: bool,
    /// Whether all supported versions know the new name.
    pub is_everywhere: bool,
}

/// All of them.
pub fn all(cx: &Context) -> Vec<Renamed> {
    let servers = [names::TOP_LEVEL_SERVE, names::ASYNCIO_SERVE].concat();
    let both = [names::TOP_LEVEL_CONNECT, names::ASYNCIO_CONNECT, &servers].concat();
    let means_open = cx.options.timeout_means == TimeoutMeans::Open;
    let timeout = if means_open { "open_timeout" } else { "close_timeout" };
    vec![
        Renamed {
            old: "extra_headers",
            new: "additional_headers",
            callees: names::new_connect(),
            is_same: true,
            is_everywhere: false,
        },
        Renamed { old: "timeout", new: timeout, callees: both, is_same: true, is_everywhere: !means_open },
        Renamed {
            old: "extra_headers",
            new: "process_response",
            callees: servers,
            is_same: false,
            is_everywhere: false,
        },
    ]
}

impl Renamed {
    /// Whether a test replaces one of the functions, or a function of the project that passes the argument on to one and gets it from
    /// the code under test.
    pub fn is_taken_by<'a>(&self, cx: &Context<'a>, mocks: &Mocks<'_, 'a>, patch: &Patch<'a>) -> bool {
        if patch.target.is_one_of(&self.callees) {
            return true;
        }
        let names = [self.old, self.new];
        if !cx.model.receiver(patch.target.clone(), &names).is_one_of(&self.callees) {
            return false;
        }
        let passes = |model: &Model| {
            model.calls().iter().any(|call| {
                names.iter().any(|name| call.arguments.find_keyword(name).is_some())
                    && model.origin(&call.func) == patch.target
            })
        };
        mocks.under_test(patch, passes).contains(&true)
    }

    /// How messages call the function that is replaced.
    pub fn function(&self, target: &Origin) -> String {
        match target {
            Origin::Ref(name) => format!("`{}()`", name.last()),
            _ => "the function".to_owned(),
        }
    }
}
