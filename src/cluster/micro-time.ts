/** metav1.MicroTime, which takes six digits of a second and no fewer. */
export function microTime(date: Date): string {
  return date.toISOString().replace('Z', '000Z');
}
