/** Findings about `rkt rm`, `rkt stop` and `rkt status` (rkt/rm.go, rkt/stop.go, rkt/status.go). */

import { parseBool } from '../go/values.ts';
import type { Word } from './command.ts';
import { error, type RktFinding } from './finding.ts';
import { readFlags } from './flags.ts';
import { POD_COMMAND_OPTIONS } from './options.ts';
import { valueRefusal } from './values.ts';

/** @param lastWord the index of the last word, to which a missing pod belongs */
export function podCommandFindings(command: 'rm' | 'stop' | 'status', words: readonly Word[], lastWord: number): RktFinding[] {
  const flags = readFlags(words, { options: POD_COMMAND_OPTIONS[command], interspersed: true, image: -1 });
  const findings = flags.occurrences.flatMap(({ option, value, valueWord }) => {
    const refusal = valueRefusal(option, value);
    return refusal ? [error(valueWord, refusal.reason, refusal.remedy)] : [];
  });
  if (flags.stop) return [...findings, flags.stop];
  const named = (name: string) => flags.occurrences.findLast(({ option }) => option.name === name)?.value;
  const help = parseBool(named('help') ?? 'false');
  if (help.ok && help.value) return findings;
  const fromFile = (named('uuid-file') ?? '') !== '';
  const pods = flags.rest.length;
  const enough = fromFile ? pods === 0 : command === 'status' ? pods === 1 : pods > 0;
  if (enough) return findings;
  const reason = `Usage: rkt ${command} --uuid-file=FILE | UUID${command === 'status' ? '' : ' ...'}`;
  return [...findings, error(lastWord, reason, 'give a pod or --uuid-file, not both')];
}
