//! The change feed, and the operations by which its readers are told of it.

use serde_json::Value;

use super::operation::Operation;
use super::operations::{PAGE, get, of, post};
use crate::domain::policy::Action;
use crate::error::Code;

const ALL: &str = "/api/v1/webhooks";
const ONE: &str = "/api/v1/webhooks/{id}";

/// About one of the caller's webhooks.
fn own(operation: Operation) -> Operation {
    operation.takes(&["WebhookId"]).refuses(&[Code::WebhookNotFound, Code::Unavailable]).needs(Action::ChangesRead)
}

/// By the tag of the state that it replaces.
fn replacing(operation: Operation) -> Operation {
    own(operation).takes(&["IfMatch"]).refuses(&[Code::PreconditionRequired, Code::PreconditionFailed])
}

pub(super) fn all() -> Vec<Operation> {
    vec![
        get("/api/v1/changes", "list_changes", "changes")
            .says(
                "Everything that changed",
                "Figures, reports, targets, deadlines, locks and the catalogue, revision by revision, complete and without gaps; \
                 what is withdrawn is told by its key. Begin with `after=0`, apply each page, and keep `nextCursor` for the next \
                 time; where `complete` is false the page ends inside a revision. Whoever applied everything `through` a revision \
                 holds what `/observations?asOf=` that revision answers. With `Accept: text/event-stream` the same as server-sent \
                 events, as they happen: `change` with a change, `revision` where one is whole; `Last-Event-ID` goes on.",
            )
            .takes(&["After", "ChangesLimit", "Ward", "QuarterOfChanges", "Indicator", "MinRevision", "LastEventId"])
            .answers(200, "A page of changes.", of("ChangePage"))
            .answers_also("text/event-stream")
            .refuses(&PAGE)
            .refuses(&[Code::InvalidQuarter, Code::QuarterNotFound, Code::AreaNotFound, Code::IndicatorNotFound])
            .refuses(&[Code::Unavailable])
            .needs(Action::ChangesRead)
            .cached(&["Content-Language", "Link"]),
        get(ALL, "list_webhooks", "changes")
            .says("Your webhooks", "Those of the account or client of the token, at most 20.")
            .answers(200, "The webhooks.", of("WebhookList"))
            .refuses(&[Code::Unavailable])
            .needs(Action::ChangesRead),
        post(ALL, "create_webhook", "changes")
            .says(
                "Be told of every revision",
                "By Standard Webhooks (https://www.standardwebhooks.com): `webhook-id`, `webhook-timestamp` and \
                 `webhook-signature` over `{type, timestamp, data}`. `revision.published` comes once for each revision from now on, \
                 with a link to `/changes`; what is not answered with a 2xx within 15 seconds is sent again after 5 s, 5 min, \
                 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h, so that an event may come twice, or after a later one. `410` disables \
                 the webhook. Redirects are not followed, and addresses must be public. The answer has the secret, this once.",
            )
            .reads("WebhookInput")
            .answers(201, "The webhook, with its secret.", of("Webhook"))
            .refuses(&[Code::NotMeaningful, Code::Conflict, Code::Unavailable])
            .needs(Action::ChangesRead),
        own(get(ONE, "get_webhook", "changes").says("One webhook", "Of your own."))
            .answers(200, "The webhook.", of("Webhook"))
            .cached(&[]),
        replacing(Operation::new("patch", ONE, "change_webhook", "changes").says(
            "Change a webhook",
            "What is left out stays. What was published while it was disabled is sent once it is enabled; what was given up when \
             it was disabled can be replayed.",
        ))
        .reads("WebhookPatch")
        .answers(200, "The webhook as it now is.", of("Webhook"))
        .tagged()
        .refuses(&[Code::NotMeaningful]),
        replacing(
            Operation::new("delete", ONE, "delete_webhook", "changes")
                .says("Take a webhook away", "With everything that is still to be sent to it, and its log."),
        )
        .answers_with(204, "It is gone.", Value::Null, &["X-Request-Id"]),
        own(post("/api/v1/webhooks/{id}/secret/rotate", "rotate_webhook_secret", "changes").says(
            "Change the secret",
            "The secret before signs beside the new one for 24 hours: each event then has two signatures, of which a receiver \
             needs one.",
        ))
        .answers(200, "The webhook, with its new secret.", of("Webhook"))
        .tagged(),
        own(post("/api/v1/webhooks/{id}/test", "test_webhook", "changes")
            .says("Send a test", "An event `webhook.test`, signed and tried again like any other; see the deliveries."))
        .answers(202, "It is in turn.", of("Queued"))
        .refuses(&[Code::Conflict]),
        own(post("/api/v1/webhooks/{id}/replay", "replay_webhook", "changes")
            .says("Be told again", "The events of the revisions behind one, under the same ids."))
        .reads("ReplayInput")
        .answers(202, "They are in turn.", of("Queued"))
        .refuses(&[Code::Conflict, Code::NotMeaningful]),
        own(get("/api/v1/webhooks/{id}/deliveries", "list_webhook_deliveries", "changes").says(
            "What was sent, and what came of it",
            "The newest first, with every attempt; what is over is forgotten after 30 days.",
        ))
        .takes(&["Limit", "Cursor"])
        .answers(200, "A page of deliveries.", of("WebhookDeliveryList"))
        .with_header("Link")
        .refuses(&[Code::InvalidLimit, Code::InvalidCursor]),
    ]
}
