//! Figures that agencies sent, taken into a draft by its ward: copied when they are accepted, and never before.

use super::Desk;
use crate::db::Conn;
use crate::domain::observation::Origin;
use crate::domain::pushed::PushedFigure;
use crate::domain::report::ReportDocument;
use crate::error::{Code, Error, FieldError, Result};
use crate::text;

/// A document with what agencies sent of these indicators, or of all, in place of the same figures.
///
/// # Errors
/// `notMeaningful` for an indicator of which nothing was sent, and where nothing was sent at all.
pub(super) fn accepted(
    before: &ReportDocument,
    pushed: &[PushedFigure],
    indicators: Option<&[String]>,
) -> Result<ReportDocument> {
    let sent = |code: &String| pushed.iter().any(|sent| sent.figure.indicator == *code);
    let asked = indicators.unwrap_or_default().iter().enumerate();
    let faults: Vec<FieldError> = asked
        .filter(|(_, code)| !sent(code))
        .map(|(at, code)| FieldError {
            pointer: format!("/indicators/{at}"),
            code: Code::NotMeaningful,
            detail: text!(
                "Chưa có cơ quan nào gửi {code} cho báo cáo này.",
                "No agency has sent {code} for this report."
            ),
        })
        .collect();
    if let Some(first) = faults.first() {
        return Err(Error::new(Code::NotMeaningful, first.detail.clone()).with_fields(faults));
    }
    if pushed.is_empty() || indicators.is_some_and(<[String]>::is_empty) {
        let detail = text!("Không có số liệu nào được gửi để nhận.", "There is no figure to accept.");
        return Err(Error::parameter(Code::NotMeaningful, "/indicators", detail));
    }
    let mut after = before.clone();
    let wanted = |sent: &&PushedFigure| indicators.is_none_or(|codes| codes.contains(&sent.figure.indicator));
    for sent in pushed.iter().filter(wanted) {
        sent.figure.clone().put_into(&mut after.observations);
    }
    Ok(after)
}

impl Desk {
    /// Refuses figures that are called pushed and were not: what stands in the document already may stay.
    pub(super) fn check_origins(
        &self,
        conn: &mut Conn,
        before: Option<&ReportDocument>,
        after: &ReportDocument,
    ) -> Result<()> {
        let known = |figure| before.is_some_and(|before| before.observations.contains(figure));
        let new: Vec<_> = after
            .observations
            .iter()
            .enumerate()
            .filter(|(_, figure)| figure.origin == Origin::Pushed && !known(figure))
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        let pushed = self.pushed(conn)?;
        let was_sent =
            |figure| pushed.iter().any(|sent| sent.figure.is_same_figure(figure) && sent.figure.value == figure.value);
        let faults: Vec<FieldError> = new
            .into_iter()
            .filter(|(_, figure)| !was_sent(figure))
            .map(|(at, figure)| {
                let code = &figure.indicator;
                FieldError {
                    pointer: format!("/observations/{at}/origin"),
                    code: Code::NotMeaningful,
                    detail: text!(
                        "{code} ghi nguồn là pushed nhưng không cơ quan nào gửi số này: ghi stated, hoặc bỏ trống nguồn.",
                        "{code} claims to be pushed, but no agency sent this figure: say stated, or leave the origin out."
                    ),
                }
            })
            .collect();
        let Some(first) = faults.first() else { return Ok(()) };
        Err(Error::new(Code::NotMeaningful, first.detail.clone()).with_fields(faults))
    }
}
