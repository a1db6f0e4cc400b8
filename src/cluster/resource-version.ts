/**
 * Compares versions of objects. Before Kubernetes 1.35 they were opaque by contract, and decimal numbers in
 * practice (etcd's revisions). Since then they are decimal numbers by contract (KEP-5504).
 */

/**
 * Whether `version` is older. False if one of the two is missing or not a number, because then it is unknown.
 */
export function isOlder(version: string | undefined, than: string | undefined): boolean {
  if (version === undefined || than === undefined || !isNumber(version) || !isNumber(than)) return false;
  return version.length === than.length ? version < than : version.length < than.length;
}

function isNumber(version: string): boolean {
  return /^(0|[1-9]\d*)$/.test(version);
}
