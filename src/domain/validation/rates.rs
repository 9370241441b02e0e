//! Stated rates against their counts, and against each other.

use super::check::{Operator as Compared, Rates};
use super::compare::Constraint;
use super::counts::{Counts, Verdict, counts_of, fixed_percent, reachable};
use super::ledger::{Ledger, Raised, Skip};
use super::message::{Said, plain};
use super::printed::fraction;
use super::sheet::Pick;
use super::{Context, History};
use crate::domain::finding::{FigureInvolved, Severity};
use crate::domain::indicator::{Indicator, IndicatorKind, Nature, Span, Unit};
use crate::domain::observation::{Observation, Operator, Origin};

/// What an indicator is called.
pub(super) fn name(indicator: &Indicator) -> Said {
    Said::both(indicator.name_vi.clone(), indicator.name_en.clone())
}

/// The sign of a bound.
fn sign(figure: &Observation) -> &'static str {
    if figure.operator.is_bound() { figure.operator.as_str() } else { "" }
}

fn written(figure: &Observation) -> String {
    format!("{}{}", sign(figure), figure.value)
}

fn said_as_printed(figure: &Observation) -> Said {
    let (sign, value) = (sign(figure), Said::number(&figure.value.to_string()));
    Said::both(format!("{sign}{}", value.vi()), format!("{sign}{}", value.en()))
}

impl Rates {
    fn covers(&self, code: &str) -> bool {
        (self.only.is_empty() || self.only.iter().any(|known| known == code))
            && !self.except.iter().any(|known| known == code)
    }

    fn about(&self, code: &str) -> String {
        if self.only.len() == 1 { String::new() } else { code.to_owned() }
    }
}

/// The rates that a document states.
fn stated<'a, H: History + ?Sized>(
    context: &Context<'a, H>,
) -> impl Iterator<Item = (usize, &'a Observation, &'a Indicator)> {
    let sheet = &context.sheet;
    sheet.observations.iter().enumerate().filter_map(|(at, observation)| {
        let indicator = sheet.indicator(&observation.indicator)?;
        (indicator.kind == IndicatorKind::Rate && observation.nature != Nature::Reference).then_some((
            at,
            observation,
            indicator,
        ))
    })
}

fn figures<H: History + ?Sized>(
    context: &Context<'_, H>,
    at: usize,
    parts: &[&[(usize, i128)]],
) -> Vec<FigureInvolved> {
    let others = parts.iter().flat_map(|terms| terms.iter().map(|(at, _)| *at));
    std::iter::once(at).chain(others).filter_map(|at| context.sheet.involved(at)).collect()
}

/// Tells figures of one indicator apart in an id.
fn about(base: String, observation: &Observation) -> String {
    let nature = (observation.nature != Nature::Actual).then(|| observation.nature.as_str());
    let parts = [Some(base.as_str()), nature, observation.project.as_deref()];
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".")
}

/// A stated rate must be what its counts give, to half a unit of its last printed digit; digits that were cut off
/// instead of rounded are the milder case.
pub(super) fn stated_rate<H: History + ?Sized>(context: &Context<'_, H>, rule: &Rates, ledger: &mut Ledger<'_>) {
    for (at, observation, rate) in stated(context).filter(|(_, _, rate)| rule.covers(&rate.code)) {
        if observation.operator != Operator::Equal {
            continue;
        }
        let counts = counts_of(context.rules, &context.sheet, rate, observation);
        let Some((verdict, below)) = counts.judge(observation.value) else {
            ledger.skip(Skip::Missing(vec![format!("the counts of {}", rate.code)]));
            continue;
        };
        ledger.test();
        let (numerator, above) = counts.numerator.as_ref().map_or((0, [].as_slice()), |(value, terms)| (*value, terms));
        if verdict == Verdict::True {
            continue;
        }
        let Some(computed) = fixed_percent(numerator, below.value) else { continue };
        ledger.raise(Raised {
            about: about(rule.about(&rate.code), observation),
            lesser: verdict == Verdict::Truncated,
            left: Some(observation.value.to_string()),
            right: Some(plain(computed)),
            difference: Some(plain(observation.value.ten_thousandths() - computed)),
            figures: figures(context, at, &[above, &below.terms]),
            words: vec![
                ("name", name(rate)),
                ("from", Said::number(&numerator.to_string())),
                ("to", Said::number(&below.value.to_string())),
            ],
            ..Raised::default()
        });
    }
}

/// A rate whose denominator is stated and whose numerator is not must be one that a whole number can give.
pub(super) fn reachable_rate<H: History + ?Sized>(context: &Context<'_, H>, rule: &Rates, ledger: &mut Ledger<'_>) {
    for (at, observation, rate) in stated(context).filter(|(_, _, rate)| rule.covers(&rate.code)) {
        let counted = rate.numerator.as_deref().and_then(|code| context.sheet.indicator(code));
        if observation.operator != Operator::Equal || counted.is_none_or(|measure| measure.unit != Unit::Count) {
            continue;
        }
        let counts = counts_of(context.rules, &context.sheet, rate, observation);
        if counts.numerator.is_some() {
            ledger.skip(Skip::Because("the numerator is stated, so the rate itself is compared"));
            continue;
        }
        let complete = counts.denominators.iter().all(|below| below.complete);
        let reached: Vec<_> =
            counts.denominators.iter().filter_map(|below| reachable(observation.value, below.value)).collect();
        let Some(Err((lower, upper))) = reached.first().filter(|_| complete) else {
            if reached.is_empty() || !complete {
                ledger.skip(Skip::Missing(vec![format!("the denominator of {}", rate.code)]));
            } else {
                ledger.test();
            }
            continue;
        };
        ledger.test();
        if reached.iter().any(Result::is_ok) {
            continue;
        }
        let Some(below) = counts.denominators.first() else { continue };
        ledger.raise(Raised {
            about: about(rule.about(&rate.code), observation),
            left: Some(observation.value.to_string()),
            right: Some(if lower == upper { lower.to_string() } else { format!("{lower} / {upper}") }),
            figures: figures(context, at, &[&below.terms]),
            words: vec![
                ("name", name(rate)),
                ("to", Said::number(&below.value.to_string())),
                ("right", {
                    let (lower, upper) = (lower.to_string(), upper.to_string());
                    Said::both(
                        format!("{} hoặc {}", lower.replace('.', ","), upper.replace('.', ",")),
                        format!("{lower} or {upper}"),
                    )
                }),
            ],
            ..Raised::default()
        });
    }
}

/// The numerator of a rate is a part of its denominator; so is what is printed `x/y`.
pub(super) fn numerator_within<H: History + ?Sized>(
    context: &Context<'_, H>,
    rule: &Rates,
    ledger: &mut Ledger<'_>,
    constraints: &mut Vec<Constraint>,
) {
    let sheet = &context.sheet;
    for (_, rate) in sheet.catalogue.iter().filter(|(_, rate)| rate.kind == IndicatorKind::Rate) {
        let (Some(above), Some(below)) = (&rate.numerator, &rate.denominator) else { continue };
        if !rule.covers(&rate.code) {
            continue;
        }
        let Some(measure) = sheet.indicator(above) else { continue };
        for (at, part) in sheet.all(above) {
            let usable = part.operator == Operator::Equal && !part.instruction && sheet.is_current(part);
            if !usable || part.nature == Nature::Reference {
                continue;
            }
            let own = part.span == measure.span;
            // Titles of a year are counted among what there was in that year, not among what there is now.
            let other_time = own
                && measure.span == Span::Year
                && sheet.indicator(below).is_none_or(|whole| whole.span != Span::Year);
            let pick =
                Pick { nature: part.nature, span: (!own).then_some(part.span), project: part.project.as_deref() };
            let codes = [below.clone()];
            let whole = sheet.sum(&codes, pick);
            if other_time || !whole.missing.is_empty() {
                ledger.skip(Skip::Missing(vec![format!("{below} of the same time as {above}")]));
                continue;
            }
            ledger.test();
            let before = ledger.findings.len();
            let (l, r) = (part.value.ten_thousandths(), whole.value);
            if l > r {
                ledger.raise(Raised {
                    about: about(rate.code.clone(), part),
                    left: Some(plain(l)),
                    right: Some(plain(r)),
                    difference: Some(plain(l - r)),
                    figures: figures(context, at, &[&whole.terms]),
                    words: vec![("name", name(measure))],
                    ..Raised::default()
                });
            }
            if ledger.rule.severity == Severity::Error {
                let id = ledger.findings.get(before).map_or_else(String::new, |finding| finding.id.clone());
                let terms = std::iter::once((at, 1)).chain(whole.terms.iter().map(|(at, sign)| (*at, -sign)));
                constraints.push(Constraint {
                    id,
                    terms: terms.collect(),
                    bound: 0,
                    operator: Compared::LessThanOrEqualTo,
                });
            }
        }
    }
    impossible_fractions(context, ledger);
}

/// `x/y` printed with more of a thing than there is.
fn impossible_fractions<H: History + ?Sized>(context: &Context<'_, H>, ledger: &mut Ledger<'_>) {
    for (at, figure) in context.sheet.observations.iter().enumerate() {
        for (place, mention) in figure.mentions.iter().enumerate() {
            let Some((above, below)) = mention.printed.as_deref().and_then(fraction) else { continue };
            let is_it = [above, below].contains(&figure.value.ten_thousandths().div_euclid(10_000));
            ledger.test();
            if above <= below || !is_it {
                continue;
            }
            let named = context.sheet.indicator(&figure.indicator);
            ledger.raise(Raised {
                about: format!("{}.printed", figure.indicator),
                left: Some(above.to_string()),
                right: Some(below.to_string()),
                difference: Some((above - below).to_string()),
                figures: figures(context, at, &[]),
                pointers: vec![format!("/observations/{at}/mentions/{place}/printed")],
                quote: Some(mention.quote.clone()),
                words: vec![("name", named.map_or_else(|| Said::same(&figure.indicator), name))],
                ..Raised::default()
            });
        }
    }
}

/// A percentage should come with its two counts, or say how it was got.
pub(super) fn rate_without_counts<H: History + ?Sized>(
    context: &Context<'_, H>,
    headline: &[String],
    ledger: &mut Ledger<'_>,
) {
    let sheet = &context.sheet;
    for (at, observation, rate) in stated(context) {
        ledger.test();
        let says = |code: &str| sheet.all(code).any(|(_, part)| part.nature == observation.nature);
        let has = |code: &Option<String>| {
            code.as_deref().is_some_and(|code| {
                says(code)
                    || sheet
                        .indicator(code)
                        .is_some_and(|part| !part.plus.is_empty() && part.plus.iter().all(|part| says(part)))
            })
        };
        let sourced = observation.method.is_some() || matches!(observation.origin, Origin::Pushed | Origin::Derived);
        if sourced || has(&rate.numerator) && has(&rate.denominator) {
            continue;
        }
        let said = |code: &Option<String>| {
            code.as_deref().and_then(|code| sheet.indicator(code)).map_or_else(|| Said::same(""), name)
        };
        ledger.raise(Raised {
            about: about(rate.code.clone(), observation),
            lesser: !headline.contains(&rate.code),
            left: Some(written(observation)),
            figures: figures(context, at, &[]),
            words: vec![
                ("name", name(rate)),
                ("left", said_as_printed(observation)),
                ("from", said(&rate.numerator)),
                ("to", said(&rate.denominator)),
            ],
            ..Raised::default()
        });
    }
}

/// Counts must give a rate on the side of a bound that the report states.
pub(super) fn bounded_rate<H: History + ?Sized>(context: &Context<'_, H>, ledger: &mut Ledger<'_>) {
    for (at, observation, rate) in stated(context).filter(|(_, observation, _)| observation.operator.is_bound()) {
        let Counts { numerator: Some((numerator, above)), denominators } =
            counts_of(context.rules, &context.sheet, rate, observation)
        else {
            ledger.skip(Skip::Missing(vec![format!("the counts of {}", rate.code)]));
            continue;
        };
        let computed: Vec<_> = denominators
            .iter()
            .filter(|below| below.complete && below.value > 0)
            .filter_map(|below| Some((below, numerator.checked_mul(1_000_000)?)))
            .collect();
        let Some((below, scaled)) = computed.first() else {
            ledger.skip(Skip::Missing(vec![format!("the denominator of {}", rate.code)]));
            continue;
        };
        ledger.test();
        let limit = observation.value.ten_thousandths();
        let inside = computed.iter().any(|(below, scaled)| {
            let order = scaled.cmp(&(limit * below.value));
            match observation.operator {
                Operator::Equal => true,
                Operator::Greater => order.is_gt(),
                Operator::GreaterOrEqual => order.is_ge(),
                Operator::Less => order.is_lt(),
                Operator::LessOrEqual => order.is_le(),
            }
        });
        if inside {
            continue;
        }
        let Some(value) = crate::domain::statistics::divide_half_even(*scaled, below.value) else { continue };
        ledger.raise(Raised {
            about: about(rate.code.clone(), observation),
            left: Some(written(observation)),
            right: Some(plain(value)),
            figures: figures(context, at, &[&above, &below.terms]),
            words: vec![("name", name(rate)), ("left", said_as_printed(observation))],
            ..Raised::default()
        });
    }
}

/// Two rates that a reader will take for one should not lie far apart, unless the report says what each divides by.
pub(super) fn rates_apart<H: History + ?Sized>(
    context: &Context<'_, H>,
    (first, second, points): (&str, &str, u8),
    ledger: &mut Ledger<'_>,
) {
    let sheet = &context.sheet;
    let find = |code: &str| {
        sheet
            .all(code)
            .find(|(_, figure)| figure.nature == Nature::Actual && !figure.instruction && sheet.is_current(figure))
    };
    let (Some((a, one)), Some((b, other))) = (find(first), find(second)) else {
        let missing = [first, second].into_iter().filter(|code| find(code).is_none()).map(ToOwned::to_owned);
        ledger.skip(Skip::Missing(missing.collect()));
        return;
    };
    let declared = |code: &str| {
        let below = sheet.indicator(code).and_then(|rate| rate.denominator.as_deref());
        below.and_then(|below| sheet.actual(below)).map(|(_, value)| value)
    };
    if let (Some(one), Some(other)) = (declared(first), declared(second))
        && one != other
    {
        ledger.skip(Skip::Because("the report declares two different denominators"));
        return;
    }
    ledger.test();
    let (l, r) = (one.value.ten_thousandths(), other.value.ten_thousandths());
    // A bound is as near as it allows.
    let may_meet = |operator: Operator, gap: i128| match operator {
        Operator::Equal => false,
        Operator::Greater | Operator::GreaterOrEqual => gap > 0,
        Operator::Less | Operator::LessOrEqual => gap < 0,
    };
    let meets = may_meet(other.operator, l - r) || may_meet(one.operator, r - l);
    if meets || (l - r).abs() <= i128::from(points) * 10_000 {
        return;
    }
    ledger.raise(Raised {
        left: Some(written(one)),
        right: Some(written(other)),
        difference: Some(plain(l - r)),
        figures: [a, b].into_iter().filter_map(|at| sheet.involved(at)).collect(),
        words: vec![
            ("left", said_as_printed(one)),
            ("right", said_as_printed(other)),
            ("count", Said::count(usize::from(points))),
        ],
        ..Raised::default()
    });
}
