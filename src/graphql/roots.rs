//! The entry points, each one call of a use case.

mod listening;
mod management;
mod published;
mod session;
mod work;
mod writing;

use async_graphql::MergedObject;

pub use listening::Listening;

/// Reading. Names and numbers are REST's. A list is a Relay connection: `first` (after a cursor) or `last` (before
/// one), 1 to 200, and 50 where neither is given; its cursors hold for the same arguments at the same revision. The audit
/// trail is read forward only, and its cursors hold whatever is published. `asOf` answers a field as of a revision: figures,
/// reports and targets as they were then, areas and indicators as they are known today; fields of one document may ask for
/// different revisions. What is refused is null, with its reason under `errors`.
#[derive(MergedObject, Default)]
pub struct Query(published::Published, work::Work, session::SignedIn);

/// Writing: POST only, one field after the other, each whole or not at all. `ifMatch` takes the `etag` of what was read, as
/// the header of that name does over REST; without it nothing that exists is changed. What is refused is null, with its
/// reason under `errors`: the pointers of `extensions.errors` are REST's, so `/observations/0/value` is in `document` or
/// `patch`, and `/comment` as well as `?ward` is the argument of that name.
#[derive(MergedObject, Default)]
pub struct Mutation(session::Sessions, writing::Writing, management::Management);
