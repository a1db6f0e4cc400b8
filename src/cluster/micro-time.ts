/**
 * A date as metav1.MicroTime, which requires six digits for the fraction of a second:
 * `2026-01-31T09:00:00.000000Z`.
 */
export function microTime(date: Date): string {
  return date.toISOString().replace('Z', '000Z');
}
