/**
 * The checks that rkt makes of an app when it writes the pod's manifest (stage0/run.go `prepareIsolators`,
 * stage0/common.go, appc/spec schema/types/app.go).
 */

import type { Refusal } from '../go/parsed.ts';
import { quoted, splitOnce } from '../go/text.ts';
import { parseUrl } from '../go/url.ts';
import { error, type RktFinding } from './finding.ts';
import { acIdentifierRefusal, acNameRefusal } from './names.ts';
import type { RunWords } from './run-words.ts';
import { all, lastPerImage } from './select.ts';

/** Findings about the options of single images: names, variables, annotations, capabilities, seccomp. */
export function appFindings(run: RunWords): RktFinding[] {
  return [
    ...perImage(run, 'name', acNameRefusal),
    ...perImage(run, 'working-dir', workingDirectoryRefusal),
    ...perImage(run, 'seccomp', seccompRefusal),
    ...pairs(run, ['annotation'], annotationRefusal),
    ...pairs(run, ['set-env', 'environment'], (name) => variableRefusal(name)),
    ...capabilityFindings(run),
    ...sameNameFindings(run),
  ];
}

/** Findings about the last value for each image. An empty value counts as absent. */
function perImage(run: RunWords, name: string, refusalOf: (value: string) => Refusal | undefined): RktFinding[] {
  return lastPerImage(run, name).flatMap(({ value, valueWord }) => {
    const refusal = value === '' ? undefined : refusalOf(value);
    return refusal ? [error(valueWord, refusal.reason, refusal.remedy)] : [];
  });
}

function pairs(
  run: RunWords,
  names: readonly string[],
  refusalOf: (name: string, value: string) => Refusal | undefined,
): RktFinding[] {
  return all(run, ...names).flatMap(({ value, valueWord }) => {
    const pair = splitOnce(value, '=');
    const refusal = pair && refusalOf(...pair);
    return refusal ? [error(valueWord, refusal.reason, refusal.remedy)] : [];
  });
}

function workingDirectoryRefusal(path: string): Refusal | undefined {
  if (path.startsWith('/')) return undefined;
  return { reason: 'workingDirectory must be an absolute path', remedy: 'begin the path with /' };
}

function variableRefusal(name: string): Refusal | undefined {
  if (name === '') return { reason: 'environment variable name must not be empty', remedy: 'write NAME=VALUE' };
  if (/^[A-Za-z_][A-Za-z_0-9.-]*$/.test(name)) return undefined;
  return {
    reason: `environment variable does not have valid identifier ${quoted(name)}`,
    remedy: 'use letters, digits, _ . and -, no digit first',
  };
}

function annotationRefusal(name: string, value: string): Refusal | undefined {
  if (name === 'created' && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(value)) {
    return { reason: 'bad Date', remedy: 'write a time such as 2018-04-16T12:00:00Z' };
  }
  if (name === 'homepage' || name === 'documentation') {
    const url = parseUrl(value);
    if (!url.ok) return { reason: 'bad URL', remedy: 'write a whole http or https URL' };
    if (!/^https?$/.test(url.value.scheme))
      return { reason: 'bad URL scheme, must be http/https', remedy: 'write a whole http or https URL' };
  }
  return acIdentifierRefusal(name);
}

function capabilityFindings(run: RunWords): RktFinding[] {
  const retained = all(run, 'caps-retain', 'cap-retain').map(({ image }) => image);
  return all(run, 'caps-remove', 'cap-remove')
    .filter(({ image }) => image >= 0 && retained.includes(image))
    .slice(0, 1)
    .map(({ word }) =>
      error(word, 'error: cannot use both --caps-retain and --caps-remove on the same image', 'keep one of them'),
    );
}

/** Without `--name`, the image names the app, so two apps of one image have the same name. */
function sameNameFindings(run: RunWords): RktFinding[] {
  const given = lastPerImage(run, 'name');
  const names = run.images.map(({ reference }, index) => given.find(({ image }) => image === index)?.value || reference);
  return run.images
    .filter((_, index) => names.indexOf(names[index] ?? '') < index)
    .map(({ word }) => error(word, 'multiple apps with name', 'give each app a --name of its own'));
}

/** In any order: `mode=retain|remove`, names of system calls, and optionally `errno=E…`. */
function seccompRefusal(value: string): Refusal | undefined {
  const remedy = 'write mode=retain,NAME,… or mode=remove,NAME,…';
  const pieces = value.split(',').map((piece) => piece.split('='));
  const settings = pieces.filter(({ length }) => length === 2);
  if (settings.some(([key]) => key !== 'mode' && key !== 'errno'))
    return { reason: 'invalid seccomp command-line override', remedy };
  const modes = settings.filter(([key]) => key === 'mode').map(([, mode = '']) => mode);
  if (modes.length === 0 || modes.some((mode) => mode !== 'retain' && mode !== 'remove')) {
    return { reason: 'invalid seccomp mode command-line override', remedy };
  }
  if (settings.length === pieces.length) return { reason: 'set must be non-empty', remedy };
  const errno = settings.findLast(([key]) => key === 'errno')?.[1] ?? '';
  if (errno !== '' && !errno.startsWith('E'))
    return { reason: `errno must start with an 'E' character, got ${errno}`, remedy: 'write for example errno=EPERM' };
  if (!/^[\p{Lu}\p{N}]*$/u.test(errno)) {
    return {
      reason: `errno can only contain upper case or numeric characters, got ${errno}`,
      remedy: 'write for example errno=EPERM',
    };
  }
  return undefined;
}
