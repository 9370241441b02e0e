//! The feed as server-sent events: what is there behind the cursor, then what is published while the connection lasts.
//!
//! The socket decides on the pace: a page is read only when the one before was taken, and nothing is held meanwhile but that
//! page's bytes.

use std::convert::Infallible;
use std::fmt::Write as _;

use actix_web::HttpResponse;
use actix_web::http::header::HeaderName;
use actix_web::web::{Bytes, Data};
use futures_util::stream::unfold;
use serde::Serialize;
use tokio::sync::watch;

use super::{ChangeBody, cursor, question};
use crate::domain::feed::FeedCursor;
use crate::domain::policy::Action;
use crate::error::{Code, Result};
use crate::http::answer::{minimum, no_older};
use crate::http::context::Context;
use crate::http::event_stream::{ALIVE, LOOKS_PER_SIGN, head};
use crate::http::listeners::{LOOK, Listener};
use crate::http::params::Params;
use crate::service::App;
use crate::service::feed::{self, FeedPage, FeedQuestion};
use crate::snapshot::Served;

/// Changes read at a time, and so held for a reader that is slow to take them.
const AT_A_TIME: usize = 50;
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

struct Reader {
    app: Data<App>,
    /// Asked at every turn: a stream ends with its token, or with the right to it.
    listener: Listener,
    question: FeedQuestion,
    cursor: FeedCursor,
    served: watch::Receiver<Served>,
    greeting: Option<Bytes>,
    /// Whether there may be more than was read.
    is_behind: bool,
    quiet: u32,
}

/// A revision that the reader has whole.
#[derive(Serialize)]
struct Whole<'a> {
    epoch: &'a str,
    revision: i64,
}

pub(super) async fn open(context: &Context) -> Result<HttpResponse> {
    let mut params = Params::parse(context.request.query_string())?;
    let (mut cursor, question) = (cursor(&mut params)?, question(&mut params)?);
    let minimum = minimum(&mut params)?;
    params.finish()?;
    let snapshot = no_older(context, minimum, Action::ChangesRead).await?;
    if let Some(last) = context.header(LAST_EVENT_ID).filter(|last| !last.is_empty()) {
        cursor = FeedCursor::read("after", last)?;
    }
    let listener = Listener::join(context)?;
    let served = context.app.snapshots.watch(&context.caller, Action::ChangesRead)?;
    // What can be refused is refused before the stream begins, while there is a status to say so.
    feed::read(&context.app, &context.caller, &snapshot, &cursor, &question, 1).await?;
    let reader = Reader {
        app: context.app.clone(),
        listener,
        question,
        cursor,
        served,
        greeting: Some(Bytes::from_static(b"retry: 3000\n\n")),
        is_behind: true,
        quiet: 0,
    };
    let events = unfold(reader, |mut reader| async move {
        let chunk = reader.next().await?;
        Some((Ok::<_, Infallible>(chunk), reader))
    });
    Ok(head().streaming(events))
}

impl Reader {
    /// The next bytes; nothing where the stream is over.
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(greeting) = self.greeting.take() {
            return Some(greeting);
        }
        loop {
            self.listener.may_go_on().ok()?;
            if self.is_behind {
                self.served.borrow_and_update();
                match self.read().await {
                    Ok(page) => {
                        let events = events(&page);
                        let epoch = page.snapshot.epoch.clone();
                        self.cursor = FeedCursor { epoch: Some(epoch), position: page.next };
                        self.is_behind = page.has_more;
                        self.quiet = 0;
                        if let Some(events) = events {
                            return Some(events);
                        }
                        continue;
                    }
                    // The database will be back; the reader need not know.
                    Err(error) if error.code() == Code::Unavailable => {}
                    // With another status than 200 the reader learns of it when it comes back.
                    Err(_) => return None,
                }
            }
            let woken = tokio::time::timeout(LOOK, self.served.changed()).await;
            match woken {
                Ok(Ok(())) => self.is_behind = true,
                Ok(Err(_)) => return None,
                Err(_) => {
                    self.quiet += 1;
                    if self.quiet.is_multiple_of(LOOKS_PER_SIGN) {
                        return Some(Bytes::from_static(ALIVE));
                    }
                }
            }
        }
    }

    async fn read(&self) -> Result<FeedPage> {
        let caller = self.listener.caller();
        let snapshot = self.app.snapshots.read(caller, Action::ChangesRead)?;
        feed::read(&self.app, caller, &snapshot, &self.cursor, &self.question, AT_A_TIME).await
    }
}

/// A page as events: each change, and each revision that is whole with it.
fn events(page: &FeedPage) -> Option<Bytes> {
    let (snapshot, mut text) = (&page.snapshot, String::new());
    let mut write = |name: &str, id: &str, data: &str| {
        // Writing to a string cannot fail.
        let _ = write!(text, "id: {id}\nevent: {name}\ndata: {data}\n\n");
    };
    let whole = |revision: i64| serde_json::to_string(&Whole { epoch: &snapshot.epoch, revision }).unwrap_or_default();
    let behind = |revision: i64| FeedCursor::text(&snapshot.epoch, crate::domain::feed::Position::behind(revision));
    let mut open = None;
    for change in &page.changes {
        if let Some(before) = open.filter(|before| *before != change.at.revision) {
            write("revision", &behind(before), &whole(before));
        }
        open = Some(change.at.revision);
        let body = serde_json::to_string(&ChangeBody::of(snapshot, change)).unwrap_or_default();
        write("change", &FeedCursor::text(&snapshot.epoch, change.at), &body);
    }
    if page.is_complete() && (open.is_some() || !page.has_more) {
        write("revision", &behind(page.through), &whole(page.through));
    }
    (!text.is_empty()).then(|| Bytes::from(text))
}
