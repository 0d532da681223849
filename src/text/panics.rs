//! A bug that shows in one file must not lose the work on the others: panics become messages.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    /// `Some` while this thread is inside [`catch`]: where and why it panicked.
    static MESSAGE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs `work`. A panic in it is returned as its message and place, and not printed.
///
/// # Errors
/// When `work` panicked.
pub fn catch<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(install);
    MESSAGE.set(Some(String::new()));
    // What `work` borrows is a cache behind locks that survive poisoning, or is thrown away.
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    let message = MESSAGE.take().unwrap_or_default();
    result.map_err(|_| message)
}

/// Panics outside of [`catch`] are reported as ever.
fn install() {
    let previous = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let caught = MESSAGE.with_borrow_mut(|message| {
            let Some(message) = message else { return false };
            let words = info.payload_as_str().unwrap_or("a panic without words");
            let place = info.location().map(|place| format!(" at {place}")).unwrap_or_default();
            *message = format!("{words}{place}");
            true
        });
        if !caught {
            previous(info);
        }
    }));
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_panic_is_a_message() {
        let message = super::catch(|| panic!("seven {}", 7)).unwrap_err();
        assert!(message.starts_with("seven 7 at src"), "{message}");
        assert_eq!(super::catch(|| 1), Ok(1));
    }
}
