/**
 * Applies the RFC 6902 patches of an object to the merged fields. They do what a merge cannot, such as remove
 * a field.
 */

import { isDeepStrictEqual } from 'node:util';
import jsonPatch, { type Operation } from 'fast-json-patch';
import { shownValue } from '../api/hide-secrets.ts';
import { isJsonMap, type Json } from '../api/json.ts';
import type { FieldPath, Problem } from '../api/problem.ts';
import type { KubeletConfig } from '../api/types.ts';
import { keyedPath, type Leaf, leaves } from './tree.ts';

export interface Patched {
  readonly fields: Json;
  readonly problems: readonly Problem[];
  /** What each patch that was applied has changed, in their order. */
  readonly changes: readonly PatchChange[];
  /** Fields that a patch removes and no object sets, with the warning that says so. */
  readonly missing: readonly { readonly path: FieldPath; readonly problem: Problem }[];
}

/** What one patch has changed. */
export interface PatchChange {
  readonly index: number;
  /** The field that its value stands for, with keys in place of indices. */
  readonly target: FieldPath;
  readonly set: readonly Leaf[];
  /** With the values that they had. */
  readonly removed: readonly Leaf[];
}

type Patch = NonNullable<KubeletConfig['spec']['patches']>[number];

/**
 * Applies the patches in their order. A patch that fails is reported with its index and changes nothing. To
 * remove a field that is not there is only a warning: the result is what the patch asks for.
 */
export function applyPatches(fields: Json, object: KubeletConfig): Patched {
  const problems: Problem[] = [];
  const changes: PatchChange[] = [];
  const missing: { path: FieldPath; problem: Problem }[] = [];
  let current = fields;
  for (const [index, patch] of (object.spec.patches ?? []).entries()) {
    const place = { path: ['spec', 'patches', index], object: object.metadata.name };
    if (patch.op === 'remove' && find(current, patch.path) === undefined) {
      const reason = `removes ${patch.path}, which no object sets`;
      const remedy = 'remove the patch, or correct its path';
      const problem: Problem = { severity: 'warning', code: 'PatchWithoutEffect', ...place, reason, remedy };
      problems.push(problem);
      missing.push({ path: tokensOf(patch.path), problem });
      continue;
    }
    try {
      const next = jsonPatch.applyPatch(structuredClone(current), [structuredClone(patch) as Operation], true)
        .newDocument as Json;
      changes.push(changeOf(index, patch, current, next));
      current = next;
    } catch (error) {
      problems.push({ severity: 'error', code: 'PatchFailed', ...place, ...whyFailed(patch, current, error) });
    }
  }
  return { fields: current, problems, changes, missing };
}

function find(fields: Json, pointer: string): Json | undefined {
  try {
    return jsonPatch.getValueByPointer(fields, pointer) as Json | undefined;
  } catch {
    return undefined;
  }
}

function changeOf(index: number, { path }: Patch, before: Json, after: Json): PatchChange {
  const [was, is] = [leaves(before), leaves(after)];
  const known = new Map(was.map((leaf) => [id(leaf.path), leaf.value]));
  const left = new Set(is.flatMap((leaf) => leaf.path.map((_, depth) => id(leaf.path.slice(0, depth + 1)))));
  return {
    index,
    target: keyedPath(
      after,
      tokensOf(path).map((token, depth, all) => indexOf(after, all.slice(0, depth), token)),
    ),
    set: is.filter((leaf) => !isDeepStrictEqual(known.get(id(leaf.path)), leaf.value)),
    removed: was.filter((leaf) => !left.has(id(leaf.path))),
  };
}

function id(path: FieldPath): string {
  return JSON.stringify(path);
}

function tokensOf(pointer: string): string[] {
  return pointer.split('/').slice(1).map(jsonPatch.unescapePathComponent);
}

/** The JSON pointer to a place. */
export function pointerTo(tokens: readonly string[]): string {
  return tokens.map((token) => `/${jsonPatch.escapePathComponent(token)}`).join('');
}

/** `-` is the item that was added at the end of a list. */
function indexOf(fields: Json, parent: readonly string[], token: string): string | number {
  const list = token === '-' ? find(fields, pointerTo(parent)) : undefined;
  return Array.isArray(list) ? list.length - 1 : token;
}

/** Says what is there instead of what the patch is about. */
function whyFailed(patch: Patch, fields: Json, error: unknown): Pick<Problem, 'reason' | 'remedy'> {
  const what = `the ${patch.op} of ${patch.path} cannot be applied`;
  const tokens = tokensOf(patch.path);
  const found = find(fields, patch.path);
  if (patch.op === 'test' && found !== undefined) {
    const field = tokens.at(-1) ?? '';
    const reason = `the test of ${patch.path} fails: it is ${shownValue(field, found)}, not ${shownValue(field, patch.value)}`;
    return {
      reason,
      remedy: 'correct the value of the test, or the object that sets the field: `kubelet-config explain -f PATH` shows it',
    };
  }
  const depth = tokens.findIndex((_, index) => find(fields, pointerTo(tokens.slice(0, index + 1))) === undefined);
  if (depth < 0)
    return { reason: `${what}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`, remedy: seeFields };
  const parent = tokens.slice(0, depth);
  const missing = pointerTo(tokens.slice(0, depth + 1));
  const reason = `${what}: there is no ${missing}; ${whatIsAt(pointerTo(parent), find(fields, pointerTo(parent)))}`;
  const isParent = patch.op === 'add' && depth < tokens.length - 1;
  return { reason, remedy: isParent ? `correct the path, or add ${missing} before it` : remedyFor(patch) };
}

const seeFields = 'see what the patch is applied to with: `kubelet-config explain -f PATH`';

function remedyFor({ op }: Patch): string {
  return op === 'replace' ? 'correct the path, or write op: add' : `correct the path; ${seeFields}`;
}

const mostKeys = 12;

function whatIsAt(pointer: string, value: Json | undefined): string {
  const where = pointer === '' ? 'the merged spec' : pointer;
  if (Array.isArray(value)) return `${where} is a list of ${value.length} item${value.length === 1 ? '' : 's'}`;
  if (!isJsonMap(value)) return `${where} is ${shownValue(pointer.split('/').at(-1) ?? '', value)}`;
  const keys = Object.keys(value);
  if (keys.length === 0) return `${where} is empty`;
  const more = keys.length > mostKeys ? ` and ${keys.length - mostKeys} more` : '';
  return `${where} has ${keys.slice(0, mostKeys).join(', ')}${more}`;
}
