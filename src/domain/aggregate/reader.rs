//! Reading what wards contribute to one indicator, quarter by quarter or over several.

use std::cell::RefCell;
use std::rc::Rc;

use super::Published;
use super::answer::MissingReason;
use super::asked::Asked;
use super::columns::{MeasureColumns, QuarterColumns, Tally};
use super::part::{Amount, Part, Share};
use super::territory::{Territory, Wards};
use crate::domain::area::AreaKey;
use crate::domain::figures::Figure;
use crate::domain::indicator::{Frequency, Indicator, IndicatorKey, IndicatorKind, Nature, OverAreas, OverTime, Parts};
use crate::domain::quarter::Quarter;
use crate::domain::statistics::Ratio;

/// How many quarters a yearly denominator is carried forward: twelve months.
const CARRY_FORWARD_QUARTERS: i32 = 4;

/// The contributions of some wards in a quarter. The list of the wards is held, so that its place tells it.
type Known<'a> = (Quarter, Wards<'a>, Rc<[Part]>);

/// Reads the contributions of wards to one indicator. What it has read of a quarter it remembers, because the next
/// quarter and the same quarter a year later are compared with it.
pub(super) struct Reader<'a, P: Published> {
    territory: &'a Territory<'a, P>,
    source: &'a P,
    key: IndicatorKey,
    indicator: &'a Indicator,
    parts: &'a Parts,
    nature: Nature,
    columns: RefCell<Vec<(Quarter, Rc<QuarterColumns<'a>>)>>,
    known: RefCell<Vec<Known<'a>>>,
}

impl<'a, P: Published> Reader<'a, P> {
    pub(super) fn new(territory: &'a Territory<'a, P>, key: IndicatorKey, nature: Nature) -> Option<Self> {
        let source = territory.source;
        let catalogue = source.catalogue();
        Some(Self {
            territory,
            source,
            key,
            indicator: catalogue.get(key)?,
            parts: catalogue.parts(key)?,
            nature,
            columns: RefCell::default(),
            known: RefCell::default(),
        })
    }

    pub(super) const fn indicator(&self) -> &'a Indicator {
        self.indicator
    }

    /// How many of some wards have a published report in every quarter of a period.
    pub(super) fn reporters(&self, wards: &[AreaKey], quarters: &[Quarter]) -> usize {
        let reported: Vec<_> = quarters.iter().map(|quarter| (*quarter, self.source.reported(*quarter))).collect();
        let in_one = |ward: &AreaKey, wards: &[bool]| wards.get(ward.position()) == Some(&true);
        let in_all = |ward: &&AreaKey| match reported.as_slice() {
            [(_, reported)] => in_one(ward, reported),
            several => several.iter().all(|(quarter, reported)| {
                let before = self.before(**ward, *quarter).unwrap_or_default();
                !before.is_empty() && before.iter().all(|ward| in_one(ward, reported))
            }),
        };
        wards.iter().filter(in_all).count()
    }

    /// The contributions of some wards over the quarters of a period, in the order of the wards.
    pub(super) fn read(&self, wards: &Wards<'a>, quarters: &[Quarter]) -> Rc<[Part]> {
        match quarters {
            [quarter] => self.read_quarter(wards, *quarter),
            several => wards.iter().map(|ward| self.over_time(*ward, several)).collect(),
        }
    }

    /// What the ground of some wards contributed in an earlier quarter, in the order of the wards.
    pub(super) fn read_before(&self, wards: &Wards<'a>, earlier: Quarter) -> Rc<[Part]> {
        if self.territory.boundaries.is_none() {
            return self.read_quarter(wards, earlier);
        }
        let columns = self.columns(earlier);
        wards.iter().map(|ward| self.ground(&columns, *ward, earlier, None)).collect()
    }

    fn read_quarter(&self, wards: &Wards<'a>, quarter: Quarter) -> Rc<[Part]> {
        let columns = self.columns(quarter);
        let read = || wards.iter().map(|ward| self.part(&columns, *ward)).collect();
        if wards.len() == 1 {
            // Reading one ward again costs less than looking it up.
            return read();
        }
        let same = |known: &Wards<'a>| std::ptr::eq(&raw const **known, &raw const **wards);
        let known = self.known.borrow().iter().find(|(of, known, _)| *of == quarter && same(known)).cloned();
        if let Some((_, _, parts)) = known {
            return parts;
        }
        let parts: Rc<[Part]> = read();
        self.known.borrow_mut().push((quarter, wards.clone(), Rc::clone(&parts)));
        parts
    }

    /// The wards that had a ward's ground in an earlier quarter; nothing where they cannot be put together.
    fn before(&self, ward: AreaKey, earlier: Quarter) -> Option<Wards<'a>> {
        let found = self.territory.before(ward, self.source.calendar().cut_off(earlier))?;
        (found.len() == 1 || self.indicator.over_areas != OverAreas::None).then_some(found)
    }

    /// What a ward's ground contributes in a quarter: the ward itself, or those that became it, together. `other` is the
    /// denominator of a rate that has none otherwise.
    fn ground(&self, columns: &QuarterColumns<'_>, ward: AreaKey, quarter: Quarter, other: Option<Tally>) -> Part {
        let wards = self.before(ward, quarter).unwrap_or_default();
        if let [only] = *wards {
            return self.part_with(columns, only, other);
        }
        let part = Part::together(wards.iter().map(|ward| self.part(columns, *ward)));
        let all_report = wards.iter().all(|ward| columns.reported.get(ward.position()) == Some(&true));
        match (&columns.ratio, other) {
            (Some((above, _)), Some(_)) if part.amount.is_err() && all_report => {
                self.rate_part(None, self.tally(above, ward, quarter), other)
            }
            _ => part,
        }
    }

    /// A measure of a ward's ground in a quarter.
    fn tally(&self, columns: &MeasureColumns<'_>, ward: AreaKey, quarter: Quarter) -> Option<Tally> {
        let wards = self.before(ward, quarter)?;
        let (first, rest) = wards.split_first()?;
        rest.iter().try_fold(columns.get(*first)?, |sum, ward| Some(sum.add_quarter(columns.get(*ward)?)))
    }

    /// What a rate of a ward divides by: its own, else that of the latest quarter that it is carried forward from.
    fn denominator(&self, columns: &QuarterColumns<'_>, below: &MeasureColumns<'_>, ward: AreaKey) -> Option<Tally> {
        let carried = || {
            columns.earlier_denominators.iter().find_map(|(quarter, earlier)| {
                let tally = self.tally(earlier, ward, *quarter)?;
                Some(Tally { quarter: Some(*quarter), ..tally })
            })
        };
        below.get(ward).or_else(carried)
    }

    fn part(&self, columns: &QuarterColumns<'_>, ward: AreaKey) -> Part {
        self.part_with(columns, ward, None)
    }

    /// As [`Self::part`], with the denominator of a rate whose ward has none, neither in the quarter nor carried forward.
    fn part_with(&self, columns: &QuarterColumns<'_>, ward: AreaKey, other: Option<Tally>) -> Part {
        if columns.reported.get(ward.position()) != Some(&true) {
            return Part::missing(MissingReason::NotReported);
        }
        let figure = columns.stated.and_then(|column| column.get(ward));
        match &columns.ratio {
            None => Part::of_measure(figure, columns.measure.get(ward)),
            Some((above, below)) => {
                self.rate_part(figure, above.get(ward), self.denominator(columns, below, ward).or(other))
            }
        }
    }

    fn columns(&self, quarter: Quarter) -> Rc<QuarterColumns<'a>> {
        if let Some((_, columns)) = self.columns.borrow().iter().find(|(known, _)| *known == quarter) {
            return Rc::clone(columns);
        }
        let ratio = self.parts.ratio.map(|(above, below)| (self.measure(above, quarter), self.measure(below, quarter)));
        let carried = self.parts.ratio.map(|(_, below)| below).filter(|below| self.is_yearly_stock(*below));
        let back = |below: IndicatorKey, count| Some(quarter.earlier(count)?).map(|q| (q, self.measure(below, q)));
        let earlier_denominators = carried
            .map(|below| (1..=CARRY_FORWARD_QUARTERS).filter_map(|count| back(below, count)).collect())
            .unwrap_or_default();
        let columns = Rc::new(QuarterColumns {
            reported: self.source.reported(quarter),
            stated: self.source.column(quarter, self.key, self.nature),
            measure: self.measure(self.key, quarter),
            ratio,
            earlier_denominators,
        });
        self.columns.borrow_mut().push((quarter, Rc::clone(&columns)));
        columns
    }

    fn is_yearly_stock(&self, key: IndicatorKey) -> bool {
        let measure = self.source.catalogue().get(key);
        measure.is_some_and(|it| it.frequency == Frequency::Annual && it.over_time == OverTime::Last)
    }

    fn measure(&self, key: IndicatorKey, quarter: Quarter) -> MeasureColumns<'a> {
        let (source, nature) = (self.source, self.nature);
        let own = source.column(quarter, key, nature);
        let catalogue = source.catalogue();
        let derived = catalogue.get(key).is_some_and(|indicator| indicator.kind == IndicatorKind::Derived);
        let parts = catalogue.parts(key).filter(|_| derived).and_then(|parts| {
            let plus = parts.plus.iter().map(|part| (*part, 1));
            let signed = plus.chain(parts.minus.iter().map(|part| (*part, -1)));
            // A derived measure of derived measures would recurse; the catalogue has none and none is read here.
            signed.map(|(part, sign)| Some((source.column(quarter, part, nature)?, sign))).collect()
        });
        MeasureColumns { own, parts }
    }

    /// The rules of a rate: counts, else the stated rate over a published denominator, else nothing.
    fn rate_part(&self, figure: Option<Figure>, numerator: Option<Tally>, denominator: Option<Tally>) -> Part {
        let mut part = Part::missing(MissingReason::NoValue);
        let point = figure.filter(|figure| !figure.is_bound());
        part.stated = point.map(Figure::value);
        // What a rate divides is counted, so a part with decimals is none.
        let count = |tally: Option<Tally>| tally.and_then(|tally| tally.total.as_count());
        part.amount = match (count(numerator), count(denominator), part.stated) {
            (Some(above), Some(below), _) => Ok(Amount::Counts(Share::of_counts(above, below))),
            (None, Some(below), Some(stated)) if self.indicator.stated_rate_uses_denominator => {
                let share = Share::of(Ratio::of_percent(stated.ten_thousandths(), below));
                share.map(Amount::Estimated).ok_or(MissingReason::NoValue)
            }
            (_, _, Some(_)) => Ok(Amount::StatedOnly),
            _ if figure.is_some() => Err(MissingReason::BoundOnly),
            (Some(_), None, None) => Err(MissingReason::NoDenominator),
            _ => Err(MissingReason::NoValue),
        };
        let used = [numerator, denominator].into_iter().flatten();
        if matches!(part.amount, Ok(Amount::Counts(_) | Amount::Estimated(_))) {
            for tally in used {
                part.contested |= tally.contested;
                part.synthetic |= tally.synthetic;
                part.asked = part.asked.with(tally.asked);
            }
            part.denominator_quarter = denominator.and_then(|below| below.quarter);
        }
        if let Some(figure) = point.filter(|_| !matches!(part.amount, Ok(Amount::Counts(_)))) {
            part.mark(figure);
        }
        if part.asked == Asked::Unsaid {
            part.asked = Asked::of(figure.and_then(Figure::method));
        }
        part
    }

    /// Over several quarters: a rate is recomputed from its parts, a measure adds as the catalogue says, and a ward
    /// that lacks a quarter which the sum needs does not contribute.
    fn over_time(&self, ward: AreaKey, quarters: &[Quarter]) -> Part {
        let reports = |quarter: &Quarter| {
            let wards = self.before(ward, *quarter).unwrap_or_default();
            wards.iter().any(|ward| self.source.has_report(*ward, *quarter))
        };
        if !quarters.iter().any(reports) {
            return Part::missing(MissingReason::NotReported);
        }
        let Some((numerator, denominator)) = self.parts.ratio else {
            return match self.reduce(self.key, ward, quarters) {
                Some(tally) => Part {
                    amount: Ok(Amount::Total(tally.total)),
                    contested: tally.contested,
                    synthetic: tally.synthetic,
                    ..Part::missing(MissingReason::NoValue)
                },
                None => Part::missing(MissingReason::IncompletePeriod),
            };
        };
        let over_time = |key| self.source.catalogue().get(key).map(|measure| measure.over_time);
        match (over_time(numerator), over_time(denominator)) {
            (Some(OverTime::Sum), Some(OverTime::Sum)) => return self.sum_of_quarters(ward, quarters),
            (Some(OverTime::Last), Some(OverTime::Last)) => return self.last_of_quarters(denominator, ward, quarters),
            _ => {}
        }
        let carried = || {
            let columns = self.columns(*quarters.last()?);
            self.denominator(&columns, &columns.ratio.as_ref()?.1, ward)
        };
        let below = self.reduce(denominator, ward, quarters).or_else(carried);
        let parts = self.reduce(numerator, ward, quarters).zip(below);
        let counts = parts.and_then(|(above, below)| above.total.as_count().zip(below.total.as_count()));
        match parts.zip(counts) {
            Some(((above, below), (over, under))) => Part {
                amount: Ok(Amount::Counts(Share::of_counts(over, under))),
                contested: above.contested || below.contested,
                synthetic: above.synthetic || below.synthetic,
                asked: above.asked.with(below.asked),
                denominator_quarter: below.quarter,
                ..Part::missing(MissingReason::NoValue)
            },
            None => Part::missing(self.why_incomplete(ward, quarters)),
        }
    }

    /// Whether a ward whose parts do not add up over a period states the rate all the same.
    fn why_incomplete(&self, ward: AreaKey, quarters: &[Quarter]) -> MissingReason {
        let said = |quarter: &Quarter| match self.ground(&self.columns(*quarter), ward, *quarter, None).amount {
            Ok(Amount::StatedOnly) => Some(MissingReason::NoDenominator),
            Err(reason @ (MissingReason::NoDenominator | MissingReason::BoundOnly)) => Some(reason),
            _ => None,
        };
        quarters.iter().find_map(said).unwrap_or(MissingReason::IncompletePeriod)
    }

    /// A rate of two stocks is that of the last quarter. A yearly one is expected once, so that it is that of the last
    /// quarter which has it, over a denominator of that quarter, of the twelve months before it, or else of a later quarter
    /// of the period.
    fn last_of_quarters(&self, below: IndicatorKey, ward: AreaKey, quarters: &[Quarter]) -> Part {
        let looked_at = if self.indicator.frequency == Frequency::Annual { quarters.len() } else { 1 };
        let mut later = None;
        for quarter in quarters.iter().rev().take(looked_at) {
            let columns = self.columns(*quarter);
            let part = self.ground(&columns, ward, *quarter, later);
            if !matches!(part.amount, Err(MissingReason::NotReported | MissingReason::NoValue)) {
                return part;
            }
            if let Some((_, below)) = columns.ratio.as_ref().filter(|_| self.is_yearly_stock(below)) {
                later =
                    self.tally(below, ward, *quarter).map(|tally| Tally { quarter: Some(*quarter), ..tally }).or(later);
            }
        }
        Part::missing(MissingReason::IncompletePeriod)
    }

    fn sum_of_quarters(&self, ward: AreaKey, quarters: &[Quarter]) -> Part {
        let mut sum = Part::missing(MissingReason::IncompletePeriod);
        let (mut ratio, mut estimated) = (Ratio::default(), false);
        for (at, quarter) in quarters.iter().enumerate() {
            let part = self.ground(&self.columns(*quarter), ward, *quarter, None);
            match part.amount {
                Ok(Amount::Counts(quarterly)) => ratio = ratio.plus(quarterly.ratio()),
                Ok(Amount::Estimated(quarterly)) => {
                    ratio = ratio.plus(quarterly.ratio());
                    estimated = true;
                }
                // Said in a form that adds up to nothing, so the ward reports the indicator and does not contribute.
                Ok(_) => return Part::missing(MissingReason::NoDenominator),
                Err(reason @ (MissingReason::NoDenominator | MissingReason::BoundOnly)) => {
                    return Part::missing(reason);
                }
                Err(_) => return Part::missing(MissingReason::IncompletePeriod),
            }
            sum.contested |= part.contested;
            sum.synthetic |= part.synthetic;
            sum.asked = if at == 0 { part.asked } else { sum.asked.beside(part.asked) };
        }
        let kind = if estimated { Amount::Estimated } else { Amount::Counts };
        sum.amount = Share::of(ratio).map(kind).ok_or(MissingReason::NoValue);
        sum
    }

    /// One measure over several quarters, as the catalogue adds it over time.
    fn reduce(&self, key: IndicatorKey, ward: AreaKey, quarters: &[Quarter]) -> Option<Tally> {
        let catalogue = self.source.catalogue();
        let (indicator, parts) = (catalogue.get(key)?, catalogue.parts(key)?);
        let at = |key, quarter| self.tally(&self.measure(key, quarter), ward, quarter);
        let sum = |key| {
            let (first, rest) = quarters.split_first()?;
            rest.iter().try_fold(at(key, *first)?, |sum, quarter| Some(sum.add_quarter(at(key, *quarter)?)))
        };
        match indicator.over_time {
            OverTime::Sum => sum(key),
            OverTime::Last if indicator.frequency == Frequency::Annual => {
                quarters.iter().rev().find_map(|quarter| at(key, *quarter))
            }
            OverTime::Last => at(key, *quarters.last()?),
            OverTime::Balance => {
                let (opening, inflow) = parts.balance?;
                Some(at(opening, *quarters.first()?)?.add(sum(inflow)?, 1))
            }
            OverTime::RatioOfSums | OverTime::None => None,
        }
    }
}
