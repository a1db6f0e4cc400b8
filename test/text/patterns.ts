/** The regular expressions in the source code. */

import { readFileSync } from 'node:fs';
import { parseSync, Visitor } from 'oxc-parser';
import { readSources } from '../../hack/house/sources.ts';

export interface Patterns {
  /** Each literal once, with the place of the first one. */
  readonly literals: readonly (readonly [place: string, pattern: RegExp])[];
  /** The files below src/ that make a pattern of text. */
  readonly builders: readonly string[];
}

/** A line on which a pattern may begin; one that holds a division only is parsed for nothing. */
const mayHoldPattern = /(?:^|[\s([{,;:=!&|?>])\/(?![*/]).*\/|\bRegExp\b/;

/** @param root the checkout */
export function patternsIn(root: string): Patterns {
  const literals = new Map<string, readonly [string, RegExp]>();
  const builders = new Set<string>();
  for (const { path, lines } of readSources(root)) {
    if (!lines.some((line) => mayHoldPattern.test(line))) continue;
    const text = readFileSync(`${root}/src/${path}`, 'utf8');
    const notePattern = (callee: { readonly type: string; readonly name?: unknown }) => {
      if (callee.name === 'RegExp') builders.add(path);
    };
    const visitor = new Visitor({
      Literal: (node) => {
        if (!('regex' in node)) return;
        const { pattern, flags } = node.regex;
        const line = text.slice(0, node.start).split('\n').length;
        if (!literals.has(node.raw ?? '')) literals.set(node.raw ?? '', [`${path}:${line}`, new RegExp(pattern, flags)]);
      },
      NewExpression: ({ callee }) => notePattern(callee),
      CallExpression: ({ callee }) => notePattern(callee),
    });
    visitor.visit(parseSync(path, text).program);
  }
  return { literals: [...literals.values()], builders: [...builders] };
}
