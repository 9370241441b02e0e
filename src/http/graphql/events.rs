//! Answers as server-sent events, in the distinct connections mode of the protocol GraphQL over SSE: an event `next` for
//! each answer and `complete` for the end.

use std::convert::Infallible;

use actix_web::HttpResponse;
use actix_web::web::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::{BoxStream, unfold};

use crate::error::Result;
use crate::graphql::Told;
use crate::http::context::Context;
use crate::http::event_stream::{ALIVE, LOOKS_PER_SIGN, head};
use crate::http::listeners::{LOOK, Listener};

const COMPLETE: &[u8] = b"event: complete\ndata:\n\n";

fn next(body: &[u8]) -> Vec<u8> {
    [b"event: next\ndata: ", body, b"\n\n"].concat()
}

/// An answer that is there.
pub(super) fn whole(body: &Bytes) -> HttpResponse {
    head().body([&next(body), COMPLETE].concat())
}

struct Telling {
    told: BoxStream<'static, Told>,
    listener: Listener,
    quiet: u32,
    greeted: bool,
    is_over: bool,
}

/// Answers as they come, for as long as the listener may go on. The socket decides on the pace: nothing is asked for before
/// what was told was taken.
pub(super) fn open(context: &Context, told: BoxStream<'static, Told>) -> Result<HttpResponse> {
    let listener = Listener::join(context)?;
    let telling = Telling { told, listener, quiet: 0, greeted: false, is_over: false };
    let events = unfold(telling, |mut telling| async move {
        let chunk = telling.next().await?;
        Some((Ok::<_, Infallible>(chunk), telling))
    });
    Ok(head().streaming(events))
}

impl Telling {
    /// The next bytes; nothing where the stream is over. One that is cut off is not completed, so that clients come back.
    async fn next(&mut self) -> Option<Bytes> {
        if self.is_over {
            return None;
        }
        if !std::mem::replace(&mut self.greeted, true) {
            return Some(Bytes::from_static(ALIVE));
        }
        loop {
            let told = tokio::time::timeout(LOOK, self.told.next()).await;
            self.listener.may_go_on().ok()?;
            match told {
                Ok(Some(Told::Event(body))) => {
                    self.quiet = 0;
                    return Some(Bytes::from(next(&body)));
                }
                Ok(Some(Told::Refused(body))) => {
                    self.is_over = true;
                    return Some(Bytes::from([&next(&body), COMPLETE].concat()));
                }
                Ok(None) => {
                    self.is_over = true;
                    return Some(Bytes::from_static(COMPLETE));
                }
                Err(_) => {
                    self.quiet += 1;
                    if self.quiet.is_multiple_of(LOOKS_PER_SIGN) {
                        return Some(Bytes::from_static(ALIVE));
                    }
                }
            }
        }
    }
}
