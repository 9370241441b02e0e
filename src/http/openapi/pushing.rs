//! The operations by which agencies send figures.

use serde_json::json;

use super::operation::Operation;
use super::operations::{PAGE, QUARTER, get, of, post};
use crate::domain::policy::Action;
use crate::error::Code;

/// What the figures of a request can be refused with.
fn pushes(operation: Operation) -> Operation {
    let media = json!({"application/json": {"schema": of("Pushed"), "example": {"rows": 2, "created": 1, "updated": 1, "unchanged": 0}}});
    operation
        .needs(Action::ObservationPush)
        .answers_with(200, "What became of the figures.", media, &["X-Request-Id", "Idempotent-Replayed"])
        .refuses(&QUARTER)
        .refuses(&[
            Code::AreaNotFound,
            Code::IndicatorNotFound,
            Code::NotMeaningful,
            Code::MissingParameter,
            Code::Conflict,
            Code::RequestInProgress,
            Code::IdempotencyKeyReused,
            Code::Unavailable,
        ])
}

pub(super) fn all() -> Vec<Operation> {
    let tag = "agencies";
    vec![
        pushes(
            post("/api/v1/observations", "push_observations", tag)
                .says(
                    "Send figures",
                    "Of the client's own indicators and areas, one or thousands: all of them are kept, or none and every fault is \
                     told by its pointer. The latest of a figure holds. They are offered to the wards' drafts; a report that \
                     states something else must say why, and none is ever changed. Sent again with the same `Idempotency-Key`, \
                     a request is answered as the first time; keys are kept for four days.",
                )
                .takes(&["IdempotencyKey"])
                .reads("PushBody"),
        )
        .refuses(&[Code::IdempotencyKeyMissing]),
        get("/api/v1/observations/pushed", "list_pushed_observations", tag)
            .says(
                "What was sent, and what became of it",
                "The figures that the client has sent and that hold still, in the order in which they came. Of a ward's draft it \
                 tells nothing.",
            )
            .takes(&["PushedWard", "PushedQuarter", "PushedIndicator", "Limit", "Cursor"])
            .needs(Action::ObservationPush)
            .answers(200, "A page of figures.", of("PushedObservationList"))
            .with_header("Link")
            .refuses(&PAGE)
            .refuses(&QUARTER)
            .refuses(&[Code::AreaNotFound, Code::IndicatorNotFound, Code::Unavailable]),
        pushes(
            Operation::new("put", "/api/v1/observations/{ward}/{quarter}/{indicator}", "put_observation", tag)
                .says("Send one figure", "As `POST /api/v1/observations` with one row; without a key it may be sent again too.")
                .takes(&["PushWard", "QuarterPath", "PushIndicator", "IdempotencyKeyOptional"])
                .reads("PushedValue"),
        ),
    ]
}
