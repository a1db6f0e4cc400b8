/** Remedies that would leave an empty group of fields, which is refused: then the group is what has to go. */

import { isJsonMap } from '../json.ts';
import { type FieldPath, formatPath, type Problem } from '../problem.ts';
import { rootSchema, type Schema } from '../schema/walk.ts';
import { at } from './parts.ts';

/** How remedies say that the field goes. */
const removal = /\bremove (?:it|the (?:field|flag|section|option)|[a-z]\w*\.\w+)(?![\w.])|\bleave (?:it|the field|\w+) out\b/;

/** The problems, with the group in the remedy where to remove the fields would leave nothing in it. */
export function namingEmptiedGroups(problems: readonly Problem[], object: unknown): Problem[] {
  const removals = { object, goes: new Set(problems.filter(isRemoval).map(({ path }) => formatPath(path))), staying: new Map() };
  return problems.map((problem) => {
    const group = isRemoval(problem) ? emptiedGroup(problem.path, removals) : undefined;
    if (group === undefined) return problem;
    const remedy = problem.remedy.replace(removal, (words) =>
      words.startsWith('leave') ? `leave ${group} out` : `remove ${group}, in which nothing else stands`,
    );
    return { ...problem, remedy };
  });
}

interface Removals {
  readonly object: unknown;
  /** The fields that some remedy removes. */
  readonly goes: ReadonlySet<string>;
  /** How many fields of each group no remedy removes; undefined for what is no map. */
  readonly staying: Map<string, number | undefined>;
}

function isRemoval({ severity, remedy, writtenAt }: Problem): boolean {
  return severity !== 'notice' && writtenAt === undefined && removal.test(remedy);
}

/** The name of the outermost group that would be empty; undefined if none would be. */
function emptiedGroup(path: FieldPath, removals: Removals): string | undefined {
  let outermost: string | undefined;
  for (let field = path; field.length > 2; field = field.slice(0, -1)) {
    const group = field.slice(0, -1);
    const staying = stayingIn(group, removals);
    const isEmptied = staying === 0 || (staying === 1 && !removals.goes.has(formatPath(field)));
    if (!isEmptied || schemaAt(group)?.['minProperties'] === undefined) break;
    outermost = String(group.at(-1));
  }
  return outermost;
}

/** Counts once for each group: an object may have as many faults as fields. */
function stayingIn(group: FieldPath, { object, goes, staying }: Removals): number | undefined {
  const place = formatPath(group);
  if (!staying.has(place)) {
    const value = at(object, ...group);
    const fields = isJsonMap(value) ? Object.keys(value) : undefined;
    staying.set(place, fields?.filter((key) => !goes.has(formatPath([...group, key]))).length);
  }
  return staying.get(place);
}

function schemaAt(path: FieldPath): Schema | undefined {
  return path.reduce<Schema | undefined>(
    (schema, key) => (typeof key === 'number' ? schema?.items : schema?.properties?.[key]),
    rootSchema,
  );
}
