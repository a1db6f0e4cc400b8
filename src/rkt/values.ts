/**
 * Checks the value of one option by itself, as the `Set` methods in rkt/run.go, rkt/cli_apps.go and
 * rkt/rkt.go do.
 */

import type { Refusal } from '../go/parsed.ts';
import { parseQuantity } from '../go/quantity.ts';
import { isIpAddress, quoted, splitOnce } from '../go/text.ts';
import { isGoDuration, parseBool, parseInteger } from '../go/values.ts';
import { acNameRefusal } from './names.ts';
import type { OptionRow } from './options.ts';
import { parseMount, parseVolume } from './volume-grammar.ts';

const INSECURE_WORDS = [
  ...(['none', 'image', 'tls', 'ondisk', 'http', 'pubkey'] as const),
  ...(['capabilities', 'paths', 'seccomp', 'all-fetch', 'all-run', 'all'] as const),
];

type Check = (value: string, option: OptionRow) => Refusal | undefined;

const CHECKS: Readonly<Record<OptionRow['grammar'], Check>> = {
  any: () => undefined,
  boolean: (value) => refusalOf(parseBool(value)),
  rootfsBoolean: (value) =>
    parseBool(value).ok ? undefined : { reason: '--readonly-rootfs must be set with a boolean', remedy: 'write true or false' },
  directory: (value) => (value === '' ? { reason: '"" is not a valid directory', remedy: 'name a directory' } : undefined),
  insecureOptions: insecureRefusal,
  volume: (value) => refusalOf(parseVolume(value)),
  mount: (value) => refusalOf(parseMount(value)),
  port: portRefusal,
  networks: networksRefusal,
  setEnv: (value) => (value.includes('=') ? undefined : { reason: 'must be specified as key=value', remedy: 'write NAME=VALUE' }),
  pair: (value, { name }) =>
    value.includes('=') ? undefined : { reason: `invalid format of --${name} flag ${quoted(value)}`, remedy: 'write NAME=VALUE' },
  memory: memoryRefusal,
  cpu: (value) => refusalOf(parseQuantity(value)),
  cpuShares: (value) => rangeRefusal(value, 'os/linux/cpu-shares', 2, 262144),
  oomScore: (value) => rangeRefusal(value, 'os/linux/oom-score-adj', -1000, 1000),
  groupIds: (value) =>
    value.split(',').every((id) => parseInteger(id).ok)
      ? undefined
      : { reason: '--supplementary-gids must be integers', remedy: 'write numbers with commas between' },
  duration: (value) =>
    value === '' || parseBool(value).ok || isGoDuration(value)
      ? undefined
      : { reason: `invalid duration ${quoted(value)}`, remedy: 'write true, false or a duration such as 30s' },
};

/** Why rkt refuses a value; undefined if it accepts it. */
export function valueRefusal(option: OptionRow, value: string): Refusal | undefined {
  return CHECKS[option.grammar](value, option);
}

/** The words of an `--insecure-options` value; case does not matter. */
export function insecureWords(value: string): readonly string[] {
  return value === '' ? [] : value.toLowerCase().split(',');
}

function insecureRefusal(value: string): Refusal | undefined {
  const words = insecureWords(value);
  for (const [index, word] of words.entries()) {
    if (!INSECURE_WORDS.some((known) => known === word)) {
      return { reason: `unknown option ${quoted(word)}`, remedy: `known are ${INSECURE_WORDS.join(', ')}` };
    }
    if (words.indexOf(word) < index) return { reason: `duplicated option ${quoted(word)}`, remedy: `write ${word} once` };
  }
  return undefined;
}

/** Less than 4 KiB is refused: most likely `16m` (thousandths of a byte) was written for `16M`. */
function memoryRefusal(text: string): Refusal | undefined {
  const amount = parseQuantity(text);
  if (!amount.ok) return amount.refusal;
  const bytes = Math.ceil(amount.value);
  if (bytes >= 4096) return undefined;
  return { reason: `memory limit of ${bytes} bytes too low`, remedy: 'm is a thousandth, M a million: write for example 16M' };
}

function rangeRefusal(value: string, isolator: string, least: number, most: number): Refusal | undefined {
  const number = parseInteger(value);
  if (!number.ok) return number.refusal;
  if (number.value >= least && number.value <= most) return undefined;
  return { reason: `${isolator} must be between ${least} and ${most}, got ${number.value}`, remedy: `write ${least} to ${most}` };
}

/** `NAME:PORT` or `NAME:IP:PORT`. An IPv6 address is impossible, because its colons separate too. */
function portRefusal(value: string): Refusal | undefined {
  const remedy = 'write NAME:[IP:]PORT with the name the image gives the port';
  const [name, afterName] = splitOnce(value, ':') ?? [value, undefined];
  if (afterName === undefined) return { reason: `${quoted(value)} is not in name:[ip:]port format`, remedy };
  if (acNameRefusal(name)) return { reason: `${quoted(name)} is not a valid port name`, remedy };
  const [second, port] = splitOnce(afterName, ':') ?? [afterName, undefined];
  if (port !== undefined && !isIpAddress(second)) return { reason: `${quoted(second)} is not a valid IP`, remedy };
  const digits = port ?? second;
  // rkt names the second part even if the third is wrong.
  if (!/^[0-9]+$/.test(digits) || BigInt(digits) > 65535n)
    return { reason: `${quoted(second)} is not a valid port number`, remedy };
  return undefined;
}

/** Checks networks like common/common.go `NetList.Set`. repeats.ts finds names that are given twice. */
function networksRefusal(value: string): Refusal | undefined {
  for (const network of value.split(',')) {
    const [name = '', ...rest] = network.split(':');
    if (name === '') return { reason: 'netname must not be empty', remedy: 'name a network, or write a bare --net' };
    if (rest.length > 1) {
      return {
        reason: `network ${quoted(name)} provided with invalid arguments: [${rest.join(' ')}]`,
        remedy: 'write NAME:KEY=VALUE;KEY=VALUE',
      };
    }
    if (rest.length === 1 && (name === 'all' || name === 'host')) {
      return { reason: `arguments are not supported by special netname ${quoted(name)}`, remedy: `write ${name} alone` };
    }
  }
  return undefined;
}

function refusalOf(parsed: { readonly ok: true } | { readonly ok: false; readonly refusal: Refusal }): Refusal | undefined {
  return parsed.ok ? undefined : parsed.refusal;
}
