/** Remedies that would leave an empty group of fields, which is refused: then the group is what has to go. */

import { isJsonMap } from '../json.ts';
import { type FieldPath, formatPath, type Problem } from '../problem.ts';
import { rootSchema, type Schema } from '../schema/walk.ts';
import { at } from './parts.ts';

/** How remedies say that the field goes. */
const removal = /\bremove (?:it|the (?:field|flag|section|option)|[a-z]\w*\.\w+)(?![\w.])|\bleave (?:it|the field|\w+) out\b/;

/** The problems, with the group in the remedy where to remove the fields would leave nothing in it. */
export function namingEmptiedGroups(problems: readonly Problem[], object: unknown): Problem[] {
  const goes = new Set(problems.filter(isRemoval).map(({ path }) => formatPath(path)));
  return problems.map((problem) => {
    const group = isRemoval(problem) ? emptiedGroup(problem.path, object, goes) : undefined;
    if (group === undefined) return problem;
    const remedy = problem.remedy.replace(removal, (words) =>
      words.startsWith('leave') ? `leave ${group} out` : `remove ${group}, in which nothing else stands`,
    );
    return { ...problem, remedy };
  });
}

function isRemoval({ severity, remedy, writtenAt }: Problem): boolean {
  return severity !== 'notice' && writtenAt === undefined && removal.test(remedy);
}

/** The name of the outermost group that would be empty; undefined if none would be. */
function emptiedGroup(path: FieldPath, object: unknown, goes: ReadonlySet<string>): string | undefined {
  let outermost: string | undefined;
  let removed = new Set([...goes, formatPath(path)]);
  for (let group = path.slice(0, -1); group.length > 1; group = group.slice(0, -1)) {
    const value = at(object, ...group);
    const isEmptied = isJsonMap(value) && Object.keys(value).every((key) => removed.has(formatPath([...group, key])));
    if (!isEmptied || schemaAt(group)?.['minProperties'] === undefined) break;
    outermost = String(group.at(-1));
    removed = new Set([...removed, formatPath(group)]);
  }
  return outermost;
}

function schemaAt(path: FieldPath): Schema | undefined {
  return path.reduce<Schema | undefined>(
    (schema, key) => (typeof key === 'number' ? schema?.items : schema?.properties?.[key]),
    rootSchema,
  );
}
