/** From the text of an expression to something that can be evaluated, or to why it is refused. Pure. */

import type { ASTNode, ParseResult } from '@marcbachmann/cel-js';
import { environment, limits, strictInt } from './environment.ts';
import type { Missing } from './facts.ts';
import { inspect, Refused, type UsedFacts } from './inspect.ts';

export interface Compiled {
  /** Of the result, as CEL writes it: `int`, `list<string>`. */
  readonly type: string;
  readonly uses: UsedFacts;
  readonly tree: ASTNode;
  readonly evaluate: (facts: Readonly<Record<string, unknown>>) => unknown;
}

export type Compilation = { readonly kind: 'Compiled'; readonly compiled: Compiled } | ({ readonly kind: 'Refused' } & Missing);

/** Expressions are few, and each is looked at in every pass. */
const most = 256;
const known = new Map<string, Compilation>();

/**
 * Parses an expression, counts its tree, and finds its type.
 * @param extra the files that it may read besides those that all may
 */
export function compile(expression: string, extra: readonly string[]): Compilation {
  const key = JSON.stringify([expression, extra]);
  const found = known.get(key);
  if (found) return found;
  if (known.size >= most) known.clear();
  const made = compileNew(expression, extra);
  known.set(key, made);
  return made;
}

function compileNew(expression: string, extra: readonly string[]): Compilation {
  try {
    const parsed: ParseResult = environment().parse(expression);
    const uses = inspect(parsed.ast, extra);
    makeStrict(parsed.ast);
    const { valid, type = 'dyn', error } = parsed.check();
    if (!valid) return { kind: 'Refused', reason: summaryOf(error).replaceAll(strictInt, 'int'), remedy: correct };
    return { kind: 'Compiled', compiled: { type, uses, tree: parsed.ast, evaluate: (facts) => parsed({ ...facts }) } };
  } catch (error) {
    if (error instanceof Refused) return { kind: 'Refused', reason: error.message, remedy: error.remedy };
    return { kind: 'Refused', ...limitOf(error) };
  }
}

/** Gives each call of `int` the name of the strict one, before the tree is checked. */
function makeStrict(part: unknown): void {
  if (Array.isArray(part)) {
    for (const inner of part) makeStrict(inner);
  } else if (isNode(part)) {
    const { op, args } = part;
    if (op === 'call' && args[0] === 'int') (args as [string, ASTNode[]])[0] = strictInt;
    makeStrict(args);
  }
}

function isNode(part: unknown): part is ASTNode {
  return typeof part === 'object' && part !== null && 'op' in part && 'args' in part;
}

const correct = 'correct the expression; docs/computed.md has examples';

function limitOf(error: unknown): Missing {
  const summary = summaryOf(error);
  const [, name = ''] = /^Exceeded (\w+)/.exec(summary) ?? [];
  const { nodes, depth, elements, arguments: words } = limits;
  const exceeded: Readonly<Record<string, string>> = {
    maxAstNodes: `the expression has more than ${nodes} parts`,
    maxDepth: `the expression is nested deeper than ${depth} levels`,
    maxListElements: `a list in it has more than ${elements} items`,
    maxMapEntries: `a map in it has more than ${elements} entries`,
    maxCallArguments: `a function in it has more than ${words} arguments`,
  };
  const reason = Object.hasOwn(exceeded, name) ? exceeded[name] : undefined;
  return reason === undefined ? { reason: summary, remedy: correct } : { reason, remedy: 'write a shorter one, or use labels' };
}

/** One line of what the library says. */
export function summaryOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'summary' in error && typeof error.summary === 'string')
    return error.summary.split('\n')[0] ?? '';
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
}
