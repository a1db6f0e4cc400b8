/** The part of Go's `url.Parse` that decides whether rkt understands an image reference. */
import { accepted, type Parsed, refused } from './parsed.ts';
import { quoted, splitOnce } from './text.ts';

export interface GoUrl {
  /** In lower case; '' without a scheme. */
  readonly scheme: string;
  /** The rest behind the scheme if it does not begin with a slash, without the query. */
  readonly opaque: string;
  /** Decoded. */
  readonly path: string;
}

/** `url.Parse`; the reason of a refusal is in Go's own words. */
export function parseUrl(raw: string): Parsed<GoUrl> {
  const badEscape = (text: string) => {
    const at = text.search(/%(?![0-9a-fA-F]{2})/);
    return at < 0 ? undefined : refused(`invalid URL escape ${quoted(text.slice(at, at + 3))}`, 'write a literal % as %25');
  };
  const [beforeFragment, fragment] = splitOnce(raw, '#') ?? [raw, ''];
  const badFragment = badEscape(fragment);
  if (badFragment) return badFragment;
  if (beforeFragment.startsWith(':')) return refused('missing protocol scheme', 'remove the colon at the beginning');
  const [, scheme = '', afterScheme = ''] = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(.*)$/s.exec(beforeFragment) ?? [];
  const rest = splitOnce(afterScheme, '?')?.[0] ?? afterScheme;
  if (!rest.startsWith('/')) {
    if (scheme !== '') return accepted({ scheme: scheme.toLowerCase(), opaque: rest, path: '' });
    if (rest.split('/', 1)[0]?.includes(':')) return refused('first path segment in URL cannot contain colon', COLON_REMEDY);
  }
  const [host, path] = hasAuthority(scheme, rest) ? splitAuthority(rest) : ['', rest];
  // Go allows these in a host, and any other byte only percent-encoded beyond ASCII.
  const badHost = /[^A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"%\u0080-\u{10ffff}]/u.exec(host.slice(host.lastIndexOf('@') + 1));
  if (badHost) return refused(`invalid character ${quoted(badHost[0])} in host name`, 'write the host name without it');
  const badPath = badEscape(path);
  if (badPath) return badPath;
  return accepted({ scheme: scheme.toLowerCase(), opaque: '', path: decodePath(path) });
}

const COLON_REMEDY = 'begin a name with a letter, and write a version only after the whole name';

function hasAuthority(scheme: string, rest: string): boolean {
  return rest.startsWith('//') && (scheme !== '' || !rest.startsWith('///'));
}

function splitAuthority(rest: string): readonly [string, string] {
  const slash = rest.indexOf('/', 2);
  return slash < 0 ? [rest.slice(2), ''] : [rest.slice(2, slash), rest.slice(slash)];
}

/** rkt looks only at the end of the path, so bytes beyond ASCII stay encoded. */
function decodePath(path: string): string {
  return path.replace(/%([0-7][0-9a-fA-F])/g, (_, pair: string) => String.fromCharCode(Number.parseInt(pair, 16)));
}
