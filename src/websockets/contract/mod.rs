//! The subprotocol contract of a project: which subprotocols clients offer on a route, and what the server there selects.
//!
//! Each file is asked once for its [`Facts`] ([`collect()`]): servers, routes and routers, functions that the WebSocket goes through,
//! and clients with what they offer. Facts are small and own everything, so that those of a large project fit in memory while the
//! trees do not. [`Contract::link`] puts them together: paths are composed from the application down, handshakes are followed
//! through dependencies and helpers, and each client is asked what it makes of the outcome ([`framework`]).
//!
//! Who reaches whom is decided by literal paths and ports alone. Where that is not certain, the contract knows nothing.

pub mod collect;
pub mod facts;
pub mod framework;
mod handshake;
mod link;
pub mod path;
mod routing;
pub mod script;

pub use collect::{TRIGGERS, collect, is_mentioned, takes_part};
pub use facts::{Accept, Facts, Offer};
pub use framework::{ClientKind, Ending, Framework, Selection, Verdict};
pub use link::{Confidence, Contract, ContractRow, Endpoint, FirstOffer, Obstacle, Reached, Stray};
