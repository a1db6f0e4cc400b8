/** Gives problems of merged fields their place in the files that the objects came from. */

import { isJsonMap } from '../api/json.ts';
import { locateProblems } from '../api/locate-problems.ts';
import type { Problem } from '../api/problem.ts';
import type { LoadedObject } from './load.ts';

/** Of merged fields the path names items of keyed lists by their key; in the object they have an index. */
export function locateIn(objects: readonly LoadedObject[], problems: readonly Problem[]): Problem[] {
  return problems.flatMap((problem) => {
    const loaded = objects.find(({ object }) => object.metadata.name === problem.object);
    return loaded ? locateProblems([{ ...problem, path: indexed(loaded.object, problem.path) }], loaded.locate) : [problem];
  });
}

function indexed(object: unknown, path: Problem['path']): Problem['path'] {
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
