//! Deadlines, locks and targets.

use async_graphql::{Context, Object};
use serde_json::Number;

use super::super::context::{Refusable, now};
use super::super::scalar::Word;
use super::super::setting::{AreaDeadlines, AreaLock, TargetList};
use crate::domain::calendar::Level;
use crate::domain::policy::{Action, authorize};
use crate::error::{Code, Error};
use crate::service::deadline::{self, DeadlineChange};
use crate::service::lock::{self, LockChange};
use crate::service::target::{self, TargetChange, written};
use crate::text;

async fn change_deadline(
    context: &Context<'_>,
    (area, quarter, level): (String, String, Option<Word<Level>>),
    due_on: Option<String>,
    reason: Option<String>,
    if_match: Option<String>,
) -> Refusable<AreaDeadlines> {
    now(context, async |asked| {
        authorize(&asked.caller, Action::QuarterManage)?;
        let due_on = due_on.as_deref().map(deadline::due_on).transpose()?;
        let level = level.map_or(Level::Ward, |Word(level)| level);
        let change = DeadlineChange { area, quarter, level, due_on, reason };
        deadline::set(&asked.app, &asked.actor(), &change, if_match.as_deref()).await.map(AreaDeadlines)
    })
    .await
}

async fn change_lock(context: &Context<'_>, change: LockChange, if_match: Option<String>) -> Refusable<AreaLock> {
    now(context, async |asked| {
        authorize(&asked.caller, Action::QuarterManage)?;
        lock::set(&asked.app, &asked.actor(), &change, if_match.as_deref()).await.map(AreaLock)
    })
    .await
}

async fn change_target(
    context: &Context<'_>,
    change: TargetChange,
    value: Option<f64>,
    if_match: Option<String>,
) -> Refusable<TargetList> {
    now(context, async |asked| {
        authorize(&asked.caller, Action::QuarterManage)?;
        let number = |value: f64| {
            Number::from_f64(value).as_ref().map(written).ok_or_else(|| {
                let detail = text!("value không phải số.", "The value is no number.");
                Error::parameter(Code::NotMeaningful, "/value", detail)
            })
        };
        let change = TargetChange { value: value.map(number).transpose()?, ..change };
        target::set(&asked.app, &asked.actor(), &change, if_match.as_deref()).await.map(TargetList)
    })
    .await
}

/// What a town manages.
#[derive(Default)]
pub struct Management;

#[expect(clippy::too_many_arguments, reason = "the arguments of a field")]
#[Object]
impl Management {
    /// Sets the last day in time: a town's for the wards within it; a ward's is an extension, and must say why. `level` is
    /// the wards' unless said; `dueOn` is a date like 2024-03-18.
    async fn set_deadline(
        &self,
        context: &Context<'_>,
        area: String,
        quarter: String,
        level: Option<Word<Level>>,
        due_on: String,
        reason: Option<String>,
        if_match: Option<String>,
    ) -> Refusable<AreaDeadlines> {
        change_deadline(context, (area, quarter, level), Some(due_on), reason, if_match).await
    }

    /// Takes a date or an extension back: what holds without it holds again.
    async fn clear_deadline(
        &self,
        context: &Context<'_>,
        area: String,
        quarter: String,
        level: Option<Word<Level>>,
        reason: Option<String>,
        if_match: Option<String>,
    ) -> Refusable<AreaDeadlines> {
        change_deadline(context, (area, quarter, level), None, reason, if_match).await
    }

    /// Locks a quarter: reports of the area, or within it, may no longer change.
    async fn lock_quarter(
        &self,
        context: &Context<'_>,
        area: String,
        quarter: String,
        reason: String,
        if_match: Option<String>,
    ) -> Refusable<AreaLock> {
        change_lock(context, LockChange { area, quarter, locked: true, reason }, if_match).await
    }

    /// Opens a quarter where it was locked.
    async fn unlock_quarter(
        &self,
        context: &Context<'_>,
        area: String,
        quarter: String,
        reason: String,
        if_match: Option<String>,
    ) -> Refusable<AreaLock> {
        change_lock(context, LockChange { area, quarter, locked: false, reason }, if_match).await
    }

    /// Sets a target for a year, in the indicator's unit, with at most four decimals. It outranks those of reports.
    async fn set_target(
        &self,
        context: &Context<'_>,
        area: String,
        indicator: String,
        reference_period: String,
        value: f64,
        reason: Option<String>,
        if_match: Option<String>,
    ) -> Refusable<TargetList> {
        let change = TargetChange { area, indicator, reference_period, value: None, reason };
        change_target(context, change, Some(value), if_match).await
    }

    /// Takes a target back.
    async fn clear_target(
        &self,
        context: &Context<'_>,
        area: String,
        indicator: String,
        reference_period: String,
        reason: Option<String>,
        if_match: Option<String>,
    ) -> Refusable<TargetList> {
        let change = TargetChange { area, indicator, reference_period, value: None, reason };
        change_target(context, change, None, if_match).await
    }
}
