/** Whether rkt 1.30 with stage1-fly accepts a list of words, as far as it depends on the words alone. */

import { parseBool } from '../go/values.ts';
import { appFindings } from './app-rules.ts';
import { findCommand, type Word } from './command.ts';
import { error, type RktFinding, warning } from './finding.ts';
import type { Occurrence } from './flags.ts';
import { flyFindings, usesFly } from './fly.ts';
import { mountFindings } from './mounts.ts';
import { nameResolutionFindings } from './name-resolution.ts';
import { podCommandFindings } from './pod-command.ts';
import { podFindings } from './pod-rules.ts';
import { repeatFindings } from './repeats.ts';
import { type RunWords, readRunWords } from './run-words.ts';
import { trapFindings } from './traps.ts';
import { valueRefusal } from './values.ts';

/**
 * The findings about `words`, the arguments after the program's name, in the order of the words. rkt refuses
 * the list if and only if a finding is an error, unless files, images or the network decide about it. Pass
 * the whole line with the wrapper's own words: half of the rules are about two options together.
 */
export function checkRktArguments(words: readonly string[]): RktFinding[] {
  const unspeakable = words.flatMap((text, index) =>
    text.includes('\0') ? [error(index, 'a word cannot hold a NUL', 'remove it')] : [],
  );
  return [...unspeakable, ...commandFindings(words)].sort((a, b) => a.word - b.word);
}

function commandFindings(words: readonly string[]): RktFinding[] {
  const command = findCommand(words);
  switch (command.kind) {
    case 'refused':
      return [command.finding];
    case 'run':
      return runFindings(command.words, words.length);
    case 'rm':
    case 'stop':
    case 'status':
      return podCommandFindings(command.kind, command.words, words.length - 1);
    case 'other':
      return [warning(command.word.index, `rkt ${command.name} runs no pod; its words are not checked`, 'write run')];
    default:
      return command satisfies never;
  }
}

function runFindings(words: readonly Word[], wordCount: number): RktFinding[] {
  const run = readRunWords(words);
  const help = helpFinding(run);
  if (help) return [help];
  const found = [...run.occurrences.flatMap(valueFinding), ...repeatFindings(run)];
  // Anything may stand behind the word that could not be read, so no option can be called missing.
  if (run.stop) return [...found, run.stop];
  return [
    ...found,
    ...mountFindings(run),
    ...podFindings(run, wordCount),
    ...appFindings(run),
    ...nameResolutionFindings(run),
    ...(usesFly(run) ? flyFindings(run) : []),
    ...trapFindings(run),
  ];
}

function valueFinding({ option, value, valueWord }: Occurrence): RktFinding[] {
  const refusal = valueRefusal(option, value);
  return refusal ? [error(valueWord, refusal.reason, refusal.remedy)] : [];
}

/**
 * With `--help` before the image, and no error before that, rkt prints its usage and exits with 0. Behind the
 * image, rkt ignores `--help`.
 */
function helpFinding(run: RunWords): RktFinding | undefined {
  const { leading = [] } = run;
  const help = leading.findLast(({ option }) => option.name === 'help');
  const asked = help && parseBool(help.value);
  if (!help || !asked?.ok || !asked.value) return undefined;
  if ([...leading.flatMap(valueFinding), ...repeatFindings({ ...run, occurrences: leading })].length > 0) return undefined;
  return warning(help.word, 'rkt prints its help and exits with 0; nothing runs', 'remove it');
}
