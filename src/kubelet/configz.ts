/** The answer of the kubelet's /configz. Pure. */

import { isJsonMap, type Json, type JsonMap } from '../api/json.ts';

/** The field whose values are passwords for the server of static pods. */
const secretField = 'staticPodURLHeader';

/**
 * The fields in an answer of /configz, without its secrets.
 *
 * @param digest what stands for a secret: the same text for the same secret
 * @returns undefined for an answer that is none
 */
export function readConfigz(answer: string, digest: (secret: string) => string): JsonMap | undefined {
  const whole = parsed(answer);
  const configuration = isJsonMap(whole) ? whole['kubeletconfig'] : undefined;
  if (!isJsonMap(configuration)) return undefined;
  const { apiVersion: _apiVersion, kind: _kind, ...fields } = configuration;
  return hideHeaders(fields, digest);
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** The configuration with a digest in place of each value of staticPodURLHeader. */
function hideHeaders(configuration: JsonMap, digest: (secret: string) => string): JsonMap {
  const headers = configuration[secretField];
  return headers === undefined || headers === null
    ? configuration
    : { ...configuration, [secretField]: digestOf(headers, digest) };
}

/** The same for a setting of this name; any other value stays as it is. */
export function hideSetting(name: string, value: Json, digest: (secret: string) => string): Json {
  return name.startsWith(secretField) ? digestOf(value, digest) : value;
}

/** The names of the headers stay. */
function digestOf(value: Json, digest: (secret: string) => string): Json {
  if (Array.isArray(value)) return value.map((inner: Json) => digestOf(inner, digest));
  if (!isJsonMap(value)) return digest(JSON.stringify(value));
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, digestOf(inner, digest)]));
}
