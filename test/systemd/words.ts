/** What a word of a unit is read as, for the laws of quoting: the inverse of `quoteExecWord`. */

import { unescapeSpecifiers } from '../../src/systemd/words.ts';

/**
 * The same for an argument of `Exec*=`, where `$` is doubled too; undefined also for `${X}` anywhere and for
 * `$X` as the whole word.
 */
export function unescapeExecWord(word: string): string | undefined {
  const resolved = unescapeSpecifiers(word);
  if (resolved === undefined || /^\$[^${]/.test(resolved)) return undefined;
  if (resolved.replaceAll('$$', '').includes('${')) return undefined;
  return resolved.replaceAll('$$', '$');
}
