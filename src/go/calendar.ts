/** Dates of the Gregorian calendar, by arithmetic: `Date` would bring the clock with it. */

/** A day of the calendar. */
export interface CalendarDay {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  /** From 1. */
  readonly day: number;
  /** 0 is Sunday. */
  readonly weekday: number;
}

const daysOfFourYears = 1461;
const daysOfCentury = 36_524;
const daysOfFourCenturies = 146_097;
/** From 1 March of the year 0 to 1 January 1970. */
const daysBefore1970 = 719_468;

/**
 * The date of a day. Years are counted from March, so that the leap day comes last: the algorithm is
 * `civil_from_days` of https://howardhinnant.github.io/date_algorithms.html.
 * @param number days since 1 January 1970
 */
export function calendarDay(number: number): CalendarDay {
  const days = number + daysBefore1970;
  const cycle = Math.floor(days / daysOfFourCenturies);
  const ofCycle = days - cycle * daysOfFourCenturies;
  const leapDays =
    Math.floor(ofCycle / (daysOfFourYears - 1)) -
    Math.floor(ofCycle / daysOfCentury) +
    Math.floor(ofCycle / (daysOfFourCenturies - 1));
  const yearOfCycle = Math.floor((ofCycle - leapDays) / 365);
  const ofYear = ofCycle - (365 * yearOfCycle + Math.floor(yearOfCycle / 4) - Math.floor(yearOfCycle / 100));
  // March is 0. Five months from March on have 153 days together.
  const fromMarch = Math.floor((5 * ofYear + 2) / 153);
  const day = ofYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const year = yearOfCycle + cycle * 400 + (month <= 2 ? 1 : 0);
  // 1 January 1970 was a Thursday.
  return { year, month, day, weekday: (((number + 4) % 7) + 7) % 7 };
}
