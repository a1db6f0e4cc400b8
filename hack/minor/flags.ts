/** Reads the flags of the kubelet out of the sources that register them. */

import type { FlagType } from '../../src/kubelet/data/kubelet-flags.ts';
import { commaParts, insideBrackets, plainString, withoutComments } from './go-text.ts';

export interface Flag {
  readonly name: string;
  /** Undefined where the source does not say it: flags of a library, or a type of its own. */
  readonly type: FlagType | undefined;
  readonly repeatable: boolean;
  readonly deprecated: boolean;
  /** The field that it sets, by its names of Go: `Authentication.X509.ClientCAFile`. */
  readonly goPath: string | undefined;
}

type Kind = readonly [type: FlagType, repeatable?: true];

/** The methods of pflag.FlagSet that register a flag, without the `P` of those with a short name. */
const methods: Readonly<Record<string, Kind>> = {
  BoolVar: ['bool'],
  Bool: ['bool'],
  StringVar: ['string'],
  IntVar: ['int'],
  Int32Var: ['int'],
  Int64Var: ['int'],
  Float64Var: ['float'],
  DurationVar: ['duration'],
  StringSliceVar: ['list', true],
};

/**
 * What a value of its own is made by, or the field that it writes to, and how it is written on a
 * command line.
 */
const values: readonly (readonly [pattern: RegExp, kind: Kind])[] = [
  [/MapString|MultimapString|ConfigurationMap/, ['map', true]],
  [/IPVar/, ['ip']],
  [/ReservedMemoryVar/, ['list', true]],
  [/RegisterWithTaintsVar/, ['list']],
  [/VerbosityLevel/, ['int']],
  [/VModule/, ['string']],
  [/BufferSize/, ['quantity']],
];

/**
 * The flags that one file registers, in its order.
 * @param source as it stands; files for other systems are for the caller to leave out
 * @param parent where in the configuration the `c` of the file stands: '' or `Logging.`
 */
export function flagsOf(source: string, parent = ''): Flag[] {
  const text = withoutComments(source);
  const marked = new Set([...text.matchAll(/MarkDeprecated\("([^"]+)"/g)].map(([, name = '']) => name));
  return text.split(/^(?=func )/m).flatMap((body) => {
    const excepted = exceptedIn(body);
    return flagsOfFunction(body, text, parent).map((flag) => {
      const isDeprecated = flag.deprecated || marked.has(flag.name) || (excepted !== undefined && !excepted.has(flag.name));
      return { ...flag, deprecated: isDeprecated };
    });
  });
}

/**
 * The flags that are not deprecated though they set a field: AddKubeletConfigFlags calls all others so, also
 * those that it lets another package register. Undefined if no function of the source has that rule.
 */
export function notDeprecated(source: string): ReadonlySet<string> | undefined {
  return withoutComments(source)
    .split(/^(?=func )/m)
    .map(exceptedIn)
    .find((excepted) => excepted !== undefined);
}

function exceptedIn(body: string): ReadonlySet<string> | undefined {
  if (!/\.Deprecated = deprecated\b/.test(body) || !body.includes('VisitAll')) return undefined;
  return new Set([...body.matchAll(/"([\w-]+)":\s*true\b/g)].map(([, name = '']) => name));
}

function flagsOfFunction(body: string, file: string, parent: string): Flag[] {
  const calls = body.matchAll(/\b\w+\.(\w+?)(P?)\(|\b(register|registerDeprecated)\(global, local, /g);
  return [...calls].flatMap((call): Flag[] => {
    const [text, method = '', short = '', library] = call;
    const kind = methods[method];
    if (library === undefined && kind === undefined && method !== 'Var') return [];
    const args = commaParts(insideBrackets(body, call.index + text.indexOf('(')));
    if (library !== undefined) return libraryFlag(args, library === 'registerDeprecated');
    const [value = ''] = args;
    const at = method === 'Bool' ? 0 : 1;
    const name = nameOf(args[at], file);
    if (name === undefined || args.length < at + (short === 'P' ? 3 : 2)) return [];
    const [type, repeatable] = kind ?? values.find(([pattern]) => pattern.test(constructionOf(value, body)))?.[1] ?? [];
    const [, goPath] = /&c\.([\w.]+)/.exec(value) ?? [];
    const field = goPath === undefined ? undefined : parent + goPath;
    return [{ name, type, repeatable: repeatable === true, deprecated: false, goPath: field }];
  });
}

/**
 * A flag that a library has registered globally, under a name with underscores. Its type stands in the
 * library.
 */
function libraryFlag(args: readonly string[], deprecated: boolean): Flag[] {
  const name = plainString(args[2] ?? '')?.replaceAll('_', '-');
  return name === undefined ? [] : [{ name, type: undefined, repeatable: false, deprecated, goPath: undefined }];
}

/** A name is a string, or a constant of the same file. */
function nameOf(argument: string | undefined, file: string): string | undefined {
  const written = plainString(argument ?? '');
  if (written !== undefined || !/^\w+$/.test(argument ?? '')) return written;
  return new RegExp(`\\b${argument}\\s*=\\s*"([^"]+)"`).exec(file)?.[1];
}

/** What a value is made of: the argument itself, or what the local variable of this name was given. */
function constructionOf(argument: string, body: string): string {
  const [, variable] = /^&(\w+)$/.exec(argument) ?? [];
  return variable === undefined ? argument : (new RegExp(`\\b${variable} := (.*)`).exec(body)?.[1] ?? argument);
}
