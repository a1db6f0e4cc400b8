/**
 * An upper bound of the work of an expression with given facts, found before it is evaluated: the library
 * itself has no bound of cost, and texts from labels, annotations and files may be long. Pure.
 */

import type { ASTNode } from '@marcbachmann/cel-js';
import { textOf } from './inspect.ts';

/** The most work that an expression may make; about a tenth of a second of processor time. */
export const mostWork = 20_000_000;

/** What one step of the evaluation costs, in the time that it takes to look at one character. */
const step = 10;

/** How large a value may be. */
interface Extent {
  /** Characters of all texts in it. */
  readonly characters: number;
  /** Items of a list, entries of a map; 0 for anything else. */
  readonly items: number;
  /** The largest item of a list, or value of a map. */
  readonly item?: Extent | undefined;
  /** The largest key of a map. */
  readonly key?: Extent | undefined;
  /** The value of a map that a fact has at this key. */
  readonly at?: (key: string) => Extent | undefined;
}

type Scope = ReadonlyMap<string, Extent>;

interface Estimated {
  readonly extent: Extent;
  readonly work: number;
}

/** Numbers, yes and no, and short words. */
const scalar: Extent = { characters: 32, items: 0 };

/** At most this much work, and at most this many characters of the result. */
export interface Estimate {
  readonly work: number;
  readonly characters: number;
}

/** Bounds of the expression. @param facts what it is evaluated with: texts, numbers, maps */
export function estimate(tree: ASTNode, facts: Readonly<Record<string, unknown>>): Estimate {
  const scope = new Map(Object.entries(facts).map(([name, value]) => [name, extentOf(value)]));
  const { work, extent } = measure(tree, scope);
  return { work, characters: extent.characters };
}

function extentOf(value: unknown): Extent {
  if (typeof value === 'string') return textExtent(value.length);
  if (typeof value !== 'object' || value === null) return scalar;
  const entries: readonly [string, unknown][] = value instanceof Map ? [...value] : Object.entries(value);
  const known = new Map(entries.map(([key, inner]) => [key, extentOf(inner)]));
  const key = textExtent(Math.max(0, ...entries.map(([name]) => name.length)));
  const characters = sum(entries.map(([name]) => name.length)) + sum([...known.values()].map((one) => one.characters));
  return { characters, items: entries.length, item: largest([...known.values()]), key, at: (name) => known.get(name) };
}

function textExtent(characters: number): Extent {
  return { characters, items: 0 };
}

function measure(node: ASTNode, scope: Scope): Estimated {
  switch (node.op) {
    case 'value':
      return { extent: typeof node.args === 'string' ? textExtent(node.args.length) : scalar, work: step };
    case 'id':
      return { extent: scope.get(node.args) ?? scalar, work: step };
    case '.':
    case '.?':
      return entry(measure(node.args[0], scope), node.args[1], 0);
    case '[]':
    case '[?]':
      return entry(measure(node.args[0], scope), textOf(node.args[1]), measure(node.args[1], scope).work);
    case 'list':
      return listed(node.args.map((item) => measure(item, scope)));
    case 'map':
      return mapped(node.args.map(([key, value]) => [measure(key, scope), measure(value, scope)] as const));
    case 'call':
      return called(
        node.args[1].map((word) => measure(word, scope)),
        node.args[0],
      );
    case 'rcall':
      return method(node.args, scope);
    case '!_':
    case '-_':
      return more([measure(node.args, scope)], scalar, 0);
    case '?:': {
      const [condition, yes, no] = node.args.map((one) => measure(one, scope)) as [Estimated, Estimated, Estimated];
      return more([condition, yes, no], largest([yes.extent, no.extent]), 0);
    }
    default:
      return binary(node.op, node.args.map((one) => measure(one, scope)) as [Estimated, Estimated]);
  }
}

function entry({ extent, work }: Estimated, key: string | undefined, extra: number): Estimated {
  const known = key === undefined ? undefined : extent.at?.(key);
  return { extent: known ?? extent.item ?? scalar, work: work + extra + step };
}

function listed(items: readonly Estimated[]): Estimated {
  const extents = items.map(({ extent }) => extent);
  const extent = { characters: sum(extents.map(({ characters }) => characters)), items: items.length, item: largest(extents) };
  return more(items, extent, items.length);
}

function mapped(entries: readonly (readonly [Estimated, Estimated])[]): Estimated {
  const [keys, values] = [entries.map(([key]) => key), entries.map(([, value]) => value)];
  const { extent, work } = listed([...keys, ...values]);
  const of = (all: readonly Estimated[]) => largest(all.map((one) => one.extent));
  return { extent: { ...extent, items: entries.length, key: of(keys), item: of(values) }, work };
}

function called(words: readonly Estimated[], name: string): Estimated {
  const [first = { extent: scalar, work: 0 }] = words;
  const extent = name === 'string' ? largest([first.extent, scalar]) : scalar;
  return more(words, extent, sum(words.map((word) => sizeOf(word.extent))));
}

function binary(operator: string, [left, right]: readonly [Estimated, Estimated]): Estimated {
  const looked = sizeOf(left.extent) + sizeOf(right.extent);
  if (operator !== '+')
    return more([left, right], scalar, operator === 'in' ? looked + right.extent.items * sizeOf(left.extent) : looked);
  const { extent: a } = left;
  const { extent: b } = right;
  const characters = a.characters + b.characters;
  return more([left, right], { characters, items: a.items + b.items, item: largest([a.item, b.item]) }, looked);
}

function method([name, receiver, words]: readonly [string, ASTNode, readonly ASTNode[]], scope: Scope): Estimated {
  if (name === 'bind') return bound(words, scope);
  const on = measure(receiver, scope);
  if (isLoop(name)) return looped(name, on, words, scope);
  const given = words.map((word) => measure(word, scope));
  const all = [on, ...given];
  const extents = given.map(({ extent }) => extent);
  const [first = scalar] = extents;
  const size = sizeOf(on.extent);
  switch (name) {
    case 'split':
      return more(all, splitBy(on.extent), size * (1 + first.characters));
    case 'join': {
      const characters = on.extent.characters + on.extent.items * (given.length === 0 ? 0 : first.characters);
      return more(all, textExtent(characters), size + characters);
    }
    case 'contains':
    case 'indexOf':
    case 'lastIndexOf':
      return more(all, scalar, size * (1 + first.characters));
    case 'upperAscii':
    case 'lowerAscii':
      // One character may become three.
      return more(all, textExtent(3 * on.extent.characters), size);
    case 'or':
    case 'orValue':
      return more(all, largest([on.extent, first]), 0);
    case 'of':
      return more(all, first, 0);
    default:
      return more(all, on.extent, size + sum(extents.map(sizeOf)));
  }
}

function splitBy({ characters }: Extent): Extent {
  return { characters, items: characters + 1, item: textExtent(characters) };
}

function isLoop(name: string): boolean {
  return ['all', 'exists', 'exists_one', 'map', 'filter'].includes(name);
}

/** `list.map(x, body)`, `list.map(x, condition, body)`; of a map, x is the key. */
function looped(name: string, on: Estimated, [variable, ...bodies]: readonly ASTNode[], scope: Scope): Estimated {
  const { extent, work } = on;
  const item = extent.key ?? extent.item ?? scalar;
  const inner = variable?.op === 'id' ? new Map([...scope, [variable.args, item]]) : scope;
  const measured = bodies.map((body) => measure(body, inner));
  const each = sum(measured.map((one) => one.work)) + step;
  const made = (name === 'map' ? measured.at(-1)?.extent : item) ?? scalar;
  const isList = name === 'map' || name === 'filter';
  const result = isList ? { characters: extent.items * made.characters, items: extent.items, item: made } : scalar;
  return { extent: result, work: work + extent.items * (each + (isList ? sizeOf(made) : 0)) + step };
}

/** `cel.bind(x, value, body)` */
function bound([variable, value, body]: readonly ASTNode[], scope: Scope): Estimated {
  if (!variable || !value || !body) return { extent: scalar, work: step };
  const first = measure(value, scope);
  const inner = variable.op === 'id' ? new Map([...scope, [variable.args, first.extent]]) : scope;
  const second = measure(body, inner);
  return { extent: second.extent, work: first.work + second.work + step };
}

/** A node above others: their work and its own. */
function more(parts: readonly Estimated[], extent: Extent, own: number): Estimated {
  return { extent, work: sum(parts.map(({ work }) => work)) + own + step };
}

function sizeOf({ characters, items }: Extent): number {
  return characters + items;
}

function largest(extents: readonly (Extent | undefined)[]): Extent {
  const known = extents.filter((extent) => extent !== undefined);
  const inner = (pick: (extent: Extent) => Extent | undefined) => {
    const picked = known.map(pick).filter((extent) => extent !== undefined);
    return picked.length === 0 ? undefined : largest(picked);
  };
  return {
    characters: Math.max(0, ...known.map(({ characters }) => characters)),
    items: Math.max(0, ...known.map(({ items }) => items)),
    item: inner(({ item }) => item),
    key: inner(({ key }) => key),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
