/** Matches a name against a pattern as glob(7) says. Pure. */

/**
 * Whether a name without slashes matches: `*` is any text, `?` one character, `[a-c]` and `[!a-c]` one of a
 * set. A name that begins with a dot matches only a pattern that does.
 */
export function matchesPattern(name: string, pattern: string): boolean {
  if (name.startsWith('.') && !pattern.startsWith('.')) return false;
  const parts = partsOf(pattern);
  let [at, part] = [0, 0];
  let [starAt, star] = [0, -1];
  // After a mismatch only the last star may take one more character, so the time is at most name × pattern.
  while (at < name.length) {
    const matcher = parts[part];
    if (matcher === 'Any') {
      [star, starAt] = [part, at];
      part += 1;
    } else if (matcher?.(name.charAt(at))) {
      [at, part] = [at + 1, part + 1];
    } else if (star >= 0) {
      starAt += 1;
      [at, part] = [starAt, star + 1];
    } else return false;
  }
  return parts.slice(part).every((matcher) => matcher === 'Any');
}

type Part = 'Any' | ((character: string) => boolean);

function partsOf(pattern: string): Part[] {
  const parts: Part[] = [];
  for (let index = 0; index < pattern.length; index += 1) {
    const character = pattern.charAt(index);
    const end = character === '[' ? pattern.indexOf(']', index + 2) : -1;
    if (character === '*') parts.push('Any');
    else if (character === '?') parts.push(() => true);
    else if (end > 0) {
      parts.push(setOf(pattern.slice(index + 1, end)));
      index = end;
    } else parts.push((other) => other === character);
  }
  return parts;
}

function setOf(text: string): (character: string) => boolean {
  const isNegated = /^[!^]/.test(text);
  const members = isNegated ? text.slice(1) : text;
  return (character) => isIn(character, members) !== isNegated;
}

function isIn(character: string, members: string): boolean {
  for (let index = 0; index < members.length; index += 1) {
    const isRange = members[index + 1] === '-' && index + 2 < members.length;
    if (isRange && members.charAt(index) <= character && character <= members.charAt(index + 2)) return true;
    if (members[index] === character) return true;
    if (isRange) index += 2;
  }
  return false;
}
