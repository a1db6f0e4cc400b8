/** Reads the fields of KubeletConfiguration out of the structs of Go. */

import type { FieldType, ScalarType } from '../../src/kubelet/data/kubelet-fields.ts';
import { insideBrackets, UnexpectedGo, withoutComments } from './go-text.ts';

export interface Field {
  /** As in our table: `a.b`, `a[].b` for an item of a list. */
  readonly path: string;
  /** The names of Go, by which a flag points to the field: `Authentication.X509.ClientCAFile`. */
  readonly goPath: string;
  readonly type: FieldType;
}

/** What the types of a tree are, by their names without a package. */
interface Types {
  readonly structs: ReadonlyMap<string, string>;
  /** `type VerbosityLevel uint32`, `type VModuleConfiguration []VModuleItem` */
  readonly aliases: ReadonlyMap<string, string>;
}

/** Types that read and write themselves as something else than what they are made of. */
const special: Readonly<Record<string, FieldType>> = {
  'metav1.Duration': 'duration',
  '*metav1.Duration': 'duration?',
  'metav1.Time': 'string',
  TimeOrMetaDuration: 'duration|nanoseconds',
  'resource.QuantityValue': 'quantity',
  'resource.Quantity': 'quantity',
  ResourceList: 'map:quantity',
};

const scalars: readonly string[] = ['string', 'bool', 'int32', 'int64', 'uint32', 'float64'] satisfies ScalarType[];

/**
 * All fields of KubeletConfiguration, by path.
 * @param sources of its own package and of those whose structs it holds
 * @throws UnexpectedGo for a field of a type that none of the sources explains
 */
export function fieldsOfConfiguration(sources: readonly string[]): Field[] {
  const types = typesOf(sources.map(withoutComments));
  const body = types.structs.get('KubeletConfiguration');
  if (body === undefined) throw new UnexpectedGo('no struct KubeletConfiguration');
  return fieldsOfStruct(body, '', '', types).sort((a, b) => (a.path < b.path ? -1 : 1));
}

function typesOf(sources: readonly string[]): Types {
  const structs = new Map<string, string>();
  const aliases = new Map<string, string>();
  for (const source of sources) {
    for (const match of source.matchAll(/^type (\w+) struct \{/gm)) {
      const name = match[1] ?? '';
      // The first source wins: the kubelet's own types stand before those of other packages.
      if (!structs.has(name)) structs.set(name, insideBrackets(source, match.index + match[0].length - 1));
    }
    for (const [, name = '', type = ''] of source.matchAll(/^type (\w+) ([\w[\].*]+)$/gm)) {
      if (!aliases.has(name)) aliases.set(name, type);
    }
  }
  return { structs, aliases };
}

function fieldsOfStruct(body: string, path: string, goPath: string, types: Types): Field[] {
  return body.split('\n').flatMap((line) => {
    const [, head = '', tag] = /^\s*(\S[^`]*?)\s*`[^`]*\bjson:"([^"]*)"/.exec(line) ?? [];
    if (tag === undefined) return [];
    const [name = '', ...options] = tag.split(',');
    const words = head.split(/\s+/);
    const type = words.at(-1) ?? '';
    if (name === '-') return [];
    if (name === '' && options.includes('inline')) {
      const inner = types.structs.get(withoutPackage(type));
      return inner === undefined ? [] : fieldsOfStruct(inner, path, goPath, types);
    }
    return fieldsOf(join(path, name), join(goPath, words[0] ?? ''), type, types);
  });
}

function fieldsOf(path: string, goPath: string, type: string, types: Types): Field[] {
  const resolved = resolve(type, types);
  const known = special[resolved] ?? special[withoutPackage(resolved)] ?? plainType(resolved, types);
  if (known !== undefined) return [{ path, goPath, type: known }];
  const isList = resolved.startsWith('[]');
  const body = types.structs.get(withoutPackage(resolved.replace(/^\[\]/, '')));
  if (body === undefined) throw new UnexpectedGo(`field ${path} has the type ${type}, which no file that was read explains`);
  return [
    { path, goPath, type: isList ? 'list:object' : 'object' },
    ...fieldsOfStruct(body, isList ? `${path}[]` : path, goPath, types),
  ];
}

/** The type behind its other names, without the star of a pointer, except where that makes a difference. */
function resolve(type: string, types: Types): string {
  if (special[type] !== undefined) return type;
  const bare = type.replace(/^\*/, '');
  const name = withoutPackage(bare);
  const alias = special[name] === undefined ? types.aliases.get(name) : undefined;
  return alias === undefined ? bare : resolve(alias, types);
}

function plainType(type: string, types: Types): FieldType | undefined {
  if (scalars.includes(type)) return type as ScalarType;
  if (type === 'map[string][]string') return 'map:list:string';
  const [, kind = '', item = ''] = /^(\[\]|map\[string\])(.+)$/.exec(type) ?? [];
  const of = item === '' ? '' : resolve(item, types);
  if (!scalars.includes(of)) return undefined;
  return `${kind === '[]' ? 'list' : 'map'}:${of as ScalarType}`;
}

function withoutPackage(type: string): string {
  return type.replace(/^\*?(\w+\.)?/, '');
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
