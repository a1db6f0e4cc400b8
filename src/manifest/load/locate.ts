/**
 * Gives problems of merged fields their place in the files that the objects came from: once, where they are
 * shown.
 */

import { isJsonMap } from '../../api/json.ts';
import { locateProblems } from '../../api/locate-problems.ts';
import type { FieldPath, Problem } from '../../api/problem.ts';
import { namingEmptiedGroups } from '../../api/validate/emptied-groups.ts';
import type { LoadedObject } from './load.ts';

/**
 * Each problem with its place in the file of the object that it names. One that names none of these objects
 * stays as it is. Use it at the end, where problems are printed or logged: until then they need no files.
 */
export function locateIn(objects: readonly LoadedObject[], problems: readonly Problem[]): Problem[] {
  if (problems.length === 0) return [];
  const byName = new Map(objects.map((loaded) => [loaded.object.metadata.name, loaded]));
  return problems.flatMap((problem) => {
    const loaded = problem.object === undefined ? undefined : byName.get(problem.object);
    if (!loaded) return [problem];
    const path = indexedPath(loaded.object, problem.path);
    const writtenAt = problem.writtenAt && { writtenAt: indexedPath(loaded.object, problem.writtenAt) };
    return locateProblems(namingEmptiedGroups([{ ...problem, path, ...writtenAt }], loaded.object), loaded.locate);
  });
}

/**
 * Each problem once, without those that were reported already. Stages that check the same field find the same
 * problem.
 */
export function withoutRepeats(problems: readonly Problem[], reported: readonly Problem[] = []): Problem[] {
  const seen = new Set(reported.map(identityOf));
  return problems.filter((problem) => {
    const identity = identityOf(problem);
    const isNew = !seen.has(identity);
    seen.add(identity);
    return isNew;
  });
}

function identityOf({ code, path, position, reason }: Problem): string {
  return JSON.stringify([code, path, position?.file, position?.line, reason]);
}

/**
 * In the path of a merged field an item of a keyed list stands under its key; in its object it has an index.
 */
function indexedPath(object: unknown, path: FieldPath): FieldPath {
  let value = object;
  return path.map((key) => {
    const items: unknown[] | undefined = Array.isArray(value) ? value : undefined;
    const index =
      items && typeof key === 'string'
        ? items.findIndex((item) => isJsonMap(item) && [item['name'], item['path']].includes(key))
        : -1;
    const found = index < 0 ? key : index;
    value = (value as Record<string | number, unknown> | undefined)?.[found];
    return found;
  });
}
